"""The output of a command: a reply as JSON, YAML, a table or text, or the part of it that a JMESPath query selects.

JSON, YAML and the text of a query are for programs: they show secrets.  A table, and text without a query, are for
people: they mask secrets and show no control characters.

Facts (AWS CLI User Guide, "Setting the output format" and "Filtering output"): `--query` is applied to the members of
the reply before it is formatted.  In text, the values of a mapping come in the order of their names, with tabs between
them; a list or mapping inside begins lines of its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, cast

import typer

from lensconnect.cli.items import item_line
from lensconnect.cli.streams import UNWRITABLE, can_write, echo
from lensconnect.interpreters.extras import needs_extra
from lensconnect.jsontext import Json, JsonObject, dumps
from lensconnect.operations import GetTranscriptResponse, Reply
from lensconnect.record import CONTROLS, MASK, Record, fields, printable, to_members

if TYPE_CHECKING:
    from jmespath.parser import ParsedResult
    from rich.table import Table
    from rich.text import Text

Selector: TypeAlias = Callable[[Json], Json]
"""A function that selects a part of AWS's members."""


class OutputFormat(StrEnum):
    """The formats of a reply."""

    text = "text"
    json = "json"
    yaml = "yaml"
    table = "table"


def parse_query(expression: str | None) -> Selector | None:
    """Return the query, `None` without one.  One that is not JMESPath ends the command, before anything is sent."""
    if expression is None:
        return None
    with needs_extra("--query", "cli"):
        import jmespath

    try:
        return partial(_search, jmespath.compile(expression))
    except ValueError as error:
        raise typer.BadParameter(" ".join(str(error).split()), param_hint="--query") from None


def _search(compiled: ParsedResult, members: Json) -> Json:
    found: Json = None
    try:
        found = compiled.search(members)
    except ValueError as error:  # its message may hold a part of the reply
        echo(f"lensconnect: a reply came, but --query does not fit it ({type(error).__name__})", err=True)
        raise typer.Exit(UNWRITABLE) from None
    return found


Output: TypeAlias = Annotated[
    OutputFormat, typer.Option(help="json, yaml, and text with --query are for programs: they show secrets.")
]
QueryText: TypeAlias = Annotated[
    str | None,
    typer.Option("--query", metavar="JMESPATH", help="The part of the reply to print, for example Transcript[].Id."),
]


MembersOutput: TypeAlias = Annotated[OutputFormat, typer.Option("--output", help="The format of what is printed.")]
MembersQuery: TypeAlias = Annotated[
    str | None, typer.Option("--query", metavar="JMESPATH", help="The part of it to print, for example Size.")
]


def show_members(members: JsonObject, output: OutputFormat, query: Selector | None) -> None:
    """Print members without secrets, or the part of them that a query selects."""
    echo(_FORMATS[output](members if query is None else query(members)))


def prepare_output(output: OutputFormat) -> None:
    """Raise `ModuleNotFoundError` if the package for a format is missing, before anything is sent."""
    if output is OutputFormat.yaml:
        with needs_extra("--output yaml", "cli"):
            import_module("yaml")


def show_reply(reply: Reply, output: OutputFormat, query: Selector | None) -> None:
    """Print a reply; if a secret is masked, say on standard error how to see it."""
    reveals = output in (OutputFormat.json, OutputFormat.yaml) or (output is OutputFormat.text and query is not None)
    members = to_members(reply) if reveals else masked_members(reply)
    if query is not None:
        text = _FORMATS[output](query(members))
    elif output is OutputFormat.text:
        text = "\n".join(_reply_lines(reply, members)) or f"done ({reply.http_status})"
    else:
        text = _FORMATS[output](members)
    echo(text)
    if not reveals and MASK in text:
        echo(f"{MASK} stands for a secret: --output json shows it.", err=True)


def masked_members(record: Record) -> dict[str, Json]:
    """Return a reply under AWS's member names, with `MASK` for each secret that is not empty."""
    members = ((field, getattr(record, field.name)) for field in fields(type(record)) if field.location == "body")
    return {
        field.member: MASK if field.secret and value else _masked(value)
        for field, value in members
        if value is not None
    }


def _masked(value: Any) -> Json:
    if isinstance(value, Record):
        return masked_members(value)
    return list(map(_masked, cast("tuple[object, ...]", value))) if isinstance(value, tuple) else value


