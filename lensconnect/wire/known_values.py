"""known_values: the values this package knows for a field.  The field accepts other values too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NewType, get_args, get_type_hints

from lensconnect import operations, types
from lensconnect.content.types import CLIENT_CONTENT_TYPES, CLIENT_EVENT_TYPES
from lensconnect.operations import SendEvent, SendMessage
from lensconnect.record import Field, Record

_BY_FIELD: Final[Mapping[tuple[type[Record], str], tuple[str, ...]]] = {
    (SendEvent, "content_type"): CLIENT_EVENT_TYPES,
    (SendMessage, "content_type"): CLIENT_CONTENT_TYPES,
}
"""Values that AWS documents for fields which the service model types as plain strings."""


def known_values(record_type: type[Record], field: Field) -> tuple[str, ...]:
    """Return the known values of a field, `()` for a field that takes any text or no text.

    >>> from lensconnect import GetTranscript
    >>> from lensconnect.record import fields
    >>> [known_values(GetTranscript, field) for field in fields(GetTranscript) if field.name == "sort_order"]
    [('ASCENDING', 'DESCENDING')]
    """
    documented = _BY_FIELD.get((record_type, field.name))
    return documented or enum_values(get_type_hints(record_type)[field.name])


def enum_values(annotation: Any) -> tuple[str, ...]:
    """Return the named constants of the open enums in an annotation, `()` where it holds none.

    >>> from lensconnect import SortKey
    >>> enum_values(SortKey | None)
    ('ASCENDING', 'DESCENDING')
    """
    if isinstance(annotation, NewType):
        prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", annotation.__name__).upper() + "_"
        constants = {**vars(types), **vars(operations)}
        return tuple(value for name, value in constants.items() if name.startswith(prefix))
    return tuple(value for part in get_args(annotation) for value in enum_values(part))
