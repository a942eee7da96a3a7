"""A transcript as a table or as lines, one for each item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from lensconnect.content.types import CONTENT_TEXT_PLAIN
from lensconnect.record import printable
from lensconnect.types.item import Item

if TYPE_CHECKING:
    from rich.table import Table

_VENDOR: Final = "application/vnd.amazonaws.connect."
_EVENT: Final = "event."


def item_lines(items: Iterable[Item]) -> Iterator[str]:
    """Yield a line for each item: its time in UTC, its id, the role and the content."""
    for item in items:
        time, role, content = _cells(item)
        yield printable("  ".join((f"{time}Z", item.id or "", f"{role:8}", content))).rstrip()


def items_table(items: Iterable[Item]) -> Table:
    """Return a table of time, role and content; long content is folded, never cut."""
    from rich.table import Table
    from rich.text import Text

    table = Table("time", "role", box=None, header_style="dim", pad_edge=False)
    table.add_column("content", overflow="fold")
    for item in items:
        # A `Text`, because rich would read a `str` as markup, and a message may contain markup.
        table.add_row(*(Text(printable(cell)) for cell in _cells(item)))
    return table


def _cells(item: Item) -> tuple[str, str, str]:
    time = (item.absolute_time or "")[:19].replace("T", " ")
    return (time, item.participant_role or "", " ".join(_content(item)))


def _content(item: Item) -> Iterator[str]:
    """Yield the name of an event or content type other than plain text, the content, and each attachment."""
    kind = (item.content_type or item.type or "").removeprefix(_VENDOR)
    if kind != CONTENT_TEXT_PLAIN or item.content is None:
        yield kind.removeprefix(_EVENT)
    yield " ".join((item.content or "").splitlines())
    yield from (f"{file.attachment_name} ({file.status})" for file in item.attachments or ())