def _reply_lines(reply: Reply, members: JsonObject) -> Iterator[str]:
    """Yield a line for each member, `Outer.Inner: value`; items of a transcript come first, as they are read."""
    if isinstance(reply, GetTranscriptResponse):
        yield from map(item_line, reply.transcript or ())
        members = {name: value for name, value in members.items() if name != "Transcript"}
    yield from (f"{path}: {_shown(value)}" for path, value in _leaves(members))


def _leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and any(map(_is_nested, value)):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


def _shown(value: Json) -> str:
    """Return a value on one line: what JSON writes for anything but text and lists of text."""
    if isinstance(value, list):
        return " ".join(map(_shown, value))
    return printable(value if isinstance(value, str) else dumps(value).decode())


def as_json(value: Json) -> str:
    """Return a value as a line of JSON, in which no character can control a terminal."""
    # A control character can only be in a string, where JSON has an escape for it.
    return re.sub(CONTROLS, lambda found: f"\\u{ord(found[0]):04x}", dumps(value).decode())


def _as_yaml(value: Json) -> str:
    import yaml

    def dump(*, allow_unicode: bool) -> str:
        return yaml.safe_dump(  # pyright: ignore[reportUnknownMemberType]
            value, allow_unicode=allow_unicode, sort_keys=False, default_flow_style=False, width=10**9
        )

    text = dump(allow_unicode=True)
    # Only a quoted scalar has escapes, so neither the stream nor `printable` may change the text.
    if not can_write(text) or any(printable(line) != line for line in text.split("\n")):
        text = dump(allow_unicode=False)
    return text.removesuffix("...\n").rstrip("\n")


def _as_text(value: Json) -> str:
    return "\n".join("\t".join(row) for row in _text_rows(value))


def _text_rows(value: Json, name: str = "", columns: Iterable[str] | None = None) -> Iterator[list[str]]:
    """Yield the rows of a value; those of a member begin with its name in capitals.

    `columns` are the plain members of all entries of the list that a mapping is in: an absent one is an empty cell.
    """
    label = [name.upper()] if name else []
    if isinstance(value, Mapping):
        plain = sorted(key for key in value if not _is_nested(value[key])) if columns is None else list(columns)
        if plain:
            yield [*label, *(str(value.get(key, "")) for key in plain)]
        for key in sorted(value.keys() - plain):
            yield from _text_rows(value[key], key)
    elif isinstance(value, list):
        mappings = [entry for entry in value if isinstance(entry, Mapping)]
        if mappings:
            shared = sorted({key for entry in mappings for key in entry if not _is_nested(entry[key])})
            for entry in value:
                yield from _text_rows(entry, name, shared)
            return
        cells = [str(entry) for entry in value if not _is_nested(entry)]
        yield from ([*label, cell] for cell in cells) if name else [cells] * bool(cells)
        for entry in filter(_is_nested, value):
            yield from _text_rows(entry, name)
    else:
        yield [str(value)]


def _is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


def _as_table(value: Json) -> str:
    from io import StringIO

    from rich.console import Console

    written = StringIO()
    # Nothing is folded where there is no terminal, so each of its lines is as wide as the widest.
    width = None if sys.stdout.isatty() else 1_000_000
    Console(file=written, width=width, no_color=True).print(_cell(value))
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())


def _cell(value: Json) -> Table | Text:
    """Return a table of names and values for a mapping, with a row for each entry of a list, otherwise the text."""
    from rich.box import ASCII2
    from rich.table import Table
    from rich.text import Text

    if not isinstance(value, Mapping | list):
        return Text(_shown(value), overflow="fold")
    table = Table(box=ASCII2, show_header=False, show_lines=False)
    if isinstance(value, Mapping):
        for name, inner in value.items():
            table.add_row(Text(str(name)), _cell(inner))
        return table
    names = list(dict.fromkeys(name for entry in value if isinstance(entry, Mapping) for name in entry))
    if names:
        table.show_header = True
        for name in names:
            table.add_column(Text(name), overflow="fold")
    for entry in value:
        table.add_row(*map(_cell, _row(entry, names)))
    return table


def _row(entry: Json, names: list[str]) -> list[Json]:
    if isinstance(entry, Mapping):
        return [entry.get(name, "") for name in names]
    return list(entry) if isinstance(entry, list) else [entry]


_FORMATS: Final[Mapping[OutputFormat, Callable[[Any], str]]] = {
    OutputFormat.text: _as_text,
    OutputFormat.json: as_json,
    OutputFormat.yaml: _as_yaml,
    OutputFormat.table: _as_table,
}
