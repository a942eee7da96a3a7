"""A connection on an asyncio loop: its bytes go to the exchange under way.

    line.talk(exchange) -> Future   done when the exchange has an outcome, or with the `Stop` that ends it
    line.hush() -> bool             the end of it: whether the connection may carry another

Facts: an asyncio transport reads whenever the loop turns, and only then.  What has arrived since the
last exchange may still be in the socket when the next one begins, so the socket is asked before; what
arrives before the first one may be the answer of a peer too busy to listen, so it is kept for it.  A
transport whose sending fails reads no more, so a reply that came before is read here.  asyncio's own
TLS transport drops such a reply, and waits for a farewell when it closes: hence ours.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Final, cast

from lensconnect.interpreters.transports.direct.aio.tls import Tls
from lensconnect.interpreters.transports.direct.deadline import Stop, broken
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.poller import READ, waiter

__all__ = ["Line"]

_BUFFER: Final = 64 * 1024


class Line(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connected: socket.socket) -> None:
        self._loop, self._socket = loop, connected
        self._waiter = waiter(connected.fileno())
        self._transport: asyncio.Transport | None = None
        self._tls: Tls | None = None
        self._buffer = memoryview(bytearray(_BUFFER))
        self._early = bytearray()
        self._fresh = True
        self._spoiled = self._paused = False
        self._exchange: Exchange | None = None
        self._end: asyncio.Future[Stop | None] | None = None
        self.lost: asyncio.Future[None] = loop.create_future()

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """The TLS handshake.  Its time is bounded by whoever awaits it."""
        transport = self._live("before the TLS handshake")
        self._tls, self._end, self._fresh = Tls(context, host), self._loop.create_future(), True
        self._shake_hands(transport, self._tls)
        stop = await self._end
        if stop is not None:
            raise stop

    def _shake_hands(self, transport: asyncio.Transport, tls: Tls) -> None:
        try:
            tls.shake_hands()
        except Stop as stop:
            self._finish(stop)
        transport.write(tls.leaving())
        if tls.secure:
            self._finish()

    def _live(self, moment: str) -> asyncio.Transport:
        if self._transport is None:
            raise Stop("reset", f"the connection broke {moment}")
        return self._transport

    def talk(self, exchange: Exchange) -> asyncio.Future[Stop | None]:
        """Send the request; the future is done when the reply, or the failure, is there."""
        self._live("before the request")
        self._exchange, self._fresh = exchange, False
        end = self._end = self._loop.create_future()
        exchange.begin_sending()
        self._send()
        early, self._early = self._early, bytearray()
        if early and exchange.feed(bytes(early)):
            self._finish()
        elif self._spoiled:
            self.eof_received()
        return end

    def _send(self) -> None:
        """Send what can be sent; what the peer says meanwhile comes first."""
        exchange = self._exchange
        while exchange is not None and exchange.outcome is None and (unsent := exchange.outgoing.unsent) is not None:
            if self._paused or self._transport is None or self._transport.is_closing():
                return
            if self._waiter.wait(READ, 0):
                self._loop.call_soon(self._send)
                return
            count = self._put(self._transport, unsent[:_BUFFER])
            if not count:
                return
            exchange.outgoing.advance(count)

    def _put(self, transport: asyncio.Transport, data: memoryview) -> int:
        if self._tls is None:
            transport.write(data)
            return len(data)
        try:
            return self._tls.write(data)
        except OSError as error:
            self._break(error)
            return 0
        finally:
            transport.write(self._tls.leaving())

    def hush(self) -> bool:
        """The end of an exchange; whether the connection may carry another."""
        exchange, self._exchange = self._exchange, None
        return exchange is not None and exchange.keep and not self._spoiled and not self._is_sending()

    def phase(self) -> str:
        """What is going on now, for a message."""
        return "sending the request" if self._is_sending() else str(self._exchange)

    def _is_sending(self) -> bool:
        return self._transport is not None and self._transport.get_write_buffer_size() > 0

    def is_stale(self) -> bool:
        """Whether anything was received, or the end of it, while nothing was expected."""
        if not self._spoiled and self._waiter.wait(READ, 0):
            self._drain()
        return self._spoiled or self._transport is None

    def close(self) -> None:
        """Close it at once."""
        self._spoiled = True
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Once, before TLS."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods only

    def pause_writing(self) -> None:
        """Enough is waiting to leave."""
        self._paused = True

    def resume_writing(self) -> None:
        """More may follow."""
        self._paused = False
        self._send()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Where to put what arrives."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have arrived."""
        if self._tls is None:
            self._hear(self._buffer[:nbytes])
        else:
            self._tls.take(self._buffer[:nbytes])
            self._decrypt(self._tls)

    def _decrypt(self, tls: Tls) -> None:
        if self._transport is not None and not tls.secure:
            self._shake_hands(self._transport, tls)
        try:
            while tls.secure and (data := tls.read()) is not None:
                self._hear(data)
                if not data:
                    return
        except OSError as error:
            self._break(error)
        if self._transport is not None and (leaving := tls.leaving()):
            self._transport.write(leaving)
            self._send()

    def _hear(self, data: bytes | memoryview) -> None:
        """Bytes of the reply, or of nobody's."""
        exchange = self._exchange
        if not data:
            self.eof_received()
        elif exchange is not None and exchange.outcome is None:
            if exchange.feed(data):
                self._finish()
        elif self._fresh and len(self._early) < _BUFFER:
            self._early += data
        else:
            self.close()

    def eof_received(self) -> None:
        """The peer has closed its side; so do we."""
        self._spoiled = True
        if self._tls is not None and not self._tls.secure:
            self._finish(Stop("reset", "the connection ended in the TLS handshake"))
        if self._exchange is not None and self._exchange.outcome is None:
            self._exchange.end()
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, by whichever side."""
        self._transport = None
        self._drain()
        if isinstance(exc, OSError):
            self._break(exc)
        self.eof_received()
        if not self.lost.done():
            self.lost.set_result(None)

    def _drain(self) -> None:
        """Read what is in the socket."""
        with suppress(OSError):
            while not self._spoiled:
                count = self._socket.recv_into(self._buffer)
                self.buffer_updated(count) if count else self.eof_received()

    def _break(self, error: OSError) -> None:
        stop = broken(error, "reset")
        self._spoiled = True
        self._finish(stop if self._exchange is None else Stop(stop.kind, f"{stop.message} {self._exchange}"))

    def _finish(self, stop: Stop | None = None) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_result(stop)
