"""validate: find every fault of a request at once.

The checks of a value, in order: its Python type, the bound of the service model, safe travel in HTTP.
The fast path of `plan` is compiled from the same expressions.

Facts: the bearer is a header value, so it holds visible ASCII only (RFC 9110, section 5.5; the space is
refused too).  Software that normalises paths removes a segment that is empty, `.` or `..` (RFC 3986, section 5.2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from lensconnect.arguments import expect
from lensconnect.errors import Fault
from lensconnect.operations import Reply, Request, expect_request
from lensconnect.record import Field, FieldType, Record, fields
from lensconnect.wire.limits import MODEL, Limits

INVISIBLE: Final = bytes(not 0x21 <= byte <= 0x7E for byte in range(256))
"""Translates each byte to 1 if a token may not hold it, to 0 if it may: the fastest test of a token."""


def is_encodable(text: str) -> bool:
    """Return True if the text can be encoded as UTF-8: it holds no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


SAFE: Final = {
    "header": (
        "visible ASCII characters (0x21 to 0x7E) only",
        "v.isascii() and 1 not in v.encode().translate(INVISIBLE)",
    ),
    "path": ('a path segment: not "", "." or "..", no lone surrogate', 'v not in ("", ".", "..") and is_encodable(v)'),
}
"""The limit on a value by its location, in words and as a Python expression of `v`."""

WRITABLE: Final = ("an integer of at most 2048 bits", "v.bit_length() <= 2048")
"""The limit on an integer, in words and as an expression.

CPython refuses to print integers past a number of digits that can be set as low as 640 (Python documentation,
"Integer string conversion length limitation"); 2048 bits are 617 digits.
"""


def is_of(wanted: type, value: object) -> bool:
    """Return True if the value is an instance of the type; a `bool` is not an `int`, a map holds text only."""
    if wanted is Mapping:
        return isinstance(value, Mapping) and all(isinstance(text, str) for text in (*value, *value.values()))  # pyright: ignore[reportUnknownVariableType]
    return isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))


TESTS: Final[dict[str, object]] = {"INVISIBLE": INVISIBLE, "is_encodable": is_encodable, "is_of": is_of}
"""The names that the expressions use."""


@cache
def function_of(expression: str) -> Callable[[Any], Any]:
    """Compile an expression of `v` into a function.  The expressions come from this package, never from a caller."""
    compiled: Callable[[Any], Any] = eval(f"lambda v: {expression}", TESTS)  # nosec B307 # noqa: S307 - built from the table only
    return compiled


def validate(request: Request[Reply], limits: Limits = MODEL) -> tuple[Fault, ...]:
    """Return every fault of the request under these limits, `()` if it has none.

    >>> from lensconnect import ConnectionToken, new_send_event
    >>> [str(fault) for fault in validate(new_send_event("", ConnectionToken("a b")))]  # doctest: +NORMALIZE_WHITESPACE
    ['content_type must be 1..100 characters (size 0)',
     'connection_token must be visible ASCII characters (0x21 to 0x7E) only (size 3)']
    """
    try:
        found = tuple(_record_faults(request, limits, ""))
    except (AttributeError, TypeError):
        expect_request("validate", request)
        expect("validate: limits", limits, Limits, "a Limits such as MODEL")
        raise
    return found + tuple(fault for rule in limits.rules for fault in rule(request))


def _record_faults(record: Record, limits: Limits, path: str) -> Iterator[Fault]:
    for field in fields(type(record)):
        value: object = getattr(record, field.name)
        if value is None and not field.required:
            continue
        found = list(_value_faults(field.type, value, limits, path + field.name))
        yield from found or _unsafe(field, value, path + field.name)


def _value_faults(field_type: FieldType, value: Any, limits: Limits, path: str) -> Iterator[Fault]:
    if not is_of(field_type.python_type, value):
        yield Fault(path, name_of(field_type))
        return
    if field_type.python_type is int and not function_of(WRITABLE[1])(value):
        yield Fault(path, WRITABLE[0], value.bit_length())
    elif limits.model and field_type.bound is not None and not function_of(field_type.bound.test)(value):
        yield Fault(path, str(field_type.bound), function_of(field_type.bound.measure)(value))
    if field_type.entry is not None:
        for index, entry in enumerate(value):
            yield from _value_faults(field_type.entry, entry, limits, f"{path}[{index}]")
    if isinstance(value, Record):
        yield from _record_faults(value, limits, path + ".")


def _unsafe(field: Field, value: Any, path: str) -> Iterator[Fault]:
    if field.location in SAFE:
        words, test = SAFE[field.location]
        if not function_of(test)(value):
            yield Fault(path, words, len(value))


def name_of(field_type: FieldType) -> str:
    """Return the Python type in words."""
    return f"tuple of {name_of(field_type.entry)}" if field_type.entry is not None else field_type.python_type.__name__
