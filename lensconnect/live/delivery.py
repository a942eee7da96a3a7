"""ItemDelivery: from the items that arrive to the notifications that are handed out, each item once and in order.

Theory of operation.  An item that is new is held back: a live one for `settle` seconds, one of a page until its page
is complete.  Held items are handed out by their place, (instant, Id), so that items which overtook each other on the
way come in order.  An item whose place is before one that was handed out already is `late`.  To release items costs
nothing: the queue holds the place up to which they are released, and `pop` takes them one by one.

An item whose AbsoluteTime cannot be read is before all others by its place, but never counts as known by it.

The anchor is the last item of which a page of the transcript has confirmed that nothing before it is missing, and
which was handed out.  Catching up starts there, never at the last item that was seen: if the frame of one item is lost
and the next one arrives, a walk from the latter never finds the former.  So the confirmation of a page goes through
the same queue as its items, behind them.

The history may hold what came after the subscription too: its frame was lost, or the connection was.  The event of a
frame marks the end of the past, since the service made it after the subscription: what has a later instant is not past.
A message or a file marks nothing, as the service pushes the new version of an old one with its old time.

Items of one millisecond are ordered by Id, but stored in the order in which they came.  So an item counts as known by
its place only if its instant is before the anchor's; those of the same instant are known by their Ids.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from heapq import heappop, heappush
from math import inf
from typing import Final, NamedTuple, TypeAlias

from lensconnect.live.notifications import ItemReceived, ItemUpdated, Notification
from lensconnect.live.position import Position
from lensconnect.live.transcript import (
    EMPTY_TRANSCRIPT,
    Place,
    Transcript,
    find_item,
    is_stored,
    keep_newest,
    merge_item,
    place_of,
)
from lensconnect.types.item import (
    ARTIFACT_STATUS_IN_PROGRESS,
    CHAT_ITEM_TYPE_EVENT,
    CHAT_ITEM_TYPE_MESSAGEMETADATA,
    MESSAGE_PROCESSING_STATUS_PROCESSING,
    Item,
)

_NO_INSTANT: Final = ""
"""The instant of an item whose time cannot be read, as `place_of` returns it."""
_SLACK: Final = 1.1
"""The transcript grows to so many times what it keeps before the oldest items are forgotten, which takes time."""
_MOST_IDS: Final = 40_000
"""Ids that are remembered of items which no page has confirmed yet, and of items which no transcript holds."""


class Confirmation(NamedTuple):
    """The place up to which nothing is missing: that of an item, or a time before which everything counts as known."""

    item_id: str | None
    absolute_time: str
    place: Place


class _Held(NamedTuple):
    """An item that is held back; `past` if it was found in the history."""

    place: Place
    past: bool


class _Release(NamedTuple):
    """Hand out the held items up to a place, or all."""

    last: Place | None


_Entry: TypeAlias = Notification | Confirmation | _Release


class ItemDelivery:
    """The items of one chat; changed in place."""

    __slots__ = (
        "_after",
        "_confirm_later",
        "_due",
        "_events",
        "_floor",
        "_held",
        "_keep",
        "_newest",
        "_news",
        "_order",
        "_queue",
        "_resumed",
        "_unseen",
        "anchor",
        "hands_out_past",
        "transcript",
        "unsettled",
    )

    def __init__(self, position: Position | None, keep: int | None, *, hands_out_past: bool) -> None:
        self.transcript: Transcript = EMPTY_TRANSCRIPT
        self.anchor: Confirmation | None = None
        self.hands_out_past: bool = hands_out_past
        self.unsettled: dict[str, Confirmation] = {}
        """The items that may still change, other than by receipts."""
        self._keep = keep
        self._queue: deque[_Entry] = deque()
        self._held: dict[str, _Held] = {}
        self._order: list[tuple[Place, str]] = []
        self._due: list[tuple[float, str]] = []
        self._events: dict[str, None] = {}
        self._unseen: set[str] = set()
        """Items of the past that are not handed out, so that nothing is to be said about their newer versions."""
        self._resumed = position is not None
        self._after: dict[str, Place | None] = {}
        """The items that were handed out, and that no page has confirmed yet or that may still change."""
        self._confirm_later: Item | None = None
        self._floor: str | None = None
        """The instant before which every item counts as known."""
        self._newest: Place | None = None
        self._news: str | None = None
        """The instant of the first event that a frame has brought: what has a later one is not past."""
        if position is not None:
            self._after = dict.fromkeys(position.after)
            if position.absolute_time is not None:
                self._start_at(position.item_id, position.absolute_time)

    def start_of_history(self, oldest: Item) -> None:
        """Count every item before this one as known."""
        if oldest.absolute_time is not None and self.anchor is None:
            self._start_at(None, oldest.absolute_time)

    def _start_at(self, item_id: str | None, absolute_time: str) -> None:
        place = place_of(Item(id=item_id or "", absolute_time=absolute_time))
        self.anchor = Confirmation(item_id, absolute_time, place)
        self._floor = place[0]
        if item_id is not None:
            self._after.setdefault(item_id, place)

    def take(self, item: Item, release_at: float, *, past: bool = False, paged: bool = False) -> bool:
        """Merge an item, and return whether it is new.

        `release_at` is the time at which it is handed out at the latest.  `paged` if a page of the transcript holds it.
        """
        if item.type == CHAT_ITEM_TYPE_MESSAGEMETADATA:
            self._merge(item)
            return False
        if item.id is None or not (paged or is_stored(item)):
            return self._take_event(item, past=past, paged=paged)
        before, after = self._merge(item)
        if after is None:  # forgotten by its place, which it has not, or a chunk that waits for another
            forgotten = self.transcript.forgotten is not None and item.id not in self._after
            return forgotten and place_of(item)[0] == _NO_INSTANT and self._take_event(item, past=past, paged=paged)
        place = place_of(after)
        if not paged and item.type == CHAT_ITEM_TYPE_EVENT and place[0] > _NO_INSTANT:
            self._news = min(self._news or place[0], place[0])
        if before is not None:
            held = self._held.get(item.id)
            if held is not None:
                self._hold(item.id, place, past=held.past and past)
            return False
        if item.id in self._after or item.id in self._events:
            return False
        if self._floor is not None and _NO_INSTANT < place[0] < self._floor:
            if not self._resumed:
                self._unseen.add(item.id)
            return False
        self._hold(item.id, place, past=past)
        if release_at != inf:
            self.release_at(release_at, item)
        return True

    def _hold(self, item_id: str, place: Place, *, past: bool) -> None:
        """Hold an item back; a newer version may have another place."""
        held = self._held.get(item_id)
        self._held[item_id] = _Held(place, past)
        if held is None or held.place != place:
            heappush(self._order, (place, item_id))

    def _take_event(self, item: Item, *, past: bool, paged: bool) -> bool:
        """Hand out an item that no transcript holds, such as typing: at once, since it holds nothing up."""
        if item.id is not None:
            if item.id in self._events:
                return False
            self._events[item.id] = None
            _trim(self._events)
        elif paged:
            self.transcript, before, _ = merge_item(self.transcript, item)
            if before is not None:
                return False
        if not past or self.hands_out_past:
            self._queue.append(ItemReceived(item, past=past))
        elif item.id is not None:
            self._unseen.add(item.id)
        return True

    def _merge(self, item: Item) -> tuple[Item | None, Item | None]:
        """Merge an item into the transcript, and queue the newer version of one that was handed out."""
        self.transcript, before, after = merge_item(self.transcript, item)
        if after is None or after.id is None:
            return before, after
        place = place_of(after)
        has_instant = place[0] > _NO_INSTANT
        if has_instant and _may_change(after):
            self.unsettled[after.id] = Confirmation(after.id, after.absolute_time or "", place)
        else:
            self.unsettled.pop(after.id, None)
        if after.id in self._after:
            self._after[after.id] = place if has_instant else None
        if before is not None and after != before and after.id not in self._held and after.id not in self._unseen:
            self._queue.append(ItemUpdated(after))
        return before, after

    def release(self, now: float) -> None:
        """Queue the held items whose time has come, and those whose place is before theirs."""
        last: Place | None = None
        while self._due and self._due[0][0] <= now:
            held = self._held.get(heappop(self._due)[1])
            if held is not None:
                last = max(held.place, last or held.place)
        if last is not None:
            self.release_up_to(last)

    def release_up_to(self, last: Place | None = None) -> None:
        """Queue the held items up to a place, or all."""
        self._queue.append(_Release(last))
        confirmed = self._confirm_later
        if confirmed is not None and (last is None or place_of(confirmed) <= last):
            self._confirm_later = None
            self.confirm(confirmed)

    def _next_released(self, last: Place | None) -> ItemReceived | None:
        """Take the first of the held items up to a place, or of all, which counts as handed out."""
        while self._order and (last is None or self._order[0][0] <= last):
            place, item_id = heappop(self._order)
            held, item = self._held.get(item_id), find_item(self.transcript, item_id)
            if held is None or held.place != place:
                continue  # a newer version has another place
            del self._held[item_id]
            self._after[item_id] = place if place[0] > _NO_INSTANT else None
            _trim(self._after)
            past = held.past and (self._news is None or place[0] <= self._news)
            if past and not self.hands_out_past:
                self._unseen.add(item_id)
            elif item is not None:
                late = self._newest is not None and place < self._newest
                self._newest = self._newest if late else place
                return ItemReceived(item, late, past)
        return None

    def release_at(self, time: float, item: Item) -> None:
        """Queue the held items up to this one at a time, unless that happens before."""
        if item.id is not None:
            heappush(self._due, (time, item.id))

    def next_release(self) -> float:
        """Return the time at which a held item is due."""
        return self._due[0][0] if self._due else inf

    def confirm(self, last: Item) -> None:
        """Queue the confirmation that nothing is missing up to an item of the transcript."""
        if last.id is not None and last.absolute_time is not None:
            self._queue.append(Confirmation(last.id, last.absolute_time, place_of(last)))

    def confirm_when_released(self, last: Item) -> None:
        """Queue that confirmation once this item and those before it are released."""
        self._confirm_later = last
        if not (self._order and self._order[0][0] <= place_of(last)):
            self.release_up_to(place_of(last))

    def queue(self, notification: Notification) -> None:
        """Queue a notification that is no item."""
        self._queue.append(notification)

    def drop_queue(self) -> None:
        """Hand out nothing of what is queued."""
        self._queue.clear()

    def pop(self) -> Notification | None:
        """Return the next notification, which counts as handed out; apply the confirmations before it."""
        while self._queue:
            entry = self._queue[0]
            if isinstance(entry, _Release):
                received = self._next_released(entry.last)
                if received is not None:
                    return received
            self._queue.popleft()
            if isinstance(entry, Confirmation):
                self._apply(entry)
            elif not isinstance(entry, _Release):
                return entry
        return None

    def _apply(self, confirmed: Confirmation) -> None:
        if self.anchor is None or self.anchor.place <= confirmed.place:
            self.anchor = confirmed
            instant = confirmed.place[0]
            self._after = {
                item_id: place
                for item_id, place in self._after.items()
                if place is None or place[0] >= instant or item_id in self.unsettled
            }
        if self._keep is not None:
            most = max(self._keep, len(self._after) + len(self._held))
            if len(self.transcript) > most * _SLACK:
                self.transcript = keep_newest(self.transcript, most)
                kept = partial(find_item, self.transcript)
                self.unsettled = {item_id: place for item_id, place in self.unsettled.items() if kept(item_id)}
                self._unseen = set(filter(kept, self._unseen))

    @property
    def start(self) -> Confirmation | None:
        """The place at which catching up starts: the anchor, or an earlier item that may still change."""
        if self.anchor is None or not self.unsettled:
            return self.anchor
        return min(self.anchor, *self.unsettled.values(), key=lambda each: each.place)

    @property
    def position(self) -> Position:
        """The place from which a later opening goes on."""
        after = tuple(self._after)
        if self.anchor is None:
            return Position(after=after)
        return Position(self.anchor.item_id, self.anchor.absolute_time, after)


def _trim(ids: dict[str, None] | dict[str, Place | None]) -> None:
    if len(ids) > _MOST_IDS:
        del ids[next(iter(ids))]


def _may_change(item: Item) -> bool:
    metadata = item.message_metadata
    if metadata is None and item.attachments is None:
        return False
    return any(each.status == ARTIFACT_STATUS_IN_PROGRESS for each in item.attachments or ()) or (
        metadata is not None
        and (
            metadata.message_processing_status == MESSAGE_PROCESSING_STATUS_PROCESSING
            or metadata.message_completed is False  # of chunks that are put together too
        )
    )
