"""Planned faults: the kind, the requests or frames they apply to, how often and with which probability.

    HttpFault("throttle", operation="SendMessage", count=2)      the next two requests are answered with 429
    HttpFault("drop", probability=0.1)                           one request in ten acts and gets no response
    SocketFault("silence", topic="aws/heartbeat", count=1)       a WebSocket sends nothing more and stays open
    SocketFault("drop", participant_role="CUSTOMER")             the customers' frames are lost, the agents' are not

For each request and each frame, the first fault applies that fits and whose probability comes up.  Random
numbers come from a seed.  Participants that a flow plays are spared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeAlias, TypeVar

from lensconnect.emulator.chat.ids import Ids
from lensconnect.record import Record
from lensconnect.types.item import ParticipantRole

if TYPE_CHECKING:
    from lensconnect.emulator.chat.state import Membership

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
    """A fault of requests: of one operation, one chat, one role and one participant, or of all where these are `None`.

    A request without a token is of no chat, role and participant.  It happens at most `count` times; `status` is for
    `error`, `seconds` for `delay`.
    """

    kind: HttpKind
    operation: str | None = None
    contact_id: str | None = None
    probability: float = 1.0
    count: int | None = None
    status: int = 500
    seconds: float = 1.0
    participant_role: ParticipantRole | None = None
    participant_id: str | None = None


class SocketFault(Record, frozen=True, rename="pascal"):
    """A fault of frames: of one topic, one chat, one role and one participant, or of all where these are `None`.

    It happens at most `count` times.
    """

    kind: SocketKind
    topic: str | None = None
    contact_id: str | None = None
    probability: float = 1.0
    count: int | None = None
    participant_role: ParticipantRole | None = None
    participant_id: str | None = None


AnyFault: TypeAlias = HttpFault | SocketFault
"""A fault of requests or of frames."""

F = TypeVar("F", HttpFault, SocketFault)


class _Planned(Generic[F]):
    """A fault, its id, and how many times it has happened."""

    __slots__ = ("fault", "happened", "id")

    def __init__(self, fault: F, fault_id: str) -> None:
        self.fault: F = fault
        self.id = fault_id
        self.happened = 0

    def is_spent(self) -> bool:
        return self.fault.count is not None and self.happened >= self.fault.count


class Faults:
    """The planned faults, and the generator of their random numbers."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._numbers = count(1)
        self._all: dict[str, _Planned[HttpFault] | _Planned[SocketFault]] = {}
        self.clear()

    def clear(self, seed: str | None = None) -> None:
        """Remove all faults and restart the random numbers, from another seed if one is given."""
        self._random = Ids(f"{self._seed if seed is None else seed} faults")
        self.http: list[_Planned[HttpFault]] = []
        self._socket: list[_Planned[SocketFault]] = []

    def plan(self, faults: Iterable[AnyFault]) -> tuple[str, ...]:
        """Plan faults, after those already planned, and return their ids; no id is used twice."""
        return tuple(map(self._plan, faults))

    def _plan(self, fault: AnyFault) -> str:
        fault_id = str(next(self._numbers))
        if isinstance(fault, HttpFault):
            self.http.append(_Planned(fault, fault_id))
            self._all[fault_id] = self.http[-1]
        else:
            self._socket.append(_Planned(fault, fault_id))
            self._all[fault_id] = self._socket[-1]
        return fault_id

    def happened(self, fault_id: str) -> int | None:
        """Return how many times a fault has happened, also one that is not planned any more; `None` for an unknown id."""
        planned = self._all.get(fault_id)
        return None if planned is None else planned.happened

    def remove(self, fault_id: str) -> bool:
        """Remove one fault; `False` if it is not planned, or has happened for the last time."""
        before = self.planned()
        self.http = [planned for planned in self.http if planned.id != fault_id]
        self._socket = [planned for planned in self._socket if planned.id != fault_id]
        return len(self.planned()) < len(before)

    def planned(self) -> dict[str, AnyFault]:
        """Return the faults that can still happen, by their ids."""
        requests: dict[str, AnyFault] = {planned.id: planned.fault for planned in self.http}
        return requests | {planned.id: planned.fault for planned in self._socket}

    def of_request(self, operation: str, membership: Membership | None) -> HttpFault | None:
        """Return the fault that applies to a request and count it, `None` if no fault applies."""
        if not self.http:
            return None
        candidates = [planned for planned in self.http if planned.fault.operation in (None, operation)]
        found = self._first_that_happens(candidates, membership)
        self.http = [planned for planned in self.http if not planned.is_spent()]
        return found

    def of_frame(self, topic: str, membership: Membership, kinds: Sequence[SocketKind]) -> SocketFault | None:
        """Return the fault of one of these kinds that applies to a frame and count it, `None` if no fault applies."""
        if not self._socket:
            return None
        candidates = [
            planned for planned in self._socket if planned.fault.kind in kinds and planned.fault.topic in (None, topic)
        ]
        found = self._first_that_happens(candidates, membership)
        self._socket = [planned for planned in self._socket if not planned.is_spent()]
        return found

    def _first_that_happens(self, candidates: Iterable[_Planned[F]], membership: Membership | None) -> F | None:
        if membership is not None and membership.participant.is_played:
            return None
        for planned in candidates:
            if _concerns(planned.fault, membership) and self._happens(planned.fault.probability):
                planned.happened += 1
                return planned.fault
        return None

    def _happens(self, probability: float) -> bool:
        return probability >= 1.0 or self._random.fraction() < probability


def _concerns(fault: AnyFault, membership: Membership | None) -> bool:
    """Return whether a request or a frame of this participant, or of nobody, is one of those that the fault is for."""
    scope = fault.contact_id, fault.participant_role, fault.participant_id
    if membership is None:
        return scope == (None, None, None)
    chat, participant = membership
    return (
        fault.contact_id in (None, *chat.contact_ids)
        and fault.participant_role in (None, participant.role)
        and fault.participant_id in (None, participant.id)
    )
