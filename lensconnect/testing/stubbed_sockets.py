"""StubbedSockets: performs the script of the WebSockets of a stub."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from math import inf
from typing import Final

from lensconnect.errors import ServiceError, TransportError
from lensconnect.live.frames import ChatFrame
from lensconnect.operations import CreateParticipantConnection, GetTranscript
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success
from lensconnect.testing.frames import ServiceFrame, answer_to, shown_frame
from lensconnect.testing.scripted import ReceivedRequest, UnexpectedRequestError
from lensconnect.testing.scripted_sockets import (
    LONGEST_WAIT,
    SocketPeer,
    UnexpectedConnectionError,
    UnexpectedFrameError,
)
from lensconnect.testing.socket_steps import (
    Closes,
    Connection,
    ConnectionStep,
    ExpectsFrame,
    ExpectsRequest,
    Pushes,
    SocketScript,
    Waits,
    write_frame,
)
from lensconnect.testing.timeline import EndlessWaitError, SimulatedClock
from lensconnect.types.item import Item

_FEWEST: Final = 20
"""WebSockets: a silent client opens one each hour."""
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)


class StubbedSockets:
    """The connections of a stub: one script for any number of them, or one script for each, in order."""

    def __init__(self, scripts: SocketScript | Sequence[SocketScript], clock: SimulatedClock) -> None:
        self._every = scripts if isinstance(scripts, SocketScript) else None
        self._left = deque[SocketScript]() if isinstance(scripts, SocketScript) else deque(scripts)
        self._clock = clock
        self._numbers, self._item_numbers = count(1), count(1)
        self._peers: list[_StubPeer] = []
        self._idle_since = clock.now()

    def open(self, opening: OpenSocket) -> Result[SocketPeer, TransportError | ServiceError]:
        """Open the next connection; the ServiceError or TransportError of a refused one.

        `UnexpectedConnectionError` if there is none, or if it has another URL.  `EndlessWaitError` for a client that has
        opened many and made no request for a day.
        """
        number = next(self._numbers)
        if number > _FEWEST and self._clock.now() - self._idle_since > LONGEST_WAIT:
            expected = ", ".join(self.remaining[:1]) or "another request"
            raise EndlessWaitError(
                f"the client has opened WebSockets for a day, this is number {number}, and never sent: {expected}"
            )
        script = self._every or (self._left[0] if self._left else None)
        if script is None:
            raise UnexpectedConnectionError(f"WebSocket {number} is not expected{self._before_another()}")
        if isinstance(script, Connection) and script.url not in (None, opening.url):
            raise UnexpectedConnectionError(f"WebSocket {number} has another URL than expected ({script.where})")
        if self._left:
            self._left.popleft()
        if not isinstance(script, Connection):
            return Failure(script.error)
        peer = _StubPeer(number, script, self._clock, self._item_numbers)
        self._peers.append(peer)
        return Success(peer)

    def _before_another(self) -> str:
        """Return why a client opens another WebSocket, as far as the script tells it."""
        if self.remaining:
            return f"; the client, which opens it at {self._clock.now():.0f} s, never sent: {', '.join(self.remaining)}"
        if self._peers:
            return "; the client waited after the last step: end a chat with `event(EVENT_CHAT_ENDED)`"
        return "; a live chat needs `stub(..., sockets=connection(...))`"

    def hear_request(self, received: ReceivedRequest) -> None:
        """Go on with the scripts that wait for this request; `UnexpectedRequestError` if it differs."""
        if not isinstance(received, CreateParticipantConnection | GetTranscript):  # a live chat makes them by itself
            self._idle_since = self._clock.now()
        for peer in self._peers:
            peer.hear_request(received)

    @property
    def remaining(self) -> tuple[str, ...]:
        """The frames, requests and connections that are still expected."""
        left = tuple(f"a WebSocket ({script.where})" for script in self._left)
        return (*(expected for peer in self._peers for expected in peer.remaining), *left)


class _StubPeer:
    """The service's side of one WebSocket."""

    def __init__(self, number: int, script: Connection, clock: SimulatedClock, item_numbers: count[int]) -> None:
        self._number, self._script, self._clock, self._item_numbers = number, script, clock, item_numbers
        self._steps = deque(script.steps)
        self._time = clock.now()
        self._waiting = deque[str | bytes]()
        self._end: TransportError | None = None
        self._is_closed = False

    @property
    def remaining(self) -> list[str]:
        """The frames and requests that are still expected."""
        return [
            f"{step} on WebSocket {self._number}"
            for step in self._steps
            if isinstance(step, ExpectsFrame | ExpectsRequest)
        ]

    def _next(self) -> ConnectionStep | None:
        """Perform the steps that are due, and return the first that is not, None after the last."""
        while self._steps and self._time <= self._clock.now() and self._end is None:
            match step := self._steps[0]:
                case Pushes():
                    self._waiting.extend(map(self._written, step.frames))
                case Waits():
                    self._time += step.seconds
                case Closes():
                    self._end = step.end
                case _:
                    return step
            self._steps.popleft()
        return None

    def _written(self, frame: ServiceFrame | str | bytes) -> str | bytes:
        match frame:
            case Item():
                return write_frame(self._stamped(frame))
            case ChatFrame():
                return write_frame(ChatFrame(self._stamped(frame.item), frame.initial_contact_id))
            case _:
                return write_frame(frame)

    def _stamped(self, item: Item) -> Item:
        time = (_BEGIN + timedelta(seconds=self._time)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        item_id = f"stub-{next(self._item_numbers)}" if item.id is None else item.id
        return item.__replace__(id=item_id, absolute_time=item.absolute_time or time)

    def _done(self) -> None:
        self._steps.popleft()
        self._time = self._clock.now()
        self._next()

    def hear(self, text: str, /) -> None:
        step = self._next()
        if isinstance(step, ExpectsFrame) and step.accepts(text):
            self._done()
            return
        answer = answer_to(text) if self._script.answers else None
        if answer is None:
            expected = "no frame is" if step is None else f"the next step is {step}"
            raise UnexpectedFrameError(
                f"{shown_frame(text)} is not expected on WebSocket {self._number} ({self._script.where}); {expected}"
            )
        if self._end is None:
            self._waiting.append(answer)

    def hear_request(self, received: ReceivedRequest) -> None:
        """Go on if the next step expects this request; `UnexpectedRequestError` if it is of the type and differs."""
        step = None if self._is_closed else self._next()
        if not isinstance(step, ExpectsRequest) or type(received) is not step.expectation.type:
            return
        different = step.expectation.differences(received)
        if different:
            name = type(received).__name__
            head = f"{name} is not the one that WebSocket {self._number} waits for ({step.where}):"
            raise UnexpectedRequestError("\n  ".join([head, *different]))
        self._done()

    def take(self) -> str | bytes | TransportError | None:
        self._next()
        return self._waiting.popleft() if self._waiting else self._end

    def due(self) -> float:
        return self._time if self._steps and self._time > self._clock.now() else inf

    def close(self, code: int, /) -> None:  # noqa: ARG002
        self._is_closed = True
