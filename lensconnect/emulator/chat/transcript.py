"""Pages of a transcript: pure functions over items in order of time.

          oldest  0   1   2   3   4   5  newest
    BACKWARD from 4:  [4 3] [2 1] [0]          each page is then put in the requested order
    FORWARD from 1:       [1 2] [3 4] [5]

Facts: the defaults are 10 results, BACKWARD without a start position, FORWARD with one, and newest first
(documented); FORWARD without one is a ValidationException, and `{}` counts as none (observed:
amazon-connect-chatjs#19).  Assumed: a start position is part of its page.
Theory of operation: items are only added at the newest end, so an index stays valid as a cursor.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from lensconnect.emulator.chat.timestamps import parse, written
from lensconnect.operations import GetTranscript
from lensconnect.types.item import Item
from lensconnect.types.transcript import SCAN_DIRECTION_FORWARD, SORT_KEY_ASCENDING, StartPosition

DEFAULT_RESULTS: Final = 10


class TranscriptPage(NamedTuple):
    """One page, and the index at which the next page starts; `None` for the last page."""

    items: tuple[Item, ...]
    next_index: int | None


class InvalidQuery(NamedTuple):
    """The reason why a query is invalid; `None` stands for the generic text of the service."""

    message: str | None = None


def limit_of(request: GetTranscript) -> int:
    """Return the maximal size of a page; MaxResults 0 counts as absent."""
    return request.max_results or DEFAULT_RESULTS


def is_forward(request: GetTranscript) -> bool:
    """Return whether the query scans FORWARD."""
    if request.scan_direction is not None:
        return request.scan_direction == SCAN_DIRECTION_FORWARD
    return not _is_empty(request.start_position)


def start_of(
    items: Sequence[Item], places: Mapping[str, int], request: GetTranscript, past: int = 0
) -> int | InvalidQuery:
    """Return the index at which the first page starts; an index outside the transcript makes an empty page.

    The first `past` items belong to earlier contacts, and a start position cannot select them.
    """
    position = request.start_position
    forward = is_forward(request)
    if position is None or _is_empty(position):
        return InvalidQuery() if forward else len(items) - 1
    if sum(value is not None for value in _values(position)) > 1:
        return InvalidQuery("StartPosition must hold one of Id, AbsoluteTime, MostRecent")
    if position.id is not None:
        return places.get(position.id, InvalidQuery("StartPosition.Id is not in the transcript"))
    if position.absolute_time is not None:
        index_at = _at_time(items, position.absolute_time, forward)
        return index_at if isinstance(index_at, InvalidQuery) else max(index_at, past if forward else past - 1)
    index = max(past, len(items) - (position.most_recent or 0))
    return index if forward else min(index, len(items) - 1)


def page(items: Sequence[Item], index: int, request: GetTranscript, past: int = 0) -> TranscriptPage:
    """Return the page that starts at an index; no page mixes items of earlier contacts with those of this one."""
    size = limit_of(request)
    if is_forward(request):
        after = index + size
        ascending, more = tuple(items[index:after]), after < len(items)
    else:
        after = max(index - size, past - 1) if index >= past else index - size
        ascending, more = tuple(items[max(0, after + 1) : index + 1]), after >= 0
    in_order = ascending if request.sort_order == SORT_KEY_ASCENDING else ascending[::-1]
    return TranscriptPage(in_order, after if more else None)


def _at_time(items: Sequence[Item], text: str, forward: bool) -> int | InvalidQuery:
    time = parse(text)
    if time is None:
        return InvalidQuery("StartPosition.AbsoluteTime is not an ISO 8601 time")
    # Times are written with one length, so their order as text is their order in time.
    text_of_time = written(time)
    if forward:
        return bisect_left(items, text_of_time, key=_time_of)
    return bisect_right(items, text_of_time, key=_time_of) - 1


def _time_of(item: Item) -> str:
    return item.absolute_time or ""


def _values(position: StartPosition) -> tuple[object, ...]:
    return position.id, position.absolute_time, position.most_recent


def _is_empty(position: StartPosition | None) -> bool:
    return position is None or all(value is None for value in _values(position))
