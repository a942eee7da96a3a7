"""DirectTransport: one request over one connection, every phase within one deadline.

    a free connection -> name -> TCP -> TLS -> sending -> head -> body
    `----------------------- the same deadline ------------------------'

Facts: a peer may answer before it has read the whole request (413, 400) and close (RFC 9112, 9.3 and 9.6);
such a reply is read before its connection breaks, and counts.  A kept connection that fails before the first
byte of a reply may still have carried the request: nothing is sent twice, and the error says "maybe".

A signal handler may run in the middle of a call, and may send on the same transport or close it.  So the lock is
one that its thread may take again, it is held for no system call, and the state that it guards is whole at every
line (`pool`).  `SimpleQueue.put` is reentrant (Python's `queue` documentation); `threading.Event` and `Condition`
are not.  The handler's call never waits for a connection: those of the interrupted call cannot become free.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Final

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.base import DirectTransportBase
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed, Deadline
from lensconnect.interpreters.transports.direct.happy_eyeballs import AddressInfo
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.direct.poller import READ, WRITE
from lensconnect.interpreters.transports.direct.pool import ConnectionPool, Slot
from lensconnect.interpreters.transports.direct.pool_queue import PoolQueue
from lensconnect.interpreters.transports.direct.proxies import Proxy
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest, encode_request
from lensconnect.interpreters.transports.direct.resolver import PendingLookup
from lensconnect.interpreters.transports.direct.streaming import BodySink, BodySource
from lensconnect.interpreters.transports.direct.sync.connector import connect
from lensconnect.interpreters.transports.direct.sync.socket_stream import (
    BUFFER_SIZE,
    SMALL_BUFFER_SIZE,
    SocketStream,
)
from lensconnect.interpreters.transports.direct.tunnel import check_tunnel, connect_exchange, through_proxy
from lensconnect.interpreters.transports.fork_safety import register_after_fork
from lensconnect.results import Failure, Result

_WAITING: Final = "waiting for a free connection"


class DirectTransport(DirectTransportBase):
    """Performs requests over its own connections; any number of threads may share one.

    `DirectTransportBase` lists the arguments.  A context manager: leaving it closes the connections.  Calls above
    `max_connections` wait, first come, first served.  A signal handler may call it too, or close it: where its call
    would have to wait, it fails at once with kind "unsupported", sent "no".
    """

    def _set_up(self) -> None:
        self._queue: PoolQueue[SocketStream] = PoolQueue(ConnectionPool(*self._pool_limits))
        self._lock = threading.RLock()
        register_after_fork(self)

    def __call__(
        self, request: HttpRequest, seconds: float, /, body: BodySource | None = None, sink: BodySink | None = None
    ) -> Result[HttpResponse, TransportError]:
        """Perform one request, once, within `seconds`; a TransportError if no complete reply came.

        `body` stands for the request's own, `sink` takes that of a reply with status 200.
        """
        encoded = encode_request(request, self.proxies, body)
        if isinstance(encoded, TransportError):
            return Failure(encoded)
        exchange, deadline = Exchange(encoded, self._max_body, sink), Deadline(self.clock, seconds)
        slot: Slot[SocketStream] = Slot(encoded.origin, threading.get_ident())
        try:
            try:
                self._acquire(slot, deadline)
                return _perform(
                    slot.connection or self.connect(slot, encoded.origin, encoded.proxy, deadline), exchange, deadline
                )
            except AttemptFailed as failure:
                return exchange.fail(failure.kind, failure.message)
            finally:
                self._release(slot, keep=exchange.keep)
        except BaseException:  # an interrupt, perhaps inside `_release`
            self._abandon(slot)
            raise

    def _acquire(self, slot: Slot[SocketStream], deadline: Deadline) -> None:
        if self._closed:
            raise AttemptFailed.closed()
        deadline.left(_WAITING)
        with self._lock:
            acquired = self._queue.acquire(slot, self.clock())
        if not acquired:
            self._wait_in_line(slot, deadline)
        pool = self._queue.pool
        while slot.connection is not None and slot.connection.is_stale():
            slot.close()
            with self._lock:
                pool.take_idle(slot, self.clock())
        if pool.dropped:
            pool.close_dropped()

    def _wait_in_line(self, slot: Slot[SocketStream], deadline: Deadline) -> None:
        with self._lock:
            nested = self._queue.is_used_by(slot.thread)
        if nested:
            raise AttemptFailed(
                "unsupported", "no connection is free for a call that interrupts one of the same thread"
            )
        woken: SimpleQueue[None] = SimpleQueue()
        slot.wake = partial(woken.put, None)
        with self._lock:
            self._queue.join(slot)
        while True:
            if self._closed:
                raise AttemptFailed.closed()
            left = deadline.left(_WAITING)
            with self._lock:
                acquired = self._queue.acquire(slot, self.clock())
            if acquired:
                return
            with suppress(Empty):
                woken.get(timeout=min(left, threading.TIMEOUT_MAX))

    def _release(self, slot: Slot[SocketStream], *, keep: bool) -> None:
        if not keep:
            slot.close()  # before another call may open one in its place
        with self._lock:
            self._queue.release(slot, self.clock(), keep=keep)
        if self._closed:
            self.close()

    def _abandon(self, slot: Slot[SocketStream]) -> None:
        with self._lock:
            self._queue.release(slot, 0.0, keep=False)
        self._queue.pool.close_dropped()

    def connect(
        self,
        slot: Slot[SocketStream],
        origin: Origin,
        proxy: Proxy | None,
        deadline: Deadline,
        *,
        is_websocket: bool = False,
    ) -> SocketStream:
        """Open a connection to an origin and put it into the slot at once; raise `AttemptFailed`.

        For a WebSocket it has a small buffer, and the proxy makes a tunnel for plain connections too.
        """
        try:
            addresses = self._resolve(origin if proxy is None else proxy.origin, deadline)
            stream = slot.connection = SocketStream(
                connect(addresses, deadline), SMALL_BUFFER_SIZE if is_websocket else BUFFER_SIZE
            )
            if proxy is not None and (origin.tls or is_websocket):
                exchange = connect_exchange(origin, proxy)
                _perform(stream, exchange, deadline)
                check_tunnel(exchange)
            if origin.tls:
                stream.start_tls(self.tls_context(), origin.host, deadline)
        except AttemptFailed as failure:
            raise through_proxy(failure, proxy) from None
        return stream

    def _resolve(self, origin: Origin, deadline: Deadline) -> Sequence[AddressInfo]:
        found = self.resolver.resolve(origin)
        if not isinstance(found, PendingLookup):
            return found
        phase, waiting = "looking up the name", threading.Lock()
        waiting.acquire()
        found.call_when_over(waiting.release)
        if not waiting.acquire(timeout=min(deadline.left(phase), threading.TIMEOUT_MAX)):
            raise AttemptFailed.timed_out(phase)
        return found.addresses()

    def close(self) -> None:
        """Close the idle connections now, those in use after their exchange; refuse later requests."""
        self._closed = True
        with self._lock:
            self._queue.pool.drop_idle()
            self._queue.wake_all()
        self._queue.pool.close_dropped()

    def __enter__(self) -> DirectTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reset_after_fork(self) -> None:
        """Leave the parent's connections to the parent; replace the lock."""
        self._lock = threading.RLock()
        self._queue.reset_after_fork()


def _perform(stream: SocketStream, exchange: Exchange, deadline: Deadline) -> Result[HttpResponse, TransportError]:
    """Send the request and read the reply, in whichever order the peer allows."""
    exchange.begin_sending()
    sending = write_request(stream, exchange.request)
    while exchange.outcome is None:
        ready = stream.wait(READ | WRITE if sending else READ, deadline.left(exchange))
        if sending and not ready & READ:
            sending = write_request(stream, exchange.request)
        else:
            read_reply(stream, exchange)
    return exchange.outcome


def write_request(stream: SocketStream, request: EncodedRequest) -> bool:
    """Send what can be sent now; return whether more is left, False if the connection takes no more."""
    if request.unsent is None:
        return False
    try:
        return request.advance(stream.send(request.unsent))
    except OSError:
        return False


def read_reply(stream: SocketStream, exchange: Exchange) -> None:
    """Read what can be read now; raise `AttemptFailed` if the connection broke."""
    try:
        data = stream.receive()
    except OSError as error:
        raise AttemptFailed.of(error, "reset").during(exchange) from None
    if data is not None:
        exchange.feed(data) if data else exchange.end()
