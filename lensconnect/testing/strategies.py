"""Hypothesis strategies for every request, reply and shape, derived from the table of fields.

    @given(requests())                  any request that is valid under the model's limits
    @given(requests_of(SendEvent))      a valid request of one operation
    @given(replies_of(SendEvent))       a reply as a record
    @given(reply_objects_of(SendEvent)) a reply as the JSON object that the service would send
    @given(records_of(Item))            any other shape

The strategies use only the table of fields (type, limits, location), so a new operation has its strategies
without further code.  Texts contain any Unicode but lone surrogates, often characters that break software,
and sometimes fill their limit exactly.

Needs Hypothesis, which only this module imports.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, get_type_hints

from hypothesis import strategies as st

from lensconnect.jsontext import JsonObject
from lensconnect.marks import Bound, text
from lensconnect.operations import OPERATIONS, Reply, Request, operation_of
from lensconnect.record import Field, FieldType, Record, fields, to_members
from lensconnect.wire.known_values import enum_values

Q = TypeVar("Q", bound=Request[Reply])
R = TypeVar("R", bound=Reply)
T = TypeVar("T", bound=Record)

__all__ = [
    "records_of",
    "replies_of",
    "reply_objects_of",
    "requests",
    "requests_of",
    "texts",
    "tokens",
    "view_tokens",
]

_FRAGILE = 'a"\\/<&%+ \n\t\x00\x7f\x85\u2028\u202eßéİ漢\ufeff\uffff😀🏳👩\u200d\U0010ffff'
_LONG = 2**63 - 1
_INTEGER = 2**31 - 1
_FEW = 4


def requests() -> st.SearchStrategy[Request[Reply]]:
    """Return a strategy for valid requests of any operation."""
    return st.one_of([requests_of(row.request) for row in OPERATIONS])


def requests_of(request_type: type[Q]) -> st.SearchStrategy[Q]:
    """Return a strategy for valid requests of one operation, within the model's limits."""
    return records_of(request_type)


def replies_of(request_type: type[Request[R]]) -> st.SearchStrategy[R]:
    """Return a strategy for replies to this type of request, as `decode` returns them."""
    row = operation_of(request_type)
    replies: st.SearchStrategy[R] = records_of(row.reply)
    return replies.filter(to_members) if row.always else replies


def reply_objects_of(request_type: type[Request[R]]) -> st.SearchStrategy[JsonObject]:
    """Return a strategy for the bodies of successful replies to this type of request, as JSON objects."""
    return replies_of(request_type).map(to_members)


@cache
def records_of(record_type: type[T]) -> st.SearchStrategy[T]:
    """Return a strategy for records of a type; each optional field is present or absent."""
    hints = get_type_hints(record_type)
    drawn = [field for field in fields(record_type) if field.location != "local"]
    strategies = {field.name: _field(field, hints[field.name]) for field in drawn}
    required = {field.name for field in fields(record_type) if field.required}
    return st.fixed_dictionaries(
        {name: values for name, values in strategies.items() if name in required},
        optional={name: values for name, values in strategies.items() if name not in required},
    ).map(lambda given: record_type(**given))


def _field(field: Field, hint: object) -> st.SearchStrategy[Any]:
    if field.location == "status":
        return st.integers(200, 299)
    if field.location == "header":
        return tokens(field.type.bound)
    if field.location == "path":
        return view_tokens(field.type.bound)
    return _field_type(field.type, enum_values(hint))


def _field_type(field_type: FieldType, known: tuple[str, ...]) -> st.SearchStrategy[Any]:
    bound = field_type.bound
    low, high = (None, None) if bound is None else (bound.minimum, bound.maximum)
    if field_type.entry is not None:
        most = max(low or 0, _FEW) if high is None else high
        return st.lists(_field_type(field_type.entry, known), min_size=low or 0, max_size=most).map(tuple)
    kind: type[object] = field_type.python_type
    if issubclass(kind, Record):
        return records_of(kind)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(-_INTEGER if low is None else low, high or (_INTEGER if low is None else _LONG))
    if kind is str:
        return st.sampled_from(known) if known else texts(bound)
    return st.dictionaries(texts(text(1, 128)), texts(text(1, 256)), max_size=_FEW)


def texts(bound: Bound | None = None) -> st.SearchStrategy[str]:
    """Return a strategy for texts within a bound, often of the greatest length."""
    low, high = _ends(bound)
    letters = st.sampled_from(_FRAGILE) | st.characters(exclude_categories=["Cs"])
    longest = st.sampled_from("aé漢😀").map(lambda letter: letter * (high or 1))
    return st.one_of(*[st.text(letters, min_size=low, max_size=high)] * 5, longest)


def tokens(bound: Bound | None = None) -> st.SearchStrategy[str]:
    """Return a strategy for tokens: visible ASCII, as a header value allows."""
    low, high = _ends(bound)
    letters = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
    return st.text(letters, min_size=max(low, 1), max_size=high) | st.just("~" * (high or 1))


def view_tokens(bound: Bound | None = None) -> st.SearchStrategy[str]:
    """Return a strategy for view tokens: texts that can be one segment of a path."""
    return texts(bound or text(1, 1000)).filter(lambda label: label not in ("", ".", ".."))


def _ends(bound: Bound | None) -> tuple[int, int | None]:
    return (0, None) if bound is None else (bound.minimum or 0, bound.maximum)
