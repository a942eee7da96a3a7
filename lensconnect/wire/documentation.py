"""doc: a row of the table of operations as text."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from lensconnect.operations import Operation, Reply, Request, operation_of
from lensconnect.record import Field, Record, fields
from lensconnect.wire.known import known_values
from lensconnect.wire.validate import name_of

_DEEP: Final = " " * 6


class Text(str):
    """Text that an interactive session shows as it reads, not quoted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def doc(operation: type[Request[Reply]] | Operation[Request[Reply], Reply]) -> Text:
    """What an operation is, takes, answers and refuses, read from its row; its request type names it too.

    >>> from lensconnect import SendEvent
    >>> print(doc(SendEvent).splitlines()[0])
    SendEvent  POST /participant/event
    """
    row = operation if isinstance(operation, Operation) else operation_of(operation)
    labels = "".join(f"/{{{field.member}}}" for field in row.at("path"))
    lines = [
        f"{row.name}  {row.method} {row.path}{labels}",
        "",
        inspect.getdoc(row.request) or "",
        "",
        "Takes",
        *_table(row.request),
        "",
        "Answers",
        *_table(row.reply),
        "",
        "Refuses with",
        *(f"  {error.status} {error.code}" for error in row.errors),
        "",
        f"Safe to send again: {row.repeat.replace('_', ' ')}",
    ]
    return Text("\n".join(lines))


def _table(record_type: type[Record]) -> Iterator[str]:
    table = fields(record_type)
    rows = [_cells(field) for field in table]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for field, row in zip(table, rows, strict=True):
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield from wrap(", ".join(known_values(record_type, field)), 78, initial_indent=_DEEP, subsequent_indent=_DEEP)


def _cells(field: Field) -> tuple[str, ...]:
    needed = "required" if field.required else "optional"
    where = "" if field.place == "body" else f"in the {field.place}"
    bound = "" if field.form.bound is None else str(field.form.bound)
    return (field.name, field.member, name_of(field.form), needed, bound, where)
