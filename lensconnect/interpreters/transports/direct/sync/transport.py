"""DirectTransport: one request, one socket, one budget of seconds for every phase.

    a free place -> name -> connection -> TLS -> sending -> head -> body
    `----------------------- the same deadline ------------------------'

Facts: a peer may answer before it has read the whole request (413, 400) and close; such a reply is
read before its connection breaks, and counts.  A kept connection that fails before the first byte
of a reply may still have carried the request: nothing is sent twice here, the error says "maybe".
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.deadline import Deadline, Stop, broken
from lensconnect.interpreters.transports.direct.defaults import IDLE_SECONDS, MAX_CONNECTIONS, default_context
from lensconnect.interpreters.transports.direct.http11 import MAX_BODY, Exchange
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.direct.poller import READ, WRITE
from lensconnect.interpreters.transports.direct.pool import Place, Shelf
from lensconnect.interpreters.transports.direct.proxies import Proxies
from lensconnect.interpreters.transports.direct.request_writer import Outgoing, prepare, tunnel
from lensconnect.interpreters.transports.direct.resolver import AddressInfo, Names, Resolve, system_resolve
from lensconnect.interpreters.transports.direct.sync.connector import connect
from lensconnect.interpreters.transports.direct.sync.socket_stream import Stream
from lensconnect.interpreters.transports.direct.tunnel import by_way_of, refusal
from lensconnect.interpreters.transports.fork_safety import tell_of_forks
from lensconnect.results import Failure, Result

__all__ = ["DirectTransport"]


class DirectTransport:
    """Performs requests over its own kept connections; any number of threads may share one.

    `max_connections` bounds what is open at the same time, in use and idle; `idle_seconds` is how
    long a connection is kept, `max_body` the bytes of the largest reply that is read, `resolve` what
    looks up a name, `proxies` a mapping such as {"https": url, "http": url, "no": "localhost,.internal"}.
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
        self._proxies = Proxies(proxies or {})
        self._context, self._max_body, self._clock = ssl_context, max_body, clock
        self._names = Names(resolve)
        self._shelf: Shelf[Stream] = Shelf(max_connections, max_connections_per_host or max_connections, idle_seconds)
        self._closed = False
        self._renew_lock()
        tell_of_forks(self)

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Condition(self._lock)
        self._waiting = 0

    def __call__(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """Perform one request, once; nothing is raised for what the network does."""
        prepared = prepare(request, self._proxies)
        if isinstance(prepared, TransportError):
            return Failure(prepared)
        exchange, deadline = Exchange(prepared, self._max_body), Deadline(self._clock, seconds)
        place: Place[Stream] | None = None
        try:
            place = self._take(prepared.origin, deadline)
            return _converse(place.connection or self._open(place, prepared, deadline), exchange, deadline)
        except Stop as stop:
            return exchange.fail(stop.kind, stop.message)
        finally:
            self._give(place, keep=exchange.keep)

    def _take(self, origin: Origin, deadline: Deadline) -> Place[Stream]:
        with self._lock:
            while True:
                if self._closed:
                    raise Stop("closed", "the transport was closed")
                left = deadline.left("waiting for a free connection")
                place = self._shelf.take(origin, self._clock())
                if place is not None:
                    return place
                self._wait_for_turn(left)

    def _wait_for_turn(self, left: float) -> None:
        self._waiting += 1
        try:
            self._turn.wait(min(left, threading.TIMEOUT_MAX))
        finally:
            self._waiting -= 1

    def _give(self, place: Place[Stream] | None, *, keep: bool) -> None:
        with self._lock:
            if place is not None:
                self._shelf.give(place, self._clock(), keep=keep and not self._closed)
            if self._waiting:
                self._turn.notify_all()

    def _open(self, place: Place[Stream], outgoing: Outgoing, deadline: Deadline) -> Stream:
        origin, proxy = outgoing.origin, outgoing.proxy
        try:
            stream = place.connection = self._connect(origin if proxy is None else proxy.origin, deadline)
            if origin.tls:
                _ask_for_tunnel(stream, outgoing, deadline)
                stream.secure(self._trust(), origin.host, deadline)
        except Stop as stop:
            raise by_way_of(proxy, stop) from None
        return stream

    def _connect(self, hop: Origin, deadline: Deadline) -> Stream:
        addresses = self._names.look_up(hop)
        if isinstance(addresses, Future):
            addresses = _await(addresses, deadline)
        return Stream(connect(addresses, deadline))

    def _trust(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = default_context()
        return self._context

    def close(self) -> None:
        """Close what is idle now and what is in use when its exchange ends; use after that is refused."""
        with self._lock:
            self._closed = True
            self._shelf.close_idle()
            self._turn.notify_all()

    def __enter__(self) -> DirectTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def forget_parent(self) -> None:
        """In the child of a fork: the parent's sockets and locks are the parent's."""
        self._renew_lock()
        self._shelf.forget()


def _await(future: Future[Sequence[AddressInfo]], deadline: Deadline) -> Sequence[AddressInfo]:
    phase = "looking up the name"
    try:
        return future.result(min(deadline.left(phase), threading.TIMEOUT_MAX))
    except TimeoutError:
        raise Stop("timeout", f"out of time {phase}") from None
    except (OSError, ValueError) as error:
        raise (
            broken(error, "name")
            if isinstance(error, OSError)
            else Stop("unsupported", "the host is no name that can be looked up")
        ) from None


def _converse(stream: Stream, exchange: Exchange, deadline: Deadline) -> Result[HttpResponse, TransportError]:
    """Send the request and read the reply, whichever the peer does first."""
    exchange.begin_sending()
    sending = _write(stream, exchange.outgoing)
    while exchange.outcome is None:
        ready = stream.wait(READ | WRITE if sending else READ, deadline.left(exchange))
        if sending and not ready & READ:
            sending = _write(stream, exchange.outgoing)
        else:
            _read(stream, exchange)
    return exchange.outcome


def _ask_for_tunnel(stream: Stream, outgoing: Outgoing, deadline: Deadline) -> None:
    if outgoing.proxy is None:
        return
    exchange = Exchange(tunnel(outgoing.origin, outgoing.proxy))
    _converse(stream, exchange, deadline)
    refused = refusal(exchange)
    if refused is not None:
        raise refused


def _write(stream: Stream, outgoing: Outgoing) -> bool:
    """Send what can be sent; whether anything is left to send, and anyone to send it to."""
    if outgoing.unsent is None:
        return False
    try:
        return outgoing.advance(stream.send(outgoing.unsent))
    except OSError:
        return False


def _read(stream: Stream, exchange: Exchange) -> None:
    """Read what there is."""
    try:
        data = stream.receive()
    except OSError as error:
        stop = broken(error, "reset")
        raise Stop(stop.kind, f"{stop.message} {exchange}") from None
    if data is not None:
        exchange.feed(data) if data else exchange.end()
