"""Pages of a transcript, by any query."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    GetTranscript,
    Item,
    ScanDirection,
    SortKey,
)
from lensconnect.emulator.chat.timestamps import written
from lensconnect.emulator.chat.transcript import page

FORWARD, BACKWARD = ScanDirection("FORWARD"), ScanDirection("BACKWARD")

ASCENDING, DESCENDING = SortKey("ASCENDING"), SortKey("DESCENDING")


def items(count: int, first: int = 0) -> list[Item]:
    return [Item(id=str(n), absolute_time=written(n)) for n in range(first, first + count)]


@given(
    start=st.integers(1, 40),
    arriving=st.lists(st.integers(0, 7), max_size=40),
    size=st.integers(1, 12),
    forward=st.booleans(),
    ascending=st.booleans(),
)
def test_pages_hold_each_item_once(start: int, arriving: list[int], size: int, forward: bool, ascending: bool) -> None:
    """Forward finds all there is in the end, backward all there was at first; arrivals disturb neither."""
    held = items(start)
    request = GetTranscript(
        connection_token="t",  # type: ignore[arg-type]
        max_results=size,
        scan_direction=FORWARD if forward else BACKWARD,
        sort_order=ASCENDING if ascending else DESCENDING,
    )
    seen: list[str | None] = []
    index: int | None = 0 if forward else start - 1
    arrivals = iter(arriving)
    while index is not None:
        found = page(held, index, request)
        assert len(found.items) <= size
        one_way = [item.absolute_time or "" for item in found.items]
        assert one_way == sorted(one_way, reverse=not ascending)
        seen += [item.id for item in found.items]
        index = found.next_index
        held += items(next(arrivals, 0), len(held))
    reached = max(int(identity or 0) for identity in seen) + 1
    assert reached >= start if forward else reached == start
    assert sorted(int(identity or 0) for identity in seen) == list(range(reached))
