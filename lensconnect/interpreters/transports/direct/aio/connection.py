"""AsyncioConnection: one connection on an asyncio loop, which feeds what it receives to the exchange under way.

    connection.send(exchange) -> Future   done when the exchange has an outcome, or with the `AttemptFailed` that ends it
    connection.finish() -> bool           the exchange is over; whether the connection may carry another

Facts (asyncio of CPython 3.11 to 3.14 and uvloop, observed): a transport reads only when the loop runs.  Bytes that
arrived since the last exchange may still be in the socket when the next one begins, so the socket is polled first,
by `is_stale` for a connection that is kept.  Bytes that arrive before the first exchange may be the reply of a peer
that is too busy to read (a 503 at once), so they are kept for it.  A transport whose sending fails reads no more,
so a reply that came before is read here.  asyncio's own TLS transport drops such a reply, and waits for
close_notify when it closes: hence `TlsLayer`.  Between `get_buffer` and `buffer_updated` nothing else runs in the
thread of the loop, so all connections of a thread receive into one buffer.
"""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
import threading
from contextlib import suppress
from typing import Final, Protocol, cast

from lensconnect.interpreters.transports.direct.aio.deadline_timer import DeadlineTimer
from lensconnect.interpreters.transports.direct.aio.tls import RECORD_SIZE, TlsLayer
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.poller import READ, new_poller
from lensconnect.interpreters.transports.direct.sync.socket_stream import BUFFER_SIZE


class _Request(Protocol):
    """The bytes to send."""

    @property
    def unsent(self) -> memoryview | None: ...

    def advance(self, count: int, /) -> object: ...


class _Dialogue(Protocol):
    """The user of a connection: an HTTP exchange, or a WebSocket.  `feed` returns whether it is over."""

    @property
    def request(self) -> _Request: ...
    @property
    def outcome(self) -> object | None: ...
    @property
    def keep(self) -> bool: ...
    @property
    def reads_first(self) -> bool: ...

    def begin_sending(self) -> None: ...
    def feed(self, data: bytes | memoryview, /) -> bool: ...
    def end(self) -> object: ...


class _Received(threading.local):
    """The buffer that the connections of a thread receive into, each in its turn."""

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(BUFFER_SIZE))


_RECEIVED: Final = _Received()


