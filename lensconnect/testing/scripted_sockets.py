"""ScriptedSockets: socket drivers, synchronous and asynchronous, over a scripted peer, for stubs and cassettes.

    open_peer(opening) -> SocketPeer: `hear` takes what the client sends, `take` gives what has come, `due` the time of the rest

A wait for a frame takes no time: the clock of the script goes to the time of the next frame, or to the end of the wait.
On an event loop the other tasks run a while before that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from threading import RLock
from typing import Final, Protocol, TypeAlias

from lensconnect.emulator.memory_sockets import NO_TIME_LEFT
from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import SOCKET_CLOSED, AsyncSocketConnection, SocketConnection
from lensconnect.interpreters.transports.event_loops import sleep
from lensconnect.live.frames import ChatFrame, parse
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success
from lensconnect.testing.timeline import EndlessWaitError, SimulatedClock

_ROUNDS: Final = 25
LONGEST_WAIT: Final = 86_400.0
"""Seconds for which a client may wait in vain; one that never gives up would wait for ever, and busily."""

Received: TypeAlias = Result[str | bytes | None, TransportError]


class UnexpectedConnectionError(AssertionError):
    """A WebSocket is opened that is not the next one expected."""


class UnexpectedFrameError(AssertionError):
    """A frame of the client is not the next one expected."""


class SocketPeer(Protocol):
    """The service's side of one WebSocket."""

    def hear(self, text: str, /) -> None:
        """Take a frame of the client; `UnexpectedFrameError` if it is not the next one expected."""
        ...

    def take(self) -> str | bytes | TransportError | None:
        """Remove and return the next frame that has come, or return the end; None if nothing has come."""
        ...

    def due(self) -> float:
        """Return the time at which the next frame comes, `math.inf` if none does by itself."""
        ...

    def close(self, code: int, /) -> None:
        """Take the close of the client."""
        ...


OpenPeer: TypeAlias = Callable[[OpenSocket], Result[SocketPeer, TransportError | ServiceError]]


class _Patience:
    """The time that the client has waited in vain, on all WebSockets; an item ends a wait, control frames do not."""

    def __init__(self, remaining: Callable[[], Sequence[str]]) -> None:
        self.waited = 0.0
        self._remaining = remaining

    def wait(self, seconds: float) -> None:
        """Note a wait with nothing to come; `EndlessWaitError` if that was too long."""
        self.waited += seconds
        if self.waited > LONGEST_WAIT:
            left = "; ".join(self._remaining())
            why = f"the script waits for: {left}" if left else "no frame of the script is left for it"
            raise EndlessWaitError(f"the client has waited for a day, and {why}")


class ScriptedSockets:
    """Opens WebSockets to scripted peers: `sync` is a `SocketDriver`, `asynchronous` an `AsyncSocketDriver`."""

    def __init__(
        self, open_peer: OpenPeer, remaining: Callable[[], Sequence[str]], clock: SimulatedClock, lock: RLock
    ) -> None:
        self._open_peer, self._clock, self._lock = open_peer, clock, lock
        self._patience = _Patience(remaining)

    def _open(self, opening: OpenSocket) -> Result[_Socket, TransportError | ServiceError]:
        if opening.seconds <= 0:
            return Failure(NO_TIME_LEFT)
        with self._lock:
            return self._open_peer(opening).map(
                lambda peer: _Socket(peer, opening.frame_bytes, self._clock, self._lock, self._patience)
            )

    def sync(self, opening: OpenSocket, /) -> Result[SocketConnection, TransportError | ServiceError]:
        """Open a WebSocket; a ServiceError for a refused handshake, a TransportError as the script says."""
        return self._open(opening).map(_SyncSocket)

    async def asynchronous(
        self, opening: OpenSocket, /
    ) -> Result[AsyncSocketConnection, TransportError | ServiceError]:
        """Open a WebSocket on any event loop; a ServiceError or a TransportError as from `sync`."""
        return self._open(opening).map(_AsyncSocket)


class _Socket:
    """The client's side."""

    def __init__(
        self, peer: SocketPeer, frame_bytes: int, clock: SimulatedClock, lock: RLock, patience: _Patience
    ) -> None:
        self._peer, self._frame_bytes, self.clock, self._lock = peer, frame_bytes, clock, lock
        self._end: TransportError | None = None
        self._patience = patience

    def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        """Pass a frame to the peer; a TransportError once the WebSocket has ended or if there is no time left."""
        with self._lock:
            if self._end is not None:
                return Failure(self._end)
            if seconds <= 0:
                return Failure(NO_TIME_LEFT)
            self._peer.hear(text)
            return Success(None)

    def look(self) -> Received | None:
        """Return what has come, None if nothing has."""
        with self._lock:
            if self._end is not None:
                return Failure(self._end)
            came = self._peer.take()
            if came is None:
                return None
            self.clock.note_progress()
            if not isinstance(came, TransportError) and self._is_too_large(came):
                came = TransportError("too_large", f"a frame of more than {self._frame_bytes} bytes (code 1009)", "yes")
            if isinstance(came, TransportError):
                self._end = came
                return Failure(came)
            if isinstance(parse(came), ChatFrame):
                self._patience.waited = 0.0
            return Success(came)

    def _is_too_large(self, frame: str | bytes) -> bool:
        return len(frame if isinstance(frame, bytes) else frame.encode("utf-8", "replace")) > self._frame_bytes

    def wait(self, until: float) -> None:
        """Move the clock to the next frame, at most to a time.  Raises `EndlessWaitError`."""
        with self._lock:
            due = self._peer.due()
            target = min(due, until)
            if due == inf:
                self._patience.wait(target - self.clock.now())
            self.clock.time = max(self.clock.time, target)

    def close(self, code: int, /) -> None:
        """Close it; it may be repeated."""
        with self._lock:
            if self._end is not SOCKET_CLOSED:
                self._end = SOCKET_CLOSED
                self._peer.close(code)


class _SyncSocket:
    def __init__(self, socket: _Socket) -> None:
        self._socket = socket
        self.send, self.close = socket.send, socket.close

    def receive(self, seconds: float, /) -> Received:
        until = self._socket.clock.now() + seconds
        while (outcome := self._socket.look()) is None:
            if self._socket.clock.now() >= until:
                return Success(None)
            self._socket.wait(until)
        return outcome


class _AsyncSocket:
    def __init__(self, socket: _Socket) -> None:
        self._socket = socket

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        return self._socket.send(text, seconds)

    async def receive(self, seconds: float, /) -> Received:
        until = self._socket.clock.now() + seconds
        while (outcome := self._socket.look()) is None:
            if self._socket.clock.now() >= until:
                return Success(None)
            for _ in range(_ROUNDS):
                await sleep(0)
            if (outcome := self._socket.look()) is not None:
                return outcome
            self._socket.wait(until)
        return outcome

    async def close(self, code: int, /) -> None:
        self._socket.close(code)
