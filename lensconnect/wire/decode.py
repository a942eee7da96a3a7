"""decode: turn an HTTP response into the reply or the error it holds.  Pure; no response makes it raise.

Facts: the service gives an error's code in the `x-amzn-errortype` header or in the body as `code`, `Code`
or `__type`, with or without a namespace before `#` and a URL after `:` or `,` (restJson1 protocol, "Operation
error serialization"; botocore's `parsers.py`).  The text is `message`, `Message` or `errorMessage`.  Other
bodies occur: Amazon Connect has sent a bare sentence (observed in AWS's sdk-js-v3 issue 4256), proxies and
firewalls send HTML, an empty body, or JSON of their own, some of it with status 200.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from operator import attrgetter, itemgetter
from typing import Any, Final, TypeVar

from lensconnect.arguments import wrong_type
from lensconnect.errors import Error, ResourceType, SerializeError, ServiceError
from lensconnect.http import HttpResponse, hiding
from lensconnect.jsontext import Json, JsonObject, has_more_values, loads, loads_leniently
from lensconnect.operations import Reply, Request, operation_of
from lensconnect.optics import Lens
from lensconnect.record import Mismatch, NotDecodable, Salvage, builder, decoder, fields, part_of
from lensconnect.results import Failure, Result, is_ok, success
from lensconnect.wire.render import masked_text

R = TypeVar("R", bound=Reply)

_CODE_HEADER: Final = "x-amzn-errortype"
_NAME: Final = itemgetter(0)
_CODES: Final = ("code", "Code", "__type")
_TEXTS: Final = ("message", "Message", "errorMessage")
_LONGEST_TEXT: Final = 500
_HEAD: Final = 16_384
_COUNTED_FROM: Final = 65_536
"""Bytes of a body above which its bytes and values are held to the bounds of the operation's row."""
_MAX_ERROR: Final = 65_536
"""Bytes of an error that is parsed."""
_UNDECODED: Final[Lens[Any, tuple[str, ...]]] = Lens("undecoded")
_HTML: Final = rb"(?i)\s*<(?:!doctype html|html|head|body)\b"
_TITLE: Final = r"(?i)<title\b[^>]*>([^<]*)"


def decode(request_type: type[Request[R]], http_response: HttpResponse) -> Result[R, Error]:
    """Return the reply that an HTTP response holds for a request of this type, or the error.

    A status of 200 to 299 with the members of the model is a success; a missing or `null` member becomes
    `None`; unknown members are ignored beside known ones.

    A response that names an error, in its header or its body, is a `ServiceError` whatever its status, and so is
    every response with another final status.  The message is the service's text; of a body that is no JSON object
    it is the text of that body on one line, at most 500 characters, or the title of an HTML page.

    A member that does not match the model is left out, and its path is in `undecoded` of the reply; a number such as
    `1.0` is read where the model has an integer.

    A success status with any other body is a `SerializeError`: no JSON, an object without a member of the reply or
    without any that matches, an empty body where the reply has members, or above 65,536 bytes more bytes or values than
    `most_bytes` and `most_values` of the operation's row allow.  `{}` is a reply where the service may send it: the replies without
    members, and that of CreateParticipantConnection.  A status that is not final is a `SerializeError` too.  Of an
    error with more than 65,536 bytes only the headers and the beginning are read.

    >>> from lensconnect import SendEvent
    >>> decode(SendEvent, HttpResponse(200, (), b'{"Id":"m-1"}')).unwrap()
    SendEventResponse(http_status=200, id='m-1')
    """
    return _decode(request_type, http_response, None)


def _decode(
    request_type: type[Request[R]], http_response: HttpResponse, request: Request[R] | None
) -> Result[R, Error]:
    try:
        status = http_response.status
    except AttributeError:
        raise wrong_type("decode: http_response", "an HttpResponse", http_response) from None
    if 200 <= status < 300:
        try:
            if _name_a_code(tuple(map(_NAME, http_response.headers))) and _code(http_response, {}):
                return Failure(_service_error(request_type, http_response, request))
            return success(_reader(request_type)(status, http_response.body))
        except _ErrorInBody as error:
            return Failure(_service_error(request_type, http_response, request, error.body))
        except NotDecodable as error:
            why = "the body is an HTML page" if re.match(_HTML, http_response.body) else str(error)
            return Failure(_serialize_error(http_response, why, request))
    if 300 <= status < 1000:
        return Failure(_service_error(request_type, http_response, request))
    return Failure(SerializeError(status, "not the status of a final response"))


def decode_for(request: Request[R], http_response: HttpResponse) -> Result[R, Error]:
    """Return what `decode` does, for a caller that holds the request.

    A reply without any of the parts that `type` of a CreateParticipantConnection asks for is a `SerializeError`.
    The secrets of the request, its bearer above all, are masked wherever the peer repeats them in an error.
    """
    outcome = _decode(type(request), http_response, request)
    if getattr(request, "type", None) and is_ok(outcome):
        reply, parts = outcome.unwrap(), operation_of(type(request)).parts
        if parts and all(getattr(reply, name) is None for _, name in parts):
            why = "not a reply of this operation: it has no part that Type asks for"
            return Failure(_serialize_error(http_response, why, request))
    return outcome


@lru_cache(256)
def _name_a_code(header_names: tuple[str, ...]) -> bool:
    """Return whether one of the headers holds the code of an error."""
    return _CODE_HEADER in map(str.lower, header_names)


class _ErrorInBody(Exception):
    """A body of a success status that names an error."""

    def __init__(self, body: JsonObject) -> None:
        super().__init__()
        self.body = body


