"""Read a JSON object as a record that keeps the members it has no field for, and write it back unchanged.

    read(ReplyMessage, {"title": "Thanks!", "new": 1})    ReplyMessage(title='Thanks!', others={'new': 1})

A member fits a field if it has the type of the field; `null` fits none.  A member that does not fit is kept as one
without a field is, so that nothing is lost and nothing raises, whatever the text holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, TypeVar, cast

from lensconnect.arguments import expect
from lensconnect.content.json import json_object
from lensconnect.jsontext import Json, canonical
from lensconnect.optics import Prism
from lensconnect.record import MASK, FieldType, Record, fields


class OpenRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """A record of a JSON object; `others` holds the members that are no field of it.

    The laws of prisms hold for values whose `others` names no member that a field holds.  Renderings mask the token of
    a view wherever it is.
    """

    others: Mapping[str, Json] = {}

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [
            (name, _masked(value) if isinstance(value, Mapping) else value) for name, value in super().__rich_repr__()
        ]


R = TypeVar("R", bound=OpenRecord)

_SECRET_MEMBERS: Final = frozenset({"viewToken"})


def _masked(value: Any) -> Any:
    """Return a JSON value with a mask for each view token in it."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {name: MASK if name in _SECRET_MEMBERS else _masked(inner) for name, inner in members.items()}
    return list(map(_masked, value)) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType]


@cache
def names_of(record_type: type[OpenRecord]) -> frozenset[str]:
    """Return the names of the fields of a record type, without `others`."""
    return frozenset(field.name for field in fields(record_type)) - {"others"}


def take(
    record_type: type[OpenRecord], names: frozenset[str], value: Json
) -> tuple[dict[str, Any], dict[str, Json]] | None:
    """Return the values of these fields by name, `None` for each that no member fits, and the members that are left.

    It returns `None` for a value that is no object, and if no member fits a required field.
    """
    if not isinstance(value, Mapping):
        return None
    values: dict[str, Any] = {}
    left = dict(value)
    for field in fields(record_type):
        if field.name not in names:
            continue
        found = _fitting(field.type, left.get(field.member))
        if found is None and field.required:
            return None
        if found is not None:
            del left[field.member]
        values[field.name] = found
    return values, left


def read(record_type: type[R], value: Json) -> R | None:
    """Return a JSON object as a record; `None` for another value, and if no member fits a required field."""
    found = take(record_type, names_of(record_type), value)
    return None if found is None else record_type(**found[0], others=found[1])


def members_in(record: OpenRecord, names: frozenset[str]) -> dict[str, Json]:
    """Return the members of these fields of a record, without those that are absent.

    Raises `TypeError` for a value of a wrong type, as constructors check none.
    """
    present = [(field, getattr(record, field.name)) for field in fields(type(record)) if field.name in names]
    for field, value in present:
        if value is not None and (value.__class__ is not field.type.python_type or field.type.entry is not None):
            _expect_fitting(f"{type(record).__name__}: {field.name}", field.type, value)
    return {field.member: _plain(value) for field, value in present if value is not None}


_WORDS: Final[Mapping[object, str]] = {str: "text", int: "a whole number", float: "a number", Mapping: "a mapping"}


def _expect_fitting(name: str, field_type: FieldType, value: Any) -> None:
    kind: Any = field_type.python_type
    if field_type.entry is not None:
        expect(name, value, tuple, f"a tuple of {field_type.entry.python_type.__name__}")
        for index, entry in enumerate(value):
            _expect_fitting(f"{name}[{index}]", field_type.entry, entry)
    elif isinstance(kind, type):  # a Literal is none
        expect(
            name, value, (int, float) if kind is float else kind, _WORDS.get(kind, f"a value of type {kind.__name__}")
        )


def write(record: OpenRecord) -> dict[str, Json]:
    """Return a record as the JSON object that `read` takes for it."""
    own = members_in(record, names_of(type(record)))
    return {**own, **record.others, **own}


def on_text(record_type: type[R], name: str) -> Prism[str, R]:
    """Return a prism on the record in a JSON text.  A change that changes no member leaves the text as it is."""
    unpack, construct = partial(_from_text, record_type), _as_text
    return Prism(unpack, construct, partial(_over_text, record_type), name)


def _from_text(record_type: type[R], text: str) -> R | None:
    return read(record_type, json_object.unpack(text))


def _as_text(record: OpenRecord) -> str:
    return json_object.construct(write(record))


def _over_text(record_type: type[R], function: Callable[[R], R], text: str) -> str:
    record = _from_text(record_type, text)
    if record is None:
        return text
    before, after = write(record), write(function(record))
    return text if canonical(after) == canonical(before) else json_object.construct(after)


def _fitting(field_type: FieldType, value: Json) -> Any:
    """Return the value for a field of this type, `None` if it does not fit."""
    kind: type[Any] = field_type.python_type
    if field_type.entry is not None:
        return _entries(field_type.entry, value)
    if kind is Mapping:
        return value if isinstance(value, Mapping) else None
    if issubclass(kind, OpenRecord):
        return read(kind, value)
    if kind is float and type(value) is int:
        return value
    return value if type(value) is kind else None


def _entries(field_type: FieldType, value: Json) -> tuple[Any, ...] | None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    entries = tuple(_fitting(field_type, entry) for entry in value)
    return None if None in entries else entries


def _plain(value: Any) -> Json:
    if isinstance(value, OpenRecord):
        return write(value)
    return list(map(_plain, value)) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType]
