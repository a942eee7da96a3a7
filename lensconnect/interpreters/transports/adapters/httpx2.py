"""Httpx2Transport: the transport contract over httpx2, for callers that hold an `AsyncClient` already.

    async with httpx2.AsyncClient() as client, new_async_env(transport=Httpx2Transport(client)) as env: ...

It runs on asyncio and trio.

Facts (httpx2 2.16, observed): a client keeps cookies, and its event hooks change requests and may raise.  So this
transport sends its requests through a client of its own over the transports of the given one, as they are built
here: without cookies, headers, authentication, redirects and hooks.  A client takes the proxies of the environment
for this machine too; they are left out here.  Its connections report through their `trace` extension when the first
byte is about to be sent and when the head is read.  They hand bytes that came after a reply to the next request on
the same connection: a connection that holds any, or does not show whether it does, is closed.
The synchronous client is not supported: its time limit is one for each read, so a dripping reply blocks it.
"""

from __future__ import annotations

import socket
import ssl
import string
from collections.abc import AsyncIterable, Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias, Unpack, cast
from urllib.request import getproxies

import anyio
import anyio.lowlevel
import h11
import httpcore2
import httpx2

from lensconnect.errors import Kind
from lensconnect.http import HttpRequest, HttpResponse, masked_url
from lensconnect.interpreters.transports.adapters.base import Adapter, ClientAttempt, ClientOptions, headers_to_send
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.pool import IDLE_SECONDS
from lensconnect.interpreters.transports.direct.proxies import Proxy, is_loopback
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest
from lensconnect.interpreters.transports.event_loops import PerLoop, running_loop
from lensconnect.interpreters.transports.tls_context import new_tls_context

_CHECKPOINT_EVERY: Final = 64
"""Pieces of a body after which the loop, and so the time limit, runs."""
_AUTHORITY: Final = string.ascii_letters + string.digits + "._~-[]:"
_PATH_TO_PARSER: Final = ("_stream", "_httpcore_stream", "_stream", "_connection", "_h11_state")

_Clients: TypeAlias = dict[Proxy | None, httpx2.AsyncClient]


