"""describe: from a request to an HTTP description; undescribe: the way back; both pure and total."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from lensconnect.errors import InvalidRequest, SerializeError
from lensconnect.http import Endpoint, HttpRequest
from lensconnect.operations import OPERATIONS, Reply, Request, Row
from lensconnect.optics import Prism
from lensconnect.record import NotDecodable, decoder, part_of, values
from lensconnect.results import Failure, LensconnectError, Result, Success, is_ok
from lensconnect.wire.limits import MODEL, NONE, Limits
from lensconnect.wire.plan import BEARER_HEADER, fast_path, slow
from lensconnect.wire.validate import validate

MEDIA_TYPES: Final = ("application/json", "application/x-amz-json-1.1")
"""What a request's body may be called; botocore and the JavaScript SDK send the first, amazonka the second."""

_HOME: Final = Endpoint("https://participant.connect.us-east-1.amazonaws.com")


def describe(
    request: Request[Reply], endpoint: Endpoint, limits: Limits = MODEL
) -> Result[HttpRequest, InvalidRequest]:
    """The HTTP request that asks the service this, or every fault it has.

    A base path of the endpoint is kept, with or without a slash at its end.

    >>> from lensconnect import ConnectionToken, new_send_event
    >>> typing = new_send_event("application/vnd.amazonaws.connect.event.typing", ConnectionToken("t"))
    >>> describe(typing, Endpoint("https://example.com")).unwrap().body
    b'{"ContentType":"application/vnd.amazonaws.connect.event.typing"}'
    """
    base = endpoint.url
    if base.endswith("/"):
        base = base.rstrip("/")
    described = fast_path(type(request), limits.model)(request, base)
    if described is None or limits.rules:
        faults = validate(request, limits)
        if faults:
            return Failure(InvalidRequest(faults))
        described = described or slow(request, base)
    return Success(described)


def undescribe(http_request: HttpRequest) -> Result[Request[Reply], SerializeError]:
    """The request that an HTTP description asks, whatever its host and base path.

    Unknown headers and members are ignored, an empty body counts as `{}`.  Limits are not checked:
    `validate` does that.
    """
    try:
        return Success(_undescribe(http_request))
    except NotDecodable as refusal:
        return Failure(SerializeError(None, str(refusal)))


def _undescribe(http_request: HttpRequest) -> Request[Reply]:
    row, label = _route(http_request)
    if row.method != "GET":
        _require_json(http_request)
    part = _body_decoder(row)(http_request.body or b"{}")
    given = dict(values(part))
    given.update({field.name: label for field in row.at("path")})
    given.update({field.name: _bearer(http_request) for field in row.at("header")})
    return row.request(**given)


def _route(http_request: HttpRequest) -> tuple[Row, str]:
    """The row that method and last path segments name, and the label; the path is split before decoding."""
    try:
        segments = [segment for segment in urlsplit(http_request.url).path.split("/") if segment]
    except ValueError:
        raise NotDecodable("not a URL") from None
    for row in OPERATIONS:
        labels = len(row.at("path"))
        wanted = row.path.strip("/").split("/")
        end = len(segments) - labels
        if row.method == http_request.method and end >= 0 and segments[:end][-len(wanted) :] == wanted:
            return row, _decoded("".join(segments[end:]))
    raise NotDecodable("no operation has this method and path")


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise NotDecodable("the path is not percent-encoded UTF-8") from None


def _require_json(http_request: HttpRequest) -> None:
    media_type = (http_request.header("Content-Type") or MEDIA_TYPES[0]).partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise NotDecodable("the body's media type is not one of " + ", ".join(MEDIA_TYPES))


def _bearer(http_request: HttpRequest) -> str:
    bearer = http_request.header(BEARER_HEADER)
    if bearer is None:
        raise NotDecodable(f"there is no {BEARER_HEADER} header")
    return bearer


@cache
def _body_decoder(row: Row) -> Callable[[bytes], Any]:
    return decoder(part_of(row.request, frozenset(field.name for field in row.at("body"))))


def described_at(endpoint: Endpoint) -> Prism[HttpRequest, Request[Reply]]:
    """`described` with another home: `construct` describes at this endpoint."""
    return Prism(_focus, _At(endpoint), _over)


def _focus(http_request: HttpRequest) -> Request[Reply] | None:
    request = undescribe(http_request)
    return request.unwrap() if is_ok(request) else None


class _At:
    """A function from a request to its description at an endpoint, under no limits; picklable."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def __call__(self, request: Request[Reply]) -> HttpRequest:
        outcome = describe(request, self.endpoint, NONE)
        if is_ok(outcome):
            return outcome.unwrap()
        raise LensconnectError(outcome.failure())


def _over(function: Callable[[Request[Reply]], Request[Reply]], http_request: HttpRequest) -> HttpRequest:
    """A changed request keeps the place and the headers it came with; an unchanged one, every byte."""
    before = _focus(http_request)
    if before is None:
        return http_request
    after = function(before)
    if after == before:
        return http_request
    row, _ = _route(http_request)
    base = http_request.url[: http_request.url.rindex(row.path)]
    new = _At(Endpoint(base))(after)
    replaced = {name.lower() for name, _ in new.headers}
    kept = tuple(header for header in http_request.headers if header[0].lower() not in replaced)
    return HttpRequest(new.method, new.url, new.headers + kept, new.body)


described: Prism[HttpRequest, Request[Reply]] = described_at(_HOME)
"""`describe` and `undescribe` as a prism: looks into an HTTP description as the request it asks.

Setting or modifying keeps the host, the base path and other headers of the description it is applied
to.  `construct` needs a home, which is us-east-1 here; `described_at` gives another.
A request that cannot travel safely cannot be constructed: `LensconnectError`.
"""
