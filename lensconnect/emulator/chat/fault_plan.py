"""Planned faults: the kind, the requests or frames they apply to, how often and with which probability.

    HttpFault("throttle", operation="SendMessage", count=2)      the next two requests are answered with 429
    HttpFault("drop", probability=0.1)                           one request in ten acts and gets no response
    SocketFault("silence", topic="aws/heartbeat", count=1)       a WebSocket sends nothing more and stays open

For each request and each frame, the first fault applies that fits and whose probability comes up.  Random
numbers come from a seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from lensconnect.emulator.chat.ids import Ids
from lensconnect.record import Record

HttpKind: TypeAlias = Literal["throttle", "error", "reset", "delay", "drop", "truncate"]
"""`throttle` (429), `error` (`status`) and `reset` (of the connection) replace the operation.  `delay` (by
`seconds`), `drop` (close the connection without a response) and `truncate` (close it within the response)
happen after the operation."""

SocketKind: TypeAlias = Literal["drop", "duplicate", "reorder", "silence", "expire", "refuse"]
"""`drop`, `duplicate` and `reorder` lose a frame, send it twice, or send it after the next one.  `silence` sends
nothing more on the WebSocket, `expire` closes it as if its hour were over, `refuse` fails a subscription
and answers a ping with 500."""

BEFORE: Final = ("throttle", "error", "reset")
"""The kinds that replace the operation."""


class HttpFault(Record, frozen=True, rename="pascal"):
    """A fault of requests: of one operation and one chat, or of all where these are `None`.

    It happens at most `count` times; `status` is for `error`, `seconds` for `delay`.
    """

    kind: HttpKind
    operation: str | None = None
    contact_id: str | None = None
    probability: float = 1.0
    count: int | None = None
    status: int = 500
    seconds: float = 1.0


class SocketFault(Record, frozen=True, rename="pascal"):
    """A fault of frames: of one topic and one chat, or of all where these are `None`; at most `count` times."""

    kind: SocketKind
    topic: str | None = None
    contact_id: str | None = None
    probability: float = 1.0
    count: int | None = None


AnyFault: TypeAlias = HttpFault | SocketFault
"""A fault of requests or of frames."""

F = TypeVar("F", HttpFault, SocketFault)


class _Planned(Generic[F]):
    """A fault, and how many times it has happened."""

    __slots__ = ("fault", "happened")

    def __init__(self, fault: F) -> None:
        self.fault: F = fault
        self.happened = 0

    def is_spent(self) -> bool:
        return self.fault.count is not None and self.happened >= self.fault.count


class Faults:
    """The planned faults, and the generator of their random numbers."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self.clear()

    def clear(self, seed: str | None = None) -> None:
        """Remove all faults and restart the random numbers, from another seed if one is given."""
        self._random = Ids(f"{self._seed if seed is None else seed} faults")
        self.http: list[_Planned[HttpFault]] = []
        self._socket: list[_Planned[SocketFault]] = []

    def plan(self, faults: Iterable[AnyFault]) -> None:
        """Plan faults, after those already planned."""
        for fault in faults:
            if isinstance(fault, HttpFault):
                self.http.append(_Planned(fault))
            else:
                self._socket.append(_Planned(fault))

    def planned(self) -> tuple[AnyFault, ...]:
        """Return the faults that can still happen."""
        return (*(planned.fault for planned in self.http), *(planned.fault for planned in self._socket))

    def of_request(self, operation: str, contact_id: str | None) -> HttpFault | None:
        """Return the fault that applies to a request and count it, `None` if no fault applies."""
        if not self.http:
            return None
        candidates = [planned for planned in self.http if planned.fault.operation in (None, operation)]
        found = self._first_that_happens(candidates, contact_id)
        self.http = [planned for planned in self.http if not planned.is_spent()]
        return found

    def of_frame(self, topic: str, contact_id: str, kinds: Sequence[SocketKind]) -> SocketFault | None:
        """Return the fault of one of these kinds that applies to a frame and count it, `None` if no fault applies."""
        if not self._socket:
            return None
        candidates = [
            planned for planned in self._socket if planned.fault.kind in kinds and planned.fault.topic in (None, topic)
        ]
        found = self._first_that_happens(candidates, contact_id)
        self._socket = [planned for planned in self._socket if not planned.is_spent()]
        return found

    def _first_that_happens(self, candidates: Iterable[_Planned[F]], contact_id: str | None) -> F | None:
        for planned in candidates:
            if planned.fault.contact_id in (None, contact_id) and self._happens(planned.fault.probability):
                planned.happened += 1
                return planned.fault
        return None

    def _happens(self, probability: float) -> bool:
        return probability >= 1.0 or self._random.fraction() < probability
