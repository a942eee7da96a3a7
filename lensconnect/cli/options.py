"""Command-line options of the operations, from the table of operations, and the request that they make.

Options are named as the AWS CLI names them.  As with the AWS CLI, `file://PATH` stands for the text of a file,
and a client token that is not given is generated.  A token is read from its environment variable, a file or standard
input, and is refused among the arguments, because other users of the machine can read the arguments of a process.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from getpass import getpass
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any, Final, NamedTuple, TextIO, TypeAlias

import typer
from typer.core import TyperCommand

from lensconnect.cli.groups import LazyCommand, built
from lensconnect.cli.streams import echo
from lensconnect.content.contents import receipt_content
from lensconnect.content.types import CONTENT_TEXT_PLAIN, EVENT_MESSAGE_DELIVERED, EVENT_MESSAGE_READ, EVENT_TYPING
from lensconnect.errors import Error
from lensconnect.interpreters.environments.base import fresh_token
from lensconnect.jsontext import loads
from lensconnect.operations import (
    OPERATIONS,
    CreateParticipantConnection,
    GetTranscript,
    Reply,
    Request,
    Row,
    SendEvent,
    SendMessage,
    operation_of,
)
from lensconnect.programs.connection_token import get_connection_token
from lensconnect.programs.program import Program
from lensconnect.record import ConnectionToken, Field, ParticipantToken, Record, fields
from lensconnect.wire.known_values import known_values
from lensconnect.wire.validate import is_encodable

CLIENT_TOKEN: Final = "client_token"  # noqa: S105 - a name
DEFAULTS: Final[Mapping[tuple[type[Request[Reply]], str], str]] = {(SendMessage, "content_type"): CONTENT_TEXT_PLAIN}
FILE: Final = "file://"
TOKEN_OPTIONS: Final = ("--connection-token", "--participant-token")
"""Options that do not exist, although a reader of the model may look for them."""
STDIN: Final = "-"

TOKENS: Final = frozenset(field.name for row in OPERATIONS for field in row.members if field.secret)
"""The members that are tokens."""

EndpointUrl: TypeAlias = Annotated[str | None, typer.Option(help="The URL of the service, instead of a region.")]
Profile: TypeAlias = Annotated[str | None, typer.Option(help="A profile of the AWS config file.")]
TokenStdin: TypeAlias = Annotated[
    bool, typer.Option("--token-stdin", help="Read the token from standard input; what you type is not shown.")
]


def command_name(name: str) -> str:
    """Return the name of an operation or member as the AWS CLI spells it.

    >>> command_name("SendEvent"), command_name("attachment_size_in_bytes")
    ('send-event', 'attachment-size-in-bytes')
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).replace("_", "-").lower()


def token_variable(name: str) -> str:
    """Return the environment variable of a token member, for example `LENSCONNECT_CONNECTION_TOKEN`."""
    return f"LENSCONNECT_{name.upper()}"


class OperationCommand(TyperCommand):
    """A command that takes lists as the AWS CLI does, and answers an option for a token with the ways to give one."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the arguments; name the environment variable in place of an option that is a token."""
        lists = {flag for parameter in self.params if getattr(parameter, "multiple", False) for flag in parameter.opts}
        try:
            return super().parse_args(ctx, list(_one_value_each(args, lists)))
        except Exception as error:
            option = getattr(error, "option_name", None)
            if option not in TOKEN_OPTIONS:
                raise
            message = (
                f"there is no such option: set {token_variable(option[2:].replace('-', '_'))}, or use --token-stdin"
            )
            raise typer.BadParameter(message, ctx, param_hint=option) from None


def _one_value_each(args: Iterable[str], lists: Set[str]) -> Iterator[str]:
    """Yield the arguments with the flag of a list before each of its values.

    >>> list(_one_value_each(["--type", "A", "B", "--output", "json"], {"--type"}))
    ['--type', 'A', '--type', 'B', '--output', 'json']
    """
    current, values = "", 0
    for arg in args:
        if arg.startswith("--"):
            current, values = (arg if arg in lists else ""), 0
        elif current:
            if values:
                yield current
            values += 1
        yield arg


