"""render: HTTP requests and responses as text for people: a curl command, HTTP, JSON.

Every rendering is masked: tokens, presigned URLs and members with the trait `sensitive` read `***`.
`reveal=True` shows everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, TypeAlias

from lensconnect import operations as _operations
from lensconnect import types as _types
from lensconnect.arguments import expect
from lensconnect.http import Headers, HttpRequest, HttpResponse, masked_headers, masked_url
from lensconnect.jsontext import Json, dumps, loads
from lensconnect.record import MASK, Record, fields, showable

_IN_A_VIEW: Final = frozenset({"name", "actions"})
"""Members that the service model marks as sensitive inside a view, and that hold no secret elsewhere."""


@cache
def secret_members(*, in_view: bool) -> frozenset[str]:
    """Return the member names, in lower case, whose values a masked rendering hides at any depth of a body."""
    public = (*vars(_types).values(), *vars(_operations).values())
    records = [value for value in public if isinstance(value, type) and issubclass(value, Record)]
    found = frozenset(field.member.lower() for record in records for field in fields(record) if field.secret)
    return (found | _IN_A_VIEW if in_view else found - _IN_A_VIEW) | {"agenttoken"}


Hide: TypeAlias = Callable[[str, Json], Json]
"""A function from the name of a secret member, in lower case, and its value to a replacement."""


def as_curl(http_request: HttpRequest, *, reveal: bool = False) -> str:
    """Return a curl command that sends the request.

    The bearer reads `***` unless `reveal` is true; pass the real one from a file or a variable, not as an argument.
    """
    expect("as_curl: http_request", http_request, HttpRequest, "an HttpRequest")
    from shlex import quote  # here, since nothing that is sent needs it

    shown = _shown(http_request, reveal)
    command = ["curl", "--request", quote(http_request.method), quote(shown.url)]
    for name, value in shown.headers:
        command += ["--header", quote(f"{name}: {value}")]
    if shown.text:
        command += ["--data-raw", quote(shown.text)]
    return " ".join(command)


def as_http(message: HttpRequest | HttpResponse, *, reveal: bool = False) -> str:
    """Return the message as HTTP text: start line, headers, blank line, body."""
    expect("as_http: message", message, (HttpRequest, HttpResponse), "an HttpRequest or an HttpResponse")
    shown = _shown(message, reveal)
    start = f"{message.method} {shown.url}" if isinstance(message, HttpRequest) else f"{showable(message.status)}"
    head = [start, *(f"{name}: {value}" for name, value in shown.headers)]
    return "\n".join([*head, "", shown.text])


def as_json(message: HttpRequest | HttpResponse, *, reveal: bool = False) -> str:
    """Return the message as one JSON object; a JSON body becomes a JSON value in it."""
    expect("as_json: message", message, (HttpRequest, HttpResponse), "an HttpRequest or an HttpResponse")
    shown = _shown(message, reveal)
    start: Mapping[str, Json] = (
        {"method": message.method, "url": shown.url}
        if isinstance(message, HttpRequest)
        else {"status": _json_number(message.status)}
    )
    headers = [[name, value] for name, value in shown.headers]
    return dumps({**start, "headers": headers, "body": shown.value}).decode()


def _json_number(number: int) -> Json:
    shown = showable(number)
    return number if shown is number else repr(shown)


class _Shown:
    """The parts of a message that a rendering shows."""

    def __init__(self, url: str, headers: Headers, text: str, value: Json) -> None:
        self.url, self.headers, self.text, self.value = url, headers, text, value


def _shown(message: HttpRequest | HttpResponse, reveal: bool) -> _Shown:
    url = message.url if isinstance(message, HttpRequest) else ""
    if reveal:
        return _Shown(url, message.headers, *_revealed_body(message.body))
    return _Shown(masked_url(url), masked_headers(message.headers), *_masked_body(message.body))


def _revealed_body(body: bytes) -> tuple[str, Json]:
    """Return a body as text and as a JSON value; the value is the text if it is not JSON."""
    text = body.decode("utf-8", "replace")
    try:
        return text, loads(body) if body else None
    except ValueError:
        return text, text


def _masked_body(body: bytes) -> tuple[str, Json]:
    """Return a body like `_revealed_body`, with secrets masked; only the size if it is not JSON."""
    if not body:
        return "", None
    try:
        masked = masked_json(loads(body))
        return dumps(masked).decode(), masked
    except (ValueError, RecursionError):
        size = f"<{len(body)} bytes>"
        return size, size


def _mask(_: str, __: Json) -> Json:
    return MASK


def masked_json(value: Json, hide: Hide = _mask, *, in_view: bool = False) -> Json:
    """Return a JSON value with its secret members hidden, also inside strings that hold JSON."""
    if isinstance(value, str):
        return masked_text(value, hide)
    if isinstance(value, Mapping):
        return {name: _masked_member(name.lower(), member, hide, in_view) for name, member in value.items()}
    if isinstance(value, Sequence):
        return [masked_json(entry, hide, in_view=in_view) for entry in value]
    return value


def _masked_member(name: str, value: Json, hide: Hide, in_view: bool) -> Json:
    if value not in (None, "", [], {}) and name in secret_members(in_view=in_view):
        return hide(name, value)
    return masked_json(value, hide, in_view=in_view or name == "view")


def masked_text(text: str, hide: Hide = _mask) -> str:
    """Return text with the secret members of the JSON in it hidden.

    Text that looks like JSON, is none and names a secret member is masked whole.
    """
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        value = loads(text)
    except ValueError:
        named = text.lower()
        return MASK if any(member in named for member in secret_members(in_view=False)) else text
    masked = masked_json(value, hide)
    return text if masked == value else dumps(masked).decode()
