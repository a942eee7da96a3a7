"""From an HttpRequest to its bytes and to the origin they go to.  Pure, and no rendering shows a secret.

    encode_request(request)  ->  EncodedRequest: the origin to connect to and the bytes to send, or a TransportError

Facts: a presigned URL is signed as it stands, so path and query are sent byte for byte; what RFC 9112,
section 3.2, forbids in a request target (spaces, control characters, a fragment) is refused, not escaped.
S3's presigned upload lists Content-Length among the headers to send (observed: StartAttachmentUpload's
HeadersToInclude), so a given Content-Length that is right is sent once.
`re.Match`, `str` and `bytes` appear in a traceback with local variables, in a debugger and in a repr: here they
are held in attributes of objects that do not render them, and are passed between C calls only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Final

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, is_header_value
from lensconnect.interpreters.transports.direct.origin import Origin, is_ipv6
from lensconnect.interpreters.transports.direct.proxies import NO_PROXIES, Proxies, Proxy
from lensconnect.interpreters.transports.direct.streaming import BodySource

_URL: Final = re.compile(
    r"(?P<scheme>(?ai:https?))://(?P<host>[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<target>(?:[/?][!\"$-~]*)?)"
)
_FIELD_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
_METHOD: Final = re.compile(_FIELD_NAME)
_NAMES: Final = re.compile(f"(?:{_FIELD_NAME}:)*")
_FRAMING_HEADERS: Final = frozenset({"accept-encoding", "content-length", "host", "transfer-encoding"})
_METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_USUAL_METHODS: Final = _METHODS_WITH_BODY | {"GET", "HEAD", "DELETE"}
_NAME: Final = itemgetter(0)
_VALUE: Final = itemgetter(1)
_MAX_POST_URLS: Final = 64
_MAX_JOINED: Final = 64 * 1024
"""Bytes of a body that is copied behind its head, to be sent in one piece."""

_BAD_URL: Final = "the URL is not an absolute http or https URL in visible ASCII, without user, password and fragment"
_BAD_METHOD: Final = "the method is not a plain HTTP method"
_BAD_HEADERS: Final = (
    "a header is not a name, which is a token, and a value without control characters and lone surrogates"
)


class _ParsedUrl:
    """The parts of a URL that a request needs."""

    __slots__ = ("_match", "origin", "post_lines", "target")

    def __init__(self, request: HttpRequest) -> None:
        self._match = _URL.fullmatch(request.url)
        self.origin = None if self._match is None else _parse_origin(*self._match.group("scheme", "host", "port"))
        self.target = "/" if self._match is None else self._match["target"]
        """Path and query, byte for byte."""
        if self.target[:1] != "/":
            self.target = "/" + self.target
        self.post_lines = ""
        """The first lines of each POST request to a URL that recurs."""


_post_urls: Final[dict[str, _ParsedUrl]] = {}
"""Parsed URLs of the operations that are POST requests: they recur, and hold no secret.  One with a query may be presigned."""


def _parse_url(request: HttpRequest) -> _ParsedUrl:
    parsed = _ParsedUrl(request)
    if request.method == "POST" and "?" not in request.url and parsed.origin:
        if len(_post_urls) >= _MAX_POST_URLS:
            _post_urls.clear()  # those in use come back at their next request
        parsed.post_lines = _first_lines("POST", parsed, parsed.origin, None, frozenset())
        _post_urls[request.url] = parsed
    return parsed


@lru_cache(256)
def _parse_origin(scheme: str, host: str, port: str | None) -> Origin | None:
    tls, bare = len(scheme) == 5, host.strip("[]").lower()
    number = int(port or (443 if tls else 80))
    if not 0 < number < 65536 or (bare != host.lower() and not is_ipv6(bare)):
        return None
    return Origin(tls, bare, number)


@lru_cache(256)
def _framing_headers(names: tuple[str, ...]) -> frozenset[str] | None:
    """Return which of the framing headers are among these names; None if one is not a token."""
    joined = ":".join((*names, ""))
    if not _NAMES.fullmatch(joined) or joined.count(":") != len(names):
        return None
    return _FRAMING_HEADERS.intersection(joined.lower().split(":"))


def _checked_headers(request: HttpRequest) -> frozenset[str] | None:
    """Return which of the framing headers are given; None if a header is not two texts that HTTP can carry."""
    try:
        given = _framing_headers(tuple(map(_NAME, request.headers)))
        is_valid = is_header_value("".join(map(_VALUE, request.headers)))
        are_pairs = sum(map(len, request.headers)) == 2 * len(request.headers)  # none has less than two: see above
    except (TypeError, LookupError):
        return None
    return given if is_valid and are_pairs else None


class EncodedRequest:
    """The bytes of one request to `origin`, through `proxy` if there is one."""

    __slots__ = ("_later", "expects_body", "origin", "proxy", "unsent")

    def __init__(self, origin: Origin, proxy: Proxy | None, parts: Iterable[memoryview], *, expects_body: bool) -> None:
        self.origin: Origin = origin
        self.proxy: Proxy | None = proxy
        self.expects_body: bool = expects_body
        self._later = iter(parts)
        self.unsent: memoryview | None = next(self._later, None)
        """The bytes to send next; None when all are sent."""

    def advance(self, count: int) -> bool:
        """Note that `count` bytes were sent; return whether more are left."""
        if self.unsent is not None and count < len(self.unsent):
            self.unsent = self.unsent[count:]
        else:
            self.unsent = next(self._later, None)
        return self.unsent is not None

    def __repr__(self) -> str:
        return f"<EncodedRequest to {self.origin.authority}>"


def encode_request(
    request: HttpRequest, proxies: Proxies = NO_PROXIES, body: BodySource | None = None
) -> EncodedRequest | TransportError:
    """Return the bytes of a request, or the "unsupported" or "proxy" error why it cannot be sent.

    The bytes of `body`, if there is one, stand for those of the request's own.

    >>> encode_request(HttpRequest("GET", "https://example.com/", (("X", "secret"),)))
    <EncodedRequest to example.com>
    >>> encode_request(HttpRequest("GET", "ftp://example.com/")).kind
    'unsupported'
    """
    url = _post_urls.get(request.url) or _parse_url(request)
    origin = url.origin
    if origin is None:
        return _refuse(_BAD_URL)
    if request.method not in _USUAL_METHODS and (not _METHOD.fullmatch(request.method) or request.method == "CONNECT"):
        return _refuse(_BAD_METHOD)
    given = _checked_headers(request)
    if given is None:
        return _refuse(_BAD_HEADERS)
    size = len(request.body) if body is None else body.size
    conflict = _conflict(request, origin, given, size) if given else None
    if conflict is not None:
        return _refuse(conflict)
    proxy = proxies.of(origin)
    if isinstance(proxy, TransportError):
        return proxy
    parts = _parts(request, url, origin, proxy, given, size, body)
    return EncodedRequest(origin, proxy, parts, expects_body=request.method != "HEAD")


def _refuse(message: str) -> TransportError:
    return TransportError("unsupported", message, "no")


def _conflict(request: HttpRequest, origin: Origin, given: frozenset[str], size: int) -> str | None:
    """Return which given header contradicts the request; None if none does."""
    if "transfer-encoding" in given:
        return "a Transfer-Encoding header: this transport sends a plain body"
    if "content-length" in given and _single_value(request, "content-length") != str(size):
        return "a Content-Length header that is not the body's length"
    if "host" in given and _single_value(request, "host") != origin.authority:
        return "a Host header that is not the URL's"
    return None


def _single_value(request: HttpRequest, name: str) -> str | None:
    is_single = sum(given.lower() == name for given in map(_NAME, request.headers)) == 1
    value = request.header(name)
    return value.strip(" \t").lower() if value is not None and is_single else None


def _parts(
    request: HttpRequest,
    url: _ParsedUrl,
    origin: Origin,
    proxy: Proxy | None,
    given: frozenset[str],
    size: int,
    body: BodySource | None,
) -> Iterable[memoryview]:
    if body is None and size <= _MAX_JOINED:
        return (memoryview(_head(request, url, origin, proxy, given, size) + request.body),)
    head = (memoryview(_head(request, url, origin, proxy, given, size)),)
    return (*head, memoryview(request.body)) if body is None else chain(head, body)


def _head(
    request: HttpRequest, url: _ParsedUrl, origin: Origin, proxy: Proxy | None, given: frozenset[str], size: int
) -> bytes:
    relay = None if origin.tls else proxy
    is_usual = request.method == "POST" and not given and relay is None
    return "".join(
        (
            (url.post_lines if is_usual else "") or _first_lines(request.method, url, origin, relay, given),
            f"Content-Length: {size}\r\n" if is_usual or _needs_length(request, given, size) else "",
            "" if "accept-encoding" in given else "Accept-Encoding: identity\r\n",
            "" if relay is None else relay.authorization_line,
            "\r\n".join(map(": ".join, request.headers)),
            "\r\n\r\n" if request.headers else "\r\n",
        )
    ).encode()


def _first_lines(method: str, url: _ParsedUrl, origin: Origin, relay: Proxy | None, given: frozenset[str]) -> str:
    return f"{method} {'' if relay is None else f'http://{origin.authority}'}{url.target} HTTP/1.1\r\n" + (
        "" if "host" in given else f"Host: {origin.authority}\r\n"
    )


def _needs_length(request: HttpRequest, given: frozenset[str], size: int) -> bool:
    return "content-length" not in given and (bool(size) or request.method in _METHODS_WITH_BODY)
