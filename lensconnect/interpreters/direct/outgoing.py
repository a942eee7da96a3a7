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
from ipaddress import AddressValueError, IPv6Address
from operator import itemgetter
from typing import Final, NamedTuple

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest
from lensconnect.results import Failure, Result, Success

__all__ = ["Origin", "Outgoing", "prepare"]

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<target>(?:[/?][!\"$-~]*)?)",
    re.IGNORECASE | re.ASCII,
)
_METHOD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~\x80-\xff]*")
_PRESENT: Final = frozenset({"accept-encoding", "content-length", "host", "transfer-encoding"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
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
        if self._match is None:
            return None
        tls, host = len(self._match["scheme"]) == 5, self._match["host"].lower()
        port = int(self._match["port"] or (443 if tls else 80))
        if host[0] == "[":
            host = host[1:-1]
            if not _is_ipv6(host):
                return None
        return Origin(tls, host, port) if 0 < port < 65536 else None

    def target(self) -> str:
        """Path and query, byte for byte."""
        if self._match is None:
            return "/"
        return self._match["target"] if self._match["target"][:1] == "/" else "/" + self._match["target"]


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except AddressValueError:
        return False
    return True


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


def prepare(request: HttpRequest) -> Result[Outgoing, TransportError]:
    """The bytes of a request, or why it will not be sent.

    >>> prepare(HttpRequest("GET", "https://example.com/", (("X", "secret"),)))
    <Success: <Outgoing to example.com>>
    >>> prepare(HttpRequest("GET", "ftp://example.com/")).failure().kind
    'unsupported'
    """
    location = _Location(request)
    origin = location.origin()
    if origin is None:
        return _refuse(_NOT_A_URL)
    if not _METHOD.fullmatch(request.method) or request.method == "CONNECT":
        return _refuse(_NOT_A_METHOD)
    if not all(map(_HEADER.fullmatch, map(": ".join, request.headers))):
        return _refuse(_NOT_HEADERS)
    names = list(map(str.lower, map(itemgetter(0), request.headers)))
    given = _PRESENT.intersection(names)
    conflict = _conflict(request, origin, names) if given else None
    if conflict is not None:
        return _refuse(conflict)
    return Success(Outgoing(request, origin, location, given))


def _refuse(message: str) -> Failure[TransportError]:
    return Failure(TransportError("unsupported", message, "no"))


def _conflict(request: HttpRequest, origin: Origin, names: list[str]) -> str | None:
    """What a given header says against the request's own framing."""
    if "transfer-encoding" in names:
        return "a Transfer-Encoding header: this transport sends a plain body"
    if "content-length" in names and _given(request, names, "content-length") != str(len(request.body)):
        return "a Content-Length header that is not the body's length"
    if "host" in names and _given(request, names, "host") != origin.authority:
        return "a Host header that is not the URL's"
    return None


def _given(request: HttpRequest, names: list[str], name: str) -> str | None:
    value = request.header(name)
    return value.strip(" \t").lower() if value is not None and names.count(name) == 1 else None


def _head(request: HttpRequest, origin: Origin, location: _Location, given: frozenset[str]) -> bytes:
    return "".join(
        (
            f"{request.method} {location.target()} HTTP/1.1\r\n",
            "" if "host" in given else f"Host: {origin.authority}\r\n",
            f"Content-Length: {len(request.body)}\r\n" if _needs_length(request, given) else "",
            "" if "accept-encoding" in given else "Accept-Encoding: identity\r\n",
            *map("%s: %s\r\n".__mod__, request.headers),
            "\r\n",
        )
    ).encode("latin-1")


def _needs_length(request: HttpRequest, given: frozenset[str]) -> bool:
    return "content-length" not in given and (bool(request.body) or request.method in _WITH_BODY)
