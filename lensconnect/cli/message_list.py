"""MessageList: the items of a chat on a terminal, in order, each drawn only while it is in sight.

Theory of operation: an entry knows its text and, for the current width, its lines.  The widget asks for one line at a
time, so ten thousand items cost as much to draw as twenty.  Lines before an entry are counted when they are needed,
once after each change.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import accumulate
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from lensconnect.cli.items import item_text, name_of, one_line
from lensconnect.live.transcript import Place, place_of
from lensconnect.record import printable
from lensconnect.types.item import CHAT_ITEM_TYPE_EVENT, CHAT_ITEM_TYPE_MESSAGE, Item

_LONGEST: Final = 4_000
"""Characters of a message that are shown; the whole text is in the transcript."""
_CONSOLE: Final = Console()
"""`Text.wrap` takes a console, and uses none of it for text that is not justified."""
_INDENT: Final = " " * 6


class Entry:
    """An item, and how it is shown."""

    def __init__(self, item: Item) -> None:
        self.item: Item = item
        self.place: Place = place_of(item)
        self.lines: tuple[str, ...] = ()

    def __lt__(self, other: Entry) -> bool:
        return self.place < other.place

    def wrap(self, width: int, *, own: bool) -> None:
        """Break the text into lines of this many cells, below the time, the name, and the ticks of an own message."""
        is_event = self.item.type == CHAT_ITEM_TYPE_EVENT
        head = f"{local_time(self.item):5} {name_of(self.item)}{_ticks(self.item) if own and not is_event else ''}".rstrip()
        text = item_text(self.item)
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]}... ({len(text):,} characters: `lensconnect transcript` prints all)"
        if is_event:
            self.lines = tuple(_wrapped(f"{head} {one_line(text)}", width))
        else:
            self.lines = (head, *(_INDENT + line for line in _wrapped(text, width - len(_INDENT))))


def _wrapped(text: str, width: int) -> Iterator[str]:
    for line in text.splitlines() or [""]:
        shown = printable(line)
        if cell_len(shown) <= width:
            yield shown
        else:
            yield from (part.plain for part in Text(shown).wrap(_CONSOLE, max(width, 10), overflow="fold"))


def local_time(item: Item) -> str:
    """Return the time of an item in local time, with the date if it is not today, "" without a time that can be read."""
    try:
        time = datetime.fromisoformat(item.absolute_time or "").astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    return time.strftime("%H:%M" if time.date() == datetime.now().astimezone().date() else "%Y-%m-%d %H:%M")


def _ticks(item: Item) -> str:
    """Return one tick for a message that is sent, two when it is delivered, and the word when it is read."""
    receipts = item.message_metadata.receipts if item.message_metadata else None
    if any(receipt.read_timestamp for receipt in receipts or ()):
        return "  ✓✓ read"
    return "  ✓✓" if any(receipt.delivered_timestamp for receipt in receipts or ()) else "  ✓"


class MessageList(ScrollView):
    """The items of a chat.  While `follows` is true, until the reader scrolls back, the newest is in sight."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"message--own", "message--other", "message--event"}
    DEFAULT_CSS: ClassVar[str] = """
    MessageList { height: 1fr; scrollbar-size-vertical: 1; }
    MessageList > .message--own { color: $text-primary; text-style: bold; }
    MessageList > .message--other { color: $text-accent; text-style: bold; }
    MessageList > .message--event { color: $foreground; text-style: italic; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.can_focus = False
        self._entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}
        self._ends: list[int] = []
        self._own_id: str | None = None
        self.follows: bool = True

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, item_id: str) -> Item | None:
        """Return the item of an id, if it is shown."""
        entry = self._by_id.get(item_id)
        return None if entry is None else entry.item

    def newest_message(self) -> Item | None:
        """Return the last message in the order of the chat."""
        return next((each.item for each in reversed(self._entries) if each.item.type == CHAT_ITEM_TYPE_MESSAGE), None)

    def text(self) -> str:
        """Return the lines of all items."""
        return "\n".join(line for entry in self._entries for line in entry.lines)

    def turn_pages(self, pages: int) -> None:
        """Scroll by pages; from the end on, new items are in sight again."""
        wanted = self.scroll_offset.y + pages * max(self.size.height - 1, 1)
        self.follows = wanted >= self.max_scroll_y
        self._go_to(wanted)

    def _go_to(self, line: int) -> None:
        # `force`, because the list may have no scroll bar yet.
        self.scroll_to(y=line, animate=False, force=True, immediate=True)

    def _follow(self) -> None:
        """Keep the newest item in sight, also after the next layout, which may change the size of the list."""
        if self.follows:
            self._go_to(self.max_scroll_y)

    def put(self, items: Iterable[Item]) -> None:
        """Show new items in their places, and newer versions of those that are shown."""
        first, moved = self._entry_at(self.scroll_offset.y), 0
        for item in items:
            entry = self._by_id.get(item.id or "")
            if entry is None:
                entry = Entry(item)
                insort(self._entries, entry)
                if item.id is not None:
                    self._by_id[item.id] = entry
            entry.item = item
            before = len(entry.lines)
            self._wrap(entry)
            if first is not None and entry < first:
                moved += len(entry.lines) - before
        self._count_lines()
        if moved and not self.follows:  # what is in sight stays there
            self._go_to(self.scroll_offset.y + moved)

    def render_line(self, y: int) -> Strip:
        """Return a line of the widget."""
        line = y + self.scroll_offset.y
        entry = self._entry_at(line)
        width = self.scrollable_content_region.width
        if entry is None:
            return Strip.blank(width, self.rich_style)
        number = line - self._start_of(line)
        text = entry.lines[number]
        is_event = entry.item.type == CHAT_ITEM_TYPE_EVENT
        kind = "event" if is_event else "own" if self._is_own(entry) else "other"
        style = self.rich_style
        if number == 0:
            style += self.get_component_rich_style(f"message--{kind}", partial=True)
        return Strip([Segment(text, style)]).crop_extend(0, width, self.rich_style)

    def show_own(self, participant_id: str | None) -> None:
        """Show the messages of this participant as the user's own."""
        self._own_id = participant_id
        self.on_resize()

    def on_resize(self) -> None:
        """Break all lines for the new width."""
        for entry in self._entries:
            self._wrap(entry)
        self._count_lines()

    def _is_own(self, entry: Entry) -> bool:
        return self._own_id is not None and entry.item.participant_id == self._own_id

    def _wrap(self, entry: Entry) -> None:
        entry.wrap(self._width, own=self._is_own(entry))

    @property
    def _width(self) -> int:
        return max(self.scrollable_content_region.width, 20)

    def _count_lines(self) -> None:
        self._ends = list(accumulate(len(entry.lines) for entry in self._entries))
        self.virtual_size = Size(self._width, self._ends[-1] if self._ends else 0)
        self.refresh()
        self._follow()
        self.call_after_refresh(self._follow)

    def _index_at(self, line: int) -> int:
        return bisect_right(self._ends, line)

    def _entry_at(self, line: int) -> Entry | None:
        index = self._index_at(line)
        return self._entries[index] if index < len(self._entries) else None

    def _start_of(self, line: int) -> int:
        index = self._index_at(line)
        return self._ends[index - 1] if index else 0
