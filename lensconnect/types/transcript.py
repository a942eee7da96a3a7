"""StartPosition, ScanDirection, SortKey: the range and order of a page of GetTranscript."""

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
"""The direction in which GetTranscript reads from its start position (open enum)."""
SCAN_DIRECTION_FORWARD: Final = ScanDirection("FORWARD")
SCAN_DIRECTION_BACKWARD: Final = ScanDirection("BACKWARD")

SortKey = NewType("SortKey", str)
"""The order of the items of a page of GetTranscript (open enum)."""
SORT_KEY_DESCENDING: Final = SortKey("DESCENDING")
SORT_KEY_ASCENDING: Final = SortKey("ASCENDING")


class StartPosition(Shape, frozen=True, kw_only=True):
    """The item at which GetTranscript starts (API_StartPosition).  Give at most one of the three members.

    `most_recent` counts from the newest item, `absolute_time` is ISO 8601 with milliseconds and `Z`.  The page
    includes the item at the position (assumed, from the paging of AWS's iOS client).
    """

    id: ChatItemId | None = None
    absolute_time: Instant | None = None
    most_recent: MostRecent | None = None


start_position_id: Lens[StartPosition, str | None] = Lens(StartPosition, "id")
start_position_absolute_time: Lens[StartPosition, str | None] = Lens(StartPosition, "absolute_time")
start_position_most_recent: Lens[StartPosition, int | None] = Lens(StartPosition, "most_recent")
