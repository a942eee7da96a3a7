"""Faults of WebSockets: functions from a socket driver, synchronous or asynchronous, to one with a fault.

`lensconnect.testing.faults` lists them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import count
from typing import Any, Final, Literal, TypeAlias, get_args

from lensconnect.arguments import expect, expect_number
from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import SocketDriver
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success, is_err
from lensconnect.testing.socket_wrappers import AnyDriver, SocketDriverWrapper, awaited, opening_by

__all__ = [
    "FrameChange",
    "FrameFault",
    "SocketDriverFault",
    "changing_frames",
    "frames_corrupted",
    "frames_delayed",
    "frames_dropped",
    "frames_duplicated",
    "frames_planned",
    "frames_reordered",
    "handshake_cut",
    "handshake_refused",
    "slow_opening",
    "socket_cut_after",
    "socket_expired",
    "socket_silenced",
]

SocketDriverFault: TypeAlias = Callable[[SocketDriver], SocketDriver]
"""A function from a socket driver to one with a fault."""


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


class _FaultyConnection:
    def __init__(self, connection: Any, change: FrameChange, delay: float, wait: Callable[[float], object]) -> None:
        self._connection, self._change, self._delay, self._wait = connection, change, delay, wait
        self._waiting = deque[_Frame]()
        self._left = delay
        self._end: TransportError | None = None

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        if self._end is not None:
            return Failure(self._end)
        sent: Result[None, TransportError] = await awaited(self._connection.send(text, seconds))
        return sent

    async def receive(self, seconds: float, /) -> _Received:
        while True:
            if self._waiting:
                pause = max(0.0, min(self._left, seconds))
                if pause:
                    await awaited(self._wait(pause))
                self._left -= pause
                if self._left > 0:
                    return Success(None)
                self._left = self._delay
                if self._waiting:  # unless it was closed during the pause
                    return Success(self._waiting.popleft())
            if self._end is not None:
                return Failure(self._end)
            outcome: _Received = await awaited(self._connection.receive(seconds))
            frame = None if is_err(outcome) else outcome.unwrap()
            if frame is None:
                return outcome
            changed = self._change(frame)
            if changed is None or isinstance(changed, TransportError):
                self._end = changed or _EXPIRED
                await awaited(self._connection.close(1001))
            else:
                self._waiting.extend(changed)

    async def close(self, code: int, /) -> None:
        """Close it, so that nothing comes any more and later calls end with "closed", also after the end of a fault."""
        self._waiting.clear()
        self._end = None
        await awaited(self._connection.close(code))


def changing_frames(
    new_change: Callable[[], FrameChange], delay: float = 0.0, wait: Callable[[float], object] = lambda _: None
) -> SocketDriverWrapper:
    """Change what comes on each WebSocket by a new function: from a frame to those to hand out, None for the end."""

    async def open_socket(driver: AnyDriver, opening: OpenSocket) -> Any:
        opened: Result[Any, Any] = await awaited(driver(opening))
        return opened.map(lambda connection: _FaultyConnection(connection, new_change(), delay, wait))

    return opening_by(open_socket)


def _by_chance(
    probability: float, chance: Callable[[], float], change: Callable[[_Frame], tuple[_Frame, ...] | TransportError]
) -> SocketDriverWrapper:
    _expect_chance(probability, chance)
    return changing_frames(lambda: lambda frame: change(frame) if chance() < probability else (frame,))


def _expect_chance(probability: float, chance: Callable[[], float]) -> None:
    """Raise `TypeError` or `ValueError` for what is no probability or no source of random numbers."""
    expect_number("probability", probability, 0, 1)
    expect("chance", chance, Callable, "a function that returns random numbers, such as Random(7).random")


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
    _expect_chance(probability, chance)

    def new_change() -> FrameChange:
        faults: Iterator[FrameFault] = ("reorder" if chance() < probability else "none" for _ in count())
        return _planned(faults)

    return changing_frames(new_change)


def frames_planned(faults: Iterable[FrameFault]) -> SocketDriverWrapper:
    """Apply one fault to each frame in order, over all WebSockets, and none after the last.

    "drop" loses the frame, "duplicate" hands it out twice, "reorder" after the next one, which has no fault and takes
    none, "corrupt" without its second half, and "cut" ends the WebSocket instead, without a close frame.  Another name is
    a `ValueError`, at once unless it comes from an iterator.
    """
    known: Iterable[FrameFault] = map(_known_fault, faults)
    if isinstance(faults, Collection):
        known = list[FrameFault](known)
    remaining = iter(known)
    return changing_frames(lambda: _planned(remaining))


def _known_fault(fault: FrameFault) -> FrameFault:
    if fault not in get_args(FrameFault):
        raise ValueError(f"frames_planned: there is no fault {fault!r}: use {', '.join(get_args(FrameFault))}")
    return fault


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
    expect_number("frames_delayed: seconds", seconds, 0)
    return changing_frames(lambda: lambda frame: (frame,), seconds, wait)


def socket_silenced(probability: float, chance: Callable[[], float]) -> SocketDriverWrapper:
    """Let nothing come any more on a WebSocket, from a frame on, each with this probability; it stays open."""
    _expect_chance(probability, chance)

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
    expect_number("socket_cut_after: frames", frames, 0, whole=True)

    def new_change() -> FrameChange:
        numbers = count()
        return lambda frame: (frame,) if next(numbers) < frames else _CUT

    return changing_frames(new_change)


def handshake_refused(status: int) -> SocketDriverWrapper:
    """Refuse each handshake with this status; the service never sees it."""
    expect_number("handshake_refused: status", status, 100, 599, whole=True)
    return _failing_with(ServiceError(status, ""))


def handshake_cut() -> SocketDriverWrapper:
    """Let the connection end in each handshake, "maybe" after the service has seen it; the service never does."""
    return _failing_with(_HANDSHAKE_CUT)


def _failing_with(error: ServiceError | TransportError) -> SocketDriverWrapper:
    async def open_socket(_driver: AnyDriver, _opening: OpenSocket) -> Any:
        return Failure(error)

    return opening_by(open_socket)


def slow_opening(seconds: float, wait: Callable[[float], object]) -> SocketDriverWrapper:
    """Take this many seconds for each opening: a "timeout" if it has fewer."""
    expect_number("slow_opening: seconds", seconds, 0)

    async def open_socket(driver: AnyDriver, opening: OpenSocket) -> Any:
        await awaited(wait(min(seconds, max(opening.seconds, 0.0))))
        if seconds < opening.seconds:
            return await awaited(driver(opening.__replace__(seconds=opening.seconds - seconds)))
        return Failure(TransportError("timeout", "out of time in the WebSocket handshake", "no"))

    return opening_by(open_socket)
