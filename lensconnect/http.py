"""HttpRequest, HttpResponse, Endpoint: the plain values that transports take and return."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote

from lensconnect.jsontext import dumps
from lensconnect.optics import Lens
from lensconnect.record import MASK, Record, showable

__all__ = [
    "Endpoint",
    "Headers",
    "HttpRequest",
    "HttpResponse",
    "endpoint_url",
    "http_request_body",
    "http_request_headers",
    "http_request_method",
    "http_request_url",
    "http_response_body",
    "http_response_headers",
    "http_response_status",
    "masked_headers",
    "masked_url",
]

_LOWER: Final = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

Headers = tuple[tuple[str, str], ...]

_CONTROLS: Final = bytes((byte < 0x20 and byte != 0x09) or byte == 0x7F for byte in range(256))
"""Translates each byte to 1 if a header's value may not hold it, to 0 if it may."""

_HARMLESS: Final = frozenset(
    "accept accept-encoding allow amz-sdk-invocation-id amz-sdk-request connection content-encoding content-length "
    "content-type date host retry-after server transfer-encoding user-agent x-amz-apigw-id x-amz-request-id "
    "x-amz-retry-after x-amzn-errortype x-amzn-requestid".split()
)
_OPERATION = re.compile(r"(?<!/)/++participant/++[a-z-]++(?![^/])")
"""The path of an operation; possessive, and at the first slash of a run only, so that a search takes linear time."""
_BASE_PATH = re.compile(r"[\w./-]*+")
_URL = re.compile(
    r"(?P<origin>[a-zA-Z][a-zA-Z0-9+.-]*://)(?:[^/?#]*@)?(?P<host>[^/?#@]*)(?P<path>[^?#]*)(?P<rest>.*)", re.S
)


def is_header_value(text: str) -> bool:
    """Return True for a header's value, which a transport sends as UTF-8: no control character but the tab, no lone surrogate.

    RFC 9110, 5.5, allows the bytes 0x80 to 0xFF.
    """
    try:
        return 1 not in text.encode().translate(_CONTROLS)  # the fastest test of a text
    except UnicodeEncodeError:
        return False


def _look_up(headers: Headers, name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


class HttpRequest(Record, frozen=True):
    """A complete HTTP request: method, absolute URL, ordered headers, body bytes.

    A transport adds only the headers of the connection itself (Host, Content-Length, Accept-Encoding), sends the
    URL byte for byte and the values of headers as UTF-8.  It refuses a header that is not two texts, whose name is
    not a token (RFC 9110, 5.6.2), or whose value holds a control character other than the tab or a lone surrogate.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, `None` if it is absent; the case of the name does not matter.

        >>> HttpRequest("GET", "https://example.com/", (("Accept", "*/*"),)).header("accept")
        '*/*'
        """
        return _look_up(self.headers, name)

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [
            ("method", self.method),
            ("url", masked_url(self.url)),
            ("headers", masked_headers(self.headers)),
            ("body", _Size(self.body)),
        ]


class HttpResponse(Record, frozen=True):
    """A complete, final HTTP response: status, headers, body bytes."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, `None` if it is absent; the case of the name does not matter."""
        return _look_up(self.headers, name)

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [
            ("status", showable(self.status)),
            ("headers", masked_headers(self.headers)),
            ("body", _Size(self.body)),
        ]


class Endpoint(Record, frozen=True):
    """The address of the service: an absolute URL, with or without a base path."""

    url: str

    def __rich_repr__(self) -> list[tuple[str, object]]:
        parts = _split(self.url)
        if isinstance(parts, str):
            return [("url", parts if "@" in self.url else re.split("[?#]", self.url)[0])]
        return [("url", parts["origin"] + parts["host"] + parts["path"])]


class _Size:
    """A stand-in for bytes in a rendering, which shows only their number."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)

    def __repr__(self) -> str:
        return f"<{self.size} bytes>"


def masked_headers(headers: Headers) -> Headers:
    """Return the headers with every value masked, except those of headers that hold no secret."""
    return tuple((name, MASK if value and name.lower() not in _HARMLESS else value) for name, value in headers)


def _split(url: str) -> re.Match[str] | str:
    """Return the parts of a URL, or a masked text where it is none, or its host cannot be told from its user.

    A password that is not percent-encoded may hold "/", "?" and "#", which end the host; the "@" comes after them.
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        return MASK
    return parts["origin"] + MASK if "@" in parts["path"] + parts["rest"] else parts


def hiding(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that masks these secrets in a text, in any case, plain, percent-encoded or escaped as in JSON.

    A secret of fewer than 8 characters stays, since it would be found in any text.

    >>> hiding(["Secret/Token"])("a secret/token and Secret%2FToken")
    'a *** and ***'
    """
    spellings: set[str] = set()
    for secret in secrets:
        if len(secret) >= 8:
            in_json = dumps(secret)[1:-1].decode()
            spellings |= {secret, quote(secret, safe="", errors="replace"), in_json, in_json.replace("/", r"\/")}
    ordered = sorted((spelling.translate(_LOWER) for spelling in spellings), key=len, reverse=True)

    def hide(text: str) -> str:
        for spelling in ordered:
            lower, start = text.translate(_LOWER), 0
            pieces: list[str] = []
            while (at := lower.find(spelling, start)) >= 0:
                pieces += [text[start:at], MASK]
                start = at + len(spelling)
            text = "".join(pieces) + text[start:]
        return text

    return hide


def masked_url(url: str) -> str:
    """Return the URL with every part masked that may hold a secret.

    Masked are the user, the query, the fragment, path labels, and each path that is not an operation's; all but
    the scheme, if there is an "@" behind the host, because what comes before it may be a password.

    >>> masked_url("https://h/base/participant/views/a%2Fb")
    'https://h/base/participant/views/***'
    >>> masked_url("https://bucket.example/key?X-Amz-Signature=1")
    'https://bucket.example/***?***'
    """
    parts = _split(url)
    if isinstance(parts, str):
        return parts
    path = parts["path"]
    operation = _OPERATION.search(path)
    if operation is not None and _BASE_PATH.fullmatch(path, endpos=operation.start()):
        path = path[: operation.end()] + (f"/{MASK}" if operation.end() < len(path) else "")
    elif path not in ("", "/"):
        path = f"/{MASK}"
    return parts["origin"] + parts["host"] + path + (f"?{MASK}" if parts["rest"] else "")


http_request_method: Lens[HttpRequest, str] = Lens(HttpRequest, "method")
http_request_url: Lens[HttpRequest, str] = Lens(HttpRequest, "url")
http_request_headers: Lens[HttpRequest, Headers] = Lens(HttpRequest, "headers")
http_request_body: Lens[HttpRequest, bytes] = Lens(HttpRequest, "body")
http_response_status: Lens[HttpResponse, int] = Lens(HttpResponse, "status")
http_response_headers: Lens[HttpResponse, Headers] = Lens(HttpResponse, "headers")
http_response_body: Lens[HttpResponse, bytes] = Lens(HttpResponse, "body")
endpoint_url: Lens[Endpoint, str] = Lens(Endpoint, "url")
