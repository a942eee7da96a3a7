"""ItemDelivery: from the items that arrive to the notifications that are handed out, each item once and in order.

Theory of operation.  An item that is new is held back: a live one for `settle` seconds, one of a page until its page
is complete.  Held items are handed out by their place, (instant, Id), so that items which overtook each other on the
way come in order.  An item whose place is before one that was queued already is `late`.

The anchor is the last item of which a page of the transcript has confirmed that nothing before it is missing, and
which was handed out.  Catching up starts there, never at the last item that was seen: if the frame of one item is lost
and the next one arrives, a walk from the latter never finds the former.  So the confirmation of a page goes through
the same queue as its items, behind them.
"""

from __future__ import annotations

from collections import deque
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
    CHAT_ITEM_TYPE_MESSAGEMETADATA,
    MESSAGE_PROCESSING_STATUS_PROCESSING,
    Item,
)

_SLACK: Final = 1.1
"""The transcript grows to so many times `keep` before the oldest items are forgotten, which takes time."""


class Confirmation(NamedTuple):
    """An item up to which a page has confirmed that nothing is missing."""

    item_id: str
    absolute_time: str
    place: Place


class _Held(NamedTuple):
    """An item that is held back; `past` if it was found in the history."""

    past: bool


_Entry: TypeAlias = Notification | Confirmation


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
        "_order",
        "_queue",
        "anchor",
        "hands_out_past",
        "transcript",
        "unsettled",
    )

    def __init__(self, position: Position | None, keep: int | None, *, hands_out_past: bool) -> None:
        self.transcript: Transcript = EMPTY_TRANSCRIPT
        self.anchor: Confirmation | None = None
        self.hands_out_past: bool = hands_out_past
        self.unsettled: dict[str, Place] = {}
        """The places of items that may still change, other than by receipts."""
        self._keep = keep
        self._queue: deque[_Entry] = deque()
        self._held: dict[str, _Held] = {}
        self._order: list[tuple[Place, str]] = []
        self._due: list[tuple[float, Place, str]] = []
        self._events: dict[str, None] = {}
        self._after: dict[str, Place | None] = {}
        self._confirm_later: Item | None = None
        self._floor: Place | None = None
        self._newest: Place | None = None
        if position is not None:
            self._after = dict.fromkeys(position.after)
            if position.item_id is not None and position.absolute_time is not None:
                place = place_of(Item(id=position.item_id, absolute_time=position.absolute_time))
                self.anchor = Confirmation(position.item_id, position.absolute_time, place)
                self._floor = place

    def start_of_history(self, oldest: Item | None) -> None:
        """Count every item before this one as known."""
        if oldest is not None:
            at, item_id = place_of(oldest)
            self._floor = (at, "") if item_id else None

    def take(self, item: Item, release_at: float, *, past: bool = False, paged: bool = False) -> bool:
        """Merge an item, and return whether it is new.

        `release_at` is the time at which it is handed out at the latest.  `paged` if a page of the transcript holds it.
        """
        if item.type == CHAT_ITEM_TYPE_MESSAGEMETADATA:
            self._merge(item)
            return False
        if item.id is None or item.absolute_time is None or not (paged or is_stored(item)):
            return self._take_event(item)
        before, after = self._merge(item)
        if before is not None or after is None:
            held = self._held.get(item.id)
            if held is not None and held.past and not past:
                self._held[item.id] = _Held(past=False)
            return False
        place = place_of(after)
        if item.id in self._after:
            self._after[item.id] = place
            return False
        if item.id in self._events or (self._floor is not None and place <= self._floor):
            return False
        self._held[item.id] = _Held(past)
        heappush(self._order, (place, item.id))
        if release_at != inf:
            heappush(self._due, (release_at, place, item.id))
        return True

    def _take_event(self, item: Item) -> bool:
        """Hand out an item that no transcript holds, such as typing: at once, since it holds nothing up."""
        if item.id is not None:
            if item.id in self._events:
                return False
            self._events[item.id] = None
            self._trim(self._events)
        self._queue.append(ItemReceived(item))
        return True

    def _merge(self, item: Item) -> tuple[Item | None, Item | None]:
        """Merge an item into the transcript, and queue the newer version of one that was handed out."""
        self.transcript, before, after = merge_item(self.transcript, item)
        if after is not None and after.id is not None:
            if _may_change(after):
                self.unsettled[after.id] = place_of(after)
            else:
                self.unsettled.pop(after.id, None)
            if before is not None and after != before and after.id not in self._held:
                self._queue.append(ItemUpdated(after))
        return before, after

    def release(self, now: float) -> None:
        """Queue the held items whose time has come, and those whose place is before theirs."""
        last: Place | None = None
        while self._due and self._due[0][0] <= now:
            _, place, item_id = heappop(self._due)
            if item_id in self._held and (last is None or place > last):
                last = place
        if last is not None:
            self.release_up_to(last)

    def release_up_to(self, last: Place | None = None) -> None:
        """Queue the held items up to a place, or all."""
        while self._order and (last is None or self._order[0][0] <= last):
            place, item_id = heappop(self._order)
            held, item = self._held.pop(item_id), find_item(self.transcript, item_id)
            if item is None or (held.past and not self.hands_out_past):
                continue
            late = self._newest is not None and place < self._newest
            if not late:
                self._newest = place
            self._queue.append(ItemReceived(item, late, held.past))
        self._confirm_if_released()

    def next_release(self) -> float:
        """Return the time at which a held item is due."""
        return self._due[0][0] if self._due else inf

    def confirm(self, last: Item) -> None:
        """Queue the confirmation that nothing is missing up to an item of the transcript."""
        if last.id is not None and last.absolute_time is not None:
            self._queue.append(Confirmation(last.id, last.absolute_time, place_of(last)))

    def confirm_when_released(self, last: Item) -> None:
        """Queue that confirmation once no item before this one is held back any more."""
        self._confirm_later = last
        self._confirm_if_released()

    def _confirm_if_released(self) -> None:
        last = self._confirm_later
        if last is not None and not (self._order and self._order[0][0] <= place_of(last)):
            self._confirm_later = None
            self.confirm(last)

    def queue(self, notification: Notification) -> None:
        """Queue a notification that is no item."""
        self._queue.append(notification)

    def pop(self) -> Notification | None:
        """Return the next notification, which counts as handed out; apply the confirmations before it."""
        while self._queue:
            entry = self._queue.popleft()
            if isinstance(entry, Confirmation):
                self._apply(entry)
                continue
            if isinstance(entry, ItemReceived) and entry.item.id is not None and entry.item.id not in self._events:
                self._after[entry.item.id] = place_of(entry.item)
                self._trim(self._after)
            return entry
        return None

    def _apply(self, confirmed: Confirmation) -> None:
        if self.anchor is None or self.anchor.place <= confirmed.place:
            self.anchor = confirmed
            self._after = {
                item_id: place for item_id, place in self._after.items() if place is None or place > confirmed.place
            }
        if self._keep is not None and len(self.transcript) > self._keep * _SLACK:
            self.transcript = keep_newest(self.transcript, self._keep)
            self.unsettled = {
                item_id: place
                for item_id, place in self.unsettled.items()
                if find_item(self.transcript, item_id) is not None
            }

    def _trim(self, ids: dict[str, None] | dict[str, Place | None]) -> None:
        if self._keep is not None and len(ids) > 4 * self._keep:
            del ids[next(iter(ids))]

    @property
    def start(self) -> Confirmation | None:
        """The item at which catching up starts: the anchor, or an earlier item that may still change."""
        anchor = self.anchor
        if anchor is None or not self.unsettled:
            return anchor
        item_id, place = min(self.unsettled.items(), key=lambda entry: entry[1])
        item = find_item(self.transcript, item_id)
        if place >= anchor.place or item is None or item.absolute_time is None:
            return anchor
        return Confirmation(item_id, item.absolute_time, place)

    @property
    def position(self) -> Position:
        """The place from which a later opening goes on."""
        after = tuple(self._after)
        if self.anchor is None:
            return Position(after=after)
        return Position(self.anchor.item_id, self.anchor.absolute_time, after)


def _may_change(item: Item) -> bool:
    metadata = item.message_metadata
    return any(each.status == ARTIFACT_STATUS_IN_PROGRESS for each in item.attachments or ()) or (
        metadata is not None
        and (
            metadata.message_processing_status == MESSAGE_PROCESSING_STATUS_PROCESSING
            or metadata.message_completed is False
        )
    )
