"""Optics into JSON that a string holds, such as the `content` of a receipt or an interactive message.

    send_event_content.Some() & json_object & key("messageId")

Text that is not a JSON object has no focus, so no optic changes it.  Text whose object does not change keeps
its white space, escapes and order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from lensconnect.jsontext import Json, JsonObject, dumps, loads
from lensconnect.optics import Prism, Traversal


def _object(text: str) -> JsonObject | None:
    try:
        value = loads(text)
    except ValueError:
        return None
    return value if isinstance(value, Mapping) else None


def _text(value: JsonObject) -> str:
    return dumps(value).decode()


def _rewritten(function: Callable[[JsonObject], JsonObject], text: str) -> str:
    value = _object(text)
    if value is None:
        return text
    before, after = _text(value), _text(function(value))
    return text if after == before else after


json_object: Prism[str, JsonObject] = Prism(_object, _text, _rewritten, "json_object")
"""A prism on the JSON object in a string."""


def _string(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _as_json(value: str) -> Json:
    return value


json_string: Prism[Json, str] = Prism(_string, _as_json, name="json_string")
"""A prism on a JSON value that is a string (`_String` of Haskell's lens-aeson)."""


def _at(name: str, value: JsonObject) -> list[Json]:
    return [value[name]] if name in value else []


def _over_at(name: str, function: Callable[[Json], Json], value: JsonObject) -> JsonObject:
    return {**value, name: function(value[name])} if name in value else value


def key(name: str) -> Traversal[JsonObject, Json]:
    """Return a traversal on the member with this name; it never adds a member.

    >>> '{"messageId":"m1","x":1}' & (json_object & key("messageId")).set("m2")
    '{"messageId":"m2","x":1}'
    """
    return Traversal(partial(_at, name), partial(_over_at, name), f"key({name!r})")
