"""Items in words: the text of one, and a transcript as a table or as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from lensconnect.content.answers import Choice, choices_of
from lensconnect.content.contents import ChatEvent, ReceiptFor, Text, content_of
from lensconnect.content.templates import Interactive, template_of
from lensconnect.content.types import EVENT_PREFIX
from lensconnect.record import printable
from lensconnect.types.item import Item

if TYPE_CHECKING:
    from rich.table import Table

_VENDOR: Final = "application/vnd.amazonaws.connect."


def item_text(item: Item) -> str:
    """Return what an item says, in words: a message, the choices of an interactive message, an event, attachments.

    The text is the peer's: it may hold any character.  `printable` makes one safe for a terminal.

    >>> item_text(Item(content_type="text/plain", content="Hello!"))
    'Hello!'
    >>> item_text(Item(content_type="application/vnd.amazonaws.connect.event.chat.ended"))
    'chat.ended'
    """
    return " ".join(part for part in _parts(item) if part)


def _parts(item: Item) -> Iterator[str]:
    match content_of(item):
        case Text(text=text):
            yield text
        case Interactive() as asked:
            yield getattr(template_of(asked), "title", asked.template_type)
            yield from (f"[{choice_text(choice)}]" for choice in choices_of(asked))
        case ReceiptFor(message_id, kind):
            yield kind.removeprefix(EVENT_PREFIX)
            yield message_id
        case ChatEvent(kind, content):
            yield kind.removeprefix(EVENT_PREFIX)
            yield content or ""
        case _:
            yield (item.content_type or "").removeprefix(_VENDOR)
            yield item.content or ""
    yield from (f"{file.attachment_name} ({file.status})" for file in item.attachments or ())


def choice_text(choice: Choice) -> str:
    """Return a choice of an interactive message in words."""
    return choice if isinstance(choice, str) else " / ".join(choice)


def item_time(item: Item) -> str:
    """Return the time of an item in UTC, for example `2026-01-01 09:00:00Z`; the text itself if it is no time."""
    text = item.absolute_time or ""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError):
        return text


def name_of(item: Item) -> str:
    """Return the name of the participant, or its role, as text that is safe for a terminal."""
    return printable(item.display_name or item.participant_role or "")


def item_line(item: Item) -> str:
    """Return an item on a line that is safe for a terminal: its time in UTC, its id, the role and the content."""
    role = f"{item.participant_role or '':8}"
    return printable("  ".join((item_time(item), item.id or "", role, one_line(item_text(item))))).rstrip()


def one_line(text: str) -> str:
    """Return the text with a space in place of each end of a line."""
    return " ".join(text.splitlines())


def items_table(items: Iterable[Item]) -> Table:
    """Return a table of time, role and content; long content is folded, never cut."""
    from rich.table import Table
    from rich.text import Text as RichText

    table = Table("time", "role", box=None, header_style="dim", pad_edge=False)
    table.add_column("content", overflow="fold")
    for item in items:
        cells = (item_time(item), item.participant_role or "", one_line(item_text(item)))
        # A `RichText`, because rich would read a `str` as markup, and a message may contain markup.
        table.add_row(*(RichText(printable(cell)) for cell in cells))
    return table
