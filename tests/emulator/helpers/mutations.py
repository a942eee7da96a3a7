"""Mutations of well-formed input: random changes of JSON, text, bytes, paths and headers."""

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


def mutate_value(rng: Random, value: Any) -> Any:
    """Return a JSON value with one change in it."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        name = rng.choice(list(value))
        return _mutate_member(rng, value, name)
    if isinstance(value, list) and rng.random() < 0.2:
        return []
    if isinstance(value, list) and value and rng.random() < 0.5:
        at = rng.randrange(len(value))
        return [*value[:at], mutate_value(rng, value[at]), *value[at + 1 :]]
    if isinstance(value, str) and rng.random() < 0.5:
        return mutate_text(rng, value)
    return rng.choice(ODD_TEXTS) if rng.random() < 0.4 else rng.choice(ODD_VALUES)


def _mutate_member(rng: Random, value: dict[str, Any], name: str) -> dict[str, Any]:
    kept = {other: held for other, held in value.items() if other != name}
    match rng.randrange(8):
        case 0:
            return kept
        case 1:
            return {**kept, mutate_text(rng, name): value[name]}
        case 2:
            return {**value, "Later": {"Deep": [[value[name]]]}}
        case _:
            return {**value, name: mutate_value(rng, value[name])}


def mutate_text(rng: Random, text: str) -> str:
    """Return a text with a piece removed, inserted, repeated or changed."""
    at = rng.randrange(len(text) + 1)
    match rng.randrange(5):
        case 0:
            return text[:at] + rng.choice(ODD_TEXTS) + text[at:]
        case 1:
            return text[:at] + text[at + 1 :]
        case 2:
            return text[:at]
        case 3:
            return text[:at] + chr(rng.choice((rng.randrange(128), rng.randrange(0x11_0000)))) + text[at + 1 :]
        case _:
            return text + text[at:]


def mutate_bytes(rng: Random, data: bytes) -> bytes:
    """Return bytes with a piece removed, inserted or changed."""
    if rng.random() < 0.3:
        return rng.choice(ODD_BODIES)
    at = rng.randrange(len(data) + 1)
    match rng.randrange(3):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + rng.randbytes(rng.randrange(4)) + data[at:]
        case _:
            return data[:at] + rng.randbytes(1) + data[at + 1 :]


def written(rng: Random, value: Any) -> bytes:
    """Return JSON in one of the forms that clients write: compact or not, escaped or not."""
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5, separators=(",", ":") if rng.random() < 0.5 else None)
    return text.encode("utf-8", "surrogatepass")


def mutate_request(rng: Random, request: HttpRequest) -> HttpRequest:
    """Return a request with its method, path, headers or body changed."""
    mutate = rng.choice(_MUTATIONS)
    return mutate(rng, request)


def _method(rng: Random, request: HttpRequest) -> HttpRequest:
    return HttpRequest(rng.choice(METHODS), request.url, request.headers, request.body)


def _path(rng: Random, request: HttpRequest) -> HttpRequest:
    home, path = request.url[:23], request.url[23:]
    segments = path.split("/")
    at = rng.randrange(1, len(segments) + 1)
    match rng.randrange(4):
        case 0:
            segments.insert(at, rng.choice(ODD_SEGMENTS))
        case 1:
            segments[at - 1] = rng.choice(ODD_SEGMENTS)
        case 2:
            segments[-1] += rng.choice(("?", "?ticket=", "?state=%ff&state=x", "#", "/"))
        case _:
            segments = mutate_text(rng, path).split("/")
    return HttpRequest(request.method, home + "/".join(segments), request.headers, request.body)


def _headers(rng: Random, request: HttpRequest) -> HttpRequest:
    headers = list(request.headers)
    at = rng.randrange(len(headers) + 1)
    if at < len(headers) and rng.random() < 0.6:
        name, value = headers[at]
        headers[at : at + 1] = rng.choice(((), ((name.swapcase(), value),) * 2, ((name, mutate_text(rng, value)),)))
    else:
        headers.insert(at, rng.choice(ODD_HEADERS))
    return HttpRequest(request.method, request.url, tuple(headers), request.body)


def _body(rng: Random, request: HttpRequest) -> HttpRequest:
    return HttpRequest(request.method, request.url, request.headers, mutate_bytes(rng, request.body))


_MUTATIONS: Sequence[Callable[[Random, HttpRequest], HttpRequest]] = (
    _method,
    _path,
    _path,
    _headers,
    _headers,
    _body,
    _body,
)
