"""AiohttpTransport: the transport contract over aiohttp, for callers that hold a `ClientSession` already.

    async with aiohttp.ClientSession() as session, new_async_env(transport=AiohttpTransport(session)) as env: ...

Facts (aiohttp 3.14, observed): a session keeps cookies, decompresses, adds headers of its own, and silently sends
a GET again when a kept connection turns out to be closed.  So this transport sends its requests through a session
of its own over the connector of the given one: they share connections, name look-ups and TLS, and nothing else.
With `trust_env` a session also sends the password that ~/.netrc holds for the host, so the proxy of the environment
is looked up here.  Closing a connector cancels the futures that callers await, not the callers: it is reported as
"closed", not raised.  aiohttp drops the `?` of an empty query: such a request is refused.
"""

from __future__ import annotations

import asyncio
import io
import math
import ssl
from collections.abc import Iterable
from contextlib import suppress
from contextvars import ContextVar
from typing import Final, NamedTuple, Unpack, cast
from weakref import WeakKeyDictionary, WeakSet, finalize

import aiohttp
from aiohttp.connector import Connection
from aiohttp.helpers import get_env_proxy_for_url
from yarl import URL

from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.adapters.base import Adapter, ClientAttempt, ClientOptions, headers_to_send
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.http11 import MAX_INTERIM
from lensconnect.interpreters.transports.direct.poller import READ, new_poller
from lensconnect.interpreters.transports.direct.pool import IDLE_SECONDS
from lensconnect.interpreters.transports.direct.proxies import Proxy, is_loopback
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest
from lensconnect.interpreters.transports.event_loops import PerLoop, require_asyncio, running_loop
from lensconnect.interpreters.transports.tls_context import shared_tls_context

_NO_LIMIT: Final = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)
_AUTO_HEADERS: Final = ("Accept", "Content-Type", "User-Agent")
_ATTEMPT: Final[ContextVar[ClientAttempt]] = ContextVar("attempt")
"""The attempt that a session's request belongs to (an aiohttp trace would cost a sixth of a call)."""
_MAX_WRITTEN_AT_ONCE: Final = 64 * 1024
"""Bytes of a body that is handed to aiohttp in one piece; a larger one is written as the socket takes it."""
_LOOP_TURNS: Final = 2
"""Iterations of the loop after which received bytes have reached their protocol."""


