"""From the table of operations to command-line flags and back to a request.

Flags are named as the AWS CLI names them.  A token is read from its environment variable or, with
`--token-stdin`, from standard input; there is no flag that would leave it in the process list.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from lensconnect.jsontext import loads
from lensconnect.operations import Reply, Request, Row
from lensconnect.record import Field, Record, fields


def command_name(name: str) -> str:
    """An operation's or member's name as the AWS CLI spells it.

    >>> command_name("SendEvent"), command_name("attachment_size_in_bytes")
    ('send-event', 'attachment-size-in-bytes')
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).replace("_", "-").lower()


def token_variable(field: Field) -> str:
    """The environment variable of a token: `LENSCONNECT_CONNECTION_TOKEN`."""
    return f"LENSCONNECT_{field.name.upper()}"


def with_flags(row: Row, run: Callable[..., None]) -> Callable[..., None]:
    """A command that has one flag for each member of the operation, and `run`'s own.

    `run` gets the row and the members that were given, first.
    """
    members = [field for field in row.members if field.place != "header"]

    def command(**given: Any) -> None:
        chosen = {field.name: _value(field, given.pop(field.name)) for field in members}
        run(row, {name: value for name, value in chosen.items() if value is not None}, **given)

    own = [*inspect.signature(run, eval_str=True).parameters.values()][2:]
    parameters = [*sorted(map(_parameter, members), key=_is_optional), *own]
    command.__name__ = row.name
    command.__doc__ = (inspect.getdoc(row.request) or "").partition("\n\n")[0] + _token_help(row)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _token_help(row: Row) -> str:
    (field,) = row.at("header")
    return f"\n\nThe {field.name.replace('_', ' ')} is read from {token_variable(field)}, or with --token-stdin."


def _is_optional(parameter: inspect.Parameter) -> bool:
    return parameter.default is not inspect.Parameter.empty


def _parameter(field: Field) -> inspect.Parameter:
    flag = "--" + command_name(field.name)
    notes = [str(field.form.bound)] if field.form.bound is not None else []
    kind: Any = str
    if field.form.type is bool:
        flag = f"{flag}/--no-{command_name(field.name)}"
        kind = bool
    elif field.form.type is int:
        kind = int
    elif field.form.type is tuple:
        kind = list[str]
        notes.append("may be given several times")
    elif issubclass(field.form.type, Record):
        notes.append(", ".join(f"{inner.member}=..." for inner in fields(field.form.type)) + " or JSON")
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if field.required else None,
        annotation=Annotated[
            kind if field.required else kind | None, typer.Option(flag, help="; ".join(notes) or None)
        ],
    )


def _value(field: Field, given: Any) -> Any:
    if given is None or given == []:
        return None
    if field.form.type is tuple:
        return tuple(given)
    if issubclass(field.form.type, Record):
        return _record(field.form.type, given)
    return given


def _record(record_type: type[Record], text: str) -> Record:
    """A nested record from `Id=...,MostRecent=3` or from JSON, as the AWS CLI takes them."""
    known = {field.member: field for field in fields(record_type)}
    try:
        pairs = loads(text) if text.startswith("{") else dict(part.split("=", 1) for part in text.split(","))
        given = {known[str(name)].name: _scalar(known[str(name)], value) for name, value in pairs.items()}  # type: ignore[union-attr]
    except (ValueError, KeyError, AttributeError):
        raise typer.BadParameter(f"use {', '.join(f'{member}=...' for member in known)}, or JSON with these") from None
    return record_type(**given)


def _scalar(field: Field, value: Any) -> Any:
    return int(value) if field.form.type is int and isinstance(value, str) else value


def read_token(row: Row, from_stdin: bool, otherwise: str | None = None) -> Mapping[str, str]:
    """The operation's token under its member name, or an exit that says where to put it."""
    (field,) = row.at("header")
    token = sys.stdin.readline().strip() if from_stdin else os.environ.get(token_variable(field), otherwise)
    if not token:
        typer.echo(f"no token: set {token_variable(field)}, or pipe it in with --token-stdin", err=True)
        raise typer.Exit(2)
    return {field.name: token}


def request_from(row: Row, members: Mapping[str, Any], token: Mapping[str, str]) -> Request[Reply]:
    """The request that flags and token make."""
    return row.request(**members, **token)
