"""decode: turn an HTTP response into the reply or the error it holds; pure and total.

Facts: the service gives an error's code in the `x-amzn-errortype` header or in the body as `code`, `Code`
or `__type`, with or without a namespace before `#` and a URL after `:` or `,` (restJson1 protocol, "Operation
error serialization"; botocore's `parsers.py`).  The text is `message`, `Message` or `errorMessage`.  A 403 of
the gateway carries HTML, an empty body, or a body without a code (observed; the API reference is silent).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from lensconnect.arguments import wrong_type
from lensconnect.errors import Error, ResourceType, SerializeError, ServiceError
from lensconnect.http import HttpResponse
from lensconnect.jsontext import Json, JsonObject, loads
from lensconnect.operations import Reply, Request, operation_of
from lensconnect.record import NotDecodable, decoder, fields, part_of, values
from lensconnect.results import Failure, Result, success

R = TypeVar("R", bound=Reply)


def decode(request_type: type[Request[R]], http_response: HttpResponse) -> Result[R, Error]:
    """Return the reply that an HTTP response holds for a request of this type, or the error.

    A status of 200 to 299 with the members of the model is a success; a missing or `null` member becomes
    `None`; unknown members are ignored.  A body that does not match the model is a `SerializeError`, and so
    is an empty body if the reply has members, or a status that is not final.  Any other final status is a
    `ServiceError`, whatever its body holds.

    >>> from lensconnect import SendEvent
    >>> decode(SendEvent, HttpResponse(200, (), b'{"Id":"m-1"}')).unwrap()
    SendEventResponse(http_status=200, id='m-1')
    """
    try:
        status = http_response.status
    except AttributeError:
        raise wrong_type("decode: http_response", "an HttpResponse", http_response) from None
    if 200 <= status < 300:
        try:
            return success(_reader(request_type)(status, http_response.body))
        except NotDecodable as error:
            return Failure(SerializeError(status, str(error), _request_id(http_response)))
    if 300 <= status < 1000:
        return Failure(_service_error(http_response))
    return Failure(SerializeError(status, "not the status of a final response"))


@cache
def _reader(request_type: type[Request[R]]) -> Callable[[int, bytes], R]:
    reply_type = operation_of(request_type).reply
    members = frozenset(field.name for field in fields(reply_type) if field.location == "body")
    read: Callable[[bytes], Any] = decoder(part_of(reply_type, members))

    def reader(status: int, body: bytes) -> R:
        if not body:
            if members:
                raise NotDecodable("the body is empty")
            return reply_type(http_status=status)
        return reply_type(http_status=status, **values(read(body)))

    return reader


def _service_error(http_response: HttpResponse) -> ServiceError:
    body = _object(http_response.body)
    return ServiceError(
        http_response.status,
        _code(http_response, body),
        _first(body, "message", "Message", "errorMessage"),
        _request_id(http_response),
        http_response.headers,
        _first(body, "ResourceId", "resourceId"),
        None if (kind := _first(body, "ResourceType", "resourceType")) is None else ResourceType(kind),
    )


def _object(body: bytes) -> JsonObject:
    try:
        value: Json = loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}


def _code(http_response: HttpResponse, body: JsonObject) -> str:
    """Return the first code, without namespace and URL: header before body, `code` before `__type`; "" if none."""
    found = (http_response.header("x-amzn-errortype"), *map(body.get, ("code", "Code", "__type")))
    names = (
        re.split("[:,]", name, maxsplit=1)[0].rpartition("#")[2].strip() for name in found if isinstance(name, str)
    )
    return next(filter(None, names), "")


def _first(body: JsonObject, *names: str) -> str | None:
    return next((value for name in names if isinstance(value := body.get(name), str) and value), None)


def _request_id(http_response: HttpResponse) -> str | None:
    return http_response.header("x-amzn-requestid") or http_response.header("x-amz-request-id")
