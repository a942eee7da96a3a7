"""describe: turn a request into an HTTP request; undescribe: the way back.  Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from lensconnect.arguments import expect
from lensconnect.errors import InvalidRequest, SerializeError
from lensconnect.http import Endpoint, HttpRequest
from lensconnect.operations import OPERATIONS, Reply, Request, Row, expect_request
from lensconnect.optics import Prism
from lensconnect.record import NotDecodable, decoder, part_of, values
from lensconnect.results import Failure, LensconnectError, Result, Success, is_ok, success
from lensconnect.wire.limits import MODEL, NONE, Limits
from lensconnect.wire.plan import BEARER_HEADER, FAST_PATHS, interpreted
from lensconnect.wire.validate import validate

MEDIA_TYPES: Final = ("application/json", "application/x-amz-json-1.1")
"""The media types of a request's body: botocore and the AWS SDK for JavaScript send the first, amazonka the second."""

_DEFAULT_ENDPOINT: Final = Endpoint("https://participant.connect.us-east-1.amazonaws.com")


def describe(
    request: Request[Reply], endpoint: Endpoint, limits: Limits = MODEL
) -> Result[HttpRequest, InvalidRequest]:
    """Return the HTTP request that carries a request, or `InvalidRequest` with every fault under `limits`.

    The URL begins with the endpoint's URL, base path included, with or without a slash at its end.  `TypeError`
    for an argument of another type.

    >>> from lensconnect import ConnectionToken, new_send_event
    >>> typing = new_send_event("application/vnd.amazonaws.connect.event.typing", ConnectionToken("t"))
    >>> describe(typing, Endpoint("https://example.com")).unwrap().body
    b'{"ContentType":"application/vnd.amazonaws.connect.event.typing"}'
    """
    try:
        base = endpoint.url.rstrip("/")
        described = FAST_PATHS[limits.model][request.__class__](request, base)
    except (AttributeError, TypeError):
        expect_request("describe", request)
        expect("describe: endpoint", endpoint, Endpoint, "an Endpoint")
        expect("describe: limits", limits, Limits, "a Limits such as MODEL")
        raise
    if described is None or limits.rules:
        faults = validate(request, limits)
        if faults:
            return Failure(InvalidRequest(faults))
        described = described or interpreted(request, base)
    return success(described)


def undescribe(http_request: HttpRequest) -> Result[Request[Reply], SerializeError]:
    """Return the request that an HTTP request carries, for any host and base path.

    `SerializeError` if it matches no operation, or if its bearer or its body is missing or wrong.  Unknown headers
    and members are ignored, an empty body counts as `{}`.  Limits are not checked: use `validate`.  `TypeError` for
    a value that is no `HttpRequest`.
    """
    try:
        route = _route(http_request)
    except (AttributeError, TypeError):
        expect("undescribe: http_request", http_request, HttpRequest, "an HttpRequest")
        raise
    if route is None:
        return Failure(SerializeError(None, "no operation has this method and path"))
    return undescribe_as(route.row, route.labels, http_request)


def undescribe_as(
    row: Row, labels: tuple[str, ...], http_request: HttpRequest
) -> Result[Request[Reply], SerializeError]:
    """Read an HTTP request as a request of one operation, for a server that has routed it already.

    `labels` are the variable segments of its path, still percent-encoded.  `SerializeError` as from `undescribe`,
    which finds the operation and the labels by itself.
    """
    try:
        return Success(_undescribe(row, _decoded("".join(labels)), http_request))
    except NotDecodable as error:
        return Failure(SerializeError(None, str(error)))


def _undescribe(row: Row, label: str, http_request: HttpRequest) -> Request[Reply]:
    if row.method != "GET":
        _require_json(http_request)
    parts = _request_parts(row)
    given = dict(values(parts.decode_body(http_request.body or b"{}")))
    given.update(dict.fromkeys(parts.labels, label))
    given.update({name: _bearer(http_request) for name in parts.headers})
    return row.request(**given)


