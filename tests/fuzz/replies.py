"""Replies of the service as a client reads them, and requests as a server reads them."""

from __future__ import annotations

from functools import cache
from typing import Any

from lensconnect.errors import InvalidRequest, SerializeError, ServiceError
from lensconnect.http import Endpoint, HttpRequest, HttpResponse
from lensconnect.operations import OPERATIONS, Row
from lensconnect.record import fields
from lensconnect.results import is_ok
from lensconnect.wire.decode import decode, decode_for
from lensconnect.wire.describe import describe, described, undescribe
from lensconnect.wire.limits import NONE

from .inputs import Input, headers_of, text_of

SECRET = "secret-token-1"
STATUSES = (200, 400, 403, 404, 409, 429, 500, 503, 201, 204, 299, 302, 599, 600, 999, 1000, 199, 101, 0, -1)
METHODS = ("POST", "GET", "PUT", "post", "")
ENDPOINT = Endpoint("https://example.com/base")

REPLY_WORDS = (
    *(field.member for row in OPERATIONS for field in fields(row.reply) if field.location == "body"),
    *("Item", "Items", "Type", "Content", "MessageMetadata", "Receipts", "Url", "Expiry", "InputSchema"),
    *("x-amzn-errortype:", "x-amzn-requestid:", "message", "Message", "__type", "code", "ResourceType", "ResourceId"),
    *("<html>", "<title>", SECRET, "{}", "null", "1e999", "1.0", "\\ud800", "true", '""', "[]"),
)
REQUEST_WORDS = (
    *(row.path for row in OPERATIONS),
    *(field.member for row in OPERATIONS for field in fields(row.request)),
    *("X-Amz-Bearer:t", "Content-Type:application/json", "https://h", "/", "?", "#", "%2F", "%ff", "{}", "\n\n"),
)


@cache
def _sample(row: Row) -> Any:
    """Return a request of an operation whose texts are a secret."""
    lists = {"type", "attachment_ids", "scan_direction"}
    values = {field.name: SECRET for field in fields(row.request) if field.required and field.name not in lists}
    return row.request(**{**values, **{f.name: () for f in fields(row.request) if f.required and f.name in lists}})


def fuzz_decode(data: bytes) -> None:
    """Check that any response is a reply or one of two errors, which can be shown and hide the request's secrets."""
    given = Input(data)
    row, status = given.choice(OPERATIONS), given.choice(STATUSES)
    head, _, body = given.rest().partition(b"\n")
    response = HttpResponse(status, headers_of([head]), body)
    outcome = decode(row.request, response)
    value: Any = outcome.unwrap() if is_ok(outcome) else outcome.failure()
    assert isinstance(value, row.reply if is_ok(outcome) else ServiceError | SerializeError)
    str(value), repr(value)
    hidden = decode_for(_sample(row), response)
    if not is_ok(hidden):
        assert SECRET not in repr(hidden.failure())
        assert SECRET not in str(hidden.failure())
        assert "\n" not in str(hidden.failure())


def fuzz_undescribe(data: bytes) -> None:
    """Check that any HTTP request is a request or a SerializeError, and that a request comes back the same."""
    given = Input(data)
    method = given.choice(METHODS)
    head, _, body = given.rest().partition(b"\n\n")
    url, *headers = head.split(b"\n")
    sent = HttpRequest(method, text_of(url), headers_of(headers), body)
    outcome = undescribe(sent)
    assert described.modify(lambda request: request)(sent) == sent
    if not is_ok(outcome):
        assert isinstance(outcome.failure(), SerializeError)
        str(outcome.failure()), repr(outcome.failure())
        return
    request = outcome.unwrap()
    repr(request)
    again = describe(request, ENDPOINT, NONE)
    if is_ok(again):
        assert undescribe(again.unwrap()).unwrap() == request
    else:
        assert isinstance(again.failure(), InvalidRequest)
        str(again.failure())
