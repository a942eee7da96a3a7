"""AsyncDirectTransport: the same exchange, pool and promises as `DirectTransport`, on an asyncio loop.

    a free connection -> name -> TCP -> TLS -> sending -> head -> body
    `------- asyncio.timeout -----------------'  `---- one timer ----'

Facts: a cancelled call closes its connection, in whichever phase, and its slot goes to the next caller.  Each
event loop has connections of its own, which are closed when it ends (`PerLoop`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TypeAlias

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.aio.connection import AsyncioConnection
from lensconnect.interpreters.transports.direct.aio.connector import connect, finite
from lensconnect.interpreters.transports.direct.base import DirectTransportBase
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed, Deadline
from lensconnect.interpreters.transports.direct.happy_eyeballs import AddressInfo
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.direct.pool import ConnectionPool, Slot
from lensconnect.interpreters.transports.direct.pool_queue import PoolQueue
from lensconnect.interpreters.transports.direct.proxies import Proxy
from lensconnect.interpreters.transports.direct.request_writer import encode_request
from lensconnect.interpreters.transports.direct.resolver import PendingLookup
from lensconnect.interpreters.transports.direct.streaming import BodySink, BodySource
from lensconnect.interpreters.transports.direct.sync.socket_stream import BUFFER_SIZE, SMALL_BUFFER_SIZE
from lensconnect.interpreters.transports.direct.tunnel import check_tunnel, connect_exchange, through_proxy
from lensconnect.interpreters.transports.event_loops import PerLoop, require_asyncio
from lensconnect.results import Failure, Result

_Slot: TypeAlias = Slot[AsyncioConnection]
_Queue: TypeAlias = PoolQueue[AsyncioConnection]


class AsyncDirectTransport(DirectTransportBase):
    """Performs requests over its own connections, any number at a time, on asyncio.

    Each event loop has its own connections, `max_connections` of them; they are closed when the loop ends.

    `DirectTransportBase` lists the arguments.  An asynchronous context manager: leaving it closes the connections.
    """

    def _set_up(self) -> None:
        self._queues = PerLoop[_Queue](_close, _abandon)

    def _new_queue(self) -> _Queue:
        return PoolQueue(ConnectionPool[AsyncioConnection](*self._pool_limits))

    async def __call__(
        self, request: HttpRequest, seconds: float, /, body: BodySource | None = None, sink: BodySink | None = None
    ) -> Result[HttpResponse, TransportError]:
        """Perform one request, once, within `seconds`; a TransportError if no complete reply came.

        `body` stands for the request's own, `sink` takes that of a reply with status 200.
        """
        encoded = encode_request(request, self.proxies, body)
        if isinstance(encoded, TransportError):
            return Failure(encoded)
        exchange = Exchange(encoded, self._max_body, sink)
        try:
            await self._perform(exchange, Deadline(self.clock, seconds))
        except AttemptFailed as failure:
            return exchange.fail(failure.kind, failure.message)
        return exchange.outcome or exchange.fail("incomplete", "the connection was closed")

    async def _perform(self, exchange: Exchange, deadline: Deadline) -> None:
        require_asyncio()
        queue = await self._queues.get(self._new_queue)
        slot: _Slot = Slot(exchange.request.origin)
        try:
            await self._acquire(queue, slot, deadline)
            request = exchange.request
            connection = slot.connection or await self.connect(slot, request.origin, request.proxy, deadline)
            await _send(connection, exchange, deadline)
        finally:
            keep = slot.connection is not None and slot.connection.finish() and not self._closed
            if not keep:
                slot.close()
            queue.release(slot, self.clock(), keep=keep)
            queue.pool.close_dropped()

    async def _acquire(self, queue: _Queue, slot: _Slot, deadline: Deadline) -> None:
        phase = "waiting for a free connection"
        if self._closed:
            raise AttemptFailed.closed()
        left = deadline.left(phase)
        if not queue.acquire(slot, self.clock()):
            try:
                async with asyncio.timeout(finite(left)):
                    await self._wait_in_line(queue, slot)
            except TimeoutError:
                raise AttemptFailed.timed_out(phase) from None
        while slot.connection is not None and slot.connection.is_stale():
            slot.close()
            queue.pool.take_idle(slot, self.clock())
        queue.pool.close_dropped()

    async def _wait_in_line(self, queue: _Queue, slot: _Slot) -> None:
        woken = asyncio.Event()
        slot.wake = woken.set
        queue.join(slot)
        while not queue.acquire(slot, self.clock()):
            await woken.wait()
            woken.clear()
            if self._closed:
                raise AttemptFailed.closed()

    async def connect(
        self, slot: _Slot, origin: Origin, proxy: Proxy | None, deadline: Deadline, *, is_websocket: bool = False
    ) -> AsyncioConnection:
        """Open a connection to an origin and put it into the slot at once; raise `AttemptFailed`.

        For a WebSocket it reads little at a time, and the proxy makes a tunnel for plain connections too.
        """
        phase = "looking up the name"
        try:
            async with asyncio.timeout(finite(deadline.left(phase))):
                addresses = await self._resolve(origin if proxy is None else proxy.origin)
                phase = "connecting"
                connection = slot.connection = await _connected(
                    addresses, SMALL_BUFFER_SIZE if is_websocket else BUFFER_SIZE
                )
                if proxy is not None and (origin.tls or is_websocket):
                    exchange = connect_exchange(origin, proxy)
                    await _send(connection, exchange, deadline)
                    connection.finish()
                    check_tunnel(exchange)
                if origin.tls:
                    phase = "in the TLS handshake"
                    await connection.start_tls(self.tls_context(), origin.host)
        except TimeoutError:
            raise through_proxy(AttemptFailed.timed_out(phase), proxy) from None
        except AttemptFailed as failure:
            raise through_proxy(failure, proxy) from None
        return connection

    async def _resolve(self, origin: Origin) -> Sequence[AddressInfo]:
        found = self.resolver.resolve(origin)
        if not isinstance(found, PendingLookup):
            return found
        over = asyncio.Event()
        found.call_when_over(partial(_call_in_loop, asyncio.get_running_loop(), over.set))
        await over.wait()
        return found.addresses()

    async def close(self) -> None:
        """Close the idle connections now, those in use after their exchange; refuse later requests."""
        self._closed = True
        await self._queues.close()

    async def __aenter__(self) -> AsyncDirectTransport:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _call_in_loop(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    """Let the loop of another thread call a function; if it is closed, nobody waits for that."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function)


async def _close(queue: _Queue) -> None:
    queue.wake_all()
    for connection in _abandon(queue):
        await connection.lost


def _abandon(queue: _Queue) -> list[AsyncioConnection]:
    queue.pool.drop_idle()
    return queue.pool.close_dropped()


async def _connected(addresses: Sequence[AddressInfo], read_size: int) -> AsyncioConnection:
    loop, connected = asyncio.get_running_loop(), await connect(addresses)
    try:
        _, connection = await loop.create_connection(
            lambda: AsyncioConnection(loop, connected, read_size), sock=connected
        )
    except OSError as error:
        raise AttemptFailed.of(error, "connect") from None
    return connection


async def _send(connection: AsyncioConnection, exchange: Exchange, deadline: Deadline) -> None:
    """Send the request and read the reply, in whichever order the peer allows."""
    failure = await connection.send(exchange, deadline.left(exchange))
    if failure is not None:
        raise failure
