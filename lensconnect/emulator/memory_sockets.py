"""WebSockets of the emulator without a network: the drivers that its environments in this process use.

A `MemorySocket` never waits.  `SyncMemorySocket` and `AsyncMemorySocket` wait for the emulator's frames and timers in
real time; a simulation waits in its own way.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, Final

from lensconnect.emulator.chat.outbox import SocketAction, SocketClose
from lensconnect.emulator.engine import NestedStepError
from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import SOCKET_CLOSED
from lensconnect.interpreters.transports.event_loops import LoopEvent
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success, is_err

if TYPE_CHECKING:
    from lensconnect.emulator.embedded import Emulator

NO_TIME_LEFT: Final = TransportError("timeout", "no time left before sending", "no")
"""The error of a call that begins after its time."""

_NOTHING: Final[Result[str | bytes | None, TransportError]] = Success(None)
_SENT: Final[Result[None, TransportError]] = Success(None)


def _lost(message: str) -> TransportError:
    return TransportError("incomplete", message, "yes")


class MemorySocket:
    """One WebSocket of an emulator: the frames that wait to be received, in order, and the end of it."""

    def __init__(self, emulator: Emulator, frame_bytes: int, wake: Callable[[], None]) -> None:
        self.wake: Callable[[], None] = wake
        self._emulator = emulator
        self._frame_bytes = frame_bytes
        self._waiting: deque[str] = deque()
        self._waiting_bytes = 0
        self._id = ""
        self._end: TransportError | None = None

    def open(self, opening: OpenSocket) -> ServiceError | TransportError | None:
        """Open it; return the refusal of the handshake, if it is refused, or a time-out if no time is left."""
        if opening.seconds <= 0:
            return NO_TIME_LEFT
        try:
            outcome = self._emulator.open_socket(opening.url, self.hear)
        except NestedStepError as error:
            return error.transport_error()
        if isinstance(outcome, str):
            self._id = outcome
            return None
        return ServiceError(outcome.status, "")

    def hear(self, action: SocketAction) -> None:
        """Keep a frame, or note the close; called while the emulator is locked, in any thread."""
        if self._end is None:
            if isinstance(action, SocketClose):
                self._end = _lost(f"the peer closed the WebSocket with code {action.code}")
            else:
                self._keep(action.text)
        self.wake()

    def _keep(self, text: str) -> None:
        size, options = len(text.encode("utf-8", "replace")), self._emulator.options
        if size > self._frame_bytes:
            self._end = TransportError(
                "too_large", f"a frame of more than {self._frame_bytes} bytes (code 1009)", "yes"
            )
            return
        self._waiting.append(text)
        self._waiting_bytes += size
        if self._waiting_bytes > options.socket_queue_bytes or len(self._waiting) > options.socket_queue_frames:
            self._waiting.clear()
            self._end = _lost("the connection ended without a close frame (code 1006)")

    def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:  # noqa: ARG002
        """Pass a frame to the emulator; a TransportError once the WebSocket has ended."""
        if self._end is not None:
            return Failure(self._end)
        try:
            self._emulator.receive_frame(self._id, text)
        except NestedStepError as error:
            return Failure(error.transport_error())
        return _SENT

    def receive(self, seconds: float = 0.0, /) -> Result[str | bytes | None, TransportError]:  # noqa: ARG002
        """Return the next frame, None if there is none now, or the TransportError that ended it."""
        try:
            text = self._waiting.popleft()
        except IndexError:
            return _NOTHING if self._end is None else Failure(self._end)
        self._waiting_bytes -= len(text.encode("utf-8", "replace"))
        return Success(text)

    def poll(self) -> Result[str | bytes | None, TransportError]:
        """Run the emulator's timers that are due, then return what `receive` does; a TransportError inside a step."""
        try:
            self._emulator.tick()
        except NestedStepError as error:
            return Failure(error.transport_error())
        return self.receive()

    def close(self, code: int, /) -> None:  # noqa: ARG002
        """Close it; the emulator forgets it, but inside one of its steps: there a close is a peer that falls silent."""
        self._waiting.clear()
        self._end = SOCKET_CLOSED
        with suppress(NestedStepError):
            self._emulator.close_socket(self._id)
        self.wake()


def open_memory_socket(
    emulator: Emulator, opening: OpenSocket, wake: Callable[[], None] = lambda: None
) -> Result[MemorySocket, TransportError | ServiceError]:
    """Open a WebSocket that never waits; `wake` is called when something has come.

    A refused handshake is a ServiceError, no time left a TransportError.
    """
    socket = MemorySocket(emulator, opening.frame_bytes, wake)
    refused = socket.open(opening)
    return Success(socket) if refused is None else Failure(refused)


class SyncMemorySocket:
    """A `SocketConnection` of the emulator's synchronous driver."""

    def __init__(self, emulator: Emulator, frame_bytes: int) -> None:
        self._emulator, self._woken = emulator, Event()
        self.socket: MemorySocket = MemorySocket(emulator, frame_bytes, self._woken.set)

    def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        """Pass a frame to the emulator; a TransportError once the WebSocket has ended."""
        return self.socket.send(text, seconds)

    def close(self, code: int, /) -> None:
        """Close it; the emulator forgets it."""
        self.socket.close(code)

    def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        """Return the next frame, None if none came within so many seconds, or the TransportError that ended it."""
        end = time.monotonic() + seconds
        while True:
            self._woken.clear()
            outcome, left = self.socket.poll(), end - time.monotonic()
            if is_err(outcome) or outcome.unwrap() is not None or left <= 0:
                return outcome
            self._woken.wait(self._emulator.seconds_to_timer(left))


class AsyncMemorySocket:
    """An `AsyncSocketConnection` of the emulator's asynchronous driver, on asyncio or trio."""

    def __init__(self, emulator: Emulator, frame_bytes: int) -> None:
        self._emulator, self._woken = emulator, LoopEvent()
        self.socket: MemorySocket = MemorySocket(emulator, frame_bytes, self._woken.set)

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        """Pass a frame to the emulator; a TransportError once the WebSocket has ended."""
        return self.socket.send(text, seconds)

    async def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        """Return the next frame, None if none came within so many seconds, or the TransportError that ended it."""
        end = time.monotonic() + seconds
        while True:
            self._woken.clear()
            outcome, left = self.socket.poll(), end - time.monotonic()
            if is_err(outcome) or outcome.unwrap() is not None or left <= 0:
                return outcome
            await self._woken.wait(self._emulator.seconds_to_timer(left))

    async def close(self, code: int, /) -> None:
        """Close it; the emulator forgets it."""
        self.socket.close(code)
