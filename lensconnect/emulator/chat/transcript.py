"""Scanning and paging a transcript: pure functions over items in order of time.

          oldest  0   1   2   3   4   5  newest
    BACKWARD from 4:  [4 3] [2 1] [0]          each page then put in the asked order
    FORWARD from 1:       [1 2] [3 4] [5]

Facts: 10 results unless asked otherwise; BACKWARD without a start position and FORWARD with one;
newest first; a start position is part of its page; FORWARD without one is refused, an empty
`StartPosition` is none.  Items are only ever added at the newest end, so an index is a lasting cursor.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from lensconnect.emulator.chat.timestamps import parse, written
from lensconnect.operations import GetTranscript
from lensconnect.types.item import Item
from lensconnect.types.transcript import SCAN_DIRECTION_FORWARD, SORT_KEY_ASCENDING, StartPosition

__all__ = ["DEFAULT_RESULTS", "Page", "Refused", "is_forward", "limit_of", "page", "start_of"]

DEFAULT_RESULTS: Final = 10


class Page(NamedTuple):
    """One page, and the index the next one starts at; `None` after the last."""

    items: tuple[Item, ...]
    next_index: int | None


class Refused(NamedTuple):
    """Why there is no page; `None` for the service's own plain text."""

    message: str | None = None


def limit_of(request: GetTranscript) -> int:
    """How many items a page holds at most; 0 counts as not given."""
    return request.max_results or DEFAULT_RESULTS


def is_forward(request: GetTranscript) -> bool:
    """Which way the request walks."""
    if request.scan_direction is not None:
        return request.scan_direction == SCAN_DIRECTION_FORWARD
    return not _is_empty(request.start_position)


def start_of(items: Sequence[Item], places: Mapping[str, int], request: GetTranscript, past: int = 0) -> int | Refused:
    """The index the first page starts at; it may lie outside, which makes an empty page.

    The first `past` items are of earlier contacts: no start position reaches them.
    """
    position = request.start_position
    forward = is_forward(request)
    if position is None or _is_empty(position):
        return Refused() if forward else len(items) - 1
    if sum(value is not None for value in _values(position)) > 1:
        return Refused("StartPosition must hold one of Id, AbsoluteTime, MostRecent")
    if position.id is not None:
        return places.get(position.id, Refused("StartPosition.Id is not in the transcript"))
    if position.absolute_time is not None:
        found = _at_time(items, position.absolute_time, forward)
        return found if isinstance(found, Refused) else max(found, past if forward else past - 1)
    index = max(past, len(items) - (position.most_recent or 0))
    return index if forward else min(index, len(items) - 1)


def page(items: Sequence[Item], index: int, request: GetTranscript, past: int = 0) -> Page:
    """The page that starts at an index; none holds both items of the past and later ones."""
    size = limit_of(request)
    if is_forward(request):
        found, after = items[index : index + size], index + size
        ascending, more = tuple(found), after < len(items)
    else:
        after = max(index - size, past - 1) if index >= past else index - size
        ascending, more = tuple(items[max(0, after + 1) : index + 1]), after >= 0
    in_order = ascending if request.sort_order == SORT_KEY_ASCENDING else ascending[::-1]
    return Page(in_order, after if more else None)


def _at_time(items: Sequence[Item], text: str, forward: bool) -> int | Refused:
    time = parse(text)
    if time is None:
        return Refused("StartPosition.AbsoluteTime is not an ISO 8601 time")
    # Written times have one length, so their order as text is their order in time.
    wanted = written(time)
    if forward:
        return bisect_left(items, wanted, key=_time_of)
    return bisect_right(items, wanted, key=_time_of) - 1


def _time_of(item: Item) -> str:
    return item.absolute_time or ""


def _values(position: StartPosition) -> tuple[object, ...]:
    return position.id, position.absolute_time, position.most_recent


def _is_empty(position: StartPosition | None) -> bool:
    return position is None or all(value is None for value in _values(position))
