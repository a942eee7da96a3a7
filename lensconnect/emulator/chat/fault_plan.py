"""Faults on demand: what is to go wrong, how often, and with what chance.  Chance comes from a seed.

    HttpFault("throttle", operation="SendMessage", count=2)      the next two are answered 429
    HttpFault("drop", probability=0.1)                           one in ten acts, and answers nothing
    SocketFault("silence", topic="aws/heartbeat", count=1)       the socket goes dead without a close

For each request, and for each frame, the first fault that fits and strikes is the one that happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from lensconnect.emulator.chat.ids import Ids
from lensconnect.record import Record

__all__ = ["BEFORE", "AnyFault", "Faults", "HttpFault", "HttpKind", "SocketFault", "SocketKind"]

HttpKind: TypeAlias = Literal["throttle", "error", "reset", "delay", "drop", "truncate"]
"""`throttle` (429), `error` (`status`) and `reset` happen instead of what was asked; `delay` (by
`seconds`), `drop` (the connection ends without a response) and `truncate` (within one) after it."""

SocketKind: TypeAlias = Literal["drop", "duplicate", "reorder", "silence", "expire", "refuse"]
"""A frame is lost, said twice, or overtaken by the next; the socket falls silent but stays open, or
ends as if its time were over; a subscription fails and a ping is answered 500."""

BEFORE: Final = ("throttle", "error", "reset")
"""The kinds that keep a request from acting."""


class HttpFault(Record, frozen=True, rename="pascal"):
    """What is to go wrong with requests of an operation (all, if it is `None`) and a chat."""

    kind: HttpKind
    operation: str | None = None
    contact_id: str | None = None
    probability: float = 1.0
    count: int | None = None
    status: int = 500
    seconds: float = 1.0


class SocketFault(Record, frozen=True, rename="pascal"):
    """What is to go wrong with frames of a topic (all, if it is `None`) and a chat."""

    kind: SocketKind
    topic: str | None = None
    contact_id: str | None = None
    probability: float = 1.0
    count: int | None = None


AnyFault: TypeAlias = HttpFault | SocketFault
"""Either sort."""

F = TypeVar("F", HttpFault, SocketFault)


class _Planned(Generic[F]):
    """A fault, and how many times it has struck."""

    __slots__ = ("fault", "struck")

    def __init__(self, fault: F) -> None:
        self.fault: F = fault
        self.struck = 0

    def is_spent(self) -> bool:
        return self.fault.count is not None and self.struck >= self.fault.count


class Faults:
    """What is planned, and the chance that decides."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self.clear()

    def clear(self, seed: str | None = None) -> None:
        """Nothing goes wrong any more; chance starts afresh."""
        self._chance = Ids(f"{self._seed if seed is None else seed} faults")
        self.http: list[_Planned[HttpFault]] = []
        self._socket: list[_Planned[SocketFault]] = []

    def plan(self, faults: Iterable[AnyFault]) -> None:
        """Let these go wrong, after what is planned already."""
        for fault in faults:
            if isinstance(fault, HttpFault):
                self.http.append(_Planned(fault))
            else:
                self._socket.append(_Planned(fault))

    def planned(self) -> tuple[AnyFault, ...]:
        """What may still strike."""
        return (*(one.fault for one in self.http), *(one.fault for one in self._socket))

    def of_request(self, operation: str, contact_id: str | None) -> HttpFault | None:
        """What goes wrong with this request."""
        if not self.http:
            return None
        fitting = [one for one in self.http if one.fault.operation in (None, operation)]
        found = self._strike(fitting, contact_id)
        self.http = [one for one in self.http if not one.is_spent()]
        return found

    def of_frame(self, topic: str, contact_id: str, kinds: Sequence[SocketKind]) -> SocketFault | None:
        """What goes wrong with this frame, out of some kinds."""
        if not self._socket:
            return None
        fitting = [one for one in self._socket if one.fault.kind in kinds and one.fault.topic in (None, topic)]
        found = self._strike(fitting, contact_id)
        self._socket = [one for one in self._socket if not one.is_spent()]
        return found

    def _strike(self, fitting: Iterable[_Planned[F]], contact_id: str | None) -> F | None:
        for one in fitting:
            if one.fault.contact_id in (None, contact_id) and self._happens(one.fault.probability):
                one.struck += 1
                return one.fault
        return None

    def _happens(self, probability: float) -> bool:
        return probability >= 1.0 or self._chance.fraction() < probability
