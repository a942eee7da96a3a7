"""Event: what an observer is told while a call is on its way; never a token, never chat text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from lensconnect.optics import Lens
from lensconnect.record import Record

__all__ = [
    "Event",
    "EventName",
    "Observer",
    "event_attempt",
    "event_at",
    "event_bytes_in",
    "event_bytes_out",
    "event_name",
    "event_operation",
    "event_seconds",
    "event_status",
    "event_why",
]

EventName: TypeAlias = Literal["started", "answered", "failed", "waiting", "stopped"]
"""started     an attempt begins: `bytes_out`, those of the body
answered    its response came: `status`, `bytes_in`, those of the body
failed      it brought no response: `why`
waiting     so many `seconds` before the next attempt or for a place in a quota: `why`
stopped     the logical call is over: `why`
"""


class Event(Record, frozen=True):
    """One thing that happened in a logical call; `at` is the environment's time in seconds."""

    name: EventName
    operation: str
    attempt: int
    at: float
    seconds: float | None = None
    status: int | None = None
    bytes_out: int | None = None
    bytes_in: int | None = None
    why: str | None = None

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.__rich_repr__()[4:])
        return f"{self.operation} attempt {self.attempt} {self.name}" + (f": {told}" if told else "")


Observer: TypeAlias = Callable[[Event], None]
"""What wants to be told; it must not raise."""

event_name: Lens[Event, EventName] = Lens("name")
event_operation: Lens[Event, str] = Lens("operation")
event_attempt: Lens[Event, int] = Lens("attempt")
event_at: Lens[Event, float] = Lens("at")
event_seconds: Lens[Event, float | None] = Lens("seconds")
event_status: Lens[Event, int | None] = Lens("status")
event_bytes_out: Lens[Event, int | None] = Lens("bytes_out")
event_bytes_in: Lens[Event, int | None] = Lens("bytes_in")
event_why: Lens[Event, str | None] = Lens("why")
