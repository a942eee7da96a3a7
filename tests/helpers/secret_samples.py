"""Sample values with a planted secret: every value of the package that can hold one, found by introspection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from helpers.introspection import optics, records
from lensconnect import (
    Endpoint,
    HttpRequest,
    HttpResponse,
    Lens,
    LensconnectError,
    Program,
    SendEvent,
    call,
    decode,
    describe,
    perform,
    resolve_endpoint,
    send,
    undescribe,
)
from lensconnect.errors import Error
from lensconnect.jsontext import dumps
from lensconnect.marks import BEARER, HTTP_LABEL, SECRET
from lensconnect.operations import OPERATIONS, Request
from lensconnect.record import Record, fields, to_members
from lensconnect.results import Failure, IOFailure, IOSuccess, Result, Success, is_err
from lensconnect.wire.limits import NONE

CANARY = "".join(("Zq7", "Canary", "x9W"))
"""The secret: letters and digits, so that no encoding changes it; in parts, so that no source line contains it."""

HOME = Endpoint("https://participant.example")
SECRET_HEADERS = (("X-Amz-Bearer", CANARY), ("Set-Cookie", f"a={CANARY}"), ("Location", f"https://h/?t={CANARY}"))
PRESIGNED = f"https://bucket.example/{CANARY}?X-Amz-Signature={CANARY}#{CANARY}"


def plant(annotation: Any) -> list[Any]:
    """Return values of a type, one for each place that can hold the secret; at least one value."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        secret = {SECRET, BEARER, HTTP_LABEL} & {mark for mark in arguments[1:] if isinstance(mark, tuple)}
        return [_secret(arguments[0])] if secret else plant(arguments[0])
    if isinstance(annotation, NewType):
        return [CANARY] if annotation.__name__.endswith("Token") else plant(annotation.__supertype__)
    if origin in (Union, UnionType):
        return [value for arm in arguments if arm is not NoneType for value in plant(arm)]
    if annotation == tuple[tuple[str, str], ...]:
        return [SECRET_HEADERS]
    if origin is tuple:
        return [(value,) for value in plant(arguments[0])]
    if origin is Literal:
        return [arguments[0]]
    if origin is Result:
        succeeded, failed = map(plant, arguments)
        return [*map(Success, succeeded), *map(Failure, failed)]
    if isinstance(annotation, TypeVar):
        return plant(annotation.__bound__ or object)
    return _of_class(origin or annotation)


def _secret(annotation: Any) -> Any:
    """Return a value of the type that consists of the secret."""
    origin = get_origin(annotation)
    if origin is tuple:
        return (CANARY,)
    return {CANARY: CANARY} if origin is not None and issubclass(origin, Mapping) else CANARY


def _of_class(named: Any) -> list[Any]:
    plain: dict[Any, Any] = {str: "plain", int: 1, float: 1.0, bool: True, bytes: b"", Mapping: {}}
    if named in plain:
        return [plain[named]]
    if isinstance(named, type) and issubclass(named, Request) and named is Request:
        return plant(SendEvent)
    if isinstance(named, type) and issubclass(named, Record):
        return planted(named)
    return [_Handle()]


class _Handle:
    """A stand-in for a value that its type does not describe."""

    closed = False

    def __call__(self, *_: object) -> Any:
        return None


def planted(record: type[Any]) -> list[Any]:
    """Return instances of a record type that together hold the secret in every field that can."""
    if record is HttpRequest:
        return list(http_requests())
    if record is HttpResponse:
        return list(http_responses())
    if record is Endpoint:
        return [HOME, Endpoint(f"https://user:{CANARY}@h.example/base?{CANARY}#{CANARY}")]
    hints = get_type_hints(record, include_extras=True)
    ways = {name: plant(hints[name]) for name in record.__struct_fields__}
    most = max(map(len, ways.values()), default=1)
    return [record(**{name: values[at % len(values)] for name, values in ways.items()}) for at in range(most)]


def http_requests() -> Iterator[HttpRequest]:
    """Yield an HTTP request of every operation, and requests to presigned URLs."""
    for row in OPERATIONS:
        for request in planted(row.request):
            yield describe(request, HOME, NONE).unwrap()
    yield HttpRequest("PUT", PRESIGNED, SECRET_HEADERS, CANARY.encode())
    yield HttpRequest(
        "GET", f"https://{CANARY}:{CANARY}@h.example/base/participant/views/{CANARY}?{CANARY}", SECRET_HEADERS
    )
    yield HttpRequest("GET", CANARY, SECRET_HEADERS)


def http_responses() -> Iterator[HttpResponse]:
    """Yield a reply of every operation as the service sends it, and other responses that hold the secret."""
    for row in OPERATIONS:
        for reply in planted(row.reply):
            yield HttpResponse(200, SECRET_HEADERS, dumps(to_members(reply)))
    for body in (f"<html>{CANARY}</html>", f'{{"Websocket":{{"Url":"{CANARY}"', f'{{"url":"{CANARY}"}}'):
        yield HttpResponse(502, SECRET_HEADERS, body.encode())