@cache
def _reader(request_type: type[Request[R]]) -> Callable[[int, bytes], R]:
    row = operation_of(request_type)
    members = {field.name: field.member for field in fields(row.reply) if field.location == "body"}
    codes = {f"code_{index}": name for index, name in enumerate(_CODES) if name not in members.values()}
    part = part_of(row.reply, frozenset(members), codes)
    read: Callable[[bytes], Any] = decoder(part)
    build = builder(row.reply, "http_status", tuple(members))
    codes_of: Callable[[Any], tuple[object, ...]] = attrgetter(*codes)
    nothing, no_codes = part(), (None,) * len(codes)

    def reader(status: int, body: bytes) -> R:
        if not body:
            if members:
                raise NotDecodable("the body is empty")
            return row.reply(http_status=status)
        if len(body) > _COUNTED_FROM:
            check_size(body)
        undecoded: tuple[str, ...] = ()
        try:
            found = read(body)
        except Mismatch as error:
            found, undecoded = read_members_that_fit(body, error)
        if (named := codes_of(found)) != no_codes and _code_of(*named):
            raise _ErrorInBody(_object(body) or {})
        if found == nothing and not may_have_no_value(_object(body) or {}):
            raise NotDecodable("not a reply of this operation")
        reply = build(status, found)
        return _UNDECODED.put(undecoded, reply) if undecoded else reply

    def check_size(body: bytes) -> None:
        if len(body) > row.most_bytes:
            raise NotDecodable(f"the body has {len(body)} bytes; {row.most_bytes} is the limit of this operation")
        if has_more_values(body, row.most_values):
            raise NotDecodable(f"the body has more than {row.most_values} JSON values")

    def read_members_that_fit(body: bytes, error: Mismatch) -> tuple[Any, tuple[str, ...]]:
        """Return the part with the members that fit, and the paths of the others; `error` if nothing fits."""
        salvage = Salvage()
        whole = _object(body, loads_leniently)
        if whole is None:
            raise error
        kept = salvage.members(row.reply, whole)
        named = {name: whole.get(member) for name, member in codes.items()}
        if not salvage.read and not _code_of(*named.values()):
            raise error
        return part(**kept, **named), tuple(salvage.undecoded)

    def may_have_no_value(body: JsonObject) -> bool:
        """Return True if the body of a reply in which every member of the operation is absent may be this one."""
        if not body:
            return not row.always
        if members:
            return any(member in body for member in members.values())
        return _first(body, *_TEXTS) is None

    return reader


def _serialize_error(http_response: HttpResponse, why: str, request: Request[Any] | None) -> SerializeError:
    request_id = _request_id(http_response)
    return SerializeError(http_response.status, why, request_id and _hiding(request)(request_id))


def _hiding(request: Request[Any] | None) -> Callable[[str], str]:
    """Return a function that masks the secrets of the request in a text; without a request there are none."""
    return hiding(() if request is None else operation_of(type(request)).secrets(request))


def _service_error(
    request_type: type[Request[R]],
    http_response: HttpResponse,
    request: Request[R] | None,
    parsed: JsonObject | None = None,
) -> ServiceError:
    """Return the error that a response holds; a body of more than 64 KiB that is not parsed yet is not parsed."""
    hide = _hiding(request)
    if parsed is None and len(http_response.body) <= _MAX_ERROR:
        parsed = _object(http_response.body)
    body = parsed or {}

    def first(*names: str) -> str | None:
        found = _first(body, *names)
        return found and hide(found)

    request_id = _request_id(http_response)
    return ServiceError(
        http_response.status,
        hide(_code(http_response, body)),
        _text_of(http_response.body, hide) if parsed is None else first(*_TEXTS),
        request_id and hide(request_id),
        tuple((hide(name), hide(value)) for name, value in http_response.headers),
        first("ResourceId", "resourceId"),
        None if (kind := first("ResourceType", "resourceType")) is None else ResourceType(kind),
        operation_of(request_type).name,
        parsed is None,
    )


def _object(body: bytes, read: Callable[[bytes], Json] = loads) -> JsonObject | None:
    """Return the JSON object that a body holds, `None` if it holds anything else."""
    try:
        value = read(body)
    except ValueError:
        return None
    return value if isinstance(value, Mapping) else None


def _text_of(body: bytes, hide: Callable[[str], str]) -> str | None:
    """Return the text of a body that is no JSON object, on one line; the title of an HTML page."""
    text = hide(body[: 2 * _HEAD].decode("utf-8", "replace"))[:_HEAD]
    if re.match(_HTML, body):
        title = re.search(_TITLE, text)
        return f'HTML page "{one_line(title[1])}"' if title else "HTML page without a title"
    try:
        value = loads(body) if body[:1] == b'"' and len(body) <= _MAX_ERROR else None
    except ValueError:
        value = None
    return one_line(masked_text(hide(value) if isinstance(value, str) else text)) or None


def one_line(text: str) -> str:
    """Return a text of a peer on one line, without what cannot be printed, cut to at most 500 characters."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text[:_HEAD]).split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[: _LONGEST_TEXT - 3]}..."


def _code(http_response: HttpResponse, body: JsonObject) -> str:
    """Return the first code: header before body, `code` before `__type`; "" if none."""
    return _code_of(http_response.header(_CODE_HEADER), *map(body.get, _CODES))


def _code_of(*found: object) -> str:
    """Return the first code among values, without namespace and URL; "" if none."""
    names = (re.split("[:,]", name)[0].rpartition("#")[2].strip() for name in found if isinstance(name, str))
    return next(filter(None, names), "")


def _first(body: JsonObject, *names: str) -> str | None:
    return next((value for name in names if isinstance(value := body.get(name), str) and value), None)


def _request_id(http_response: HttpResponse) -> str | None:
    return http_response.header("x-amzn-requestid") or http_response.header("x-amz-request-id")
