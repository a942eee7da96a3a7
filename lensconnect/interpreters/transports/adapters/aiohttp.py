"""AiohttpTransport: the contract over aiohttp, for those who hold a `ClientSession` already.

    async with aiohttp.ClientSession() as session, new_async_env(transport=AiohttpTransport(session)) as env: ...

Facts (aiohttp 3): a session keeps cookies, decompresses, adds headers of its own, and silently sends a GET
again when a kept connection turns out to be closed.  So the requests of this transport go through a
session of its own over the given one's connector: connections, name look-ups and TLS are shared, nothing
else is.  With `trust_env` it also sends what ~/.netrc holds for the host, so the proxy of the
environment is looked up here.  Closing a connector cancels what those wait for who wait, not them: that is
no cancellation.  aiohttp writes headers as UTF-8, where HTTP has Latin-1, and drops the `?` of an empty query:
what would not leave as it is given is refused.
"""

from __future__ import annotations

import asyncio
import io
import math
import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final, NamedTuple, Unpack, cast
from weakref import WeakKeyDictionary, finalize

import aiohttp
from aiohttp.connector import Connection
from aiohttp.helpers import get_env_proxy_for_url
from yarl import URL

from lensconnect.errors import Kind, TransportError
from lensconnect.http import Headers, HttpRequest, HttpResponse
from lensconnect.interpreters.transports.adapters.base import Adapter, Attempt, Own, check, headers_to_send, too_large
from lensconnect.interpreters.transports.direct.deadline import Stop
from lensconnect.interpreters.transports.direct.defaults import IDLE_SECONDS
from lensconnect.interpreters.transports.direct.poller import READ, waiter
from lensconnect.interpreters.transports.direct.proxies import Proxy
from lensconnect.interpreters.transports.direct.request_writer import Outgoing
from lensconnect.interpreters.transports.event_loops import in_trio
from lensconnect.results import Result, Success

__all__ = ["AiohttpTransport"]

_NO_LIMIT: Final = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)
_ADDED: Final = ("Accept", "Content-Type", "User-Agent")
_ATTEMPT: Final[ContextVar[Attempt]] = ContextVar("attempt")
"""The attempt a session's request belongs to; a trace would tell it at a sixth of the cost of a call."""
_WHOLE: Final = 64 * 1024
"""Bytes of body that are handed over at once; more are handed over as they can leave."""
_TURNS: Final = 2
"""Turns of the loop until what has arrived is in its protocol's hands."""


