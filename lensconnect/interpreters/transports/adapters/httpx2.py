"""Httpx2Transport: the contract over httpx2, for those who hold an `AsyncClient` already; asyncio and trio.

    async with httpx2.AsyncClient() as client, new_async_env(transport=Httpx2Transport(client)) as env: ...

Facts (httpx2 2): requests go out as they are built here, without the client's cookies, headers,
authentication and redirects.  Its connections tell through their `trace` extension when the first byte is
about to leave and when the head is read.  They hand bytes that came behind a reply to the next request
on the same connection: one that holds any, or does not show whether it does, is closed.
The synchronous client is not supported: its time limit is one for each read, so a dripping reply holds it.
"""

from __future__ import annotations

import socket
import ssl
import string
from collections.abc import AsyncIterable, Callable, Iterator, Mapping
from typing import Any, Final, Unpack, cast

import anyio
import anyio.lowlevel
import h11
import httpcore2
import httpx2

from lensconnect.errors import Kind, TransportError
from lensconnect.http import Headers, HttpRequest, HttpResponse, masked_url
from lensconnect.interpreters.transports.adapters.base import Adapter, Attempt, Own, check, headers_to_send, too_large
from lensconnect.interpreters.transports.direct.deadline import Stop
from lensconnect.interpreters.transports.direct.defaults import IDLE_SECONDS
from lensconnect.interpreters.transports.direct.proxies import Proxy
from lensconnect.interpreters.transports.direct.request_writer import Outgoing
from lensconnect.results import Result, Success

__all__ = ["Httpx2Transport"]

_PIECES: Final = 64
"""Pieces of a body after which the loop, and so the time limit, gets its turn."""
_AUTHORITY: Final = string.ascii_letters + string.digits + "._~-[]:"
_WAY_TO_THE_PARSER: Final = ("_stream", "_httpcore_stream", "_stream", "_connection", "_h11_state")


class Httpx2Transport(Adapter):
    """Performs requests through an httpx2 client, on asyncio or trio.

    `client` stays the caller's to close; its connections, TLS, proxies and event hooks are used.  Without
    one the transport opens its own at the first request, with the other arguments, which are those of
    `AsyncDirectTransport`, and `close` closes them.

    A request that fails before the client has reported anything (waiting for a free connection, or over
    a transport that reports nothing) counts as "maybe" sent.
    """

    def __init__(self, client: httpx2.AsyncClient | None = None, **own: Unpack[Own]) -> None:
        super().__init__(**own)
        self._given = client
        self._own: dict[Proxy | None, httpx2.AsyncClient] = {}

    def _is_given_closed(self) -> bool:
        return self._given is not None and self._given.is_closed

    async def _bounded(
        self, request: HttpRequest, outgoing: Outgoing, attempt: Attempt, seconds: float
    ) -> Result[HttpResponse, TransportError]:
        try:
            with anyio.fail_after(seconds):
                return Success(await self._perform(request, outgoing, attempt))
        except TimeoutError:
            raise
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError) as error:
            return attempt.fail(*_told(error))

    async def _perform(self, request: HttpRequest, outgoing: Outgoing, attempt: Attempt) -> HttpResponse:
        phases = _Phases(attempt, self._is_closed, tls=outgoing.origin.tls)
        client = self._given or self._open(outgoing.proxy)
        attempt.sent = "maybe"
        try:
            reply = await client.send(_build(request, phases), stream=True, auth=None, follow_redirects=False)
        except BaseException:
            await phases.give_up()
            raise
        try:
            return await self._read(reply, expects_body=request.method != "HEAD")
        finally:
            with anyio.CancelScope(shield=True):
                await reply.aclose()

    async def _read(self, reply: httpx2.Response, *, expects_body: bool) -> HttpResponse:
        headers: Headers = tuple([(str(name, "latin-1"), str(value, "latin-1")) for name, value in reply.headers.raw])
        version = reply.http_version.removeprefix("HTTP/")
        check(reply.status_code, version, headers, self._max_body, expects_body=expects_body)
        body = await _body(reply, self._max_body)
        _leave_nothing_behind(reply)
        return HttpResponse(reply.status_code, headers, body)

    def _open(self, proxy: Proxy | None) -> httpx2.AsyncClient:
        if proxy not in self._own:
            self._own[proxy] = httpx2.AsyncClient(
                verify=self._trusted(),
                limits=httpx2.Limits(max_connections=self._max_connections, keepalive_expiry=IDLE_SECONDS),
                proxy=None
                if proxy is None
                else httpx2.Proxy(f"http://{proxy.origin.authority}", headers=_authorized(proxy)),
                trust_env=False,
            )
        return self._own[proxy]

    async def _close_own(self) -> None:
        for client in self._own.values():
            await client.aclose()


