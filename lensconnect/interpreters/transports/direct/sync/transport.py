"""DirectTransport: one request over one connection, every phase within one deadline.

    a free connection -> name -> TCP -> TLS -> sending -> head -> body
    `----------------------- the same deadline ------------------------'

Facts: a peer may answer before it has read the whole request (413, 400) and close (RFC 9112, 9.3 and 9.6);
such a reply is read before its connection breaks, and counts.  A kept connection that fails before the first
byte of a reply may still have carried the request: nothing is sent twice, and the error says "maybe".
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.base import DirectTransportBase
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed, Deadline
from lensconnect.interpreters.transports.direct.happy_eyeballs import AddressInfo
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.direct.poller import READ, WRITE
from lensconnect.interpreters.transports.direct.pool import ConnectionPool, Slot
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest, encode_request
from lensconnect.interpreters.transports.direct.resolver import lookup_failure
from lensconnect.interpreters.transports.direct.sync.connector import connect
from lensconnect.interpreters.transports.direct.sync.socket_stream import SocketStream
from lensconnect.interpreters.transports.direct.tunnel import check_tunnel, connect_exchange, through_proxy
from lensconnect.interpreters.transports.fork_safety import register_after_fork
from lensconnect.results import Failure, Result


class DirectTransport(DirectTransportBase):
    """Performs requests over its own connections; any number of threads may share one.

    `DirectTransportBase` lists the arguments.  A context manager: leaving it closes the connections.
    """

    def _set_up(self) -> None:
        self._pool: ConnectionPool[SocketStream] = ConnectionPool(*self._pool_limits)
        self._new_lock()
        register_after_fork(self)

    def _new_lock(self) -> None:
        self._lock = threading.Lock()
        self._released = threading.Condition(self._lock)
        self._waiting = 0

    def __call__(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """Perform one request, once, within `seconds`.  Raises nothing for what the network does."""
        encoded = encode_request(request, self._proxies)
        if isinstance(encoded, TransportError):
            return Failure(encoded)
        exchange, deadline = Exchange(encoded, self._max_body), Deadline(self._clock, seconds)
        slot: Slot[SocketStream] | None = None
        try:
            slot = self._acquire(encoded.origin, deadline)
            return _perform(slot.connection or self._connect(slot, encoded, deadline), exchange, deadline)
        except AttemptFailed as failure:
            return exchange.fail(failure.kind, failure.message)
        finally:
            self._release(slot, keep=exchange.keep)

    def _acquire(self, origin: Origin, deadline: Deadline) -> Slot[SocketStream]:
        with self._lock:
            while True:
                if self._closed:
                    raise AttemptFailed.closed()
                left = deadline.left("waiting for a free connection")
                slot = self._pool.acquire(origin, self._clock())
                if slot is not None:
                    return slot
                self._wait_for_release(left)

    def _wait_for_release(self, seconds: float) -> None:
        self._waiting += 1
        try:
            self._released.wait(min(seconds, threading.TIMEOUT_MAX))
        finally:
            self._waiting -= 1

    def _release(self, slot: Slot[SocketStream] | None, *, keep: bool) -> None:
        with self._lock:
            if slot is not None:
                self._pool.release(slot, self._clock(), keep=keep and not self._closed)
            if self._waiting:
                self._released.notify_all()

    def _connect(self, slot: Slot[SocketStream], encoded: EncodedRequest, deadline: Deadline) -> SocketStream:
        origin, proxy = encoded.origin, encoded.proxy
        try:
            addresses = self._resolve(origin if proxy is None else proxy.origin, deadline)
            stream = slot.connection = SocketStream(connect(addresses, deadline))
            if origin.tls:
                if proxy is not None:
                    tunnel = connect_exchange(origin, proxy)
                    _perform(stream, tunnel, deadline)
                    check_tunnel(tunnel)
                stream.start_tls(self._tls_context(), origin.host, deadline)
        except AttemptFailed as failure:
            raise through_proxy(failure, proxy) from None
        return stream

    def _resolve(self, origin: Origin, deadline: Deadline) -> Sequence[AddressInfo]:
        addresses = self._resolver.resolve(origin)
        if not isinstance(addresses, Future):
            return addresses
        phase = "looking up the name"
        try:
            return addresses.result(min(deadline.left(phase), threading.TIMEOUT_MAX))
        except TimeoutError:
            raise AttemptFailed.timed_out(phase) from None
        except (OSError, ValueError) as error:
            raise lookup_failure(error) from None

    def close(self) -> None:
        """Close the idle connections now, those in use after their exchange; refuse later requests."""
        with self._lock:
            self._closed = True
            self._pool.close_idle()
            self._released.notify_all()

    def __enter__(self) -> DirectTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reset_after_fork(self) -> None:
        """Leave the parent's connections to the parent; replace the lock."""
        self._new_lock()
        self._pool.reset_after_fork()


def _perform(stream: SocketStream, exchange: Exchange, deadline: Deadline) -> Result[HttpResponse, TransportError]:
    """Send the request and read the reply, in whichever order the peer allows."""
    exchange.begin_sending()
    sending = _write(stream, exchange.request)
    while exchange.outcome is None:
        ready = stream.wait(READ | WRITE if sending else READ, deadline.left(exchange))
        if sending and not ready & READ:
            sending = _write(stream, exchange.request)
        else:
            _read(stream, exchange)
    return exchange.outcome


def _write(stream: SocketStream, request: EncodedRequest) -> bool:
    """Send what can be sent now; return whether more is left, False if the connection takes no more."""
    if request.unsent is None:
        return False
    try:
        return request.advance(stream.send(request.unsent))
    except OSError:
        return False


def _read(stream: SocketStream, exchange: Exchange) -> None:
    try:
        data = stream.receive()
    except OSError as error:
        raise AttemptFailed.of(error, "reset").during(exchange) from None
    if data is not None:
        exchange.feed(data) if data else exchange.end()
