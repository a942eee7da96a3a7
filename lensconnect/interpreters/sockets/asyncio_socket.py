"""AsyncioSocket: one WebSocket on an asyncio loop, over an `AsyncioConnection`.  No task of its own.

Reading stops when a frame comes that nobody waits for, and goes on when the next one is waited for.  What has come
meanwhile is read from the socket, except on Windows' proactor loop, whose read is under way all the time.

Measured (CPython 3.11, 300-byte frames): a protocol with a buffer costs a tenth of `loop.sock_recv` and a third of
asyncio's streams; besides, a cancelled `sock_recv` may lose what it has read.  One timer for a WebSocket costs a tenth of
a time limit for each frame.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Final

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.websocket import WebSocket
from lensconnect.interpreters.sockets.websocket_stream import LOST_IN_HANDSHAKE, NOTHING, OVERRUN, SENT, TOO_SLOW
from lensconnect.interpreters.transports.direct.aio.connection import AsyncioConnection
from lensconnect.interpreters.transports.direct.aio.connector import finite
from lensconnect.interpreters.transports.direct.aio.deadline_timer import DeadlineTimer
from lensconnect.interpreters.transports.direct.aio.transport import AsyncDirectTransport
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed, Deadline
from lensconnect.interpreters.transports.direct.pool import Slot
from lensconnect.results import Failure, Result, success

_TURN: Final = 0.001
"""Seconds in which a loop that reads by itself, ahead of us, hands over what has come."""


async def open_on_asyncio(
    transport: AsyncDirectTransport, web: WebSocket, deadline: Deadline
) -> AsyncioSocket | ServiceError | TransportError:
    """Open a WebSocket, or return its refusal or failure; raise `AttemptFailed` if it cannot be connected."""
    slot: Slot[AsyncioConnection] = Slot(None)
    proxy = transport.proxies.of(web.origin)
    if isinstance(proxy, TransportError):
        return proxy
    try:
        connection = await transport.connect(slot, web.origin, proxy, deadline, is_websocket=True)
        socket = AsyncioSocket(connection, web)
        await socket.shake_hands(deadline)
        if web.is_open:
            slot.connection = None
            return socket
        return web.refused or web.loss or LOST_IN_HANDSHAKE
    finally:
        if slot.connection is not None:
            socket_lost = slot.connection.lost
            slot.close()
            await socket_lost


class AsyncioSocket:
    """An `AsyncSocketConnection`; for its connection it is the exchange under way, which lasts until it is lost."""

    __slots__ = (
        "_connection",
        "_done",
        "_has_ended",
        "_is_paused",
        "_looks",
        "_loop",
        "_receiver",
        "_room",
        "_timer",
        "_web",
        "forget",
    )
    keep = reads_first = False

    def __init__(self, connection: AsyncioConnection, web: WebSocket) -> None:
        self._connection, self._web = connection, web
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[AttemptFailed | None] = self._loop.create_future()
        self._receiver: asyncio.Future[None] | None = None
        self._room: asyncio.Event | None = None
        self._timer = DeadlineTimer(self._loop)
        self._is_paused = self._has_ended = False
        self._looks = not isinstance(self._loop, getattr(asyncio, "ProactorEventLoop", ()))
        self.forget: Callable[[AsyncioSocket], object] = repr
        """Called when it is closed."""

    # Called by the connection.

    @property
    def request(self) -> AsyncioSocket:
        """The source of the bytes to send."""
        return self

    @property
    def unsent(self) -> memoryview | None:
        """The bytes to send next; None when all are sent."""
        return self._web.unsent

    def advance(self, count: int, /) -> None:
        """Note that so many bytes were sent."""
        self._web.advance(count)
        if self._room is not None and self._web.unsent is None:
            self._room.set()

    @property
    def outcome(self) -> object | None:
        """Not None once nothing is to be sent or read any more."""
        return self._has_ended or self._web.refused or None

    def begin_sending(self) -> None:
        """Do nothing: the connection calls it before the handshake."""

    def feed(self, data: bytes | memoryview, /) -> bool:
        """Read received bytes; wake the receiver, or stop reading if there is none."""
        self._web.feed(data)
        if self._web.unsent is not None:
            self._connection.write()
        is_awaited = self._receiver is not None and not self._receiver.done()
        if self._web.loss is not None or (self._web.has_messages and not is_awaited):
            self._is_paused = True
            self._connection.pause_reading()
        self._wake()
        return False

    def end(self) -> None:
        """Note that the connection has ended."""
        self._has_ended = True
        self._web.end(self._done.result() if self._done.done() else None)
        self._wake()

    def _wake(self) -> None:
        if self._receiver is not None and not self._receiver.done():
            self._receiver.set_result(None)
        if self._room is not None and self._web.loss is not None:
            self._room.set()

    # Called by the program.

    async def shake_hands(self, deadline: Deadline) -> None:
        """Perform the handshake: the WebSocket is then open, refused or lost; raise `AttemptFailed` if the time ended."""
        self._done = self._connection.send(self)
        self._done.add_done_callback(lambda _: self.end())
        while not self._web.is_open and self._web.refused is None and self._web.loss is None:
            await self._wait(self._loop.time() + deadline.left("in the WebSocket handshake"))

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        """Send a text frame; a TransportError if the WebSocket is lost or the time ended."""
        if self._web.loss is not None:
            return Failure(self._web.loss)
        try:
            self._web.send(text)
        except AttemptFailed as failure:
            return Failure(TransportError(failure.kind, failure.message, "no"))
        self._connection.write()
        if self._web.unsent is not None and self._web.loss is None:
            self._room = self._room or asyncio.Event()
            self._room.clear()
            try:
                async with asyncio.timeout(finite(seconds)):
                    await self._room.wait()
            except TimeoutError:
                return Failure(TOO_SLOW)
        return SENT if self._web.loss is None else Failure(self._web.loss)

    async def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        """Return the next frame, None if none came in time, or the TransportError that ended the WebSocket."""
        end, last = self._loop.time() + seconds, math.inf
        has_looked = False
        while True:
            frame = self._web.take()
            if frame is not None:
                return success(frame)
            if self._web.loss is not None:
                return Failure(self._web.loss)
            now = self._loop.time()
            left = end - now
            if left <= 0:
                last = min(last, now + OVERRUN)
            looks = self._looks and (self._is_paused or left <= 0) and now < last
            if looks and self._connection.read_now():
                if left > 0:
                    await asyncio.sleep(0)  # a peer that sends without end does not hold up the loop
            elif left <= 0 and (self._looks or has_looked):
                return NOTHING
            else:
                has_looked = True
                await self._wait(max(end, self._loop.time() + _TURN))

    async def _wait(self, end: float) -> None:
        """Wait until something comes, or until a time of the loop."""
        if self._receiver is not None:
            raise RuntimeError("another task waits for this WebSocket")
        if self._is_paused:
            self._is_paused = False
            self._connection.resume_reading()
        self._timer.move(end, self._wake)
        self._receiver = self._loop.create_future()
        try:
            await self._receiver
        finally:
            self._receiver = None

    async def close(self, code: int, /) -> None:
        """Close it: a close frame if it can be sent at once, then the connection.  It may be repeated."""
        if self._loop is not asyncio.get_running_loop():
            self.abandon()
            return
        self._web.send_close(code)
        self._connection.write()
        self._close()
        await self._connection.close_after_write()

    def abandon(self) -> None:
        """Close it from outside its loop, which may be closed."""
        if self._loop.is_closed():
            self._close()
            self._connection.close()
        else:
            self._loop.call_soon_threadsafe(self._close)
            self._loop.call_soon_threadsafe(self._connection.close)

    def _close(self) -> None:
        self._has_ended = True
        self._web.close()
        self._timer.cancel()
        self._wake()
        self.forget(self)