def operation_commands(load: Callable[[], Callable[[Row], Any]]) -> list[LazyCommand]:
    """Return a command for each operation, made of its row by the function that `load` returns."""

    def lazy(row: Row) -> LazyCommand:
        return LazyCommand(command_name(row.name), summary(row), lambda: load()(row))

    return list(map(lazy, OPERATIONS))


def operation_command(row: Row, run: Callable[..., None], epilog: str | None = None) -> Any:
    """Return the command of an operation: an option for each member but the bearer, and the options of `run`.

    `run` is called with the row and the members that were given, then with its own options by keyword.
    """
    members = [field for field in row.members if field.location != "header"]
    short = SHORT_EVENTS if row.request is SendEvent else ()

    def command(**options: Any) -> None:
        given = {field.name: _value(field, options.pop(field.name)) for field in members}
        if short:
            given |= _short_event({event.option: options.pop(event.option) for event in short}, given)
        run(row, {name: value for name, value in given.items() if value is not None}, **options)

    own = [*inspect.signature(run, eval_str=True).parameters.values()][2:]
    fields_of_request = sorted((_parameter(row.request, field) for field in members), key=_is_optional)
    parameters = [*fields_of_request, *map(_short_parameter, short), *own]
    command.__name__ = row.name
    command.__doc__ = summary(row) + _known_values_help(row) + _token_help(row)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return built(command_name(row.name), command, summary(row), cls=OperationCommand, epilog=epilog)


class ShortEvent(NamedTuple):
    """An option that stands for the content type of an event, and for its content if it takes a message id."""

    option: str
    content_type: str
    help: str
    takes_message_id: bool = True


SHORT_EVENTS: Final = (
    ShortEvent("typing", EVENT_TYPING, "Show that you are typing.", takes_message_id=False),
    ShortEvent("read", EVENT_MESSAGE_READ, "Tell that this message was read."),
    ShortEvent("delivered", EVENT_MESSAGE_DELIVERED, "Tell that this message was delivered."),
)
"""Options of SendEvent, each in place of `--content-type` and `--content`."""


def _short_parameter(event: ShortEvent) -> inspect.Parameter:
    option_type: Any = str | None if event.takes_message_id else bool
    option = typer.Option(
        f"--{event.option}",
        metavar="ID" if event.takes_message_id else None,
        help=event.help,
    )
    return inspect.Parameter(
        event.option,
        inspect.Parameter.KEYWORD_ONLY,
        default=None if event.takes_message_id else False,
        annotation=Annotated[option_type, option],
    )


