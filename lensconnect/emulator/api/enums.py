"""Check the enum members of a request: the service refuses an unknown value, while the client sends it.

Facts: the values are those of the service model.  That an unknown one is a ValidationException is assumed.
"""

from __future__ import annotations

from functools import cache
from typing import get_type_hints

from lensconnect.errors import Fault
from lensconnect.operations import Reply, Request
from lensconnect.wire.known_values import enum_values


def unknown_enum_values(request: Request[Reply]) -> tuple[Fault, ...]:
    """Return a fault for each value of a request that its enum does not have."""
    return tuple(
        Fault(path, "one of " + ", ".join(known))
        for name, known in _enum_fields(type(request))
        for path, value in _values(name, getattr(request, name))
        if value not in known
    )


@cache
def _enum_fields(request_type: type[Request[Reply]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    hints = get_type_hints(request_type, include_extras=True)
    return tuple((name, known) for name, hint in hints.items() if (known := enum_values(hint)))


def _values(name: str, value: str | tuple[str, ...] | None) -> list[tuple[str, str]]:
    """Return each value with the path of its field."""
    if value is None:
        return []
    return [(name, value)] if isinstance(value, str) else [(f"{name}[{i}]", entry) for i, entry in enumerate(value)]
