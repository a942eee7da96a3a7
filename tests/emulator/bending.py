"""From what is well-formed to what is nearly so: JSON, text, bytes, paths and headers, bent by chance."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

from lensconnect import HttpRequest

T = TypeVar("T")

ODD_TEXTS = (
    "", " ", "x", ".", "..", "a/b", "%", "\x00", "\r\n", "\ud800", "\U0001f44b", "é" * 300, "x" * 1001, "y" * 16_385,
    "0", "-1", "null", "[]", '{"messageId":"x"}', "2026-11-22T10:00:01.234Z", "9999-12-31T23:59:59-23:59", "text/html",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 4, 5, 100, 101, 2**31, 2**63, -(2**63), 10**30, 0.5, 1e308, [], {}, [[]], [None],
    ["x"] * 3, {"Id": 1}, {"": ""},
)  # fmt: skip
ODD_BODIES = (
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff",
    b'"x"',
    b"[" * 5000,
    b'{"a":' * 300,
    b"NaN",
    b"\xef\xbb\xbf{}",
    b"\x00",
)
ODD_SEGMENTS = ("", ".", "..", "%2F", "%", "%ff", "%00", "a%2Fb", "é", "x" * 300, "participant", "views", "_emulator")
ODD_HEADERS = (
    ("Content-Type", "application/x-amz-json-1.1"), ("content-type", "text/html"), ("Content-Type", ""), ("Origin", "null"),
    ("X-AMZ-BEARER", ""), ("X-Amz-Bearer", "x" * 2000), ("Origin", "http://localhost:1"), ("Host", "evil.example"),
    ("Host", "["), ("Content-Length", "7"), ("x-amz-acl", "public"), ("Authorization", "AWS4-HMAC-SHA256"), ("a", "\xff"),
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "post", "")


def bent_value(chance: Random, value: Any) -> Any:
    """A JSON value with one thing in it changed."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(list(value))
        return _bent_member(chance, value, name)
    if isinstance(value, list) and chance.random() < 0.2:
        return []
    if isinstance(value, list) and value and chance.random() < 0.5:
        at = chance.randrange(len(value))
        return [*value[:at], bent_value(chance, value[at]), *value[at + 1 :]]
    if isinstance(value, str) and chance.random() < 0.5:
        return bent_text(chance, value)
    return chance.choice(ODD_TEXTS) if chance.random() < 0.4 else chance.choice(ODD_VALUES)


def _bent_member(chance: Random, value: dict[str, Any], name: str) -> dict[str, Any]:
    kept = {other: held for other, held in value.items() if other != name}
    match chance.randrange(8):
        case 0:
            return kept
        case 1:
            return {**kept, bent_text(chance, name): value[name]}
        case 2:
            return {**value, "Later": {"Deep": [[value[name]]]}}
        case _:
            return {**value, name: bent_value(chance, value[name])}


def bent_text(chance: Random, text: str) -> str:
    """A text with a piece cut out, put in, doubled or changed."""
    at = chance.randrange(len(text) + 1)
    match chance.randrange(5):
        case 0:
            return text[:at] + chance.choice(ODD_TEXTS) + text[at:]
        case 1:
            return text[:at] + text[at + 1 :]
        case 2:
            return text[:at]
        case 3:
            return text[:at] + chr(chance.choice((chance.randrange(128), chance.randrange(0x11_0000)))) + text[at + 1 :]
        case _:
            return text + text[at:]


def bent_bytes(chance: Random, data: bytes) -> bytes:
    """The same for bytes."""
    if chance.random() < 0.3:
        return chance.choice(ODD_BODIES)
    at = chance.randrange(len(data) + 1)
    match chance.randrange(3):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + chance.randbytes(chance.randrange(4)) + data[at:]
        case _:
            return data[:at] + chance.randbytes(1) + data[at + 1 :]


def written(chance: Random, value: Any) -> bytes:
    """JSON as one client or another writes it: compact or not, escaped or not."""
    text = json.dumps(
        value, ensure_ascii=chance.random() < 0.5, separators=(",", ":") if chance.random() < 0.5 else None
    )
    return text.encode("utf-8", "surrogatepass")


def bent_request(chance: Random, request: HttpRequest) -> HttpRequest:
    """A request with its method, path, headers or body changed."""
    bend = chance.choice(_BENDS)
    return bend(chance, request)


def _method(chance: Random, request: HttpRequest) -> HttpRequest:
    return HttpRequest(chance.choice(METHODS), request.url, request.headers, request.body)


def _path(chance: Random, request: HttpRequest) -> HttpRequest:
    home, path = request.url[:23], request.url[23:]
    segments = path.split("/")
    at = chance.randrange(1, len(segments) + 1)
    match chance.randrange(4):
        case 0:
            segments.insert(at, chance.choice(ODD_SEGMENTS))
        case 1:
            segments[at - 1] = chance.choice(ODD_SEGMENTS)
        case 2:
            segments[-1] += chance.choice(("?", "?ticket=", "?state=%ff&state=x", "#", "/"))
        case _:
            segments = bent_text(chance, path).split("/")
    return HttpRequest(request.method, home + "/".join(segments), request.headers, request.body)


def _headers(chance: Random, request: HttpRequest) -> HttpRequest:
    headers = list(request.headers)
    at = chance.randrange(len(headers) + 1)
    if at < len(headers) and chance.random() < 0.6:
        name, value = headers[at]
        headers[at : at + 1] = chance.choice(((), ((name.swapcase(), value),) * 2, ((name, bent_text(chance, value)),)))
    else:
        headers.insert(at, chance.choice(ODD_HEADERS))
    return HttpRequest(request.method, request.url, tuple(headers), request.body)


def _body(chance: Random, request: HttpRequest) -> HttpRequest:
    return HttpRequest(request.method, request.url, request.headers, bent_bytes(chance, request.body))


_BENDS: Sequence[Callable[[Random, HttpRequest], HttpRequest]] = (
    _method,
    _path,
    _path,
    _headers,
    _headers,
    _body,
    _body,
)
