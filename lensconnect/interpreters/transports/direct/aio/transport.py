"""AsyncDirectTransport: the same exchange, connections and promises on an asyncio loop.

    a free place -> name -> connection -> TLS -> sending -> head -> body
    `------- asyncio.timeout -----------------'  `---- one timer ----'

Facts: a cancelled call closes its connection, whatever the phase, and gives its place to the next.  A
transport belongs to the loop of its first call; once that loop is closed it may begin anew on another.
"""

from __future__ import annotations

import asyncio
import math
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.aio.connection import Line
from lensconnect.interpreters.transports.direct.aio.connector import race
from lensconnect.interpreters.transports.direct.aio.pool_queue import Turns
from lensconnect.interpreters.transports.direct.deadline import Deadline, Stop, broken
from lensconnect.interpreters.transports.direct.defaults import IDLE_SECONDS, MAX_CONNECTIONS, default_context
from lensconnect.interpreters.transports.direct.http11 import MAX_BODY, Exchange
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.direct.pool import Place, Shelf
from lensconnect.interpreters.transports.direct.proxies import Proxies
from lensconnect.interpreters.transports.direct.request_writer import Outgoing, prepare, tunnel
from lensconnect.interpreters.transports.direct.resolver import AddressInfo, Names, Resolve, system_resolve
from lensconnect.interpreters.transports.direct.tunnel import by_way_of, refusal
from lensconnect.interpreters.transports.event_loops import in_trio
from lensconnect.results import Failure, Result

__all__ = ["AsyncDirectTransport"]

_CLOSED = "the transport was closed"


class AsyncDirectTransport:
    """Performs requests over its own kept connections, any number at a time; bound to one event loop.

    The arguments are those of `DirectTransport`.
    """

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext | None = None,
        max_connections: int = MAX_CONNECTIONS,
        max_connections_per_host: int | None = None,
        idle_seconds: float = IDLE_SECONDS,
        max_body: int = MAX_BODY,
        clock: Callable[[], float] = time.monotonic,
        resolve: Resolve = system_resolve,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        self._context, self._max_body, self._clock = ssl_context, max_body, clock
        self._bounds = max_connections, max_connections_per_host or max_connections, idle_seconds
        self._proxies = Proxies(proxies or {})
        self._names = Names(resolve)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def _here(self) -> Turns[Line]:
        """The connections of this loop; raises `RuntimeError` on a second one, and on trio."""
        if in_trio():
            raise RuntimeError("this transport runs on asyncio: on trio use transport='httpx2'")
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            if self._loop is not None and not self._loop.is_closed():
                raise RuntimeError("this transport belongs to another event loop")
            self._loop = loop
            self._shelf: Shelf[Line] = Shelf(*self._bounds)
            self._turns = Turns(self._shelf, self._clock)
        return self._turns

    async def __call__(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """Perform one request, once; nothing is raised for what the network does."""
        prepared = prepare(request, self._proxies)
        if isinstance(prepared, TransportError):
            return Failure(prepared)
        exchange = Exchange(prepared, self._max_body)
        try:
            await self._perform(exchange, Deadline(self._clock, seconds))
        except Stop as stop:
            return exchange.fail(stop.kind, stop.message)
        return exchange.outcome or exchange.fail("incomplete", "the connection was closed")

    async def _perform(self, exchange: Exchange, deadline: Deadline) -> None:
        turns = self._here()
        place: Place[Line] | None = None
        try:
            place = await self._take(turns, exchange.outgoing.origin, deadline)
            await _converse(
                place.connection or await self._open(place, exchange.outgoing, deadline), exchange, deadline
            )
        finally:
            if place is not None:
                reusable = place.connection is not None and place.connection.hush()
                turns.give(place, keep=reusable and not self._closed)

    async def _take(self, turns: Turns[Line], origin: Origin, deadline: Deadline) -> Place[Line]:
        if self._closed:
            raise Stop("closed", _CLOSED)
        phase = "waiting for a free connection"
        left = deadline.left(phase)
        place = turns.take(origin)
        if place is not None:
            return place
        try:
            async with asyncio.timeout(_limit(left)):
                return await turns.wait(origin)
        except TimeoutError:
            raise Stop("timeout", f"out of time {phase}") from None

    async def _open(self, place: Place[Line], outgoing: Outgoing, deadline: Deadline) -> Line:
        origin, proxy, phase = outgoing.origin, outgoing.proxy, "looking up the name"
        try:
            async with asyncio.timeout(_limit(deadline.left(phase))):
                addresses = await self._look_up(origin if proxy is None else proxy.origin)
                phase = "connecting"
                line = place.connection = await _connect(addresses)
                if origin.tls:
                    await _ask_for_tunnel(line, outgoing, deadline)
                    phase = "in the TLS handshake"
                    await line.secure(self._trust(), origin.host)
        except TimeoutError:
            raise by_way_of(proxy, Stop("timeout", f"out of time {phase}")) from None
        except Stop as stop:
            raise by_way_of(proxy, stop) from None
        return line

    async def _look_up(self, hop: Origin) -> Sequence[AddressInfo]:
        addresses = self._names.look_up(hop)
        if not isinstance(addresses, Future):
            return addresses
        try:
            return await asyncio.wrap_future(addresses)
        except OSError as error:
            raise broken(error, "name") from None
        except ValueError:
            raise Stop("unsupported", "the host is no name that can be looked up") from None

    def _trust(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = default_context()
        return self._context

    async def close(self) -> None:
        """Close what is idle now and what is in use when its exchange ends; use after that is refused."""
        self._closed = True
        if self._loop is not None and self._loop is asyncio.get_running_loop():
            self._turns.refuse(Stop("closed", _CLOSED))
            for line in self._shelf.close_idle():
                await line.lost

    async def __aenter__(self) -> AsyncDirectTransport:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _limit(left: float) -> float | None:
    return None if left == math.inf else left


async def _connect(addresses: Sequence[AddressInfo]) -> Line:
    loop, connected = asyncio.get_running_loop(), await race(addresses)
    try:
        _, line = await loop.create_connection(lambda: Line(loop, connected), sock=connected)
    except OSError as error:
        raise broken(error, "connect") from None
    return line


async def _ask_for_tunnel(line: Line, outgoing: Outgoing, deadline: Deadline) -> None:
    if outgoing.proxy is None:
        return
    exchange = Exchange(tunnel(outgoing.origin, outgoing.proxy))
    await _converse(line, exchange, deadline)
    line.hush()
    refused = refusal(exchange)
    if refused is not None:
        raise refused


async def _converse(line: Line, exchange: Exchange, deadline: Deadline) -> None:
    """Send the request and read the reply, whichever the peer does first."""
    left = deadline.left(exchange)
    end = line.talk(exchange)
    timer = asyncio.get_running_loop().call_later(left, _expire, line, end) if left < math.inf else None
    try:
        stop = await end
    finally:
        if timer is not None:
            timer.cancel()
    if stop is not None:
        raise stop


def _expire(line: Line, end: asyncio.Future[Stop | None]) -> None:
    if not end.done():
        end.set_result(Stop("timeout", f"out of time {line.phase()}"))
