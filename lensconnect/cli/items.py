"""A transcript as a table: one line for each item, with the chat text that was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.table import Table
from rich.text import Text

from lensconnect.cli.advice import harmless
from lensconnect.content.types import CONTENT_TEXT_PLAIN
from lensconnect.types.item import Item

_VENDOR: Final = "application/vnd.amazonaws.connect."
_EVENT: Final = "event."


def items_table(items: Iterable[Item]) -> Table:
    """When, who, what; text that is longer goes on below, and nothing is cut."""
    table = Table("time", "who", box=None, header_style="dim", pad_edge=False)
    table.add_column("what", overflow="fold")
    for item in items:
        # A `Text`, since a cell that is a `str` would be read as markup, which chat text may look like.
        table.add_row(*(Text(harmless(cell)) for cell in _cells(item)))
    return table


def _cells(item: Item) -> tuple[str, str, str]:
    time = (item.absolute_time or "")[:19].replace("T", " ")
    return (time, item.participant_role or "", " ".join(_what(item)))


def _what(item: Item) -> Iterator[str]:
    """An event by its name, text as it is, other content after its type, files by name and state."""
    kind = (item.content_type or item.type or "").removeprefix(_VENDOR)
    if kind != CONTENT_TEXT_PLAIN or item.content is None:
        yield kind.removeprefix(_EVENT)
    yield " ".join((item.content or "").splitlines())
    yield from (f"{file.attachment_name} ({file.status})" for file in item.attachments or ())
