"""SimulatedSockets: the socket drivers of a simulation, synchronous and asynchronous, over the emulator in memory.

    what the emulator sends -> MemorySocket -> the simulation's fault -> a wait in simulated time, and the trace

The fault sees connections that never wait.  The trace has a line for each call, without URL and text.
"""

from __future__ import annotations

from collections.abc import Callable

from lensconnect.emulator import Emulator
from lensconnect.emulator.memory_sockets import MemorySocket, open_memory_socket
from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import SocketConnection
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result, Success, is_ok
from lensconnect.testing.faults import SocketDriverFault
from lensconnect.testing.timeline import SimulatedClock, Timeline


class SimulatedSockets:
    """Opens WebSockets of an emulator in simulated time: `sync` is a `SocketDriver`, `asynchronous` an `AsyncSocketDriver`."""

    def __init__(
        self, service: Emulator, timeline: Timeline, record: Callable[[str], None], fault: SocketDriverFault
    ) -> None:
        self._service, self._timeline, self._record = service, timeline, record
        self.clock: SimulatedClock = timeline.clock
        self._driver = fault(self._open_memory_socket)
        self._newest: MemorySocket | None = None
        self._opened = 0

    def _open_memory_socket(self, opening: OpenSocket, /) -> Result[SocketConnection, TransportError | ServiceError]:
        opened = open_memory_socket(self._service, opening)
        self._newest = opened.value_or(None)
        return opened

    def _open(self, opening: OpenSocket) -> Result[_Socket, TransportError | ServiceError]:
        self._newest = None
        opened = self._driver(opening)
        if is_ok(opened):
            self._opened += 1
        self._record(
            f"open within {opening.seconds!r}: {f'socket {self._opened}' if is_ok(opened) else opened.failure()}"
        )
        return opened.map(lambda connection: _Socket(self._opened, connection, self._newest, self._record))

    def sync(self, opening: OpenSocket, /) -> Result[_SyncSocket, TransportError | ServiceError]:
        """Open a WebSocket whose waits move the simulated time; a ServiceError or a TransportError if that fails."""
        return self._open(opening).map(lambda socket: _SyncSocket(socket, self._timeline))

    async def asynchronous(self, opening: OpenSocket, /) -> Result[_AsyncSocket, TransportError | ServiceError]:
        """Open a WebSocket whose waits move the simulated time when every task of the loop waits.

        A ServiceError or a TransportError if that fails.
        """
        return self._open(opening).map(lambda socket: _AsyncSocket(socket, self._timeline))


class _Socket:
    """A connection behind the fault; its calls are traced."""

    def __init__(
        self, number: int, connection: SocketConnection, memory: MemorySocket | None, record: Callable[[str], None]
    ) -> None:
        self._number, self._connection, self._memory, self._record = number, connection, memory, record

    def send(self, text: str, seconds: float) -> Result[None, TransportError]:
        outcome = self._connection.send(text, seconds)
        self._record(
            f"send {len(text)} characters on socket {self._number}: {'sent' if is_ok(outcome) else outcome.failure()}"
        )
        return outcome

    def look(self) -> Result[str | bytes | None, TransportError] | None:
        """Return what can be received now, None if nothing can."""
        outcome = self._connection.receive(0.0)
        return None if is_ok(outcome) and outcome.unwrap() is None else outcome

    def received(
        self, outcome: Result[str | bytes | None, TransportError]
    ) -> Result[str | bytes | None, TransportError]:
        """Trace what is returned to the program, and return it."""
        self._record(f"receive on socket {self._number}: {_shown(outcome)}")
        return outcome

    def close(self, code: int) -> None:
        self._connection.close(code)
        self._record(f"close socket {self._number} with {code}")

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Call this function when the next frame comes, or the close."""
        if self._memory is not None:
            self._memory.wake = wake


def _shown(outcome: Result[str | bytes | None, TransportError]) -> str:
    if not is_ok(outcome):
        return str(outcome.failure())
    value = outcome.unwrap()
    return "nothing" if value is None else f"{len(value)} {'characters' if isinstance(value, str) else 'bytes'}"


class _SyncSocket:
    """A `SocketConnection` in simulated time."""

    def __init__(self, socket: _Socket, timeline: Timeline) -> None:
        self._socket, self._timeline = socket, timeline
        self.send, self.close = socket.send, socket.close

    def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        """Return the next frame, or None if none came within so many simulated seconds."""
        clock, until = self._timeline.clock, self._timeline.clock.time + seconds
        while (outcome := self._socket.look()) is None and clock.time < until:
            self._timeline.step(until)
        return self._socket.received(outcome or Success(None))


class _AsyncSocket:
    """An `AsyncSocketConnection` in simulated time."""

    def __init__(self, socket: _Socket, timeline: Timeline) -> None:
        self._socket, self._timeline = socket, timeline

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        """Send a text frame."""
        return self._socket.send(text, seconds)

    async def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        """Return the next frame, or None if none came within so many simulated seconds."""
        clock, until = self._timeline.clock, self._timeline.clock.time + seconds
        while (outcome := self._socket.look()) is None and clock.time < until:
            await self._timeline.wait(until, self._socket.wake_with)
        return self._socket.received(outcome or Success(None))

    async def close(self, code: int, /) -> None:
        """Close it."""
        self._socket.close(code)
