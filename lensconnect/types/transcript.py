"""Where a transcript is read from and how it is ordered."""

from __future__ import annotations

from typing import Final, NewType

from lensconnect.optics import Lens
from lensconnect.record import Shape
from lensconnect.types.scalars import ChatItemId, Instant, MostRecent

__all__ = [
    "SCAN_DIRECTION_BACKWARD",
    "SCAN_DIRECTION_FORWARD",
    "SORT_KEY_ASCENDING",
    "SORT_KEY_DESCENDING",
    "ScanDirection",
    "SortKey",
    "StartPosition",
    "start_position_absolute_time",
    "start_position_id",
    "start_position_most_recent",
]

ScanDirection = NewType("ScanDirection", str)
"""Which way GetTranscript walks from its start position."""
SCAN_DIRECTION_FORWARD: Final = ScanDirection("FORWARD")
SCAN_DIRECTION_BACKWARD: Final = ScanDirection("BACKWARD")

SortKey = NewType("SortKey", str)
"""How GetTranscript orders each page."""
SORT_KEY_DESCENDING: Final = SortKey("DESCENDING")
SORT_KEY_ASCENDING: Final = SortKey("ASCENDING")


class StartPosition(Shape, frozen=True, kw_only=True):
    """Where GetTranscript starts: give at most one of the three.

    `most_recent` counts from the newest item, `absolute_time` is ISO 8601 with milliseconds and `Z`.
    The item at the position is taken to be part of the page.
    """

    id: ChatItemId | None = None
    absolute_time: Instant | None = None
    most_recent: MostRecent | None = None


start_position_id: Lens[StartPosition, str | None] = Lens("id")
start_position_absolute_time: Lens[StartPosition, str | None] = Lens("absolute_time")
start_position_most_recent: Lens[StartPosition, int | None] = Lens("most_recent")