def _short_event(short: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    """Return the content type, and the content of a receipt, that the options of SendEvent ask for."""
    chosen = [event for event in SHORT_EVENTS if short[event.option]]
    names = ["--content-type", *(f"--{event.option}" for event in SHORT_EVENTS)]
    if len(chosen) + (given["content_type"] is not None) != 1:
        raise typer.BadParameter("give exactly one of them", param_hint=", ".join(names))
    if not chosen:
        return {}
    (event,) = chosen
    if not event.takes_message_id:
        return {"content_type": event.content_type}
    if given["content"] is not None:
        raise typer.BadParameter(f"--{event.option} gives the content", param_hint="--content")
    return {"content_type": event.content_type, "content": receipt_content.construct(utf8_text(short[event.option]))}


def summary(row: Row) -> str:
    """Return the first paragraph of an operation's docstring, without the HTTP path in parentheses.

    >>> from lensconnect import SendEvent
    >>> from lensconnect.operations import operation_of
    >>> summary(operation_of(SendEvent))
    'Send a typing event or a message receipt.'
    """
    paragraph = inspect.cleandoc(row.request.__doc__ or row.name).partition("\n\n")[0]
    return " ".join(re.sub(r" \(`[^`]*`\)", "", paragraph).split())


def _documented(request: type[Request[Reply]], name: str) -> str:
    """Return the paragraph "`name`: text" of a request's docstring if the text fits on a line, otherwise ""."""
    paragraphs = (" ".join(text.split()) for text in inspect.cleandoc(request.__doc__ or "").split("\n\n"))
    texts = (text.removeprefix(f"`{name}`: ") for text in paragraphs if text.startswith(f"`{name}`: "))
    return next((text for text in texts if len(text) <= 100), "")


def _known_values_help(row: Row) -> str:
    """Return a list of the known values of each option, in which no value is broken at the end of a line."""
    known = {field.name: ", ".join(known_values(row.request, field)) for field in row.members}
    lines = [
        line
        for name, values in known.items()
        if values
        for line in wrap(f"  --{command_name(name)} {values}", 76, subsequent_indent=" " * 4, break_long_words=False)
    ]
    return "\n".join(("\n\n\b", "Known values (others are sent too):", *lines)) if lines else ""


def _token_help(row: Row) -> str:
    (field,) = row.at("header")
    return (
        f"\n\nThe {_spoken(field)} is read from {token_variable(field.name)} or, with --token-stdin, from "
        "standard input.  There is no option for it, because every user of the machine can read the arguments of a "
        "process.  For the same reason file://PATH may stand for the text of any option."
    )


def _is_optional(parameter: inspect.Parameter) -> bool:
    return parameter.default is not inspect.Parameter.empty


def completion(values: Iterable[str]) -> Callable[[str], list[str]]:
    """Return the function that completes the beginning of one of these values in a shell."""
    return lambda incomplete: [value for value in values if value.startswith(incomplete)]


def _parameter(request: type[Request[Reply]], field: Field) -> inspect.Parameter:
    flag = "--" + command_name(field.name)
    default = DEFAULTS.get((request, field.name))
    may_be_short = (request, field.name) == (SendEvent, "content_type")
    optional = field.secret or may_be_short or field.name == CLIENT_TOKEN or default is not None
    required = field.required and not optional
    documented = _documented(request, field.name)
    bound = "" if field.type.bound is None else str(field.type.bound)
    known = known_values(request, field)
    notes = [documented.rstrip("."), bound]
    option_type: Any = str
    if field.secret:
        notes.append(f"file://PATH, or - for a line of standard input; without it {token_variable(field.name)} is read")
    if field.type.python_type is bool:
        flag = f"{flag}/--no-{command_name(field.name)}"
        option_type = bool
    elif field.type.python_type is int:
        option_type = int
    elif field.type.python_type is tuple:
        option_type = list[str]
        notes.append(f"several as in {flag} A B")
    elif issubclass(field.type.python_type, Record):
        notes.append(", ".join(f"{inner.member}=..." for inner in fields(field.type.python_type)) + " or JSON")
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if required else default,
        annotation=Annotated[
            option_type if required else option_type | None,
            typer.Option(flag, help="; ".join(filter(None, notes)) or None, autocompletion=completion(known)),
        ],
    )


def _value(field: Field, given: Any) -> Any:
    if given is None or given == []:
        return None
    if field.secret:
        return _token(field, given)
    if field.type.python_type is tuple:
        return tuple(map(argument_text, given))
    if issubclass(field.type.python_type, Record):
        return _record(field.type.python_type, argument_text(given))
    return argument_text(given) if isinstance(given, str) else given


def _token(field: Field, given: str) -> str:
    """Return the token in the file that is named, or in a line of standard input."""
    if given == STDIN:
        return _line(_spoken(field))
    if not given.startswith(FILE):
        raise typer.BadParameter(
            f"give file://PATH, or - for standard input, or set {token_variable(field.name)}: every user of the machine "
            "can read the arguments of a process",
            param_hint=f"--{command_name(field.name)}",
        )
    return argument_text(given).strip()


def argument_text(given: str) -> str:
    """Return the text, or the text of the file that it names."""
    if not given.startswith(FILE):
        return utf8_text(given)
    try:
        return Path(os.path.expanduser(given.removeprefix(FILE))).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{given}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None


def utf8_text(argument: str) -> str:
    """Return the text of an argument of the process; end the command with code 2 if it is not UTF-8.

    Where the locale cannot decode an argument, Python leaves half a surrogate pair for each byte (PEP 383).
    """
    try:
        return argument if is_encodable(argument) else os.fsencode(argument).decode()
    except UnicodeError:
        raise typer.BadParameter(f"{argument}: not UTF-8") from None


