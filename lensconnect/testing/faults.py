"""A catalogue of transport faults.  Each wraps a `Transport`, so they compose as functions do.

lost_request      the request never arrives
lost_reply        the request arrives and is acted on; the reply is lost
delivered_twice   the request arrives twice; the second reply comes back
answered          this response comes back; the service never sees the request
throttled         answered with a ThrottlingException
unavailable       answered with an empty 503
slow              the reply takes some seconds; if that is too long the attempt times out
scheduled         a different fault for each request in order, then none
healthy           no fault

The faults of WebSockets wrap a `SocketDriver` in the same way; those of frames take a probability for each frame that
comes, and a source of random numbers, such as `Random(7).random`.

frames_dropped     a frame is lost
frames_duplicated  a frame comes twice
frames_reordered   a frame comes after the next one
socket_silenced    nothing comes any more, as on a link that is dead
socket_expired     the service closes the WebSocket with 1001
handshake_refused  the handshake is answered with this status
slow_opening       the opening takes some seconds; if that is too long it times out
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar, cast

from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.contract import Transport
from lensconnect.interpreters.sockets.protocol import SocketConnection, SocketDriver
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success, is_err

T = TypeVar("T")
C = TypeVar("C", bound=Callable[..., Any])

__all__ = [
    "SocketDriverFault",
    "TransportFault",
    "answered",
    "delivered_twice",
    "frames_dropped",
    "frames_duplicated",
    "frames_reordered",
    "handshake_refused",
    "healthy",
    "lost_reply",
    "lost_request",
    "scheduled",
    "slow",
    "slow_opening",
    "socket_expired",
    "socket_silenced",
    "throttled",
    "unavailable",
]

TransportFault: TypeAlias = Callable[[Transport], Transport]
"""A function from a transport to one with a fault."""


SocketDriverFault: TypeAlias = Callable[[SocketDriver], SocketDriver]
"""A function from a socket driver to one with a fault."""


def healthy(transport: T) -> T:
    """Return the transport, or the socket driver, unchanged."""
    return transport


def lost_request(_: Transport) -> Transport:
    """Refuse the connection: a "connect" error, sent "no"."""
    return lambda request, seconds: Failure(TransportError("connect", "the connection was refused", "no"))


def lost_reply(transport: Transport) -> Transport:
    """Let the service act, then break the connection: a "reset" error, sent "maybe"."""

    def perform(request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        transport(request, seconds)
        return Failure(TransportError("reset", "the connection broke before the reply", "maybe"))

    return perform


def delivered_twice(transport: Transport) -> Transport:
    """Deliver the request twice, as a network that duplicates it does, and return the second reply."""

    def perform(request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        transport(request, seconds)
        return transport(request, seconds)

    return perform


def answered(response: HttpResponse) -> TransportFault:
    """Return this response to every request; the service never sees it."""
    return lambda _: lambda request, seconds: Success(response)


throttled: TransportFault = answered(
    HttpResponse(429, (("x-amzn-ErrorType", "ThrottlingException"),), b'{"message":"Rate exceeded"}')
)
"""Return a ThrottlingException; the service never sees the request."""

unavailable: TransportFault = answered(HttpResponse(503))
"""Return a 503 with an empty body, as a gateway does; the service never sees the request."""


def slow(seconds: float, wait: Callable[[float], object]) -> TransportFault:
    """Let the service act, then `wait` this many seconds: a "timeout", sent "maybe", if the attempt has fewer."""

    def fault(transport: Transport) -> Transport:
        def perform(request: HttpRequest, budget: float, /) -> Result[HttpResponse, TransportError]:
            outcome = transport(request, budget)
            wait(min(seconds, max(budget, 0.0)))
            return outcome if seconds < budget else Failure(TransportError("timeout", "no reply in time", "maybe"))

        return perform

    return fault


def scheduled(faults: Iterable[Callable[[C], C]]) -> Callable[[C], C]:
    """Apply one fault to each request, or to each opening of a WebSocket, in order, and none after the last."""
    remaining = iter(faults)

    def fault(transport: C) -> C:
        def perform(*arguments: object) -> object:
            return next(remaining, healthy)(transport)(*arguments)

        return cast("C", perform)

    return fault


FrameChange: TypeAlias = Callable[[str | bytes], tuple[str | bytes, ...] | None]
"""From a frame that has come to the frames to hand out, or to None for the end of the WebSocket."""


class _FaultyConnection:
    """A connection with a fault of its frames."""

    def __init__(self, connection: SocketConnection, change: FrameChange) -> None:
        self._connection, self._change = connection, change
        self._waiting: deque[str | bytes] = deque()
        self._end: TransportError | None = None
        self.close = connection.close

    def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        return self._connection.send(text, seconds) if self._end is None else Failure(self._end)

    def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        while not self._waiting and self._end is None:
            outcome = self._connection.receive(seconds)
            frame = None if is_err(outcome) else outcome.unwrap()
            if frame is None:
                return outcome
            self._take(self._change(frame))
        return Success(self._waiting.popleft()) if self._end is None else Failure(self._end)

    def _take(self, frames: tuple[str | bytes, ...] | None) -> None:
        if frames is None:
            self.close(1001)
            self._end = TransportError("incomplete", "the peer closed the WebSocket with code 1001", "yes")
        else:
            self._waiting.extend(frames)


def changing_frames(new_change: Callable[[], FrameChange]) -> SocketDriverFault:
    """Change what comes on each WebSocket by a new function: from a frame to those to hand out, None for the end."""

    def fault(driver: SocketDriver) -> SocketDriver:
        return lambda opening: driver(opening).map(lambda connection: _FaultyConnection(connection, new_change()))

    return fault


def frames_dropped(probability: float, chance: Callable[[], float]) -> SocketDriverFault:
    """Lose frames that come, each with this probability; the wait for the next one begins again."""
    return changing_frames(lambda: lambda frame: () if chance() < probability else (frame,))


def frames_duplicated(probability: float, chance: Callable[[], float]) -> SocketDriverFault:
    """Hand out frames twice, each with this probability."""
    return changing_frames(lambda: lambda frame: (frame, frame) if chance() < probability else (frame,))


def frames_reordered(probability: float, chance: Callable[[], float]) -> SocketDriverFault:
    """Hold frames back until the next one has come, each with this probability."""

    def new_change() -> FrameChange:
        held: list[str | bytes] = []

        def change(frame: str | bytes) -> tuple[str | bytes, ...]:
            if held:
                return frame, held.pop()
            if chance() < probability:
                held.append(frame)
                return ()
            return (frame,)

        return change

    return changing_frames(new_change)


def socket_silenced(probability: float, chance: Callable[[], float]) -> SocketDriverFault:
    """Let nothing come any more on a WebSocket, from a frame on, each with this probability; it stays open."""

    def new_change() -> FrameChange:
        silent = False

        def change(frame: str | bytes) -> tuple[str | bytes, ...]:
            nonlocal silent
            silent = silent or chance() < probability
            return () if silent else (frame,)

        return change

    return changing_frames(new_change)


def socket_expired(probability: float, chance: Callable[[], float]) -> SocketDriverFault:
    """End a WebSocket with 1001 in place of a frame, each with this probability."""
    return changing_frames(lambda: lambda frame: None if chance() < probability else (frame,))


def handshake_refused(status: int) -> SocketDriverFault:
    """Refuse each handshake with this status; the service never sees it."""
    return lambda _: lambda opening: Failure(ServiceError(status, ""))


def slow_opening(seconds: float, wait: Callable[[float], object]) -> SocketDriverFault:
    """Take this many seconds for each opening: a "timeout" if it has fewer."""

    def fault(driver: SocketDriver) -> SocketDriver:
        def open_socket(opening: OpenSocket, /) -> Result[SocketConnection, TransportError | ServiceError]:
            wait(min(seconds, max(opening.seconds, 0.0)))
            if seconds < opening.seconds:
                return driver(opening.__replace__(seconds=opening.seconds - seconds))
            return Failure(TransportError("timeout", "out of time in the WebSocket handshake", "no"))

        return open_socket

    return fault
