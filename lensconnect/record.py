"""Record: the frozen, masked value everything here is made of.  Only importer of `msgspec`.

    Record                 frozen, compared by value, rendered with its secrets masked
    fields(record_type)    what its annotations say, as a table
    decoder(record_type)   JSON bytes to a record

Facts: `kw_only` is not inherited by msgspec structs, so every service shape spells it out; its
constructors do not check types (describing a request does); its own rendering would show secrets;
its errors name types, paths and byte offsets, never values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, NewType, Self, TypeVar, Union, get_args, get_origin

import msgspec

from lensconnect.jsontext import holds_surrogate, loads
from lensconnect.marks import BEARER, LABEL, PERSONAL, SECRET, Bound

T = TypeVar("T")

__all__ = [
    "MASK",
    "ConnectionToken",
    "Field",
    "Form",
    "NotDecodable",
    "ParticipantToken",
    "Record",
    "Shape",
    "decoder",
    "fields",
    "named",
    "part_of",
    "values",
]

ParticipantToken = NewType("ParticipantToken", str)
"""What StartChatContact gives; only CreateParticipantConnection takes it."""

ConnectionToken = NewType("ConnectionToken", str)
"""What CreateParticipantConnection gives; every other operation takes it."""

MASK: Final = "***"
"""What stands in a rendering where a secret is."""


class Record(msgspec.Struct, frozen=True):
    """An immutable value, equal by its fields.  Change one with its lenses.

    No rendering (`repr`, `str`, `format`, logging, rich, a debugger's locals) shows a field whose
    annotation is marked as a secret, and none lists what is absent.
    """

    def __rich_repr__(self) -> list[tuple[str, object]]:
        present = [(field, getattr(self, field.name)) for field in fields(type(self))]
        return [(field.name, MASK if field.secret else value) for field, value in present if value is not None]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def _lens_setattr(self, name: str, value: object) -> Self:
        """How a raw `lenses` optic sets a field."""
        return msgspec.structs.replace(self, **{name: value})


class Shape(Record, frozen=True, kw_only=True, rename="pascal"):
    """A record of the service's model: keyword arguments, AWS's member names on the wire.

    A member's Python name is botocore's snake_case of it.  `None` stands for "absent".
    """


def named(member: str) -> Any:
    """The default of an optional field whose AWS name is not the plain PascalCase of its own."""
    return msgspec.field(default=None, name=member)


class Form(NamedTuple):
    """The Python form of a value: its type, its bound, and the form of its entries if it has any."""

    type: type
    bound: Bound | None = None
    entry: Form | None = None


class Field(NamedTuple):
    """One field as its annotation describes it."""

    name: str
    member: str
    form: Form
    required: bool
    place: str
    secret: bool
    personal: bool


@cache
def fields(record_type: type[Record]) -> tuple[Field, ...]:
    """The table of a record type's fields, in the order they are declared.

    >>> from lensconnect import StartPosition
    >>> [(field.name, field.member) for field in fields(StartPosition)]
    [('id', 'Id'), ('absolute_time', 'AbsoluteTime'), ('most_recent', 'MostRecent')]
    """
    return tuple(_field(info) for info in msgspec.structs.fields(record_type))


def _field(info: msgspec.structs.FieldInfo) -> Field:
    form, marks = _form(info.type)
    place = "header" if BEARER in marks else "path" if LABEL in marks else "body"
    secret = bool(marks & {SECRET, BEARER, LABEL})
    return Field(info.name, info.encode_name, form, info.required, place, secret, PERSONAL in marks)


def _form(annotation: Any) -> tuple[Form, set[object]]:
    """The form an annotation describes and the marks found on the way, `None` left aside."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        form, marks = _form(arguments[0])
        bound = next((mark for mark in arguments[1:] if isinstance(mark, Bound)), form.bound)
        return form._replace(bound=bound), marks.union(arguments[1:])
    if origin in (Union, UnionType):
        one, *others = [argument for argument in arguments if argument is not NoneType]
        return (Form(object), set()) if others else _form(one)
    if origin is tuple:
        entry, marks = _form(arguments[0])
        return Form(tuple, None, entry), marks
    if origin is not None:
        return Form(origin), set()
    if hasattr(annotation, "__supertype__"):
        return _form(annotation.__supertype__)
    return Form(annotation if isinstance(annotation, type) else object), set()


class NotDecodable(ValueError):
    """The text is not JSON, or not of the wanted form.  Its message names types and places only."""


def decoder(record_type: type[T]) -> Callable[[bytes], T]:
    """A function from JSON bytes to the record; it raises `NotDecodable` and nothing else.

    Unknown members are ignored, `null` stands for an absent optional one.
    """
    decode: Callable[[bytes], T] = msgspec.json.Decoder(record_type).decode

    def decode_or_refuse(text: bytes) -> T:
        try:
            if not text.isascii():
                text.decode()  # msgspec does not look into what it skips
            return decode(text)
        except msgspec.ValidationError as refusal:
            raise NotDecodable(f"{refusal}{_words_for(record_type, str(refusal))}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as refusal:
            if holds_surrogate(text):
                return _convert_exactly(text, record_type)
            raise NotDecodable(_without_data(refusal)) from None

    return decode_or_refuse


def _convert_exactly(text: bytes, record_type: type[T]) -> T:
    """The slow way, for text with half a surrogate pair: one such message must not lose a page."""
    try:
        return msgspec.convert(loads(text), record_type)
    except (ValueError, RecursionError) as refusal:
        raise NotDecodable(_without_data(refusal)) from None


def _words_for(record_type: type[Any], refusal: str) -> str:
    """The words there are, where a field of the record takes no others and a refusal says so."""
    about = re.fullmatch(r"Invalid enum value .* - at `\$\.(\w+)`", refusal)
    if about is None:
        return ""
    kinds = [info.type for info in msgspec.structs.fields(record_type) if info.encode_name == about[1]]
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    return f": it is one of {', '.join(words)}" if words else ""


def _without_data(refusal: Exception) -> str:
    if isinstance(refusal, UnicodeDecodeError):
        return f"not UTF-8 (byte {refusal.start})"
    return "nested too deeply" if isinstance(refusal, RecursionError) else str(refusal)


def part_of(record_type: type[Record], names: frozenset[str]) -> type[Any]:
    """A bare struct with some of a record's fields, to decode what only they hold.

    What is left out cannot be set from the wire, whatever a peer calls its members.
    """
    chosen = [info for info in msgspec.structs.fields(record_type) if info.name in names]
    return msgspec.defstruct(
        record_type.__name__,
        [(info.name, info.type) if info.required else (info.name, info.type, info.default) for info in chosen],
        rename={info.name: info.encode_name for info in chosen},
        frozen=True,
        kw_only=True,
    )


values: Final[Callable[[Any], Mapping[str, Any]]] = msgspec.structs.asdict
"""A record's or part's field values by name, not descending."""