def _record(record_type: type[Record], text: str) -> Record:
    """Return a nested record from `Id=...,MostRecent=3` or from JSON, as the AWS CLI accepts them."""
    known = {field.member: field for field in fields(record_type)}
    try:
        pairs = loads(text) if text.startswith("{") else dict(part.split("=", 1) for part in text.split(","))
        given = {known[str(name)].name: _scalar(known[str(name)], value) for name, value in pairs.items()}  # type: ignore[union-attr]
    except (ValueError, KeyError, AttributeError):
        raise typer.BadParameter(f"use {', '.join(f'{member}=...' for member in known)}, or JSON with these") from None
    return record_type(**given)


def _scalar(field: Field, value: Any) -> Any:
    return int(value) if field.type.python_type is int and isinstance(value, str) else value


def read_tokens(
    row: Row, members: Mapping[str, Any], from_stdin: bool, default: str | None = None
) -> Mapping[str, str]:
    """Return the tokens of the request: those among the members, else from their variables; the bearer may be on stdin.

    Without a required one, exit with code 2 and where to put it, or use the default.
    """
    found: dict[str, str] = {}
    for field in filter(lambda field: field.secret, row.members):
        is_bearer, variable = field.location == "header", token_variable(field.name)
        if is_bearer and from_stdin:
            token = _line(_spoken(field))
        else:
            token = members.get(field.name) or os.environ.get(variable) or (field.required and default) or ""
        if token:
            found[field.name] = token
        elif field.required:
            flag = f"--{command_name(field.name)}"
            other = "pipe it in with --token-stdin" if is_bearer else f"give {flag} {FILE}PATH or {flag} {STDIN}"
            missing = "standard input was empty" if is_bearer and from_stdin else f"set {variable}, or {other}"
            echo(f"no token: {missing}", err=True)
            if origin := _origin(field):
                echo(origin, err=True)
            raise typer.Exit(2)
    return found


def _origin(field: Field) -> str:
    """Return the ways to get the token of a participant or of a connection."""
    match field.name:
        case "connection_token":
            return (
                "`lensconnect create-participant-connection --type CONNECTION_CREDENTIALS --output json` gives one for the "
                "participant token.  chat, listen, reply, transcript, attach and download need the participant token alone."
            )
        case "participant_token":
            return "It is in the reply of StartChatContact, and of POST /_emulator/chats of the emulator."
        case _:
            return ""


def participant_token(from_stdin: bool) -> ParticipantToken:
    """Return the participant token from standard input or its variable; without one, exit with code 2."""
    return ParticipantToken(read_tokens(operation_of(CreateParticipantConnection), {}, from_stdin)["participant_token"])


def connection_token(from_stdin: bool) -> Program[ConnectionToken, Error]:
    """Return a program that gives the connection token at hand, or gets one for the participant token at hand.

    It fails with the `Error` of `get_connection_token`.  With neither token, exit with code 2.
    """
    connection, participant = map(token_variable, ("connection_token", "participant_token"))
    if from_stdin or os.environ.get(connection):
        found = read_tokens(operation_of(GetTranscript), {}, from_stdin)["connection_token"]
        return Program.from_value(ConnectionToken(found))
    if os.environ.get(participant):
        return get_connection_token(participant_token(from_stdin))
    echo(f"no token: set {connection} or {participant}, or pipe a connection token in with --token-stdin", err=True)
    raise typer.Exit(2)


def _spoken(field: Field) -> str:
    return field.name.replace("_", " ")


def _line(prompt: str) -> str:
    """Read a line of standard input; from a terminal with a prompt and without echo."""
    stdin: TextIO | None = sys.stdin
    if stdin is None:  # closed when the process began
        return ""
    return (getpass(f"{prompt}: ") if stdin.isatty() else stdin.readline()).strip()


def with_client_token(row: Row, members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the members with a new ClientToken, if the operation takes one and none is given."""
    takes_one = any(field.name == CLIENT_TOKEN for field in row.members)
    return {CLIENT_TOKEN: fresh_token(), **members} if takes_one else members