class AiohttpTransport(Adapter):
    """Performs requests over the connections of an aiohttp session, on asyncio.

    Of `session` its connector, its proxy (with `trust_env` the environment's) and its trace configurations are
    used; it stays the caller's to close.  Without one the transport opens its own at the first request, with the other
    arguments, which are those of `AsyncDirectTransport`, and `close` closes it.
    """

    def __init__(self, session: aiohttp.ClientSession | None = None, **own: Unpack[Own]) -> None:
        super().__init__(**own)
        self._given = session
        self._session: aiohttp.ClientSession | None = None
        self._bodies = _Bodies()

    def _is_given_closed(self) -> bool:
        return self._given is not None and self._given.closed

    async def _bounded(
        self, request: HttpRequest, outgoing: Outgoing, attempt: Attempt, seconds: float
    ) -> Result[HttpResponse, TransportError]:
        if not _leaves_as_given(request):
            raise Stop("unsupported", "aiohttp would change the request")
        if in_trio():
            raise RuntimeError("this transport runs on asyncio: on trio use transport='httpx2'")
        try:
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                return Success(await self._perform(request, attempt, outgoing.proxy))
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            return attempt.fail("closed", "the session was closed")
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return attempt.fail(*_told(error))

    async def _perform(self, request: HttpRequest, attempt: Attempt, proxy: Proxy | None) -> HttpResponse:
        _ATTEMPT.set(attempt)
        url = URL(request.url, encoded=True)
        way = _by_way_of(proxy) if proxy or not self._asks_environment() else await _way_of_environment(url)
        reply = cast(
            _Response,
            await self._open().request(
                request.method,
                url,
                headers=[*headers_to_send(request), *way.to_relay(url)],
                data=_body(request.body),
                proxy=way.proxy,
                proxy_headers=way.headers,
                allow_redirects=False,
                skip_auto_headers=_ADDED,
            ),
        )
        attempt.sent = "yes"
        try:
            whole = await self._read(reply, expects_body=request.method != "HEAD")
        except BaseException:
            reply.break_off()
            raise
        reply.give_back()
        return whole

    async def _read(self, reply: aiohttp.ClientResponse, *, expects_body: bool) -> HttpResponse:
        headers: Headers = tuple([(str(name, "latin-1"), str(value, "latin-1")) for name, value in reply.raw_headers])
        version = "" if reply.version is None else f"{reply.version.major}.{reply.version.minor}"
        check(reply.status, version, headers, self._max_body, expects_body=expects_body)
        self._bodies.watch(reply)
        pieces, size = list[bytes](), 0
        async for piece in reply.content.iter_any():
            pieces.append(piece)
            size += len(piece)
            if size > self._max_body:
                raise too_large(self._max_body)
        return HttpResponse(reply.status, headers, b"".join(pieces))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._own() if self._given is None else _beside(self._given)
            finalize(self, self._session.detach)
        return self._session

    def _asks_environment(self) -> bool:
        return self._given is not None and self._given.trust_env and self._open()._default_proxy is None  # pyright: ignore[reportPrivateUsage]

    def _own(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._max_connections, keepalive_timeout=IDLE_SECONDS, ssl=self._trusted()
        )
        return _plain(connector, owns=True)

    async def _close_own(self) -> None:
        if self._session is not None:
            await self._session.close()


