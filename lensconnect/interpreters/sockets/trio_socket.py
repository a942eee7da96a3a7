"""TrioSocket: one WebSocket on trio.  No task of its own; imported on trio only.

Facts (trio 0.30 and later): `open_tcp_stream` looks the name up in a thread that a cancellation leaves alone, and tries
its addresses as RFC 8305 wants; `SSLStream` does not look whether something has come without waiting, and a cancelled
`send_all` breaks it.  So trio connects, and the connection is then a `SocketStream`, for which trio waits.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from math import inf
from typing import cast

import trio

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import SOCKET_CLOSED
from lensconnect.interpreters.sockets.websocket import WebSocket
from lensconnect.interpreters.sockets.websocket_stream import (
    LOST_IN_HANDSHAKE,
    NOTHING,
    OVERRUN,
    SENT,
    TOO_SLOW,
    WebSocketStream,
)
from lensconnect.interpreters.transports.direct.base import DirectTransportBase
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.happy_eyeballs import ATTEMPT_DELAY
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.direct.poller import READ, WRITE
from lensconnect.interpreters.transports.direct.proxies import Proxy
from lensconnect.interpreters.transports.direct.sync.socket_stream import SMALL_BUFFER_SIZE, SocketStream
from lensconnect.interpreters.transports.direct.sync.transport import read_reply, write_request
from lensconnect.interpreters.transports.direct.tunnel import check_tunnel, connect_exchange, through_proxy
from lensconnect.results import Failure, Result, success


async def open_on_trio(
    transport: DirectTransportBase, web: WebSocket, seconds: float
) -> TrioSocket | ServiceError | TransportError:
    """Open a WebSocket, or return its refusal or failure; raise `AttemptFailed` if it cannot be connected."""
    proxy = transport.proxies.of(web.origin)
    if isinstance(proxy, TransportError):
        return proxy
    opening = _Opening(web.origin, proxy)
    opened: TrioSocket | None = None
    try:
        with trio.move_on_after(max(seconds, 0.0)) as scope:
            stream = await opening.connect(transport.tls_context)
            opening.phase = "in the WebSocket handshake"
            socket = TrioSocket(stream, web)
            await socket.shake_hands()
            opened = socket if web.is_open else None
        if scope.cancelled_caught:
            raise AttemptFailed.timed_out(opening.phase)
    except AttemptFailed as failure:
        raise through_proxy(failure, proxy) from None
    finally:
        if opened is None:
            opening.close()
    return opened or web.refused or web.loss or LOST_IN_HANDSHAKE


class _Opening:
    """A connection that is being opened: name, TCP, proxy, TLS."""

    def __init__(self, origin: Origin, proxy: Proxy | None) -> None:
        self._origin, self._proxy = origin, proxy
        self._stream: SocketStream | None = None
        self.phase = "connecting"

    async def connect(self, tls_context: Callable[[], ssl.SSLContext]) -> SocketStream:
        """Return the connection; raise `AttemptFailed`."""
        peer = self._origin if self._proxy is None else self._proxy.origin
        stream = self._stream = SocketStream(await _connected(peer), SMALL_BUFFER_SIZE)
        if self._proxy is not None:
            await self._make_tunnel(stream, self._proxy)
        if self._origin.tls:
            self.phase = "in the TLS handshake"
            stream.wrap(tls_context(), self._origin.host)
            while events := stream.go_on_with_handshake():
                await _wait(stream.fileno(), events)
        return stream

    async def _make_tunnel(self, stream: SocketStream, proxy: Proxy) -> None:
        exchange = connect_exchange(self._origin, proxy)
        exchange.begin_sending()
        while write_request(stream, exchange.request):
            await _wait(stream.fileno(), WRITE)
        while exchange.outcome is None:
            await _wait(stream.fileno(), READ)
            read_reply(stream, exchange)
        check_tunnel(exchange)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()


async def _connected(peer: Origin) -> socket.socket:
    try:
        opened = await trio.open_tcp_stream(peer.host, peer.port, happy_eyeballs_delay=ATTEMPT_DELAY)
    except OSError as error:
        raise AttemptFailed.of(_reason(error), "connect") from None
    connected = socket.socket(fileno=opened.socket.detach())
    connected.setblocking(False)
    return connected


def _reason(error: OSError) -> OSError:
    """Return why the last attempt of several failed: trio raises an OSError without a number, from a group of theirs."""
    attempts: BaseException | None = error.__cause__
    if isinstance(attempts, BaseExceptionGroup):
        attempts = cast("BaseExceptionGroup[BaseException]", attempts).exceptions[-1]
    return attempts if isinstance(attempts, OSError) else error


async def _wait(fileno: int, events: int) -> None:
    await (trio.lowlevel.wait_readable if events & READ else trio.lowlevel.wait_writable)(fileno)


class TrioSocket:
    """An `AsyncSocketConnection`."""

    __slots__ = ("_io", "_is_receiving", "_senders", "_stream", "_token", "_web", "forget")

    def __init__(self, stream: SocketStream, web: WebSocket) -> None:
        self._stream, self._web = stream, web
        self._io = WebSocketStream(stream, web)
        self._token = trio.lowlevel.current_trio_token()
        self._is_receiving = False
        self._senders: trio.Lock | None = None
        self.forget: Callable[[TrioSocket], object] = repr
        """Called when it is closed."""

    async def shake_hands(self) -> None:
        """Perform the handshake: the WebSocket is then open, refused or lost."""
        await self._write()
        while not self._web.is_open and self._web.refused is None and self._web.loss is None:
            await self._read()

    async def _write(self) -> None:
        self._io.write()
        while self._web.unsent is not None and self._web.loss is None:
            await _wait(self._stream.fileno(), self._stream.needed(WRITE))
            self._io.write()

    async def _read(self) -> None:
        events = self._stream.needed(READ)
        if events:
            await _wait(self._stream.fileno(), events)
        self._io.read()

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        """Send a text frame; a TransportError if the WebSocket is lost or the time ended."""
        web = self._web
        if web.loss is not None:
            return Failure(web.loss)
        try:
            web.send(text)
        except AttemptFailed as failure:
            return Failure(TransportError(failure.kind, failure.message, "no"))
        self._io.write()
        if web.unsent is not None:
            self._senders = self._senders or trio.Lock()
            try:
                with trio.move_on_after(max(seconds, 0.0)) as scope:
                    async with self._senders:
                        await self._write()
            except trio.ClosedResourceError:
                return Failure(SOCKET_CLOSED)
            if scope.cancelled_caught:
                return Failure(TOO_SLOW)
        return SENT if web.loss is None else Failure(web.loss)

    async def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        """Return the next frame, None if none came in time, or the TransportError that ended the WebSocket."""
        web, end, last = self._web, trio.current_time() + seconds, inf
        while True:
            frame = web.take()
            if frame is not None:
                return success(frame)
            if web.loss is not None:
                return Failure(web.loss)
            now = trio.current_time()
            if now >= end:
                last = min(last, now + OVERRUN)
            if now < last and self._io.read():
                if seconds > 0:
                    await trio.lowlevel.checkpoint()  # a peer that sends without end does not hold up the loop
            elif now >= end:
                return NOTHING
            else:
                await self._wait_until(end)

    async def _wait_until(self, end: float) -> None:
        if self._is_receiving:
            raise RuntimeError("another task waits for this WebSocket")
        self._is_receiving = True
        try:
            with trio.move_on_at(end):
                await self._read()
        except trio.ClosedResourceError:
            self._web.close()
        finally:
            self._is_receiving = False

    async def close(self, code: int, /) -> None:
        """Close it: a close frame if it can be sent at once, then the connection.  It may be repeated."""
        if trio.lowlevel.current_trio_token() is not self._token:
            self.abandon()
        elif self._stream.fileno() >= 0:
            self._web.send_close(code)
            self._io.write()
            self._close()

    def abandon(self) -> None:
        """Close it from outside its trio run, which may have ended."""
        try:
            self._token.run_sync_soon(self._close)
        except trio.RunFinishedError:
            self._web.close()
            self._stream.close()

    def _close(self) -> None:
        self._web.close()
        if self._stream.fileno() >= 0:
            trio.lowlevel.notify_closing(self._stream.fileno())
            self._stream.close()
        self.forget(self)
