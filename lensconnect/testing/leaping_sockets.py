"""LeapingSockets: the emulator's WebSockets for environments with a `LeapingClock`: a wait for a frame takes no time.

When nothing has come, the clock leaps to the emulator's next timer or to the end of the wait.  On an event loop the
other tasks run a while before that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from lensconnect.emulator import Emulator
from lensconnect.emulator.memory_sockets import MemorySocket, open_memory_socket
from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import AsyncSocketConnection, SocketConnection
from lensconnect.interpreters.transports.event_loops import sleep
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result, Success, is_ok

_ROUNDS: Final = 25
_AHEAD: Final = 0.001
"""Seconds: a timer is due within a millisecond of its time."""


class Leaping(Protocol):
    """A clock whose `sleep` leaps."""

    def now(self) -> float:
        """Return the time in seconds since 1970."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Move the clock ahead."""
        ...


class LeapingSockets:
    """Opens WebSockets of an emulator that runs on this clock: `sync` is a `SocketDriver`, `asynchronous` its variant."""

    def __init__(self, service: Emulator, clock: Leaping) -> None:
        self._service = service
        self.clock: Leaping = clock

    def sync(self, opening: OpenSocket, /) -> Result[SocketConnection, TransportError | ServiceError]:
        """Open a WebSocket; a ServiceError for a refused handshake, a TransportError if there is no time left."""
        return self._open(opening).map(lambda socket: _SyncSocket(socket, self._service, self.clock))

    async def asynchronous(
        self, opening: OpenSocket, /
    ) -> Result[AsyncSocketConnection, TransportError | ServiceError]:
        """Open a WebSocket on asyncio or trio; a ServiceError or a TransportError as from `sync`."""
        return self._open(opening).map(lambda socket: _AsyncSocket(socket, self._service, self.clock))

    def _open(self, opening: OpenSocket) -> Result[MemorySocket, TransportError | ServiceError]:
        return open_memory_socket(self._service, opening)


class _SyncSocket:
    def __init__(self, socket: MemorySocket, service: Emulator, clock: Leaping) -> None:
        self._socket, self._service, self._clock = socket, service, clock
        self.send, self.close = socket.send, socket.close

    def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        for outcome in self.looks(self._clock.now() + seconds):
            if outcome is not None:
                return outcome
        return Success(None)

    def looks(self, until: float) -> Iterator[Result[str | bytes | None, TransportError] | None]:
        """Yield what there is after each leap, None for nothing, up to a time."""
        while True:
            outcome = self._socket.poll()
            yield None if is_ok(outcome) and outcome.unwrap() is None else outcome
            left = until - self._clock.now()
            if left <= 0:
                return
            self._clock.sleep(min(left, max(self._service.next_timer() - self._clock.now(), 0.0) + _AHEAD))


class _AsyncSocket:
    def __init__(self, socket: MemorySocket, service: Emulator, clock: Leaping) -> None:
        self._socket, self._clock = socket, clock
        self._looking = _SyncSocket(socket, service, clock)

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        return self._socket.send(text, seconds)

    async def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        for outcome in self._looking.looks(self._clock.now() + seconds):
            if outcome is not None:
                return outcome
            if seconds > 0:
                await self._let_others_run()
        return Success(None)

    async def _let_others_run(self) -> None:
        for _ in range(_ROUNDS):
            await sleep(0)

    async def close(self, code: int, /) -> None:
        self._socket.close(code)
