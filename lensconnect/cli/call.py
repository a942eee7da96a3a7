"""One command for each operation: send the request and print the reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lensconnect.cli.advice import EXIT_CODES, advice_in_doubt
from lensconnect.cli.connection import ConnectionOptions, connected, run_or_exit
from lensconnect.cli.options import operation_command, read_tokens, with_client_token
from lensconnect.cli.output import Output, OutputFormat, QueryText, parse_query, prepare_output, show_reply
from lensconnect.operations import Row
from lensconnect.programs.send import send


def _run(
    row: Row,
    members: Mapping[str, Any],
    *,
    connection: ConnectionOptions,
    output: Output = OutputFormat.text,
    query: QueryText = None,
) -> None:
    prepare_output(output)
    selects = parse_query(query)
    with connection.environment() as env:
        tokens = read_tokens(row, members, connection.token_stdin)
        request = row.request(**{**with_client_token(row, members), **tokens})
        reply = run_or_exit(send(request), env, row.name, advice_in_doubt(request))
    show_reply(reply, output, selects)


def call_command(row: Row) -> Any:
    """Return the command that sends a request of an operation."""
    return operation_command(row, connected(_run), EXIT_CODES)
