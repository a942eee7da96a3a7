"""From a request to the bytes of it, and to where they go.  Pure, and nothing here can be rendered.

    prepare(request)  ->  Outgoing: the origin to connect to, the bytes to send, held where no repr,
                          no traceback with captured locals and no debugger's variable list shows them

Facts: a presigned URL is signed as it stands, so path and query leave byte for byte; what RFC 9112
forbids in a request target (spaces, control characters, a fragment) is refused rather than escaped.
A presigned upload names Content-Length among the headers to send, so a right one counts as given.
`re.Match`, `str` and `bytes` show themselves in a traceback's locals: here they live on attributes
and between C calls only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import itemgetter
from typing import Final

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest
from lensconnect.interpreters.transports.direct.origin import Origin, is_ipv6
from lensconnect.interpreters.transports.direct.proxies import NO_PROXIES, Proxies, Proxy

__all__ = ["Outgoing", "prepare", "tunnel"]

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<target>(?:[/?][!\"$-~]*)?)",
    re.IGNORECASE | re.ASCII,
)
_METHOD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NAMES: Final = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:)*")
_VALUES: Final = re.compile(r"[\t -~\x80-\xff]*")
_PRESENT: Final = frozenset({"accept-encoding", "content-length", "host", "transfer-encoding"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_FIRST: Final = itemgetter(0)
_SECOND: Final = itemgetter(1)
_JOINED_UP_TO: Final = 64 * 1024

_NOT_A_URL: Final = "the URL is not an absolute http or https URL in visible ASCII, without user, password and fragment"
_NOT_A_METHOD: Final = "the method is not a plain HTTP method"
_NOT_HEADERS: Final = "a header is not a token and a line of Latin-1 text"


class _Location:
    """A request and its URL taken apart, out of sight."""

    __slots__ = ("_match", "origin", "request")

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self._match = _URL.fullmatch(request.url)
        self.origin = None if self._match is None else _origin(*self._match.group("scheme", "host", "port"))

    def target(self) -> str:
        """Path and query, byte for byte."""
        if self._match is None:
            return "/"
        return self._match["target"] if self._match["target"][:1] == "/" else "/" + self._match["target"]


@lru_cache(256)
def _origin(scheme: str, host: str, port: str | None) -> Origin | None:
    tls, bare = len(scheme) == 5, host.strip("[]").lower()
    number = int(port or (443 if tls else 80))
    if not 0 < number < 65536 or (bare != host.lower() and not is_ipv6(bare)):
        return None
    return Origin(tls, bare, number)


@lru_cache(256)
def _host(origin: Origin) -> str:
    return f"Host: {origin.authority}\r\n"


@lru_cache(256)
def _present(names: tuple[str, ...]) -> frozenset[str] | None:
    """Which headers that concern a transport are among these; None when one is not even a name."""
    joined = "".join([f"{name}:" for name in names])
    if not _NAMES.fullmatch(joined) or joined.count(":") != len(names):
        return None
    return _PRESENT.intersection(joined.lower().split(":"))


class Outgoing:
    """The bytes of one request, on their way to `origin`, by way of `proxy` if there is one."""

    __slots__ = ("_later", "expects_body", "origin", "proxy", "unsent")

    def __init__(self, origin: Origin, proxy: Proxy | None, *parts: memoryview, expects_body: bool) -> None:
        self.origin, self.proxy, self.expects_body = origin, proxy, expects_body
        self._later = iter(parts)
        self.unsent = next(self._later, None)
        """What to send next; None when all of it has left."""

    def advance(self, count: int) -> bool:
        """So many bytes have left; whether there are more to leave."""
        left = None if self.unsent is None else self.unsent[count:]
        self.unsent = left or next(self._later, None)
        return self.unsent is not None

    def __repr__(self) -> str:
        return f"<Outgoing to {self.origin.authority}>"


def prepare(request: HttpRequest, proxies: Proxies = NO_PROXIES) -> Outgoing | TransportError:
    """The bytes of a request, or why it will not be sent.

    >>> prepare(HttpRequest("GET", "https://example.com/", (("X", "secret"),)))
    <Outgoing to example.com>
    >>> prepare(HttpRequest("GET", "ftp://example.com/")).kind
    'unsupported'
    """
    location = _Location(request)
    origin = location.origin
    if origin is None:
        return _refuse(_NOT_A_URL)
    if not _METHOD.fullmatch(request.method) or request.method == "CONNECT":
        return _refuse(_NOT_A_METHOD)
    given = _present(tuple(map(_FIRST, request.headers)))
    if given is None or not _VALUES.fullmatch("".join(map(_SECOND, request.headers))):
        return _refuse(_NOT_HEADERS)
    conflict = _conflict(request, origin, given) if given else None
    if conflict is not None:
        return _refuse(conflict)
    proxy = proxies.of(origin)
    if isinstance(proxy, TransportError):
        return proxy
    return Outgoing(origin, proxy, *_parts(location, origin, proxy, given), expects_body=request.method != "HEAD")


def tunnel(origin: Origin, proxy: Proxy) -> Outgoing:
    """The request for a tunnel through a proxy.  Its reply has no body, whatever it says."""
    line = f"CONNECT {origin.tunnel} HTTP/1.1\r\nHost: {origin.tunnel}\r\n"
    return Outgoing(proxy.origin, None, memoryview(f"{line}{_authorized(proxy)}\r\n".encode()), expects_body=False)


def _refuse(message: str) -> TransportError:
    return TransportError("unsupported", message, "no")


def _conflict(request: HttpRequest, origin: Origin, given: frozenset[str]) -> str | None:
    """What a given header says against the request's own framing."""
    if "transfer-encoding" in given:
        return "a Transfer-Encoding header: this transport sends a plain body"
    if "content-length" in given and _given(request, "content-length") != str(len(request.body)):
        return "a Content-Length header that is not the body's length"
    if "host" in given and _given(request, "host") != origin.authority:
        return "a Host header that is not the URL's"
    return None


def _given(request: HttpRequest, name: str) -> str | None:
    once = sum(given.lower() == name for given in map(_FIRST, request.headers)) == 1
    value = request.header(name)
    return value.strip(" \t").lower() if value is not None and once else None


def _parts(location: _Location, origin: Origin, proxy: Proxy | None, given: frozenset[str]) -> tuple[memoryview, ...]:
    if len(location.request.body) <= _JOINED_UP_TO:
        return (memoryview(_head(location, origin, proxy, given) + location.request.body),)
    return memoryview(_head(location, origin, proxy, given)), memoryview(location.request.body)


def _head(location: _Location, origin: Origin, proxy: Proxy | None, given: frozenset[str]) -> bytes:
    request, relayed = location.request, proxy is not None and not origin.tls
    return "".join(
        (
            f"{request.method} {f'http://{origin.authority}' if relayed else ''}{location.target()} HTTP/1.1\r\n",
            "" if "host" in given else _host(origin),
            f"Content-Length: {len(request.body)}\r\n" if _needs_length(request, given) else "",
            "" if "accept-encoding" in given else "Accept-Encoding: identity\r\n",
            _authorized(proxy) if relayed else "",
            "\r\n".join(map(": ".join, request.headers)),
            "\r\n\r\n" if request.headers else "\r\n",
        )
    ).encode("latin-1")


def _needs_length(request: HttpRequest, given: frozenset[str]) -> bool:
    return "content-length" not in given and (bool(request.body) or request.method in _WITH_BODY)


def _authorized(proxy: Proxy | None) -> str:
    return "" if proxy is None or proxy.authorization is None else f"Proxy-Authorization: {proxy.authorization}\r\n"