class AsyncioConnection(asyncio.BufferedProtocol):
    """One connection, which reads at most `read_size` bytes at a time."""

    __slots__ = (
        "_done",
        "_early",
        "_exchange",
        "_is_unused",
        "_loop",
        "_paused",
        "_poller",
        "_read_size",
        "_socket",
        "_spoiled",
        "_timer",
        "_tls",
        "_transport",
        "lost",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, connected: socket.socket, read_size: int = BUFFER_SIZE) -> None:
        self._loop, self._socket, self._read_size = loop, connected, read_size
        self._poller = new_poller(connected.fileno())
        self._transport: asyncio.Transport | None = None
        self._tls: TlsLayer | None = None
        self._timer = DeadlineTimer(loop)
        self._early = b""
        self._is_unused = True
        self._spoiled = self._paused = False
        self._exchange: _Dialogue | None = None
        self._done: asyncio.Future[AttemptFailed | None] | None = None
        self.lost: asyncio.Future[None] = loop.create_future()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Perform the TLS handshake; raise `AttemptFailed`.  The caller limits the time."""
        transport = self._open_transport("before the TLS handshake")
        self._tls, self._done, self._is_unused = TlsLayer(context, host), self._loop.create_future(), True
        self._handshake(transport, self._tls)
        failure = await self._done
        if failure is not None:
            raise failure

    def _handshake(self, transport: asyncio.Transport, tls: TlsLayer) -> None:
        try:
            tls.handshake()
        except AttemptFailed as failure:
            self._complete(failure)
        transport.write(tls.outgoing())
        if tls.secure:
            self._complete()

    def _open_transport(self, moment: str) -> asyncio.Transport:
        if self._transport is None:
            raise AttemptFailed("reset", f"the connection broke {moment}")
        return self._transport

    def send(self, exchange: _Dialogue, seconds: float = math.inf) -> asyncio.Future[AttemptFailed | None]:
        """Send the request; the future is done when the outcome, or the failure, is there, at the latest in `seconds`."""
        self._open_transport("before the request")
        is_kept = not self._is_unused
        self._exchange, self._is_unused = exchange, False
        done = self._done = self._loop.create_future()
        self._timer.move(self._loop.time() + seconds, self._expire)
        exchange.begin_sending()
        self.write(is_polled=is_kept)
        early, self._early = self._early, b""
        if early and exchange.feed(early):
            self._complete()
        elif self._spoiled:
            self.eof_received()
        return done

    def write(self, *, is_polled: bool = False) -> None:
        """Send what can be sent; read what has arrived meanwhile first, if the exchange wants that."""
        exchange = self._exchange
        while exchange is not None and exchange.outcome is None and (unsent := exchange.request.unsent) is not None:
            if self._paused or self._transport is None or self._transport.is_closing():
                return
            if exchange.reads_first and not is_polled and self._poller.wait(READ, 0):
                self._loop.call_soon(self.write)
                return
            is_polled = False
            count = self._write_to(self._transport, unsent[:BUFFER_SIZE])
            if not count:
                return
            try:
                exchange.request.advance(count)
            except AttemptFailed as failure:  # of the source of the body
                self._spoiled = True
                self._complete(failure)
                return

    def _write_to(self, transport: asyncio.Transport, data: memoryview) -> int:
        if self._tls is None:
            transport.write(data)
            return len(data)
        try:
            return self._tls.write(data)
        except OSError as error:
            self._break(error)
            return 0
        finally:
            transport.write(self._tls.outgoing())

    def finish(self) -> bool:
        """End the exchange; return whether the connection may carry another."""
        exchange, self._exchange = self._exchange, None
        return exchange is not None and exchange.keep and not self._spoiled and not self._is_sending()

    def _expire(self) -> None:
        if self._exchange is not None:  # otherwise the time was that of an exchange which is over
            self._complete(AttemptFailed.timed_out("sending the request" if self._is_sending() else self._exchange))

    def _is_sending(self) -> bool:
        return self._transport is not None and self._transport.get_write_buffer_size() > 0

    def is_stale(self) -> bool:
        """Return whether the peer has sent anything, or closed, while no exchange was under way."""
        if not self._spoiled and self._poller.wait(READ, 0):
            self._drain()
        return self._spoiled or self._transport is None

    def pause_reading(self) -> None:
        """Leave what the peer sends in the socket."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again what the peer sends."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def read_now(self) -> bool:
        """Read what the socket holds, at most `read_size` bytes; return whether that was anything."""
        if self._transport is None or self._transport.is_closing():
            return False
        try:
            count = self._socket.recv_into(self.get_buffer(-1))
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self._break(error)
            self.eof_received()
            return True
        self.buffer_updated(count) if count else self.eof_received()
        return True

    async def close_after_write(self) -> None:
        """Close the connection; what was written before is sent if that needs no wait for the peer."""
        self._spoiled = True
        try:
            if self._transport is not None:
                self._transport.close()
                await asyncio.sleep(0)  # uvloop writes in its next turn
                await asyncio.sleep(0)
        finally:
            self.close()
        await self.lost

    def close(self) -> None:
        """Close the connection at once."""
        self._spoiled = True
        if self._transport is None:
            return
        if not self._loop.is_closed():
            self._transport.abort()
        elif hasattr(self._transport, "_call_connection_lost"):  # what `abort` would have the loop call
            self._transport._call_connection_lost(None)  # pyright: ignore

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this once, before TLS)."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has its methods but not its class

    def pause_writing(self) -> None:
        """Stop sending: the transport's buffer is full."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on sending: the transport's buffer has room again."""
        self._paused = False
        self.write()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Return the buffer to receive into."""
        return _RECEIVED.buffer[: self._read_size]

    def buffer_updated(self, nbytes: int) -> None:
        """Read the bytes that asyncio has received into the buffer."""
        received = _RECEIVED.buffer[:nbytes]
        if self._tls is None:
            # The exchange copies the bytes that it keeps.  Then they are cleared, although no other connection could
            # read them: each is told how many bytes are its own, and a traceback shows a view without its content.
            try:
                self._receive(received)
            finally:
                received[:] = bytes(nbytes)
            return
        # The ciphertext may stay.  OpenSSL keeps the room that it once needed, so it is given little at a time.
        for start in range(0, nbytes, RECORD_SIZE):
            self._tls.feed(received[start : start + RECORD_SIZE])
            self._decrypt(self._tls)

    def _decrypt(self, tls: TlsLayer) -> None:
        if self._transport is not None and not tls.secure:
            self._handshake(self._transport, tls)
        try:
            while tls.secure and (data := tls.read()) is not None:
                self._receive(data)
                if not data:
                    return
        except OSError as error:
            self._break(error)
        if self._transport is not None and (outgoing := tls.outgoing()):
            self._transport.write(outgoing)
            self.write()

    def _receive(self, data: bytes | memoryview) -> None:
        exchange = self._exchange
        if not data:
            self.eof_received()
        elif exchange is not None and exchange.outcome is None:
            if exchange.feed(data):
                self._complete()
        elif self._is_unused and len(self._early) < BUFFER_SIZE:
            self._early += data
        else:
            self.close()

    def eof_received(self) -> None:
        """Note that the peer has closed its side; return None, so that asyncio closes ours."""
        self._spoiled = True
        if self._tls is not None and not self._tls.secure:
            self._complete(AttemptFailed("reset", "the connection ended in the TLS handshake"))
        if self._exchange is not None and self._exchange.outcome is None:
            self._exchange.end()
            self._complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is closed, by either side (asyncio calls this once)."""
        self._transport = None
        self._timer.cancel()
        self._drain()
        if isinstance(exc, OSError):
            self._break(exc)
        self.eof_received()
        if not self.lost.done():
            self.lost.set_result(None)

    def _drain(self) -> None:
        """Read what is left in the socket."""
        with suppress(OSError):
            while not self._spoiled:
                count = self._socket.recv_into(self.get_buffer(-1))
                self.buffer_updated(count) if count else self.eof_received()

    def _break(self, error: OSError) -> None:
        failure = AttemptFailed.of(error, "reset")
        self._spoiled = True
        self._complete(failure if self._exchange is None else failure.during(self._exchange))

    def _complete(self, failure: AttemptFailed | None = None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(failure)
