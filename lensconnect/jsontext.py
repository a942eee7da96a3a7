"""JSON text in and out, faithful to the last digit.  Only importer of `orjson`.

Facts: a strict parser refuses half a surrogate pair (`"\\ud800"`), which chat text cut in the middle
of an emoji does hold; `orjson` turns integers past 64 bits into floats, and its error carries the
whole text in `.doc`.  Such text goes through the standard library instead, and no error is chained.  `orjson` reads 1,024 levels of nesting
but writes 254, and a Python function that walks a value spends some frames on each: text deeper than
250 levels, which nobody means, is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import orjson

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = "Mapping[str, Json]"

__all__ = ["Json", "JsonObject", "dumps", "holds_surrogate", "loads", "pretty"]

_SURROGATE = rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]"
_DEEPEST: Final = 250
_DELICATE = re.compile(_SURROGATE + rb"|[0-9]{17}")


def dumps(value: Json) -> bytes:
    """Compact UTF-8 JSON; lone surrogates and integers past 64 bits are written too, as ASCII.

    >>> dumps({"a": 1}), dumps("\\ud800"), dumps(2**70)
    (b'{"a":1}', b'"\\\\ud800"', b'1180591620717411303424')
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def pretty(value: Json) -> bytes:
    """The same over several lines, for people.

    >>> print(pretty({"a": [1]}).decode())
    {
      "a": [
        1
      ]
    }
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except TypeError:
        return json.dumps(value, indent=2).encode()


def loads(text: bytes | str) -> Json:
    """The JSON value, or a `ValueError` that does not hold the text.

    >>> loads('{"a":[1,null]}')
    {'a': [1, None]}
    """
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    try:
        if _DELICATE.search(raw):
            exact = raw.decode() if isinstance(text, bytes) else text
            value = json.loads(exact, parse_constant=_refuse)
        else:
            value = orjson.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _is_too_deep(value):
        raise ValueError("nested too deeply")
    return cast(Json, value)


def _is_too_deep(value: Json) -> bool:
    level: list[Any] = [value]
    for _ in range(_DEEPEST + 1):
        level = [inner for node in level for inner in _inside(node)]
    return bool(level)


def _inside(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return cast("dict[str, Any]", node).values()
    return cast("Iterable[Any]", node) if isinstance(node, list) else ()


def holds_surrogate(text: bytes) -> bool:
    """Whether half a surrogate pair may occur in the text."""
    return re.search(_SURROGATE, text) is not None


def _refuse(constant: str) -> object:
    raise ValueError(constant)