def failures() -> Iterator[Error]:
    """Yield errors whose input holds the secret."""
    for row in OPERATIONS:
        for unsafe in (f"{CANARY}\r\n", f"{CANARY}\ud800", f" {CANARY}", CANARY * 200):
            holding = {field.name: unsafe for field in row.members if field.secret}
            for request in planted(row.request):
                outcome = describe(request.__replace__(**holding), HOME)
                if is_err(outcome):
                    yield outcome.failure()
        for body, statuses in [*((text, (200, 99)) for text in _texts()), *((each, _ANY) for each in _objects())]:
            for status in statuses:
                outcome = decode(row.request, HttpResponse(status, SECRET_HEADERS, body))
                if is_err(outcome):
                    yield outcome.failure()
    for request in _undescribable():
        yield undescribe(request).failure()
    for url in (PRESIGNED, f"https://{CANARY}@h", f"https://h {CANARY}", f"https://[{CANARY}", f"ftp:{CANARY}", CANARY):
        yield resolve_endpoint(url=url).failure()
        yield resolve_endpoint(url=f"https://h:{CANARY}").failure()
    yield resolve_endpoint(f"-{CANARY}").failure()


_ANY = (200, 302, 403, 500, 99)


def _texts() -> Iterator[bytes]:
    """Yield bodies that are no JSON object; with the status of an error their text is the message."""
    for text in (CANARY, f'"{CANARY}"', f'{{"{CANARY}":', f'{{"Id":{{"{CANARY}":1}}}}', f'[{{"{CANARY}":"{CANARY}"}}]'):
        yield text.encode()
        yield text.encode() + b"\xff"
        yield text.encode() + b'\\ud800"'


def _objects() -> Iterator[bytes]:
    for member in ("Id", "Url", "View", "Websocket", "UploadMetadata", "Transcript", "AuthenticationUrl"):
        yield dumps({member: [CANARY, {CANARY: CANARY}]})
        yield dumps({member: {CANARY: CANARY, "Url": {CANARY: 1}, "HeadersToInclude": {CANARY: 1}, "Content": CANARY}})


def _undescribable() -> Iterator[HttpRequest]:
    url = "https://h.example/participant/event"
    yield HttpRequest("POST", PRESIGNED, SECRET_HEADERS)
    yield HttpRequest("POST", url, (("Content-Type", CANARY), *SECRET_HEADERS), CANARY.encode())
    yield HttpRequest("POST", url, SECRET_HEADERS, CANARY.encode())
    yield HttpRequest("POST", url, SECRET_HEADERS, dumps({"ContentType": {CANARY: CANARY}}))
    yield HttpRequest("POST", url, (), dumps({"ContentType": CANARY}))
    yield HttpRequest("GET", f"https://h.example/participant/views/{CANARY}%ff", SECRET_HEADERS)
    yield HttpRequest("POST", f"https://[{CANARY}/participant/event", SECRET_HEADERS)


class Planted(NamedTuple):
    """A value that may hold the secret, and a description of it."""

    description: str
    value: Any


def everything() -> Iterator[Planted]:
    """Yield every value whose renderings are searched."""
    for record in records():
        yield from (Planted(record.__name__, value) for value in planted(record))
    yield from (Planted("HTTP request", value) for value in http_requests())
    yield from (Planted("HTTP response", value) for value in http_responses())
    yield from (Planted(f"failure {type(value).__name__}", value) for value in failures())
    for found in optics():
        yield Planted(f"{type(found.optic).__name__}.set", found.optic.set(CANARY))
        if not isinstance(found.optic, Lens):
            yield Planted("composed set", (found.optic & Lens("x")).set((CANARY,)))
    yield from _programs()
    yield from _containers()


def _programs() -> Iterator[Planted]:
    for row in OPERATIONS:
        for request in planted(row.request):
            yield Planted(f"send {row.name}", send(request))
            yield Planted(f"send {row.name}, bound", send(request).map(Lens("x").set(CANARY)).bind(Program.from_value))
    for http_request in http_requests():
        yield Planted("perform", perform(http_request, 1.0))
    yield Planted("call", call(Failure, CANARY))
    yield Planted("from_value", Program.from_value(CANARY))


def _containers() -> Iterator[Planted]:
    held = [value for row in OPERATIONS for kind in (row.request, row.reply) for value in planted(kind)]
    for value in [*held, *http_requests(), *http_responses(), *failures()]:
        for container in (Success, Failure, IOSuccess, IOFailure, LensconnectError):
            yield Planted(f"{container.__name__} of {type(value).__name__}", container(value))
        yield Planted(f"tuple of {type(value).__name__}", (value, {"key": [value]}))


def secret_fields() -> set[tuple[str, str]]:
    """Return the fields that the package marks as secret."""
    return {(record.__name__, field.name) for record in records() for field in fields(record) if field.secret}
