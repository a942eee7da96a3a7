"""DirectSockets: the synchronous socket driver, over the connections of `DirectTransport`.  No thread of its own.

Any thread may send, receive and close.  One lock guards the state and each system call, none of which waits; nobody
holds it while waiting.  A closed socket's file descriptor is released by the last call that uses it: another thread may
be just about to wait for its number, which the system would give to the next socket.

A signal handler may run in the middle of a call.  Its call fails with kind "unsupported" where the interrupted one of
the same thread has the state; closing succeeds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import inf
from typing import Final

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.websocket import WebSocket, new_websocket
from lensconnect.interpreters.sockets.websocket_stream import NOTHING, OVERRUN, SENT, TOO_SLOW, WebSocketStream
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed, Deadline
from lensconnect.interpreters.transports.direct.poller import READ, WRITE, new_poller
from lensconnect.interpreters.transports.direct.pool import Slot
from lensconnect.interpreters.transports.direct.sync.socket_stream import SocketStream
from lensconnect.interpreters.transports.direct.sync.transport import DirectTransport
from lensconnect.interpreters.transports.fork_safety import register_after_fork
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success, success

_NESTED: Final = TransportError(
    "unsupported", "the call that this one interrupts in the same thread uses the WebSocket", "no"
)


class DirectSockets:
    """A `SocketDriver` that connects as a transport does: the same TLS context, proxies and resolver.

    `unusable` is the reason why no WebSocket can be opened, such as a CA bundle that cannot be read.
    """

    def __init__(self, transport: DirectTransport, unusable: str | None = None) -> None:
        self._transport, self._unusable = transport, unusable

    def __call__(self, opening: OpenSocket, /) -> Result[SyncSocket, TransportError | ServiceError]:
        """Open a WebSocket; a ServiceError for a refused handshake, else a TransportError."""
        slot: Slot[SocketStream] = Slot(None)
        web = new_websocket(opening, self._unusable)
        if isinstance(web, TransportError):
            return Failure(web)
        proxy = self._transport.proxies.of(web.origin)
        if isinstance(proxy, TransportError):
            return Failure(proxy)
        try:
            deadline = Deadline(self._transport.clock, opening.seconds)
            stream = self._transport.connect(slot, web.origin, proxy, deadline, is_websocket=True)
            socket = SyncSocket(stream, web, self._transport.clock)
            refused = socket.shake_hands(deadline)
            if refused is not None:
                return Failure(refused)
            slot.connection = None
            return Success(socket)
        except AttemptFailed as failure:
            return Failure(web.unopened(failure))
        finally:
            slot.close()


class SyncSocket:
    """A `SocketConnection`."""

    __slots__ = ("__weakref__", "_clock", "_closed", "_has_state", "_io", "_lock", "_stream", "_users", "_web")

    def __init__(self, stream: SocketStream, web: WebSocket, clock: Callable[[], float]) -> None:
        self._stream, self._web, self._clock = stream, web, clock
        self._io = WebSocketStream(stream, web)
        self._lock = threading.RLock()
        self._has_state = self._closed = False
        self._users = 0
        register_after_fork(self)

    def shake_hands(self, deadline: Deadline) -> ServiceError | TransportError | None:
        """Perform the handshake; return the refusal or the failure, None if the WebSocket is open."""
        web = self._web
        self._transfer()
        while not web.is_open and web.refused is None and web.loss is None:
            events = READ if web.unsent is None else READ | WRITE
            if self._stream.wait(events, deadline.left("in the WebSocket handshake")):
                self._transfer()
        return None if web.is_open else web.refused or web.loss

    def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        """Send a text frame; a TransportError if the WebSocket is lost or the time ended."""
        end = self._clock() + seconds
        self._enter()
        try:
            if not self._transfer(text, reads=False):
                return Failure(_NESTED)
            wait = None
            while self._web.unsent is not None and self._web.loss is None:
                left = end - self._clock()
                if left <= 0:
                    return Failure(TOO_SLOW)
                wait = wait or new_poller(self._stream.fileno()).wait  # that of the stream belongs to the receiver
                wait(WRITE, left)
                self._transfer(reads=False)
            return SENT if self._web.loss is None else Failure(self._web.loss)
        except AttemptFailed as failure:
            return Failure(TransportError(failure.kind, failure.message, "no"))
        finally:
            self._leave()

    def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        """Return the next frame, None if none came in time, or the TransportError that ended the WebSocket."""
        web = self._web
        frame = web.take()
        if frame is not None:
            return success(frame)
        end, last = self._clock() + seconds, inf
        self._enter()
        try:
            while web.loss is None:
                now = self._clock()
                left = end - now
                if left <= 0:
                    last = min(last, now + OVERRUN)
                if self._stream.wait(READ if web.unsent is None else READ | WRITE, max(left, 0.0)):
                    if not self._transfer():
                        return Failure(_NESTED)
                    frame = web.take()
                    if frame is not None:
                        return success(frame)
                    if now >= last:
                        return NOTHING
                elif left <= 0:
                    return NOTHING
            return Failure(web.loss)
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            self._users += 1

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._closed and not self._users:
                self._stream.close()

    def _transfer(self, text: str | None = None, *, reads: bool = True) -> bool:
        """Queue a frame if there is one; write and read what is possible now; return False if the call is nested."""
        with self._lock:
            return not self._has_state and self._transfer_alone(text, reads)

    def _transfer_alone(self, text: str | None, reads: bool) -> bool:
        try:
            self._has_state = True
            if text is not None and self._web.loss is None:
                self._web.send(text)
            self._io.write()
            if reads and not self._closed:
                self._io.read()
        finally:
            self._has_state = False
        return True

    def close(self, code: int, /) -> None:
        """Close it: a close frame if it can be sent at once, then the connection.  It may be repeated."""
        with self._lock:
            if self._closed:
                return
            if not self._has_state:
                self._web.send_close(code)
                self._io.write()
            self._closed = True
            self._web.close()
            self._stream.shutdown()
            if not self._users:
                self._stream.close()

    def reset_after_fork(self) -> None:
        """Leave the connection to the parent."""
        self._lock = threading.RLock()
        self._closed = True
        self._web.close()
        self._stream.close()
