"""One command for each operation: send it, print the reply.

Exit codes: 0 a reply, 1 the service or the network said no, 2 the request or the set-up is wrong,
3 it is not known whether the request arrived.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from lensconnect.cli.options import command_name, read_token, request_from, with_flags
from lensconnect.errors import (
    Error,
    InvalidEndpoint,
    InvalidRequest,
    SerializeError,
    ServiceError,
    TransportError,
    is_chat_over,
)
from lensconnect.interpreters.new_env import new_env
from lensconnect.jsontext import Json, dumps
from lensconnect.operations import OPERATIONS, Reply, Row
from lensconnect.programs.observe import Event
from lensconnect.programs.send import send
from lensconnect.record import Record, fields
from lensconnect.results import is_ok, to_result


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
    token_stdin: Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Tell on stderr what happens, masked.")] = False,
) -> None:
    if not timeout > 0 or math.isinf(timeout):
        raise typer.BadParameter("a number of seconds greater than 0", param_hint="--timeout")
    request = request_from(row, members, read_token(row, token_stdin))
    told = _tell if debug else None
    with new_env(
        region=region, endpoint_url=endpoint_url, profile=profile, timeout=timeout, deadline=timeout, observe=told
    ) as env:
        outcome = to_result(send(request)(env))
    if is_ok(outcome):
        typer.echo(_shown(outcome.unwrap(), output))
        return
    error = outcome.failure()
    typer.echo(f"{row.name}: {error}", err=True)
    typer.echo(next_step(error), err=True)
    raise typer.Exit(exit_code(error))


def _tell(event: Event) -> None:
    typer.echo(f"[{event.at:.3f}] {event}", err=True)


def _shown(reply: Reply, output: Output) -> str:
    if output is Output.json:
        return dumps(as_members(reply)).decode()
    shown = "\n".join(f"{name}: {value}" for name, value in reply.__rich_repr__() if name != "http_status")
    return shown or f"done ({reply.http_status})"


def as_members(record: Record) -> Json:
    """A reply as the service's own JSON: AWS's member names, absent members left out, nothing masked."""
    known = (
        (field.member, getattr(record, field.name)) for field in fields(type(record)) if field.name != "http_status"
    )
    return {member: _json(value) for member, value in known if value is not None}


def _json(value: Any) -> Json:
    if isinstance(value, Record):
        return as_members(value)
    if isinstance(value, tuple):
        return [_json(entry) for entry in value]  # pyright: ignore[reportUnknownVariableType]
    return value  # type: ignore[no-any-return]


def exit_code(error: Error) -> int:
    """What a script sees."""
    if isinstance(error, InvalidRequest | InvalidEndpoint):
        return 2
    return 3 if isinstance(error, TransportError) and error.sent != "no" else 1


def next_step(error: Error) -> str:
    """A plain word on what to do next."""
    match error:
        case InvalidRequest():
            return "Nothing was sent. Mend what is listed; `lensconnect doc` shows every limit."
        case InvalidEndpoint():
            return "Nothing was sent. Check region, endpoint URL, profile and CA bundle."
        case TransportError(sent="no"):
            return "Nothing was sent: it is safe to try again. Check the network and the region's name."
        case TransportError():
            return "It may have arrived. To try again without sending twice, give the same --client-token."
        case SerializeError():
            return "The answer did not come from the Participant Service: check the endpoint and what is in between."
        case ServiceError(status=429):
            return "Too many requests for this Connect instance: wait a little and try again."
        case ServiceError() if is_chat_over(error):
            return "If this token has worked before, the chat is over."
        case ServiceError(status=status) if status >= 500:
            return "The service is in trouble: try again later, with the same --client-token."
        case ServiceError():
            return "The service refused this request: trying it again unchanged will not help."


def add_calls(app: typer.Typer) -> None:
    """Add one command for each operation."""
    for row in OPERATIONS:
        app.command(command_name(row.name), rich_help_panel="Operations")(with_flags(row, _run))
