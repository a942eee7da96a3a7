"""One command for each operation: send the request and print the reply."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from lensconnect.cli.advice import EXIT_CODES, advice, advice_in_doubt, error_text, exit_code
from lensconnect.cli.items import items_table
from lensconnect.cli.options import EndpointUrl, Profile, TokenStdin, add_operations, read_tokens, with_client_token
from lensconnect.interpreters.environments.factory import new_env
from lensconnect.interpreters.environments.logging import log_to
from lensconnect.jsontext import dumps
from lensconnect.operations import GetTranscriptResponse, Reply, Row
from lensconnect.programs.observe import Observer
from lensconnect.programs.send import send
from lensconnect.record import MASK, printable, to_members
from lensconnect.results import is_ok, to_result

INTERRUPTED: Final = 130


class ReplyFormat(StrEnum):
    """The formats of a reply."""

    text = "text"
    json = "json"


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
    output: Annotated[ReplyFormat, typer.Option(help="json is for scripts: it shows secrets too.")] = ReplyFormat.text,
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
        _show(outcome.unwrap(), output)
        return
    error = outcome.failure()
    typer.echo(f"{row.name}: {error_text(error)}", err=True)
    typer.echo(advice(error, request), err=True)
    raise typer.Exit(exit_code(error))


def _log_to_stderr() -> Observer:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    logger = logging.Logger("lensconnect", logging.DEBUG)
    logger.addHandler(handler)
    return log_to(logger)


def _show(reply: Reply, output: ReplyFormat) -> None:
    if output is ReplyFormat.json:
        typer.echo(dumps(to_members(reply)).decode())
        return
    if isinstance(reply, GetTranscriptResponse):
        Console(highlight=False).print(items_table(reply.transcript or ()))
    members = ((name, value) for name, value in reply.__rich_repr__() if name not in ("http_status", "transcript"))
    text = "\n".join(f"{name}: {printable(str(value))}" for name, value in members)
    typer.echo(text or f"done ({reply.http_status})")
    if MASK in text:
        typer.echo(f"{MASK} stands for a secret: --output json shows it.", err=True)


def add_calls(app: typer.Typer) -> None:
    """Add a command for each operation to the application, which sends the request."""
    add_operations(app, _run, EXIT_CODES)