class AiohttpTransport(Adapter):
    """Performs requests over the connections of an aiohttp session, on asyncio.

    Of `session` its connector, its proxy (with `trust_env` the environment's) and its trace configurations are
    used; it stays the caller's to close.  Without one the transport opens its own at the first request, with the
    options, which are those of `AsyncDirectTransport`, and `close` closes it.
    """

    _classes = (
        (aiohttp.ClientConnectorDNSError, "name", "the name could not be looked up"),
        (aiohttp.ClientConnectorCertificateError, "tls", "the certificate is not trusted"),
        (aiohttp.ClientSSLError, "tls", "TLS failed"),
        (aiohttp.ServerFingerprintMismatch, "tls", "the certificate is not trusted"),
        (ssl.SSLError, "tls", "TLS failed"),
        (aiohttp.ClientProxyConnectionError, "proxy", "the proxy could not be reached"),
        (aiohttp.ClientHttpProxyError, "proxy", "the proxy refused a tunnel"),
        (aiohttp.ClientConnectorError, "connect", "no connection"),
        (aiohttp.ServerDisconnectedError, "incomplete", "the peer ended the connection before a complete reply"),
        (aiohttp.ClientPayloadError, "incomplete", "the body of the reply is incomplete"),
        (aiohttp.ClientResponseError, "protocol", "not an HTTP/1.1 reply with plain framing"),
        (aiohttp.InvalidURL, "unsupported", "aiohttp rejects the URL"),
        (aiohttp.ClientConnectionResetError, "reset", "the connection broke"),
        (OSError, "reset", "the connection broke"),
        (aiohttp.ClientError, "closed", "the session was closed"),
        (ValueError, "unsupported", "aiohttp rejects the request"),
        (Exception, "protocol", "aiohttp failed"),
    )

    def __init__(self, session: aiohttp.ClientSession | None = None, **options: Unpack[ClientOptions]) -> None:
        super().__init__(**options)
        self._given = session
        self._sibling: aiohttp.ClientSession | None = None
        self._sessions = PerLoop(aiohttp.ClientSession.close, aiohttp.ClientSession.detach)
        self._readers = _BodyReaders()

    def _require_loop(self) -> None:
        require_asyncio()

    def _is_given_closed(self) -> bool:
        return self._given is not None and self._given.closed

    def _is_given_elsewhere(self) -> bool:
        return self._given is not None and self._given._loop is not running_loop()  # pyright: ignore[reportPrivateUsage]

    async def _perform_within(
        self, seconds: float, request: HttpRequest, encoded: EncodedRequest, attempt: ClientAttempt
    ) -> HttpResponse:
        if request.url.endswith("?"):
            raise AttemptFailed("unsupported", "aiohttp would change the request")
        try:
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                return await self._perform(request, attempt, encoded)
        except asyncio.CancelledError:
            if _is_task_cancelled():
                raise
            raise AttemptFailed("closed", "the session was closed") from None

    async def _perform(self, request: HttpRequest, attempt: ClientAttempt, encoded: EncodedRequest) -> HttpResponse:
        _ATTEMPT.set(attempt)
        session = await self._open()
        url = URL(request.url, encoded=True)
        asks_environment = self._uses_environment() and not encoded.proxy and not is_loopback(encoded.origin)
        route = await _environment_route(url) if asks_environment else _route_through(encoded.proxy)
        attempt.headers = (*headers_to_send(request), *route.relayed_headers(url))
        reply = await _request(session, request, url, route)
        attempt.sent = "yes"
        try:
            response = await self._read(reply, expects_body=request.method != "HEAD")
        except BaseException:
            reply.abort()
            raise
        reply.release_connection()
        return response

    async def _read(self, reply: aiohttp.ClientResponse, *, expects_body: bool) -> HttpResponse:
        version = "" if reply.version is None else f"{reply.version.major}.{reply.version.minor}"
        headers = self._check_head(reply.status, version, reply.raw_headers, expects_body=expects_body)
        self._readers.watch(reply)
        pieces, size = list[bytes](), 0
        async for piece in reply.content.iter_any():
            pieces.append(piece)
            size += len(piece)
            if size > self._max_body:
                raise self._body_too_large()
        return HttpResponse(reply.status, headers, b"".join(pieces))

    async def _open(self) -> aiohttp.ClientSession:
        if self._given is None:
            return await self._sessions.get(self._own_session)
        if self._sibling is None:
            self._sibling = _sibling_session(self._given)
            finalize(self, self._sibling.detach)
        return self._sibling

    def _uses_environment(self) -> bool:
        return self._given is not None and self._given.trust_env and self._given._default_proxy is None  # pyright: ignore[reportPrivateUsage]

    def _own_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._max_connections, keepalive_timeout=IDLE_SECONDS, ssl=self._context or shared_tls_context()
        )
        session = _plain_session(connector, owns=True)
        finalize(self, session.detach)
        return session

    async def _close_own(self) -> None:
        await self._sessions.close()


