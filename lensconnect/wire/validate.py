"""Every fault of a request at once.

A value is checked in this order: its Python type, the model's bound, whether it travels safely.
The tests are the ones the fast path of `plan` is compiled from, word for word.

Facts: the bearer is a header, so it holds visible ASCII only (RFC 9110, section 5.5, less the space);
a path segment that is empty, `.` or `..` would be changed by a normaliser (RFC 3986, section 5.2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from lensconnect.errors import Fault
from lensconnect.operations import Reply, Request
from lensconnect.record import Field, Form, Record, fields
from lensconnect.wire.limits import MODEL, Limits

VISIBLE: Final = bytes(range(0x21, 0x7F))
"""The characters a token may hold."""


def is_encodable(text: str) -> bool:
    """Whether the text has a UTF-8 form: no lone surrogate in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


SAFE: Final = {
    "header": (
        "visible ASCII characters (0x21 to 0x7E) only",
        "v.isascii() and not v.encode().translate(None, VISIBLE)",
    ),
    "path": ('a path segment: not "", "." or "..", no lone surrogate', 'v not in ("", ".", "..") and is_encodable(v)'),
}
"""By place: what a value has to be to travel there, in words and as a Python expression of `v`."""

WRITABLE: Final = ("an integer of at most 2048 bits", "v.bit_length() <= 2048")
"""What an integer has to be so that any Python writes it out: there is a limit on digits, 640 at the lowest."""

TESTS: Final[dict[str, object]] = {"VISIBLE": VISIBLE, "is_encodable": is_encodable}
"""The names the expressions use."""


@cache
def function_of(expression: str) -> Callable[[Any], Any]:
    """An expression of `v` as a function.  The expressions are this library's own, never a caller's."""
    compiled: Callable[[Any], Any] = eval(f"lambda v: {expression}", TESTS)  # noqa: S307
    return compiled


def validate(request: Request[Reply], limits: Limits = MODEL) -> tuple[Fault, ...]:
    """Every fault of the request under these limits, `()` where it has none.

    >>> from lensconnect import ConnectionToken, new_send_event
    >>> [str(fault) for fault in validate(new_send_event("", ConnectionToken("a b")))]  # doctest: +NORMALIZE_WHITESPACE
    ['content_type must be 1..100 characters (size 0)',
     'connection_token must be visible ASCII characters (0x21 to 0x7E) only (size 3)']
    """
    own = tuple(_record_faults(request, limits, ""))
    return own + tuple(fault for rule in limits.rules for fault in rule(request))


def _record_faults(record: Record, limits: Limits, path: str) -> Iterator[Fault]:
    for field in fields(type(record)):
        value: object = getattr(record, field.name)
        if value is None and not field.required:
            continue
        found = list(_value_faults(field.form, value, limits, path + field.name))
        yield from found or _unsafe(field, value, path + field.name)


def _value_faults(form: Form, value: Any, limits: Limits, path: str) -> Iterator[Fault]:
    if not is_of(form.type, value):
        yield Fault(path, name_of(form))
        return
    if form.type is int and not function_of(WRITABLE[1])(value):
        yield Fault(path, WRITABLE[0], value.bit_length())
    elif limits.model and form.bound is not None and not function_of(form.bound.test)(value):
        yield Fault(path, str(form.bound), function_of(form.bound.measure)(value))
    if form.entry is not None:
        for index, entry in enumerate(value):
            yield from _value_faults(form.entry, entry, limits, f"{path}[{index}]")
    if isinstance(value, Record):
        yield from _record_faults(value, limits, path + ".")


def _unsafe(field: Field, value: Any, path: str) -> Iterator[Fault]:
    if field.place in SAFE:
        words, test = SAFE[field.place]
        if not function_of(test)(value):
            yield Fault(path, words, len(value))


def is_of(wanted: type, value: object) -> bool:
    """Whether a value is of a Python type, a `bool` not being an `int`."""
    return isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))


def name_of(form: Form) -> str:
    """A form's Python type in words."""
    return f"tuple of {name_of(form.entry)}" if form.entry is not None else form.type.__name__