class _RequestParts(NamedTuple):
    """The decoder of an operation's body, and the fields that travel in its path and in its headers."""

    decode_body: Callable[[bytes], Any]
    labels: tuple[str, ...]
    headers: tuple[str, ...]


@cache
def _request_parts(row: Row) -> _RequestParts:
    body, labels, headers = (tuple(field.name for field in row.at(place)) for place in ("body", "path", "header"))
    return _RequestParts(decoder(part_of(row.request, frozenset(body))), labels, headers)


class _Route(NamedTuple):
    """The operation of a URL, the encoded labels in its path, and the parts of the URL before and after that path."""

    row: Row
    labels: tuple[str, ...]
    base: str
    rest: str


def _route(http_request: HttpRequest) -> _Route | None:
    """Find the operation by method and last path segments; doubled slashes count as one."""
    url, rest = _split(http_request.url)
    for row in OPERATIONS:
        found = _path_pattern(row).search(url) if row.method == http_request.method else None
        if found is not None:
            return _Route(row, found.groups(), url[: found.start()], rest)
    return None


def _split(url: str) -> tuple[str, str]:
    """Split a URL before its query or fragment."""
    end = min(f"{url}?".index("?"), f"{url}#".index("#"))
    return url[:end], url[end:]


@cache
def _path_pattern(row: Row) -> re.Pattern[str]:
    segments = row.path.strip("/").split("/")
    return re.compile(
        "(?<!/)" + "".join(f"/++{segment}" for segment in segments) + "/++([^/]++)" * len(row.at("path")) + r"/*+\Z"
    )


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise NotDecodable("the path is not percent-encoded UTF-8") from None


def _require_json(http_request: HttpRequest) -> None:
    media_type = http_request.header("Content-Type")
    if media_type and media_type.partition(";")[0].strip().lower() not in MEDIA_TYPES:
        raise NotDecodable("the body's media type is not one of " + ", ".join(MEDIA_TYPES))


def _bearer(http_request: HttpRequest) -> str:
    bearer = http_request.header(BEARER_HEADER)
    if bearer is None:
        raise NotDecodable(f"there is no {BEARER_HEADER} header")
    return bearer


def described_at(endpoint: Endpoint) -> Prism[HttpRequest, Request[Reply]]:
    """Return `described` with another endpoint for `construct`."""
    return Prism(_focus, _At(endpoint), _over, f"described_at({endpoint!r})")


def _focus(http_request: HttpRequest) -> Request[Reply] | None:
    request = undescribe(http_request)
    return request.unwrap() if is_ok(request) else None


class _At:
    """A picklable function from a request to its HTTP request at an endpoint, under no limits."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def __call__(self, request: Request[Reply]) -> HttpRequest:
        outcome = describe(request, self.endpoint, NONE)
        if is_ok(outcome):
            return outcome.unwrap()
        raise LensconnectError(outcome.failure())


def _over(function: Callable[[Request[Reply]], Request[Reply]], http_request: HttpRequest) -> HttpRequest:
    """Apply a function to the request; keep URL and other headers, and every byte if nothing changes."""
    before, route = _focus(http_request), _route(http_request)
    if before is None or route is None or (after := function(before)) == before:
        return http_request
    new = _At(Endpoint(route.base))(after)
    replaced = {name.lower() for name, _ in new.headers}
    kept = tuple(header for header in http_request.headers if header[0].lower() not in replaced)
    return HttpRequest(new.method, new.url + route.rest, new.headers + kept, new.body)


described: Prism[HttpRequest, Request[Reply]] = Prism(_focus, _At(_DEFAULT_ENDPOINT), _over, "described")
"""`describe` and `undescribe` as a prism: its focus in an HTTP request is the request it carries.

`set` and `modify` keep the host, the base path and other headers of the HTTP request.  `construct` describes at
us-east-1; `described_at` returns a prism for another endpoint.  A request that cannot be sent safely cannot be
constructed: `LensconnectError`.
"""