def _beside(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """A session over the same connections that keeps and adds nothing."""
    plain = _plain(session.connector, traces=session.trace_configs)
    # There is no other way to learn them.
    plain._default_proxy = session._default_proxy  # pyright: ignore[reportPrivateUsage]
    plain._default_proxy_auth = session._default_proxy_auth  # pyright: ignore[reportPrivateUsage]
    return plain


def _plain(
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
    session._retry_connection = False  # pyright: ignore[reportPrivateUsage]  # sending again is the policy's to decide
    return session


class _Request(aiohttp.ClientRequest):
    """Is sent only where nothing was received that nobody asked for: aiohttp would take it for the reply."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Hand the first byte to the connection, unless it is spoilt."""
        for _ in range(_TURNS if _has_heard(conn) else 0):
            await asyncio.sleep(0)
        if conn.protocol is None or conn.protocol.should_close:
            raise Stop("protocol", "a reply before the request")
        _ATTEMPT.get().sent = "maybe"
        return await super().send(conn)


def _has_heard(connection: Connection) -> bool:
    """Whether something has arrived that is not in its protocol's hands yet."""
    held = None if connection.transport is None else connection.transport.get_extra_info("socket")
    return held is None or held.fileno() < 0 or waiter(held.fileno()).wait(READ, 0) != 0


class _Response(aiohttp.ClientResponse):
    """Gives its connection back only once it is judged: a short one would have done so before anyone looks."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the head; whatever ends this breaks the connection off."""
        try:
            return await super().start(connection)
        except BaseException:
            _break_off(connection)
            raise

    def _response_eof(self) -> None: ...

    def give_back(self) -> None:
        """It was read to its end, and it counts."""
        super()._response_eof()

    def break_off(self) -> None:
        """It does not count, or was not read to its end."""
        _break_off(self.connection)
        self.close()


def _break_off(connection: Connection | None) -> None:
    """Close a connection without TLS's farewell, which a peer that goes on talking would never let end."""
    if connection is not None and connection.protocol is not None:
        connection.protocol.abort()


class _Bodies:
    """Bodies being read: each ends with its connection, too; after a bad chunk aiohttp closes it and tells nobody."""

    def __init__(self) -> None:
        self._by_end: WeakKeyDictionary[asyncio.Future[None], aiohttp.StreamReader] = WeakKeyDictionary()

    def watch(self, reply: aiohttp.ClientResponse) -> None:
        """From now on."""
        protocol = None if reply.connection is None or reply.content.is_eof() else reply.connection.protocol
        end = None if protocol is None else protocol.closed
        if end is None:
            return
        if end not in self._by_end:
            end.add_done_callback(self._cut)
        self._by_end[end] = reply.content

    def _cut(self, end: asyncio.Future[None]) -> None:
        if not end.cancelled():
            end.exception()  # or asyncio says that nobody has asked for it
        body = self._by_end.pop(end, None)
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(aiohttp.ClientPayloadError())


def _leaves_as_given(request: HttpRequest) -> bool:
    plain = all(map(str.isascii, [value for _, value in request.headers]))
    return plain and not request.url.endswith("?")


def _body(body: bytes) -> bytes | io.BytesIO | None:
    return io.BytesIO(body) if len(body) > _WHOLE else body or None


class _Way(NamedTuple):
    """The proxy a request goes by, if any, and what it is told of us."""

    proxy: URL | None = None
    headers: dict[str, str] | None = None

    def to_relay(self, url: URL) -> Iterable[tuple[str, str]]:
        """What the request itself carries: a proxy that makes a tunnel is told of us when it is asked for it."""
        return () if url.scheme == "https" or self.headers is None else self.headers.items()


def _by_way_of(proxy: Proxy | None) -> _Way:
    if proxy is None:
        return _Way()
    return _Way(URL(f"http://{proxy.origin.authority}"), _authorized(proxy.authorization))


async def _way_of_environment(url: URL) -> _Way:
    """What a session with `trust_env` does, but for the user and password of the host in ~/.netrc."""
    try:
        proxy, auth = await asyncio.to_thread(get_env_proxy_for_url, url)
    except LookupError:
        return _Way()
    return _Way(proxy, _authorized(None if auth is None else auth.encode()))


def _authorized(authorization: str | None) -> dict[str, str] | None:
    return None if authorization is None else {"Proxy-Authorization": authorization}


def _is_cancelled() -> bool:
    """Whether it is the task that is cancelled, and not what it waits for."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


_KINDS: Final[tuple[tuple[type[BaseException], Kind, str], ...]] = (
    (aiohttp.ClientConnectorDNSError, "name", "the name could not be looked up"),
    (aiohttp.ClientConnectorCertificateError, "tls", "the certificate is not trusted"),
    (aiohttp.ClientSSLError, "tls", "TLS failed"),
    (aiohttp.ServerFingerprintMismatch, "tls", "the certificate is not trusted"),
    (ssl.SSLError, "tls", "TLS failed"),
    (aiohttp.ClientProxyConnectionError, "proxy", "the proxy could not be reached"),
    (aiohttp.ClientHttpProxyError, "proxy", "the proxy would not make a tunnel"),
    (aiohttp.ClientConnectorError, "connect", "no connection"),
    (aiohttp.ServerDisconnectedError, "incomplete", "the peer ended the connection before a whole reply"),
    (aiohttp.ClientPayloadError, "incomplete", "the body of the reply is not whole"),
    (aiohttp.ClientResponseError, "protocol", "not one plainly framed HTTP/1.1 reply"),
    (aiohttp.InvalidURL, "unsupported", "aiohttp does not take the URL"),
    (aiohttp.ClientConnectionResetError, "reset", "the connection broke"),
    (OSError, "reset", "the connection broke"),
    (aiohttp.ClientError, "closed", "the session was closed"),
    (ValueError, "unsupported", "aiohttp does not take the request"),
)


def _told(error: BaseException) -> tuple[Kind, str]:
    """What an exception says about the kind; nothing of its text, which may hold a URL."""
    return next((kind, message) for family, kind, message in _KINDS if isinstance(error, family))