class Httpx2Transport(Adapter):
    """Performs requests through an httpx2 client, on asyncio or trio.

    Of `client` its connections, TLS, proxies and mounted transports are used; it stays the caller's to close.
    Without one the transport opens its own at the first request, with the options, which are those of
    `AsyncDirectTransport`, and `close` closes it.

    A request that fails before the client has reported anything (while it waits for a free connection, or over a
    transport that reports nothing) counts as "maybe" sent.
    """

    _classes = (
        (ssl.SSLCertVerificationError, "tls", "the certificate is not trusted"),
        (ssl.SSLError, "tls", "TLS failed"),
        (socket.gaierror, "name", "the name could not be looked up"),
        (httpx2.ConnectError, "connect", "no connection"),
        (httpx2.ProxyError, "proxy", "the proxy refused a tunnel"),
        (httpx2.RemoteProtocolError, "protocol", "not a complete HTTP/1.1 reply with plain framing"),
        (httpx2.NetworkError, "reset", "the connection broke"),
        (httpx2.UnsupportedProtocol, "unsupported", "httpx2 rejects the URL"),
        (httpx2.LocalProtocolError, "unsupported", "httpx2 rejects the request"),
        (OSError, "reset", "the connection broke"),
        (ValueError, "unsupported", "httpx2 rejects the request"),
        (Exception, "protocol", "httpx2 failed"),
    )

    def __init__(self, client: httpx2.AsyncClient | None = None, **options: Unpack[ClientOptions]) -> None:
        super().__init__(**options)
        self._given = client
        self._loop: object = None
        self._own = PerLoop[_Clients](_close_clients, dict[Any, Any].clear)
        self._siblings: dict[bool, httpx2.AsyncClient] = {}

    def _is_given_closed(self) -> bool:
        return self._given is not None and self._given.is_closed

    def _is_given_elsewhere(self) -> bool:
        if self._given is None:
            return False
        self._loop = self._loop or running_loop()
        return self._loop is not running_loop()

    async def _perform_within(
        self, seconds: float, request: HttpRequest, encoded: EncodedRequest, attempt: ClientAttempt
    ) -> HttpResponse:
        with anyio.fail_after(seconds):
            return await self._perform(request, encoded, attempt)

    def _classify(self, *errors: BaseException) -> tuple[Kind, str]:
        (error,) = errors
        if isinstance(error, httpx2.RemoteProtocolError) and any(words in str(error) for words in _CLOSED_BY_PEER):
            return "incomplete", "the peer ended the connection before a complete reply"
        return super()._classify(*_causes(error))

    async def _perform(self, request: HttpRequest, encoded: EncodedRequest, attempt: ClientAttempt) -> HttpResponse:
        phases = _Phases(attempt, self._is_closed, tls=encoded.origin.tls)
        client = await self._open(encoded.proxy) if self._given is None else self._sibling(self._given, encoded)
        attempt.sent = "maybe"
        try:
            reply = await client.send(_build(request, phases), stream=True, auth=None, follow_redirects=False)
        except BaseException:
            await phases.close_connecting()
            raise
        try:
            return await self._read(reply, expects_body=request.method != "HEAD")
        finally:
            with anyio.CancelScope(shield=True):
                await reply.aclose()

    async def _read(self, reply: httpx2.Response, *, expects_body: bool) -> HttpResponse:
        version = reply.http_version.removeprefix("HTTP/")
        headers = self._check_head(reply.status_code, version, reply.headers.raw, expects_body=expects_body)
        body = await self._read_body(reply)
        _close_if_bytes_follow(reply)
        return HttpResponse(reply.status_code, headers, body)

    async def _read_body(self, reply: httpx2.Response) -> bytes:
        """Return the bytes as they came, without the closing that `aiter_raw` does at their end."""
        limit = self._max_body
        pieces, size = list[bytes](), 0
        try:
            async for piece in cast("AsyncIterable[bytes]", reply.stream):
                size += len(piece)
                if len(pieces) % _CHECKPOINT_EVERY == _CHECKPOINT_EVERY - 1:
                    await anyio.lowlevel.checkpoint()  # pieces of one read come without an iteration of the loop
                if size <= limit:
                    pieces.append(piece)
                else:
                    await reply.aclose()  # ends the iteration from below: a `break` would leave its generators open
        except httpx2.NetworkError:
            if size <= limit:
                raise
        if size > limit:
            raise self._body_too_large()
        return b"".join(pieces)

    def _sibling(self, given: httpx2.AsyncClient, encoded: EncodedRequest) -> httpx2.AsyncClient:
        to_loopback = is_loopback(encoded.origin)
        if to_loopback not in self._siblings:
            self._siblings[to_loopback] = _sibling_client(given, to_loopback=to_loopback)
        return self._siblings[to_loopback]

    async def _open(self, proxy: Proxy | None) -> httpx2.AsyncClient:
        clients = await self._own.get(dict)
        if proxy not in clients:
            clients[proxy] = httpx2.AsyncClient(
                verify=self._context or new_tls_context(),  # not a shared one: httpcore2 sets ALPN in it
                limits=httpx2.Limits(max_connections=self._max_connections, keepalive_expiry=IDLE_SECONDS),
                proxy=None
                if proxy is None
                else httpx2.Proxy(f"http://{proxy.origin.authority}", headers=proxy.headers),
                trust_env=False,
            )
        return clients[proxy]

    async def _close_own(self) -> None:
        await self._own.close()


async def _close_clients(clients: _Clients) -> None:
    for client in clients.values():
        await client.aclose()


def _sibling_client(client: httpx2.AsyncClient, *, to_loopback: bool) -> httpx2.AsyncClient:
    """Return a client over the same transports that keeps no cookies and has no headers and hooks.

    One for requests to this machine goes past the proxies of the environment.
    """
    # httpx2 has no public way to read them.
    sibling = httpx2.AsyncClient(transport=client._transport, trust_env=False)  # pyright: ignore[reportPrivateUsage]
    proxies = _environment_proxies() if to_loopback and client.trust_env else ()
    sibling._mounts = {  # pyright: ignore[reportPrivateUsage]
        pattern: None if _proxy_of(transport) in proxies else transport
        for pattern, transport in client._mounts.items()  # pyright: ignore[reportPrivateUsage]
    }
    return sibling


