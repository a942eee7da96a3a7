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
from ipaddress import AddressValueError, IPv6Address
from operator import itemgetter
from typing import Final, NamedTuple

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest

__all__ = ["Origin", "Outgoing", "prepare"]

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


class Origin(NamedTuple):
    """What a connection is made to, and kept for."""

    tls: bool
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The value of the Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


class _Location:
    """A URL taken apart, out of sight."""

    __slots__ = ("_match",)

    def __init__(self, request: HttpRequest) -> None:
        self._match = _URL.fullmatch(request.url)

    def origin(self) -> Origin | None:
        """Where the URL points; None when it is not one to speak to."""
        return None if self._match is None else _origin(*self._match.group("scheme", "host", "port"))

    def target(self) -> str:
        """Path and query, byte for byte."""
        if self._match is None:
            return "/"
        return self._match["target"] if self._match["target"][:1] == "/" else "/" + self._match["target"]


@lru_cache(256)
def _origin(scheme: str, host: str, port: str | None) -> Origin | None:
    tls, bare = len(scheme) == 5, host.strip("[]").lower()
    number = int(port or (443 if tls else 80))
    if not 0 < number < 65536 or (bare != host.lower() and not _is_ipv6(bare)):
        return None
    return Origin(tls, bare, number)


@lru_cache(256)
def _host(origin: Origin) -> str:
    return f"Host: {origin.authority}\r\n"


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except AddressValueError:
        return False
    return True


@lru_cache(256)
def _present(names: tuple[str, ...]) -> frozenset[str] | None:
    """Which headers that concern a transport are among these; None when one is not even a name."""
    joined = "".join([f"{name}:" for name in names])
    if not _NAMES.fullmatch(joined) or joined.count(":") != len(names):
        return None
    return _PRESENT.intersection(joined.lower().split(":"))


class Outgoing:
    """The bytes of one request, on their way to `origin`."""

    __slots__ = ("_parts", "expects_body", "origin")

    def __init__(self, request: HttpRequest, origin: Origin, location: _Location, given: frozenset[str]) -> None:
        self.origin = origin
        self.expects_body = request.method != "HEAD"
        self._parts = (
            [memoryview(_head(request, origin, location, given) + request.body)]
            if len(request.body) <= _JOINED_UP_TO
            else [memoryview(_head(request, origin, location, given)), memoryview(request.body)]
        )

    def unsent(self) -> memoryview | None:
        """What to send next; None when all of it has left."""
        return self._parts[0] if self._parts else None

    def advance(self, count: int) -> None:
        """So many bytes have left."""
        rest = self._parts[0][count:]
        if rest:
            self._parts[0] = rest
        else:
            del self._parts[0]

    def __repr__(self) -> str:
        return f"<Outgoing to {self.origin.authority}>"


def prepare(request: HttpRequest) -> Outgoing | TransportError:
    """The bytes of a request, or why it will not be sent.

    >>> prepare(HttpRequest("GET", "https://example.com/", (("X", "secret"),)))
    <Outgoing to example.com>
    >>> prepare(HttpRequest("GET", "ftp://example.com/")).kind
    'unsupported'
    """
    location = _Location(request)
    origin = location.origin()
    if origin is None:
        return _refuse(_NOT_A_URL)
    if not _METHOD.fullmatch(request.method) or request.method == "CONNECT":
        return _refuse(_NOT_A_METHOD)
    given = _present(tuple(map(_FIRST, request.headers)))
    if given is None or not _VALUES.fullmatch("".join(map(_SECOND, request.headers))):
        return _refuse(_NOT_HEADERS)
    conflict = _conflict(request, origin, given) if given else None
    return Outgoing(request, origin, location, given) if conflict is None else _refuse(conflict)


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


def _head(request: HttpRequest, origin: Origin, location: _Location, given: frozenset[str]) -> bytes:
    return "".join(
        (
            f"{request.method} {location.target()} HTTP/1.1\r\n",
            "" if "host" in given else _host(origin),
            f"Content-Length: {len(request.body)}\r\n" if _needs_length(request, given) else "",
            "" if "accept-encoding" in given else "Accept-Encoding: identity\r\n",
            "\r\n".join(map(": ".join, request.headers)),
            "\r\n\r\n" if request.headers else "\r\n",
        )
    ).encode("latin-1")


def _needs_length(request: HttpRequest, given: frozenset[str]) -> bool:
    return "content-length" not in given and (bool(request.body) or request.method in _WITH_BODY)
