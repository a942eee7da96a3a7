"""What transports over other people's clients share: an attempt, how far it has got, which replies count.

    Adapter           takes a request as far as its client, and closes what it has opened
    Attempt(host)     `sent` is set by phase, as the client reports it; `fail` makes the error of it
    check(...)        raises the Stop of a reply that does not count although the client took it

Facts: a client repairs what it can, so not every fault on the wire shows in the head it hands out (h11
makes one Content-Length of two equal ones, which RFC 9110, 8.6 allows).  What shows is judged here by the
rules of the direct transport; what a client refuses itself is an exception of its own.
"""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final, Self, TypedDict, Unpack

from lensconnect.errors import Kind, Sent, TransportError
from lensconnect.http import Headers, HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.deadline import Stop
from lensconnect.interpreters.transports.direct.defaults import MAX_CONNECTIONS, default_context
from lensconnect.interpreters.transports.direct.http11 import MAX_BODY, MAX_HEADERS
from lensconnect.interpreters.transports.direct.proxies import Proxies
from lensconnect.interpreters.transports.direct.request_writer import Outgoing, prepare
from lensconnect.results import Failure, Result

__all__ = ["Adapter", "Attempt", "Own", "check", "headers_to_send", "too_large"]


class Attempt:
    """One request on its way through a client."""

    __slots__ = ("host", "sent")

    def __init__(self, host: str, sent: Sent) -> None:
        self.host = host
        self.sent: Sent = sent

    def fail(self, kind: Kind, message: str) -> Result[HttpResponse, TransportError]:
        """What to report of it."""
        return Failure(TransportError(kind, f"{self.host}: {message}", self.sent))

    def late(self) -> Result[HttpResponse, TransportError]:
        """It ran out of time."""
        return self.fail("timeout", f"out of time {_PHASES[self.sent]}")


_PHASES: Final[dict[Sent, str]] = {
    "no": "before sending",
    "maybe": "sending, or waiting for the reply",
    "yes": "reading the body of the reply",
}


class Own(TypedDict, total=False):
    """How an adapter opens a client of its own; the bound on bodies holds for a given one too."""

    ssl_context: ssl.SSLContext | None
    max_connections: int
    max_body: int
    proxies: Mapping[str, str] | None


class Adapter(ABC):
    """A transport over a client: the given one, or one of its own that it opens at the first request."""

    def __init__(self, **own: Unpack[Own]) -> None:
        self._context = own.get("ssl_context")
        self._max_connections = own.get("max_connections", MAX_CONNECTIONS)
        self._max_body = own.get("max_body", MAX_BODY)
        self._proxies = Proxies(own.get("proxies") or {})
        self._closed = False

    async def __call__(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """Perform one request, once; nothing is raised for what the network does."""
        prepared = prepare(request, self._proxies)
        if isinstance(prepared, TransportError):
            return Failure(prepared)
        attempt = Attempt(prepared.origin.host, "no")
        if self._is_closed():
            return attempt.fail("closed", "the transport was closed")
        if not seconds > 0:
            return attempt.late()
        try:
            return await self._bounded(request, prepared, attempt, seconds)
        except TimeoutError:
            return attempt.late()
        except Stop as stop:
            return attempt.fail(stop.kind, stop.message)

    def _is_closed(self) -> bool:
        return self._closed or self._is_given_closed()

    def _trusted(self) -> ssl.SSLContext:
        return self._context or default_context()

    @abstractmethod
    def _is_given_closed(self) -> bool:
        """Whether the given client, if any, was closed by whoever gave it."""

    @abstractmethod
    async def _bounded(
        self, request: HttpRequest, outgoing: Outgoing, attempt: Attempt, seconds: float
    ) -> Result[HttpResponse, TransportError]:
        """Perform it within the time; raises `TimeoutError` or `Stop`."""

    @abstractmethod
    async def _close_own(self) -> None:
        """Close what the adapter has opened."""

    async def close(self) -> None:
        """Refuse what comes from now on; close the connections that are the transport's own."""
        self._closed = True
        await self._close_own()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def headers_to_send(request: HttpRequest) -> list[tuple[str, str]]:
    """Those given, and that nothing is to be compressed."""
    given = list(request.headers)
    return given if request.header("accept-encoding") is not None else [*given, ("Accept-Encoding", "identity")]


def check(status: int, version: str, headers: Headers, max_body: int, *, expects_body: bool) -> None:
    """Raises the `Stop` of a reply that does not say, in one way only, where it ends."""
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    codings = [value.lower() for name, value in headers if name.lower() == "transfer-encoding"]
    if version not in ("1.0", "1.1", "2") or status == 101 or status > 599:
        raise Stop("protocol", "a reply of another protocol")
    if len(headers) > MAX_HEADERS:
        raise Stop("too_large", f"more than {MAX_HEADERS} headers")
    if _encodings(headers):
        raise Stop("protocol", "a content encoding that was not asked for")
    if codings and (codings != ["chunked"] or version == "1.0" or lengths):
        raise Stop("protocol", "a framing that cannot be trusted")
    if not expects_body or status in (204, 304):
        return
    if len(set(lengths)) > 1 or not all(map(str.isdecimal, lengths)):
        raise Stop("protocol", "a framing that cannot be trusted")
    if not lengths and not codings and version != "2":
        raise Stop("protocol", "a reply that does not say where it ends")
    if lengths and int(lengths[0]) > max_body:
        raise too_large(max_body)


def too_large(max_body: int) -> Stop:
    """For a body past its bound."""
    return Stop("too_large", f"a body of more than {max_body} bytes")


def _encodings(headers: Headers) -> list[str]:
    values = [value for name, value in headers if name.lower() == "content-encoding"]
    return [coding for coding in ",".join(values).lower().split(",") if coding.strip() not in ("", "identity")]
