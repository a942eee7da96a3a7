"""Faults of WebSockets: functions from a socket driver, synchronous or asynchronous, to one with a fault.

`lensconnect.testing.faults` lists them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from inspect import isawaitable, iscoroutinefunction
from itertools import count
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar, overload

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import AsyncSocketDriver, SocketDriver
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success, is_err

__all__ = [
    "FrameChange",
    "FrameFault",
    "SocketDriverFault",
    "SocketDriverWrapper",
    "changing_frames",
    "frames_corrupted",
    "frames_delayed",
    "frames_dropped",
    "frames_duplicated",
    "frames_planned",
    "frames_reordered",
    "handshake_cut",
    "handshake_refused",
    "is_asynchronous",
    "slow_opening",
    "socket_cut_after",
    "socket_expired",
    "socket_silenced",
]

T = TypeVar("T")

SocketDriverFault: TypeAlias = Callable[[SocketDriver], SocketDriver]
"""A function from a socket driver to one with a fault."""


class SocketDriverWrapper(Protocol):
    """A function from a socket driver to a driver of the same kind, synchronous or asynchronous."""

    @overload
    def __call__(self, driver: SocketDriver, /) -> SocketDriver: ...
    @overload
    def __call__(self, driver: AsyncSocketDriver, /) -> AsyncSocketDriver: ...


FrameFault: TypeAlias = Literal["none", "drop", "duplicate", "reorder", "corrupt", "cut"]
"""A fault of one frame: it is lost, comes twice, comes after the next one, comes garbled, or the WebSocket ends instead."""

_Frame: TypeAlias = str | bytes
_Received: TypeAlias = Result[_Frame | None, TransportError]
FrameChange: TypeAlias = Callable[[str | bytes], tuple[str | bytes, ...] | TransportError | None]
"""From a frame that has come to the frames to hand out, or to the end of the WebSocket; None for one with code 1001."""

_EXPIRED: Final = TransportError("incomplete", "the peer closed the WebSocket with code 1001", "yes")
_CUT: Final = TransportError("incomplete", "the connection ended without a close frame (code 1006)", "yes")
_HANDSHAKE_CUT: Final = TransportError(
    "incomplete", "the peer ended the connection in the WebSocket handshake", "maybe"
)


class _AsyncFaulty:
    """A connection with a fault of its frames; what it calls is awaited where it is awaitable."""

    def __init__(self, connection: Any, change: FrameChange, delay: float, wait: Callable[[float], object]) -> None:
        self._connection, self._change, self._delay, self._wait = connection, change, delay, wait
        self._waiting = deque[_Frame]()
        self._left = delay
        self._end: TransportError | None = None
        self.close = connection.close

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        if self._end is not None:
            return Failure(self._end)
        sent: Result[None, TransportError] = await _awaited(self._connection.send(text, seconds))
        return sent

    async def receive(self, seconds: float, /) -> _Received:
        while True:
            if self._waiting:
                pause = max(0.0, min(self._left, seconds))
                if pause:
                    await _awaited(self._wait(pause))
                self._left -= pause
                if self._left > 0:
                    return Success(None)
                self._left = self._delay
                return Success(self._waiting.popleft())
            if self._end is not None:
                return Failure(self._end)
            outcome: _Received = await _awaited(self._connection.receive(seconds))
            frame = None if is_err(outcome) else outcome.unwrap()
            if frame is None:
                return outcome
            changed = self._change(frame)
            if changed is None or isinstance(changed, TransportError):
                self._end = changed or _EXPIRED
                await _awaited(self.close(1001))
            else:
                self._waiting.extend(changed)


class _SyncFaulty:
    """The same over a synchronous connection, whose coroutines wait for nothing."""

    def __init__(self, faulty: _AsyncFaulty) -> None:
        self._faulty = faulty
        self.close = faulty.close

    def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        return _at_once(self._faulty.send(text, seconds))

    def receive(self, seconds: float, /) -> _Received:
        return _at_once(self._faulty.receive(seconds))


async def _awaited(value: Any) -> Any:
    return await value if isawaitable(value) else value


def _at_once(steps: Coroutine[Any, Any, T]) -> T:
    """Return the value of a coroutine that waits for nothing."""
    try:
        steps.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    steps.close()
    raise TypeError("a synchronous socket driver calls something that has to be awaited")


def changing_frames(
    new_change: Callable[[], FrameChange], delay: float = 0.0, wait: Callable[[float], object] = lambda _: None
) -> SocketDriverWrapper:
    """Change what comes on each WebSocket by a new function: from a frame to those to hand out, None for the end."""

    def faulty(connection: Any) -> _AsyncFaulty:
        return _AsyncFaulty(connection, new_change(), delay, wait)

    def sync_faulty(connection: Any) -> _SyncFaulty:
        return _SyncFaulty(faulty(connection))

    def fault(driver: Callable[[OpenSocket], Any]) -> Any:
        async def open_on_a_loop(opening: OpenSocket, /) -> Any:
            return (await driver(opening)).map(faulty)

        def open_socket(opening: OpenSocket, /) -> Any:
            return driver(opening).map(sync_faulty)

        return open_on_a_loop if is_asynchronous(driver) else open_socket

    return fault


def _by_chance(
    probability: float, chance: Callable[[], float], change: Callable[[_Frame], tuple[_Frame, ...] | TransportError]
) -> SocketDriverWrapper:
    return changing_frames(lambda: lambda frame: change(frame) if chance() < probability else (frame,))


def frames_dropped(probability: float, chance: Callable[[], float]) -> SocketDriverWrapper:
    """Lose frames that come, each with this probability; the wait for the next one begins again."""
    return _by_chance(probability, chance, lambda _: ())


def frames_duplicated(probability: float, chance: Callable[[], float]) -> SocketDriverWrapper:
    """Hand out frames twice, each with this probability."""
    return _by_chance(probability, chance, lambda frame: (frame, frame))


def frames_corrupted(probability: float, chance: Callable[[], float]) -> SocketDriverWrapper:
    """Cut off the second half of frames, each with this probability."""
    return _by_chance(probability, chance, _corrupted)


def _corrupted(frame: _Frame) -> tuple[_Frame, ...]:
    return (frame[: len(frame) // 2],)


def frames_reordered(probability: float, chance: Callable[[], float]) -> SocketDriverWrapper:
    """Hold frames back until the next one has come, each with this probability."""

    def new_change() -> FrameChange:
        faults: Iterator[FrameFault] = ("reorder" if chance() < probability else "none" for _ in count())
        return _planned(faults)

    return changing_frames(new_change)


def frames_planned(faults: Iterable[FrameFault]) -> SocketDriverWrapper:
    """Apply one fault to each frame in order, over all WebSockets, and none after the last.

    "drop" loses the frame, "duplicate" hands it out twice, "reorder" after the next one, which has no fault and takes
    none, "corrupt" without its second half, and "cut" ends the WebSocket instead, without a close frame.
    """
    remaining = iter(faults)
    return changing_frames(lambda: _planned(remaining))


def _first(faults: Iterator[FrameFault]) -> FrameFault:
    for fault in faults:
        return fault
    return "none"


def _planned(faults: Iterator[FrameFault]) -> FrameChange:
    held: list[_Frame] = []

    def change(frame: _Frame) -> tuple[_Frame, ...] | TransportError:
        before = tuple(held)
        fault: FrameFault = "none" if before else _first(faults)
        held.clear()
        match fault:
            case "drop":
                return before
            case "duplicate":
                return (frame, frame, *before)
            case "corrupt":
                return (*_corrupted(frame), *before)
            case "cut":
                return _CUT
            case "reorder":
                held.append(frame)
                return before
            case "none":
                return (frame, *before)

    return change


def frames_delayed(seconds: float, wait: Callable[[float], object]) -> SocketDriverWrapper:
    """Let each frame take so many seconds, one after the other, as a slow link does.

    `wait` passes the time: the `sleep` of a clock, also of a simulated one.  A wait for a frame that ends before goes
    on in the next one.
    """
    return changing_frames(lambda: lambda frame: (frame,), seconds, wait)


def socket_silenced(probability: float, chance: Callable[[], float]) -> SocketDriverWrapper:
    """Let nothing come any more on a WebSocket, from a frame on, each with this probability; it stays open."""

    def new_change() -> FrameChange:
        silent = False

        def change(frame: _Frame) -> tuple[_Frame, ...]:
            nonlocal silent
            silent = silent or chance() < probability
            return () if silent else (frame,)

        return change

    return changing_frames(new_change)


def socket_expired(probability: float, chance: Callable[[], float]) -> SocketDriverWrapper:
    """End a WebSocket with 1001 in place of a frame, each with this probability."""
    return _by_chance(probability, chance, lambda _: _EXPIRED)


def socket_cut_after(frames: int) -> SocketDriverWrapper:
    """End each WebSocket without a close frame in place of the frame after so many."""

    def new_change() -> FrameChange:
        numbers = count()
        return lambda frame: (frame,) if next(numbers) < frames else _CUT

    return changing_frames(new_change)


def handshake_refused(status: int) -> SocketDriverWrapper:
    """Refuse each handshake with this status; the service never sees it."""
    return _opening_with(lambda _: _nothing(), lambda _driver, _opening: Failure(ServiceError(status, "")))


def handshake_cut() -> SocketDriverWrapper:
    """Let the connection end in each handshake, "maybe" after the service has seen it; the service never does."""
    return _opening_with(lambda _: _nothing(), lambda _driver, _opening: Failure(_HANDSHAKE_CUT))


def slow_opening(seconds: float, wait: Callable[[float], object]) -> SocketDriverWrapper:
    """Take this many seconds for each opening: a "timeout" if it has fewer."""

    def outcome(driver: Callable[[OpenSocket], Any], opening: OpenSocket) -> Any:
        if seconds < opening.seconds:
            return driver(opening.__replace__(seconds=opening.seconds - seconds))
        return Failure(TransportError("timeout", "out of time in the WebSocket handshake", "no"))

    return _opening_with(lambda opening: wait(min(seconds, max(opening.seconds, 0.0))), outcome)


def _nothing() -> None: ...


def _opening_with(
    begin: Callable[[OpenSocket], object], end: Callable[[Callable[[OpenSocket], Any], OpenSocket], Any]
) -> SocketDriverWrapper:
    """Return a wrapper whose openings are two calls, awaited where their results are awaitable."""

    def fault(driver: Callable[[OpenSocket], Any]) -> Any:
        async def open_on_a_loop(opening: OpenSocket, /) -> Any:
            await _awaited(begin(opening))
            return await _awaited(end(driver, opening))

        def open_socket(opening: OpenSocket, /) -> Any:
            return _at_once(open_on_a_loop(opening))

        return open_on_a_loop if is_asynchronous(driver) else open_socket

    return fault


def is_asynchronous(driver: Callable[[OpenSocket], Any]) -> bool:
    """Return whether a socket driver is a coroutine function, or an object whose call is one."""
    return iscoroutinefunction(driver) or iscoroutinefunction(getattr(driver, "__call__", None))  # noqa: B004
