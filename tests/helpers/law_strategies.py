"""Hypothesis strategies for the types in the annotations of optics."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from functools import cache, reduce
from types import NoneType, UnionType
from typing import Annotated, Any, ForwardRef, Literal, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from lensconnect import Endpoint, HttpRequest, JsonValue, ServiceError, described_at
from lensconnect.content.members import OpenRecord
from lensconnect.errors import COMMON_ERRORS, CONFLICT, RESOURCE_NOT_FOUND, SERVICE_QUOTA_EXCEEDED
from lensconnect.operations import Request
from lensconnect.record import Record
from lensconnect.results import Failure, Result, Success
from lensconnect.testing import strategies as generated

TEXT = st.text(max_size=6)
"""Short text without lone surrogates."""
DELICATE_TEXT = st.text(st.characters(exclude_categories=()), max_size=6)
"""Short text of any characters, lone surrogates included."""

_leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | DELICATE_TEXT
json_values = _leaves | st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(DELICATE_TEXT, inner, max_size=3),
    max_leaves=6,
)
json_objects = st.dictionaries(DELICATE_TEXT, json_values, max_size=4)

_PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    NoneType: st.none(),
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(allow_nan=False),
    str: TEXT,
    bytes: st.binary(max_size=8),
}

_JSON = get_type_hints(JsonValue)["value"]
"""`Json` as the annotation of a record's field spells it."""

further_members = st.dictionaries(TEXT.map("x-{}".format), json_values, max_size=3)
"""Members that no record has a field for."""

_ROWS = (*COMMON_ERRORS, CONFLICT, RESOURCE_NOT_FOUND, SERVICE_QUOTA_EXCEEDED)


def service_errors() -> st.SearchStrategy[ServiceError]:
    """Return service errors that the service model lists, and others."""
    listed = st.sampled_from([ServiceError(row.status, row.code) for row in _ROWS])
    return listed | _of_fields(ServiceError)


def http_requests() -> st.SearchStrategy[HttpRequest]:
    """Return HTTP requests that carry a request, with any URL and further headers, and others that carry none."""
    places = st.sampled_from(["https://h.example", "http://localhost:1/base", "https://h.example/participant/event"])

    spellings = st.sampled_from([("", ""), ("/participant/", "//participant//"), ("", "?next=/participant/event")])

    def describe(
        place: str, request: Request[Any], spelling: tuple[str, str], extra: tuple[tuple[str, str], ...]
    ) -> HttpRequest:
        plain = described_at(Endpoint(place)).construct(request)
        old, new = spelling
        return HttpRequest(
            plain.method,
            plain.url.replace(old, new, 1) if old else plain.url + new,
            plain.headers + extra,
            plain.body,
        )

    extra = st.lists(st.tuples(st.sampled_from(["User-Agent", "X-Other"]), TEXT), max_size=2).map(tuple)
    return st.builds(describe, places, generated.requests(), spellings, extra) | _of_fields(HttpRequest)


@cache
def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Return values of an annotated type; an opaque type gets a sentinel that is equal only to itself."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if annotation is ServiceError:
        return service_errors()
    if annotation is HttpRequest:
        return http_requests()
    if isinstance(annotation, ForwardRef):  # `Json` and `JsonObject` are recursive, so they are written as text
        return json_objects if annotation.__forward_arg__.startswith("Mapping") else json_values
    if annotation == _JSON:
        return json_values
    if isinstance(annotation, NewType):
        return values_of(annotation.__supertype__)
    if isinstance(annotation, TypeVar):
        return values_of(annotation.__bound__ or object)
    generic = _of_generic(get_origin(annotation), get_args(annotation))
    return _of_class(get_origin(annotation) or annotation) if generic is None else generic


def _of_generic(origin: Any, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any] | None:
    if origin is Annotated:
        return values_of(arguments[0])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return reduce(operator.or_, map(values_of, arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, arguments))
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(*map(values_of, arguments), max_size=3)
    if origin is Result:
        return st.builds(Success, values_of(arguments[0])) | st.builds(Failure, values_of(arguments[1]))
    if origin is not None and issubclass(origin, Request):
        return generated.requests()
    return None


def _of_class(named: Any) -> st.SearchStrategy[Any]:
    if isinstance(named, type) and issubclass(named, Record):
        return _of_fields(named)
    return st.sampled_from([_Opaque(), _Opaque()])


class _Opaque:
    """A stand-in for a value of an opaque type: a callable, an environment's handle, a protocol."""

    closed = False

    def __call__(self, *_: Any) -> Any:
        return self


def _of_fields(record: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(record, include_extras=True)
    own = {name: values_of(hints[name]) for name in record.__struct_fields__}
    if issubclass(record, OpenRecord):
        own["others"] = further_members
    return st.builds(record, **own)


@cache
def json_texts() -> st.SearchStrategy[str]:
    """Return JSON objects with several kinds of white space and escapes, and text that is no JSON object."""
    spellings = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])
    written = st.builds(lambda value, spelling: json.dumps(value, **spelling), json_objects, spellings)
    return written | DELICATE_TEXT | json_values.map(json.dumps)


changes: st.SearchStrategy[Callable[[str], str]] = st.sampled_from([str.upper, str.strip, lambda text: text + "!"])
