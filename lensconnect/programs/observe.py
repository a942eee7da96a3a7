"""Event: a fact about a running call or a live chat, passed to observers; it holds no token and no chat text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from lensconnect.live.orders import LiveEventName
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
    "event_chat",
    "event_count",
    "event_name",
    "event_operation",
    "event_seconds",
    "event_status",
    "event_why",
]

EventName: TypeAlias = Literal["started", "answered", "failed", "waiting", "stopped"] | LiveEventName
"""The events of a call, and the fields that each has besides `operation`, `attempt` and `at`.

started     an attempt begins: `bytes_out`, the size of the request body
answered    a response arrived: `status`, and `bytes_in`, the size of its body
failed      the attempt ended without a response: `why`, the kind of the `TransportError`
waiting     a wait of `seconds` begins: `why`, the reason of the retry, or "quota"
stopped     the call ends with an error after the last attempt: `why`

The events of a live chat, whose `operation` is "WebSocket" and which have the `chat`'s key, are
those of `lensconnect.live.orders`: opened, lost, regained, renewed, skipped, abandoned, unhealthy, ended.
"""


class Event(Record, frozen=True):
    """An event of a logical call or a live chat; `at` is the time in seconds by the environment's clock."""

    name: EventName
    operation: str
    attempt: int
    at: float
    seconds: float | None = None
    status: int | None = None
    bytes_out: int | None = None
    bytes_in: int | None = None
    why: str | None = None
    count: int | None = None
    chat: str | None = None

    def __str__(self) -> str:
        details = ", ".join(f"{name} {value}" for name, value in self.__rich_repr__()[4:])
        return f"{self.operation} attempt {self.attempt} {self.name}" + (f": {details}" if details else "")


Observer: TypeAlias = Callable[[Event], None]
"""A function that receives events; it must not raise, and should return at once."""

event_name: Lens[Event, EventName] = Lens(Event, "name")
event_operation: Lens[Event, str] = Lens(Event, "operation")
event_attempt: Lens[Event, int] = Lens(Event, "attempt")
event_at: Lens[Event, float] = Lens(Event, "at")
event_seconds: Lens[Event, float | None] = Lens(Event, "seconds")
event_status: Lens[Event, int | None] = Lens(Event, "status")
event_bytes_out: Lens[Event, int | None] = Lens(Event, "bytes_out")
event_bytes_in: Lens[Event, int | None] = Lens(Event, "bytes_in")
event_why: Lens[Event, str | None] = Lens(Event, "why")
event_count: Lens[Event, int | None] = Lens(Event, "count")
event_chat: Lens[Event, str | None] = Lens(Event, "chat")
