"""doc: print a row of the table of operations as text."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from lensconnect.operations import Operation, Reply, Request, operation_of
from lensconnect.record import Field, Record, fields
from lensconnect.wire.known_values import known_values
from lensconnect.wire.validate import name_of

_INDENT: Final = " " * 6


class ShownText(str):
    """Text whose `repr` is the text itself, so that an interactive session shows its lines."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def doc(operation: type[Request[Reply]] | Operation[Request[Reply], Reply]) -> ShownText:
    """Return a description of an operation: purpose, request fields, reply fields, errors, safe repetition.

    `operation` is a request type or a row; `TypeError` for a type that is not in the table.

    >>> from lensconnect import SendEvent
    >>> print(doc(SendEvent).splitlines()[0])
    SendEvent  POST /participant/event
    """
    row = operation if isinstance(operation, Operation) else operation_of(operation)
    repeat = "with the same ClientToken" if row.repeat == "with_client_token" else row.repeat
    labels = "".join(f"/{{{field.member}}}" for field in row.at("path"))
    lines = [
        f"{row.name}  {row.method} {row.path}{labels}",
        "",
        inspect.getdoc(row.request) or "",
        "",
        "Request",
        *_table(row.request),
        "",
        "Reply",
        *_table(row.reply),
        "",
        "Errors",
        *(f"  {error.status} {error.code}" for error in row.errors),
        "",
        f"Safe to send again: {repeat}",
    ]
    return ShownText("\n".join(lines))


def _table(record_type: type[Record]) -> Iterator[str]:
    table = fields(record_type)
    rows = [_cells(field) for field in table]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for field, row in zip(table, rows, strict=True):
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield from wrap(
            ", ".join(known_values(record_type, field)), 78, initial_indent=_INDENT, subsequent_indent=_INDENT
        )


def _cells(field: Field) -> tuple[str, ...]:
    needed = "required" if field.required else "optional"
    where = f"in the {field.location}" if field.location in ("header", "path") else ""
    bound = "" if field.type.bound is None else str(field.type.bound)
    return (field.name, field.member, name_of(field.type), needed, bound, where)
