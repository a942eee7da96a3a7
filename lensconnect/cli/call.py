"""One command for each operation: send the request and print the reply."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from lensconnect.cli.advice import EXIT_CODES, advice, advice_in_doubt, error_text, exit_code
from lensconnect.cli.options import EndpointUrl, Profile, TokenStdin, operation_command, read_tokens, with_client_token
from lensconnect.cli.output import Output, OutputFormat, QueryText, parse_query, show_reply
from lensconnect.interpreters.environments.factory import new_env
from lensconnect.operations import Row
from lensconnect.programs.observe import Observer
from lensconnect.programs.send import send
from lensconnect.results import is_ok, to_result

INTERRUPTED: Final = 130


def _run(
    row: Row,
    members: Mapping[str, Any],
    *,
    region: Annotated[
        str | None, typer.Option(help="Default: AWS_REGION, AWS_DEFAULT_REGION, then the profile.")
    ] = None,
    endpoint_url: EndpointUrl = None,
    profile: Profile = None,
    timeout: Annotated[float, typer.Option(help="Seconds for the whole call, with its retries.")] = 60.0,
    output: Output = OutputFormat.text,
    query: QueryText = None,
    token_stdin: TokenStdin = False,
    allow_plain: Annotated[
        bool,
        typer.Option(
            "--allow-plain", help="Allow plain http to other machines, which exposes the token on the network."
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Log every attempt to stderr, masked.")] = False,
) -> None:
    if not timeout > 0 or math.isinf(timeout):
        raise typer.BadParameter("a number of seconds greater than 0", param_hint="--timeout")
    selects = parse_query(query)
    request = row.request(**{**with_client_token(row, members), **read_tokens(row, members, token_stdin)})
    with new_env(
        region=region,
        endpoint_url=endpoint_url,
        profile=profile,
        timeout=timeout,
        deadline=timeout,
        allow_plain=allow_plain,
        observe=_log_to_stderr() if debug else None,
    ) as env:
        try:
            outcome = to_result(send(request)(env))
        except KeyboardInterrupt:
            typer.echo(f"{row.name}: interrupted.  {advice_in_doubt(request)}", err=True)
            raise typer.Exit(INTERRUPTED) from None
    if is_ok(outcome):
        show_reply(outcome.unwrap(), output, selects)
        return
    error = outcome.failure()
    typer.echo(f"{row.name}: {error_text(error)}", err=True)
    typer.echo(advice(error, request), err=True)
    raise typer.Exit(exit_code(error))


def _log_to_stderr() -> Observer:
    import logging

    from lensconnect.interpreters.environments.logging import log_to

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    logger = logging.Logger("lensconnect", logging.DEBUG)
    logger.addHandler(handler)
    return log_to(logger)


def call_command(row: Row) -> Any:
    """Return the command that sends a request of an operation."""
    return operation_command(row, _run, EXIT_CODES)
