"""A transcript as a table: one row for each item, with the chat text that was asked for."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from lensconnect.cli.advice import harmless
from lensconnect.types.item import Item

_VENDOR = "application/vnd.amazonaws.connect."


def items_table(items: Iterable[Item]) -> Table:
    """When, who, what: longer text goes on in the next line, and nothing is cut."""
    table = Table("time", "role", "type", box=None, header_style="dim", pad_edge=False)
    table.add_column("content", overflow="fold")
    for item in items:
        # A `Text`, since a cell that is a `str` would be read as markup, which chat text may look like.
        table.add_row(*(Text(harmless(cell)) for cell in _cells(item)))
    return table


def _cells(item: Item) -> tuple[str, ...]:
    kind = (item.content_type or "").removeprefix(_VENDOR)
    return ((item.absolute_time or "")[11:23], item.participant_role or "", kind, item.content or "")