def _environment_proxies() -> list[tuple[bytes, int | None]]:
    urls = [
        httpx2.URL(text if "://" in text else f"http://{text}")
        for scheme, text in getproxies().items()
        if scheme != "no"
    ]
    return [(url.raw_host, url.port) for url in urls]


def _proxy_of(transport: object) -> tuple[bytes, int | None] | None:
    url = getattr(getattr(transport, "_pool", None), "_proxy_url", None)
    return None if url is None else (url.host, url.port)


class _Phases:
    """Keeps `sent` up to date with what a client's connections report.

    The CONNECT request for a tunnel comes between connecting and TLS and is not the caller's request.  The client
    leaves a connection open whose handshake is cancelled: it is closed here.  A closed client still gives waiting
    requests a connection: they are refused here.
    """

    def __init__(self, attempt: ClientAttempt, is_closed: Callable[[], bool], *, tls: bool) -> None:
        self.tls = tls
        self._is_closed = is_closed
        self._attempt = attempt
        self._is_secure = True
        self._connecting: httpcore2.AsyncNetworkStream | None = None

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Handle one event of the `trace` extension."""
        match event.partition(".")[2]:
            case "connect_tcp.started" | "connect_unix_socket.started":
                self._attempt.sent, self._is_secure = "no", not self.tls
                if self._is_closed():
                    raise AttemptFailed.closed()
            case "connect_tcp.complete" | "connect_unix_socket.complete":
                self._connecting = info["return_value"]
            case "start_tls.started":
                self._attempt.sent, self._is_secure = "no", True
            case "send_request_headers.started" if self._is_secure:
                self._attempt.sent, self._connecting = "maybe", None
            case "receive_response_headers.complete" if self._is_secure:
                self._attempt.sent = "yes"
            case _:
                pass

    async def close_connecting(self) -> None:
        """Close the connection whose set-up has failed."""
        if self._connecting is not None:
            with anyio.CancelScope(shield=True):
                await self._connecting.aclose()


class _MaskedUrl(httpx2.URL):
    """Its text, which the client logs, is masked; its parts are as they are."""

    def __str__(self) -> str:
        return masked_url(super().__str__())

    def __repr__(self) -> str:
        return f"URL({str(self)!r})"


def _build(request: HttpRequest, phases: _Phases) -> httpx2.Request:
    built = httpx2.Request(
        request.method,
        request.url,
        headers=[(name.encode(), value.encode()) for name, value in headers_to_send(request)],
        content=request.body,
        extensions={"target": _target(request.url), "timeout": {}, "trace": phases.trace},
    )
    built.url = _MaskedUrl(request.url)
    return built


def _target(url: str) -> str:
    """Return path and query, byte for byte."""
    after = url.partition("://")[2].lstrip(_AUTHORITY)
    return after if after.startswith("/") else f"/{after}"


def _close_if_bytes_follow(reply: httpx2.Response) -> None:
    """Make the client close the connection if it holds a byte after the reply."""
    if reply.http_version == "HTTP/2" or "network_stream" not in reply.extensions:
        return  # a stream of its own, or no connection at all
    found: object = reply.stream
    for name in _PATH_TO_PARSER:
        found = getattr(found, name, None)
    if not isinstance(found, h11.Connection):
        raise AttemptFailed("unsupported", "this httpx2 does not show what is left on its connections")
    tls = reply.extensions["network_stream"].get_extra_info("ssl_object")
    if found.trailing_data != (b"", False) or _holds_decrypted(tls):
        found.send_failed()


def _holds_decrypted(tls: ssl.SSLObject | None) -> bool:
    """Return whether TLS holds received bytes that were not read; the socket does not show them."""
    if tls is None:
        return False
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except OSError:
        return True
    return True


_CLOSED_BY_PEER: Final = ("disconnected", "closed connection")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
