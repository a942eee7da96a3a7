"""HTTP responses of the service; `lensconnect.decode` reads them back.

Facts: an error carries its name in `x-amzn-ErrorType` and its text in `message` (observed; the exact header is
assumed).  A reply without members may be `{}` or an empty body (assumed).
"""

from __future__ import annotations

from typing import Final, TypeAlias

from lensconnect.emulator.options import Options
from lensconnect.errors import ServiceError
from lensconnect.http import Headers, HttpResponse
from lensconnect.jsontext import Json, JsonObject, dumps
from lensconnect.operations import Reply
from lensconnect.record import fields, to_members

JsonOutcome: TypeAlias = "JsonObject | ServiceError"
"""The result of an operation that is not in the core's table: the body of its response, or an error."""

_JSON: Final = ("Content-Type", "application/json")
_CORAL: Final = ":http://internal.amazon.com/coral/com.amazon.coral.service/"


def of_json(status: int, body: JsonObject, request_id: str, headers: Headers = ()) -> HttpResponse:
    """Return a response with a JSON body and a request id."""
    return HttpResponse(status, (_JSON, ("x-amzn-RequestId", request_id), *headers), dumps(body))


def of_reply(reply: Reply, options: Options, request_id: str) -> HttpResponse:
    """Return the response of an operation that succeeded."""
    if options.empty_replies and all(field.location != "body" for field in fields(type(reply))):
        return HttpResponse(reply.http_status, (("x-amzn-RequestId", request_id),))
    return of_json(reply.http_status, to_members(reply), request_id)


def of_error(error: ServiceError, options: Options, request_id: str) -> HttpResponse:
    """Return the response of an operation that failed."""
    error_type = {"name": error.code, "url": error.code + _CORAL, "absent": None}[options.error_type]
    named: Headers = () if error_type is None else (("x-amzn-ErrorType", error_type),)
    body: dict[str, Json] = {options.message_key: error.message}
    if error.resource_id is not None:
        body |= {"ResourceId": error.resource_id, "ResourceType": error.resource_type}
    return of_json(error.status, body, request_id, (*named, *error.headers))
