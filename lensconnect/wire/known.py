"""known_values: the words this package knows for a field that takes some words; it takes others too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NewType, get_args, get_type_hints

from lensconnect import types
from lensconnect.content.types import CLIENT_CONTENT_TYPES, CLIENT_EVENT_TYPES
from lensconnect.operations import SendEvent, SendMessage
from lensconnect.record import Field, Record

__all__ = ["known_values"]

_BY_FIELD: Final[Mapping[tuple[type[Record], str], tuple[str, ...]]] = {
    (SendEvent, "content_type"): CLIENT_EVENT_TYPES,
    (SendMessage, "content_type"): CLIENT_CONTENT_TYPES,
}
"""What the model leaves open to any text; an open enum knows its own."""


def known_values(record_type: type[Record], field: Field) -> tuple[str, ...]:
    """The words there are, as far as is known; `()` for a field that takes any.

    >>> from lensconnect import GetTranscript
    >>> from lensconnect.record import fields
    >>> [known_values(GetTranscript, field) for field in fields(GetTranscript) if field.name == "sort_order"]
    [('ASCENDING', 'DESCENDING')]
    """
    if (record_type, field.name) in _BY_FIELD:
        return _BY_FIELD[record_type, field.name]
    arms = _arms(get_type_hints(record_type, include_extras=True)[field.name])
    prefixes = tuple(re.sub(r"(?<!^)(?=[A-Z])", "_", arm.__name__).upper() + "_" for arm in arms)
    return tuple(value for name, value in vars(types).items() if prefixes and name.startswith(prefixes))


def _arms(annotation: Any) -> Iterator[NewType]:
    if isinstance(annotation, NewType):
        yield annotation
    for argument in get_args(annotation):
        yield from _arms(argument)
