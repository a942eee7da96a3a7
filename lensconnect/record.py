"""Record: the frozen, masked base class of every value in this package.  Only importer of `msgspec`.

    Record                 frozen, compared by value, rendered with its secrets masked
    fields(record_type)    the table of a record type's fields, read from its annotations
    to_members(record)     a record as AWS members, ready for JSON
    decoder(record_type)   a function from JSON bytes to a record

Facts about `msgspec` (its documentation, and observed with msgspec 0.20): structs do not inherit
`kw_only`, so every service shape spells it out; constructors do not check types (`describe` does); the
built-in `repr` would show secrets; its errors name types, paths and byte offsets, never values.  The garbage
collector tracks a struct that holds a tracked value when it is built, and for good.  With `gc=False` it tracks none:
that is for records of which many live, whose annotations allow text, numbers and such records only.  A subclass of
`StructMeta` has no vectorcall: as the type of records it makes every constructor take two to three times as long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, NewType, Self, TypeVar, Union, cast, get_args, get_origin

import msgspec

from lensconnect.arguments import shown
from lensconnect.jsontext import holds_surrogate, loads
from lensconnect.marks import BEARER, HTTP_LABEL, HTTP_RESPONSE_CODE, LOCAL, PERSONAL, SECRET, Bound

T = TypeVar("T")

ParticipantToken = NewType("ParticipantToken", str)
"""The token that StartChatContact returns; only CreateParticipantConnection takes it."""

ConnectionToken = NewType("ConnectionToken", str)
"""The token that CreateParticipantConnection returns; every other operation takes it."""

MASK: Final = "***"
"""The text that replaces a secret in a rendering."""


_MAX_BITS: Final = 2_000
"""The size of an integer that `repr` takes whatever `sys.set_int_max_str_digits` says: 640 digits at least."""


class _LongInt:
    """A stand-in for an integer whose `repr` may raise `ValueError`, because it has too many digits."""

    def __init__(self, number: int) -> None:
        self.bits = number.bit_length()

    def __repr__(self) -> str:
        return f"<int of {self.bits} bits>"


def showable(value: Any) -> Any:
    """Return the value with a stand-in for each integer that is too long for `repr`, also in tuples."""
    if isinstance(value, int):
        return value if value.bit_length() <= _MAX_BITS else _LongInt(value)
    if type(value) is not tuple:
        return value
    return tuple(map(showable, cast("tuple[object, ...]", value)))


CONTROLS: Final = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


def printable(text: str) -> str:
    """Return the text with `?` for each character that could control a terminal or turn the text around it.

    These are control characters, separators of lines and paragraphs, the embeddings, overrides and isolates of
    bidirectional text (Unicode Standard Annex 9), and lone surrogates.  The joiners U+200C and U+200D stay.

    >>> printable("gone\\x1b[2J\\r\\n")
    'gone?[2J??'
    """
    return re.sub(CONTROLS, "?", text)


def text_of(value: object) -> str:
    """Return `str(value)`, or the type of a value whose `__str__` raises an exception."""
    try:
        return str(value)
    except Exception:
        return shown(value)


class Record(msgspec.Struct, frozen=True):
    """An immutable value, equal by its fields.  Change one with its lenses.

    No rendering (`repr`, `str`, `format`, logging, rich, a debugger's locals) shows a field whose
    annotation is marked as a secret, and none lists a field that is `None`.  An empty secret is shown as empty.
    `dir` of a value leaves out the fields that are masked, because tools such as `rich.inspect` show each
    attribute that it lists.

    The garbage collector does not track an `Item` and the records inside it (`gc=False`), because their fields can be
    part of no cycle.  A subclass inherits that: one with a field that may refer back to it says `gc=True`.
    """

    def __rich_repr__(self) -> list[tuple[str, object]]:
        present = [(field, getattr(self, field.name)) for field in fields(type(self))]
        return [
            (field.name, MASK if field.secret and value else showable(value))
            for field, value in present
            if value is not None
        ]

    def __dir__(self) -> list[str]:
        shown = dict(self.__rich_repr__())
        masked = {name for name in self.__struct_fields__ if name in shown and shown[name] != getattr(self, name)}
        if masked:  # a property may hold what the field holds
            masked |= {
                name for kind in type(self).__mro__ for name, each in vars(kind).items() if type(each) is property
            }
        return [name for name in super().__dir__() if name not in masked]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def _lens_setattr(self, name: str, value: object) -> Self:
        """Return a copy with one field replaced; raw `lenses` optics call this to set a field."""
        return msgspec.structs.replace(self, **{name: value})


class Shape(Record, frozen=True, kw_only=True, rename="pascal"):
    """A record of the service model: keyword arguments, AWS's member names on the wire.

    A field's Python name is botocore's snake_case form of the member name.  `None` stands for an absent member.
    """


def named(member: str, *, required: bool = False) -> Any:
    """Return the default of a field whose AWS name is not the PascalCase form of its own: `None`, or none."""
    return msgspec.field(name=member) if required else msgspec.field(default=None, name=member)


class FieldType(NamedTuple):
    """The type of a field's value: its Python type, its bound, and the type of its entries if it is a tuple."""

    python_type: type
    bound: Bound | None = None
    entry: FieldType | None = None


class Field(NamedTuple):
    """A row of the table of fields.

    `name` is the Python name, `member` AWS's; `location` is "body", "header", "path", "status" (the HTTP status of a
    response) or "local" (in no message).  `secret` and `personal` tell whether a mark says so (see `lensconnect.marks`).
    """

    name: str
    member: str
    type: FieldType
    required: bool
    location: str
    secret: bool
    personal: bool


@cache
def fields(record_type: type[Record]) -> tuple[Field, ...]:
    """Return the table of a record type's fields, in the order they are declared.

    >>> from lensconnect import StartPosition
    >>> [(field.name, field.member) for field in fields(StartPosition)]
    [('id', 'Id'), ('absolute_time', 'AbsoluteTime'), ('most_recent', 'MostRecent')]
    """
    return tuple(_field(info) for info in msgspec.structs.fields(record_type))


_LOCATIONS: Final = {BEARER: "header", HTTP_LABEL: "path", HTTP_RESPONSE_CODE: "status", LOCAL: "local"}


def _field(info: msgspec.structs.FieldInfo) -> Field:
    field_type, marks = _field_type(info.type)
    location = next((location for mark, location in _LOCATIONS.items() if mark in marks), "body")
    secret = bool(marks & {SECRET, BEARER, HTTP_LABEL})
    return Field(info.name, info.encode_name, field_type, info.required, location, secret, PERSONAL in marks)


def _field_type(annotation: Any) -> tuple[FieldType, set[object]]:
    """Return the type that an annotation describes, `None` left aside, and every mark in it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        field_type, marks = _field_type(arguments[0])
        bound = next((mark for mark in arguments[1:] if isinstance(mark, Bound)), field_type.bound)
        return field_type._replace(bound=bound), marks.union(arguments[1:])
    if origin in (Union, UnionType):
        first, *others = [argument for argument in arguments if argument is not NoneType]
        return (FieldType(object), set()) if others else _field_type(first)
    if origin is tuple:
        entry, marks = _field_type(arguments[0])
        return FieldType(tuple, None, entry), marks
    if origin is not None:
        return FieldType(origin), set()
    if hasattr(annotation, "__supertype__"):
        return _field_type(annotation.__supertype__)
    return FieldType(annotation if isinstance(annotation, type) else object), set()


def to_members(record: Record, locations: tuple[str, ...] = ("body",)) -> dict[str, Any]:
    """Return a record under AWS's member names, as values that JSON can hold; absent members are left out.

    `locations` selects the fields of the record itself; nested records are taken whole.  Nothing is masked.

    >>> from lensconnect import StartPosition
    >>> to_members(StartPosition(most_recent=3))
    {'MostRecent': 3}
    """
    members = ((member, getattr(record, name)) for name, member in _members(type(record), locations))
    return {member: _plain(value) for member, value in members if value is not None}


@cache
def _members(record_type: type[Record], locations: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, field.member) for field in fields(record_type) if field.location in locations)


def _plain(value: Any) -> Any:
    if isinstance(value, str):  # the most frequent type, so tested first
        return value
    if isinstance(value, Record):
        return to_members(value)
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]  # pyright: ignore[reportUnknownVariableType]
    return dict(cast("Mapping[str, str]", value)) if isinstance(value, Mapping) else value


class NotDecodable(ValueError):
    """The text is not JSON, or does not match the record type.  The message names types and paths only."""


class Mismatch(NotDecodable):
    """The text is JSON, but a value in it does not match the record type."""


def decoder(record_type: type[T]) -> Callable[[bytes | str], T]:
    """Return a function from JSON text to the record, which raises `NotDecodable` and nothing else.

    Unknown members are ignored; `null` stands for an absent optional member.
    """
    decode: Callable[[bytes | str], T] = msgspec.json.Decoder(record_type).decode

    def decode_strictly(text: bytes | str) -> T:
        try:
            if not text.isascii() and isinstance(text, bytes):
                text.decode()  # msgspec does not check the UTF-8 of members it skips
            return decode(text)
        except msgspec.ValidationError as error:
            raise Mismatch(f"{error}{_allowed_values(record_type, str(error))}") from None
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            if holds_surrogate(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")):
                return _convert_exactly(text, record_type)
            raise NotDecodable(_without_data(error)) from None

    return decode_strictly


def _convert_exactly(text: bytes | str, record_type: type[T]) -> T:
    """Decode text with a lone surrogate, slowly: one such message must not lose a page of the transcript."""
    try:
        return msgspec.convert(loads(text), record_type)
    except msgspec.ValidationError as error:
        raise Mismatch(str(error)) from None
    except (ValueError, RecursionError) as error:
        raise NotDecodable(_without_data(error)) from None


class Salvage:
    """Reads the members of a JSON object that fit their fields, and notes the path of each that does not.

    A member that does not fit is left out, and the object around it kept.  A number that is an integer in another
    form, such as `1.0`, fits a field for integers; nothing else is converted.  A map fits whole or not at all.
    """

    def __init__(self) -> None:
        self.undecoded: list[str] = []
        self.read = False
        """True if a text, number, boolean or map fits."""

    def members(self, record_type: type[Record], found: Mapping[str, Any], path: str = "$") -> dict[str, Any]:
        """Return the values of the fields of a record that fit, by name."""
        present = [
            (field, found[field.member])
            for field in fields(record_type)
            if field.location == "body" and found.get(field.member) is not None
        ]
        values = {field.name: self._value(field.type, value, f"{path}.{field.member}") for field, value in present}
        return {name: value for name, value in values.items() if value is not _UNFIT}

    def _value(self, field_type: FieldType, value: Any, path: str) -> Any:
        kind: type[Any] = field_type.python_type
        if field_type.entry is not None and isinstance(value, list):
            entries: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
            found = [self._value(field_type.entry, entry, f"{path}[{index}]") for index, entry in enumerate(entries)]
            return tuple(entry for entry in found if entry is not _UNFIT)
        if issubclass(kind, Record) and isinstance(value, dict):
            return kind(**self.members(kind, cast("dict[str, Any]", value), path))
        if kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is kind or (kind is Mapping and _is_text_map(value)):
            self.read = True
            return value
        self.undecoded.append(path)
        return _UNFIT


_UNFIT: Final = object()


def _is_text_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(entry, str) for entry in cast("dict[str, Any]", value).values())


def _allowed_values(record_type: type[Any], message: str) -> str:
    """Return the values that a field of the record accepts, where msgspec's message is about such a field."""
    about = re.fullmatch(r"Invalid enum value .* - at `\$\.(\w+)`", message)
    if about is None:
        return ""
    types = [info.type for info in msgspec.structs.fields(record_type) if info.encode_name == about[1]]
    allowed = [value for kind in types if get_origin(kind) is Literal for value in get_args(kind)]
    return f": it is one of {', '.join(allowed)}" if allowed else ""


def _without_data(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 (byte {error.start})"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def part_of(record_type: type[Record], names: frozenset[str], others: Mapping[str, str] | None = None) -> type[Any]:
    """Return a bare struct type with only these fields of a record, to decode them alone.

    A field that is left out cannot be set from the wire, whatever member names a peer sends.  `others` are names
    and members of any type that are read beside the fields.
    """
    chosen = [info for info in msgspec.structs.fields(record_type) if info.name in names]
    own: list[Any] = [
        (info.name, info.type) if info.required else (info.name, info.type, info.default) for info in chosen
    ]
    return msgspec.defstruct(
        record_type.__name__,
        [*own, *((name, Any, None) for name in others or ())],
        rename={info.name: info.encode_name for info in chosen} | dict(others or {}),
        kw_only=True,
    )


def builder(record_type: type[T], first: str, names: tuple[str, ...]) -> Callable[[Any, Any], T]:
    """Return a function from the value of the field `first`, and a part with these fields, to a record.

    It is compiled, in a quarter of the time that unpacking a dictionary takes; only names of fields enter its source.
    """
    given = ", ".join(f"{name}=part.{name}" for name in names)
    build: Callable[[Any, Any], T] = eval(f"lambda first, part: make({first}=first, {given})", {"make": record_type})  # nosec B307 # noqa: S307 - names only
    return build


values: Final[Callable[[Any], Mapping[str, Any]]] = msgspec.structs.asdict
"""The field values of a record or part by name; nested records stay records."""