def _sibling_session(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """Return a session over the same connector that keeps no cookies and adds no headers."""
    sibling = _plain_session(session.connector, traces=session.trace_configs)
    # aiohttp has no public way to read them.
    sibling._default_proxy = session._default_proxy  # pyright: ignore[reportPrivateUsage]
    sibling._default_proxy_auth = session._default_proxy_auth  # pyright: ignore[reportPrivateUsage]
    return sibling


def _plain_session(
    connector: aiohttp.BaseConnector | None,
    *,
    owns: bool = False,
    traces: list[aiohttp.TraceConfig] | None = None,
) -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(
        connector=connector,
        connector_owner=owns,
        request_class=_Request,
        response_class=_Response,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=_NO_LIMIT,
        trace_configs=traces,
    )
    session._retry_connection = False  # pyright: ignore[reportPrivateUsage]  # the retry policy decides what is sent again
    return session


async def _request(session: aiohttp.ClientSession, request: HttpRequest, url: URL, route: _ProxyRoute) -> _Response:
    """Return the reply, of which the head was read; try again, unsent, where a kept connection was unusable."""
    while True:
        try:
            reply = await session.request(
                request.method,
                url,
                data=_body(request.body),
                proxy=route.proxy,
                proxy_headers=route.headers,
                allow_redirects=False,
                skip_auto_headers=_AUTO_HEADERS,
            )
        except _StaleConnection:
            continue
        return cast("_Response", reply)


class _StaleConnection(Exception):
    """A kept connection has received bytes or its end; nothing was sent on it."""


_KEPT: Final[WeakSet[asyncio.Protocol]] = WeakSet()
"""The connections that have carried a request of this module."""


class _Request(aiohttp.ClientRequest):
    """Carries the headers of its attempt, over a connection that has received no unrequested bytes.

    Facts (aiohttp 3.14, observed): a session keeps the last of two headers whose names differ in case only.  After
    `Expect: 100-continue` aiohttp waits for a 100 that a server need not send.  It takes bytes that came before the
    request for the reply.
    """

    def update_headers(self, headers: object) -> None:  # noqa: ARG002
        """Set the headers that are given, and Host."""
        super().update_headers(_ATTEMPT.get().headers)

    def update_expect_continue(self, expect: bool = False) -> None:
        """Send the body at once, as every transport does: an Expect header is one like any other."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Check the connection, then send the request."""
        for _ in range(_LOOP_TURNS if _has_unread_bytes(conn) else 0):
            await asyncio.sleep(0)
        protocol = conn.protocol
        if protocol is None or protocol.should_close:
            raise _StaleConnection if protocol in _KEPT else AttemptFailed("protocol", "a reply before the request")
        _ATTEMPT.get().sent = "maybe"
        _KEPT.add(protocol)
        return await super().send(conn)


def _has_unread_bytes(connection: Connection) -> bool:
    """Return whether the socket may hold bytes that its protocol has not seen yet."""
    held = None if connection.transport is None else connection.transport.get_extra_info("socket")
    return held is None or held.fileno() < 0 or new_poller(held.fileno()).wait(READ, 0) != 0


class _Response(aiohttp.ClientResponse):
    """Keeps its connection until the reply was judged: aiohttp would release it at the end of a short body."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the head; abort the connection on any exception."""
        try:
            await _skip_interim_replies(connection)
            return await super().start(connection)
        except BaseException:
            _abort(connection)
            raise

    def _response_eof(self) -> None: ...

    def release_connection(self) -> None:
        """Return the connection to the connector: the reply was read to its end and counts."""
        super()._response_eof()

    def abort(self) -> None:
        """Close the connection: the reply does not count, or was not read to its end."""
        _abort(self.connection)
        self.close()


async def _skip_interim_replies(connection: Connection) -> None:
    """Leave the final reply as the next message to read; raise `AttemptFailed` after too many interim ones.

    aiohttp itself skips interim replies for as long as they come.
    """
    protocol = connection.protocol
    if protocol is None:
        return
    for _ in range(MAX_INTERIM + 1):
        with suppress(aiohttp.http.HttpProcessingError):  # the reader keeps it, for aiohttp to read and explain
            reply = await protocol.read()
            if 100 <= reply[0].code < 200 and reply[0].code != 101:
                continue
            protocol._buffer.appendleft((reply, 0))  # pyright: ignore[reportPrivateUsage]
        return
    raise AttemptFailed("protocol", f"more than {MAX_INTERIM} interim replies")


def _abort(connection: Connection | None) -> None:
    """Close a connection without waiting for TLS's close_notify, which a peer that goes on sending would delay."""
    if connection is not None and connection.protocol is not None:
        connection.protocol.abort()


class _BodyReaders:
    """The readers of the bodies under way, by the future that tells the end of their connection.

    Fact (aiohttp 3.14, observed): after a bad chunk aiohttp closes the connection and leaves the reader waiting.
    """

    def __init__(self) -> None:
        self._by_end: WeakKeyDictionary[asyncio.Future[None], aiohttp.StreamReader] = WeakKeyDictionary()

    def watch(self, reply: aiohttp.ClientResponse) -> None:
        """Fail the body's reader when its connection closes; aiohttp does not after a bad chunk."""
        protocol = None if reply.connection is None or reply.content.is_eof() else reply.connection.protocol
        end = None if protocol is None else protocol.closed
        if end is None:
            return
        if end not in self._by_end:
            end.add_done_callback(self._fail_reader)
        self._by_end[end] = reply.content

    def _fail_reader(self, end: asyncio.Future[None]) -> None:
        if not end.cancelled():
            end.exception()  # without this call asyncio logs that the exception was never retrieved
        body = self._by_end.pop(end, None)
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(aiohttp.ClientPayloadError())


def _body(body: bytes) -> bytes | io.BytesIO | None:
    return io.BytesIO(body) if len(body) > _MAX_WRITTEN_AT_ONCE else body or None


class _ProxyRoute(NamedTuple):
    """The proxy that a request goes through, if any, and the headers for the proxy alone."""

    proxy: URL | None
    headers: dict[str, str]

    def relayed_headers(self, url: URL) -> Iterable[tuple[str, str]]:
        """Return the proxy's headers that the request itself carries: a tunnel's go into its CONNECT request."""
        return () if url.scheme == "https" else self.headers.items()


_DIRECT: Final = _ProxyRoute(None, {})


def _route_through(proxy: Proxy | None) -> _ProxyRoute:
    return _DIRECT if proxy is None else _ProxyRoute(URL(f"http://{proxy.origin.authority}"), proxy.headers)


async def _environment_route(url: URL) -> _ProxyRoute:
    """Return the route of a session with `trust_env`, without the password of the host in ~/.netrc."""
    try:
        proxy, auth = await asyncio.to_thread(get_env_proxy_for_url, url)
    except LookupError:
        return _DIRECT
    return _ProxyRoute(proxy, {} if auth is None else {"Proxy-Authorization": auth.encode()})


def _is_task_cancelled() -> bool:
    """Return whether the task is cancelled, and not the future that it awaits."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
