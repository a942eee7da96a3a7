"""decode: from an HTTP response to the reply or the error it holds; pure and total.

Facts: the service names an error in the `x-amzn-errortype` header or in the body as `code`, `Code` or
`__type`, with or without a namespace before `#` and a URL after `:` or `,`; the text is `message`,
`Message` or `errorMessage`.  Proxies and the gateway answer with HTML, with nothing, or with no code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from lensconnect.errors import Error, ResourceType, SerializeError, ServiceError
from lensconnect.http import HttpResponse
from lensconnect.jsontext import Json, JsonObject, loads
from lensconnect.operations import Reply, Request, operation_of
from lensconnect.record import NotDecodable, decoder, fields, part_of, values
from lensconnect.results import Failure, Result, success

R = TypeVar("R", bound=Reply)


def decode(request_type: type[Request[R]], http_response: HttpResponse) -> Result[R, Error]:
    """What the response answers to a request of that type.

    A status of 200 to 299 with the members the model lists is a success; a missing or `null` member is
    `None`; unknown members are ignored.  A body that is not of that form is a `SerializeError`, and so
    is an empty one where the reply has members.  Any other final status is a `ServiceError`, however
    its body looks.

    >>> from lensconnect import SendEvent
    >>> decode(SendEvent, HttpResponse(200, (), b'{"Id":"m-1"}')).unwrap()
    SendEventResponse(http_status=200, id='m-1')
    """
    status = http_response.status
    if 200 <= status < 300:
        try:
            return success(_reader(request_type)(status, http_response.body))
        except NotDecodable as refusal:
            return Failure(SerializeError(status, str(refusal), _request_id(http_response)))
    if 300 <= status < 1000:
        return Failure(_service_error(http_response))
    return Failure(SerializeError(status, "not the status of a final response"))


@cache
def _reader(request_type: type[Request[R]]) -> Callable[[int, bytes], R]:
    reply_type = operation_of(request_type).reply
    members = frozenset(field.name for field in fields(reply_type)) - {"http_status"}
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
    """The first bare name there is: header before body, `code` before `__type`."""
    given = (http_response.header("x-amzn-errortype"), *map(body.get, ("code", "Code", "__type")))
    names = (
        re.split("[:,]", name, maxsplit=1)[0].rpartition("#")[2].strip() for name in given if isinstance(name, str)
    )
    return next(filter(None, names), "")


def _first(body: JsonObject, *names: str) -> str | None:
    return next((value for name in names if isinstance(value := body.get(name), str) and value), None)


def _request_id(http_response: HttpResponse) -> str | None:
    return http_response.header("x-amzn-requestid") or http_response.header("x-amz-request-id")
