"""One command for each operation: send it, print the reply."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from lensconnect.cli.advice import EXIT_CODES, exit_code, harmless, interrupted, next_step, said
from lensconnect.cli.items import items_table
from lensconnect.cli.options import command_name, read_token, request_from, summary, with_client_token, with_flags
from lensconnect.interpreters.environments.factory import new_env
from lensconnect.interpreters.environments.logging import log_to
from lensconnect.jsontext import dumps
from lensconnect.operations import OPERATIONS, GetTranscriptResponse, Reply, Row
from lensconnect.programs.observe import Observer
from lensconnect.programs.send import send
from lensconnect.record import MASK, to_members
from lensconnect.results import is_ok, to_result

INTERRUPTED: Final = 130


class Output(StrEnum):
    """How a reply is shown."""

    text = "text"
    json = "json"


def _run(
    row: Row,
    members: Mapping[str, Any],
    *,
    region: Annotated[str | None, typer.Option(help="Else AWS_REGION, AWS_DEFAULT_REGION, the profile's.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Instead of a region.")] = None,
    profile: Annotated[str | None, typer.Option(help="Of the AWS config file.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for the whole call, retries included.")] = 60.0,
    output: Annotated[Output, typer.Option(help="json shows secrets too: it is what a script needs.")] = Output.text,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read the token from standard input; typed, it is not shown.")
    ] = False,
    allow_plain: Annotated[
        bool, typer.Option("--allow-plain", help="Plain http to other machines too, which shows the token on the way.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Tell on stderr what happens, masked.")] = False,
) -> None:
    if not timeout > 0 or math.isinf(timeout):
        raise typer.BadParameter("a number of seconds greater than 0", param_hint="--timeout")
    request = request_from(row, with_client_token(row, members), read_token(row, token_stdin))
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
            typer.echo(f"{row.name}: interrupted.  {interrupted(request)}", err=True)
            raise typer.Exit(INTERRUPTED) from None
    if is_ok(outcome):
        _show(outcome.unwrap(), output)
        return
    error = outcome.failure()
    typer.echo(f"{row.name}: {said(error)}", err=True)
    typer.echo(next_step(error, request), err=True)
    raise typer.Exit(exit_code(error))


def _log_to_stderr() -> Observer:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    logger = logging.Logger("lensconnect", logging.DEBUG)
    logger.addHandler(handler)
    return log_to(logger)


def _show(reply: Reply, output: Output) -> None:
    if output is Output.json:
        typer.echo(dumps(to_members(reply)).decode())
        return
    if isinstance(reply, GetTranscriptResponse):
        Console(highlight=False).print(items_table(reply.transcript or ()))
    lines = (f"{name}: {harmless(str(value))}" for name, value in reply.__rich_repr__() if name not in _ELSEWHERE)
    shown = "\n".join(lines)
    typer.echo(shown or f"done ({reply.http_status})")
    if MASK in shown:
        typer.echo(f"{MASK} stands for a secret: --output json shows it.", err=True)


_ELSEWHERE: Final = ("http_status", "transcript")
"""What is not shown as a line of its own."""


def add_calls(app: typer.Typer) -> None:
    """Add one command for each operation."""
    for row in OPERATIONS:
        command = app.command(command_name(row.name), short_help=summary(row), epilog=EXIT_CODES)
        command(with_flags(row, _run))