class _Phases:
    """Listens to a client's connections and keeps `sent` up to date.

    A request to a proxy for a tunnel comes between connecting and TLS, and is none of ours.  A connection
    whose handshake is cancelled is left open by the client: it is closed here.  A client that is closed gives
    whoever waits a connection all the same: it is refused here.
    """

    def __init__(self, attempt: Attempt, is_closed: Callable[[], bool], *, tls: bool) -> None:
        self.tls = tls
        self._is_closed = is_closed
        self._attempt = attempt
        self._is_secure = True
        self._raw: httpcore2.AsyncNetworkStream | None = None

    async def hear(self, event: str, info: Mapping[str, Any]) -> None:
        """One step of a connection, as its `trace` extension tells it."""
        match event.partition(".")[2]:
            case "connect_tcp.started" | "connect_unix_socket.started":
                self._attempt.sent, self._is_secure = "no", not self.tls
                if self._is_closed():
                    raise Stop("closed", "the transport was closed")
            case "connect_tcp.complete" | "connect_unix_socket.complete":
                self._raw = info["return_value"]
            case "start_tls.started":
                self._attempt.sent, self._is_secure = "no", True
            case "send_request_headers.started" if self._is_secure:
                self._attempt.sent, self._raw = "maybe", None
            case "receive_response_headers.complete" if self._is_secure:
                self._attempt.sent = "yes"
            case _:
                pass

    async def give_up(self) -> None:
        """Close what was connected and has come to nothing."""
        if self._raw is not None:
            with anyio.CancelScope(shield=True):
                await self._raw.aclose()


class _UrlToLog(httpx2.URL):
    """The client logs its text, which may hold a secret: it is masked, its parts are as they are."""

    def __str__(self) -> str:
        return masked_url(super().__str__())


def _build(request: HttpRequest, phases: _Phases) -> httpx2.Request:
    built = httpx2.Request(
        request.method,
        request.url,
        headers=[(name.encode(), value.encode("latin-1")) for name, value in headers_to_send(request)],
        content=request.body,
        extensions={"target": _target(request.url), "timeout": {}, "trace": phases.hear},
    )
    built.url = _UrlToLog(request.url)
    return built


def _target(url: str) -> str:
    """Path and query, byte for byte."""
    after = url.partition("://")[2].lstrip(_AUTHORITY)
    return after if after.startswith("/") else f"/{after}"


async def _body(reply: httpx2.Response, most: int) -> bytes:
    """The bytes as they came, without the closing that `aiter_raw` does at their end."""
    if reply.is_closed:  # an event hook has read it
        if len(reply.content) > most:
            raise too_large(most)
        return reply.content
    pieces, size = list[bytes](), 0
    try:
        async for piece in cast("AsyncIterable[bytes]", reply.stream):
            size += len(piece)
            if len(pieces) % _PIECES == _PIECES - 1:
                await anyio.lowlevel.checkpoint()  # many in one read come without a turn of the loop
            if size <= most:
                pieces.append(piece)
            else:
                await reply.aclose()  # which ends the loop from below: left early, its generators would stay open
    except httpx2.NetworkError:
        if size <= most:
            raise
    if size > most:
        raise too_large(most)
    return b"".join(pieces)


def _leave_nothing_behind(reply: httpx2.Response) -> None:
    """Spoil the connection for others if it holds a byte behind the reply."""
    if reply.http_version == "HTTP/2" or "network_stream" not in reply.extensions:
        return  # a stream of its own, or no connection at all
    found: object = reply.stream
    for name in _WAY_TO_THE_PARSER:
        found = getattr(found, name, None)
    if not isinstance(found, h11.Connection):
        raise Stop("unsupported", "this httpx2 does not show what is left on its connections")
    if found.trailing_data != (b"", False) or _holds_more(
        reply.extensions["network_stream"].get_extra_info("ssl_object")
    ):
        found.send_failed()


def _holds_more(tls: ssl.SSLObject | None) -> bool:
    """Whether TLS has received what nobody has read yet: where it is, its socket does not tell."""
    if tls is None:
        return False
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except OSError:
        return True
    return True


def _authorized(proxy: Proxy) -> dict[str, str]:
    return {} if proxy.authorization is None else {"Proxy-Authorization": proxy.authorization}


_ENDED: Final = ("disconnected", "closed connection")
_KINDS: Final[tuple[tuple[type[BaseException], Kind, str], ...]] = (
    (ssl.SSLCertVerificationError, "tls", "the certificate is not trusted"),
    (ssl.SSLError, "tls", "TLS failed"),
    (socket.gaierror, "name", "the name could not be looked up"),
    (httpx2.ConnectError, "connect", "no connection"),
    (httpx2.ProxyError, "proxy", "the proxy would not make a tunnel"),
    (httpx2.RemoteProtocolError, "protocol", "not one whole, plainly framed HTTP/1.1 reply"),
    (httpx2.NetworkError, "reset", "the connection broke"),
    (httpx2.UnsupportedProtocol, "unsupported", "httpx2 does not take the URL"),
    (httpx2.LocalProtocolError, "unsupported", "httpx2 does not take the request"),
    (OSError, "reset", "the connection broke"),
    (ValueError, "unsupported", "httpx2 does not take the request"),
    (Exception, "protocol", "httpx2 gave up"),
)


def _told(error: BaseException) -> tuple[Kind, str]:
    """What an exception, or what it stands for, says about the kind; none of its text is shown."""
    if isinstance(error, httpx2.RemoteProtocolError) and any(words in str(error) for words in _ENDED):
        return "incomplete", "the peer ended the connection before a whole reply"
    chain = tuple(_causes(error))
    return next((kind, message) for family, kind, message in _KINDS if any(isinstance(each, family) for each in chain))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
