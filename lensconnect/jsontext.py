"""JSON text to values and back, without loss.  Only importer of `orjson`.

Facts about `orjson` (observed with version 3.10): it refuses a lone surrogate (`"\\ud800"`), which chat
text that was cut in the middle of an emoji holds; it turns integers past 64 bits into floats; its error
carries the whole text in `.doc`; it reads 1,024 levels of nesting but writes 254.  Text with surrogates or
long integers therefore goes through the standard library, no error is chained, and text with more than 250
levels of nesting is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from math import isfinite
from typing import Any, Final, NoReturn, TypeAlias, cast

import orjson

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = "Mapping[str, Json]"

__all__ = [
    "Json",
    "JsonObject",
    "canonical",
    "dumps",
    "has_more_values",
    "holds_surrogate",
    "loads",
    "loads_leniently",
    "pretty",
]

_SURROGATE = rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]"
_MAX_DEPTH: Final = 250
_NEEDS_EXACT_PARSER = re.compile(_SURROGATE + rb"|[0-9]{17}")


def dumps(value: Json) -> bytes:
    """Return compact UTF-8 JSON; a value with lone surrogates or integers past 64 bits becomes ASCII JSON.

    >>> dumps({"a": 1}), dumps("\\ud800"), dumps(2**70)
    (b'{"a":1}', b'"\\\\ud800"', b'1180591620717411303424')
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def canonical(value: Json) -> bytes:
    """Return JSON with the members of each object in order, so that equal objects have equal texts.

    >>> canonical({"b": 1, "a": True}) == canonical({"a": True, "b": 1}) != canonical({"a": 1, "b": 1})
    True
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def pretty(value: Json) -> bytes:
    """Return JSON over several lines, indented by two spaces.

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
    """Return the JSON value of a text; raise a `ValueError` that does not hold the text.

    >>> loads('{"a":[1,null]}')
    {'a': [1, None]}
    """
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    try:
        if _NEEDS_EXACT_PARSER.search(raw):
            exact = raw.decode() if isinstance(text, bytes) else text
            value = json.loads(exact, parse_constant=_refuse, parse_float=_finite)
        else:
            value = orjson.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if raw.count(b"[") + raw.count(b"{") > _MAX_DEPTH and _is_too_deep(value):
        raise ValueError("nested too deeply")
    return cast(Json, value)


def loads_leniently(text: bytes | str) -> Json:
    """Return the JSON value of a text as `loads` does, with infinity for each number that is out of range.

    >>> loads_leniently(b'[1e999,2]')
    [inf, 2]
    """
    try:
        exact = text.decode() if isinstance(text, bytes) else text
        return cast(Json, json.loads(exact, parse_constant=_refuse, parse_int=_integer))
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        return float(digits)


def _is_too_deep(value: Json) -> bool:
    level: list[Any] = [value]
    for _ in range(_MAX_DEPTH + 1):
        level = [inner for node in level for inner in _children(node)]
    return bool(level)


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return cast("dict[str, Any]", node).values()
    return cast("Iterable[Any]", node) if isinstance(node, list) else ()


_NEXT_VALUE = re.compile(rb'(?:[^"\[{,]++|"(?:[^"\\]++|\\.)*+"?)*+[\[{,]', re.S)


def has_more_values(text: bytes, most: int) -> bool:
    """Return True if the text may hold more JSON values than `most`; it builds none, and stops at that number.

    >>> has_more_values(b'{"a,b":[1,2]}', 5), has_more_values(b'{"a,b":[1,2]}', 3)
    (False, True)
    """
    if text.count(b",") + text.count(b"[") + text.count(b"{") < most:
        return False
    return next(islice(_NEXT_VALUE.finditer(text), most - 1, None), None) is not None


def holds_surrogate(text: bytes) -> bool:
    """Return True if the text may hold a lone surrogate."""
    return re.search(_SURROGATE, text) is not None


def _finite(digits: str) -> float:
    """Return a number; `ValueError` for one out of range, as orjson: infinity could not be written back."""
    number = float(digits)
    return number if isfinite(number) else _refuse("out of range")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
