"""From the table of operations to command-line flags and back to a request.

Flags are named as the AWS CLI names them.  A token is read from its environment variable or, with
`--token-stdin`, from standard input; there is no flag that would leave it in the process list.  As with
the AWS CLI, `file://PATH` stands for what is in a file, so that chat text need not be there either, and a
client token that is not given is made.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping
from getpass import getpass
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any, Final

import typer

from lensconnect.content.types import CONTENT_TEXT_PLAIN
from lensconnect.interpreters.environments.base import fresh_token
from lensconnect.jsontext import loads
from lensconnect.operations import Reply, Request, Row, SendMessage
from lensconnect.record import Field, Record, fields
from lensconnect.wire.known_values import known_values

CLIENT_TOKEN: Final = "client_token"  # noqa: S105 - a name
DEFAULTS: Final[Mapping[tuple[type[Request[Reply]], str], str]] = {(SendMessage, "content_type"): CONTENT_TEXT_PLAIN}
FILE: Final = "file://"


def command_name(name: str) -> str:
    """An operation's or member's name as the AWS CLI spells it.

    >>> command_name("SendEvent"), command_name("attachment_size_in_bytes")
    ('send-event', 'attachment-size-in-bytes')
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).replace("_", "-").lower()


def token_variable(name: str) -> str:
    """The environment variable of a token: `LENSCONNECT_CONNECTION_TOKEN`."""
    return f"LENSCONNECT_{name.upper()}"


def with_flags(row: Row, run: Callable[..., None]) -> Callable[..., None]:
    """A command that has one flag for each member of the operation, and `run`'s own.

    `run` gets the row and the members that were given, first.
    """
    members = [field for field in row.members if field.location != "header"]

    def command(**given: Any) -> None:
        chosen = {field.name: _value(field, given.pop(field.name)) for field in members}
        run(row, {name: value for name, value in chosen.items() if value is not None}, **given)

    own = [*inspect.signature(run, eval_str=True).parameters.values()][2:]
    parameters = [*sorted((_parameter(row.request, field) for field in members), key=_is_optional), *own]
    command.__name__ = row.name
    command.__doc__ = summary(row) + _words_help(row) + _token_help(row)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def summary(row: Row) -> str:
    """What an operation does, in a line."""
    return (inspect.getdoc(row.request) or "").partition(" (`")[0] + "."


def _words_help(row: Row) -> str:
    """The known words of each flag that has some, none of them broken by the end of a line."""
    known = {field.name: ", ".join(known_values(row.request, field)) for field in row.members}
    lines = [
        line
        for name, words in known.items()
        if words
        for line in wrap(f"  --{command_name(name)} {words}", 76, subsequent_indent=" " * 4, break_long_words=False)
    ]
    return "\n".join(("\n\n\b", "Known values (others are sent too):", *lines)) if lines else ""


def _token_help(row: Row) -> str:
    (field,) = row.at("header")
    return (
        f"\n\nThe {field.name.replace('_', ' ')} is read from {token_variable(field.name)} or, with --token-stdin, from "
        "standard input: never from a flag, which every user of the machine could see.  For the same reason "
        "file://PATH may stand for the text of any flag."
    )


def _is_optional(parameter: inspect.Parameter) -> bool:
    return parameter.default is not inspect.Parameter.empty


def _parameter(request: type[Request[Reply]], field: Field) -> inspect.Parameter:
    flag = "--" + command_name(field.name)
    default = DEFAULTS.get((request, field.name))
    required = field.required and field.name != CLIENT_TOKEN and default is None
    notes = [str(field.type.bound)] if field.type.bound is not None else []
    kind: Any = str
    if field.type.python_type is bool:
        flag = f"{flag}/--no-{command_name(field.name)}"
        kind = bool
    elif field.type.python_type is int:
        kind = int
    elif field.type.python_type is tuple:
        kind = list[str]
        notes.append("may be given several times")
    elif issubclass(field.type.python_type, Record):
        notes.append(", ".join(f"{inner.member}=..." for inner in fields(field.type.python_type)) + " or JSON")
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if required else default,
        annotation=Annotated[
            kind if required else kind | None, typer.Option(flag, help="; ".join(filter(None, notes)) or None)
        ],
    )


def _value(field: Field, given: Any) -> Any:
    if given is None or given == []:
        return None
    if field.type.python_type is tuple:
        return tuple(map(_text, given))
    if issubclass(field.type.python_type, Record):
        return _record(field.type.python_type, _text(given))
    return _text(given) if isinstance(given, str) else given


def _text(given: str) -> str:
    """The text itself, or what is in the file it names."""
    if not given.startswith(FILE):
        return given
    try:
        return Path(given.removeprefix(FILE)).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as refusal:
        raise typer.BadParameter(f"{given}: {getattr(refusal, 'strerror', None) or 'not UTF-8'}") from None


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
    return int(value) if field.type.python_type is int and isinstance(value, str) else value


def read_token(row: Row, from_stdin: bool, otherwise: str | None = None) -> Mapping[str, str]:
    """The operation's token under its member name, or an exit that says where to put it."""
    (field,) = row.at("header")
    token = _line(field.name.replace("_", " ")) if from_stdin else os.environ.get(token_variable(field.name), otherwise)
    if not token:
        missing = f"set {token_variable(field.name)}, or pipe it in with --token-stdin"
        typer.echo(f"no token: {'standard input was empty' if from_stdin else missing}", err=True)
        raise typer.Exit(2)
    return {field.name: token}


def _line(what: str) -> str:
    """A line of standard input, asked for where somebody types it, who then does not see it."""
    return (getpass(f"{what}: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()


def with_client_token(row: Row, members: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members with a fresh ClientToken, where one is taken and none is given."""
    takes_one = any(field.name == CLIENT_TOKEN for field in row.members)
    return {CLIENT_TOKEN: fresh_token(), **members} if takes_one else members


def request_from(row: Row, members: Mapping[str, Any], token: Mapping[str, str]) -> Request[Reply]:
    """The request that flags and token make."""
    return row.request(**members, **token)
