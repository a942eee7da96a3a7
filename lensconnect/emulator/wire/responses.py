"""From what the service says, as a value, to HTTP; `lensconnect.decode` is the way back.

Facts: errors carry their plain name in `x-amzn-ErrorType` and their text in `message`; the three replies
without members may come as `{}` or as nothing at all.
"""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.options import Options
from lensconnect.errors import ServiceError
from lensconnect.http import Headers, HttpResponse
from lensconnect.jsontext import Json, JsonObject, dumps
from lensconnect.operations import Reply
from lensconnect.record import fields, to_members

__all__ = ["of_error", "of_json", "of_reply"]

_JSON: Final = ("Content-Type", "application/json")
_CORAL: Final = ":http://internal.amazon.com/coral/com.amazon.coral.service/"


def of_json(status: int, body: JsonObject, request_id: str, headers: Headers = ()) -> HttpResponse:
    """A JSON body with the headers every response has."""
    return HttpResponse(status, (_JSON, ("x-amzn-RequestId", request_id), *headers), dumps(body))


def of_reply(reply: Reply, options: Options, request_id: str) -> HttpResponse:
    """An operation's success."""
    body = to_members(reply)
    if options.empty_replies and len(fields(type(reply))) == 1:
        return HttpResponse(reply.http_status, (("x-amzn-RequestId", request_id),))
    return of_json(reply.http_status, body, request_id)


def of_error(error: ServiceError, options: Options, request_id: str) -> HttpResponse:
    """An operation's refusal."""
    form = {"name": error.code, "url": error.code + _CORAL, "absent": None}[options.error_type]
    named: Headers = () if form is None else (("x-amzn-ErrorType", form),)
    body: dict[str, Json] = {options.message_key: error.message}
    if error.resource_id is not None:
        body |= {"ResourceId": error.resource_id, "ResourceType": error.resource_type}
    return of_json(error.status, body, request_id, (*named, *error.headers))
