"""What a field's annotation may say of it, besides its Python type.

    content: Annotated[str, text(1, 16384)] | None = None
    connection_token: Annotated[ConnectionToken, text(1, 1000), BEARER]

A mark is data.  `record.fields` gathers them into the table that validation, description, decoding,
rendering, documentation and the tests' generators all read.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["BEARER", "LABEL", "PERSONAL", "SECRET", "Bound", "Mark", "count", "number", "text"]


class Bound(NamedTuple):
    """The sizes a value may have: `minimum <= size <= maximum`, both included, `None` for no end.

    `unit` is what the size counts ("characters", "entries"); "" means the number itself.
    """

    minimum: int | None
    maximum: int | None
    unit: str

    @property
    def measure(self) -> str:
        """The size as a Python expression of `v`."""
        return "len(v)" if self.unit else "v"

    @property
    def test(self) -> str:
        """Whether `v` is within the bound, as a Python expression."""
        low = "" if self.minimum is None else f"{self.minimum} <= "
        high = "" if self.maximum is None else f" <= {self.maximum}"
        return f"{low}{self.measure}{high}" if low or high else "True"

    def __str__(self) -> str:
        if self.minimum == self.maximum:
            size = f"exactly {self.minimum}"
        elif self.maximum is None:
            size = f"at least {self.minimum}"
        else:
            size = f"{self.minimum}..{self.maximum}"
        unit = _SINGULAR.get(self.unit, "") if size.endswith(" 1") else self.unit
        return f"{size} {unit}".rstrip()


_SINGULAR: Final = {"characters": "character", "entries": "entry"}


class Mark(NamedTuple):
    """A plain word about a field."""

    name: str


SECRET: Final = Mark("secret")
"""Never shown in a rendering."""
BEARER: Final = Mark("bearer")
"""Travels in the `X-Amz-Bearer` header, and is secret."""
LABEL: Final = Mark("label")
"""Travels as the last segment of the path, and is secret."""
PERSONAL: Final = Mark("personal")
"""What a person wrote or is called: it may be shown, but enters no file unless asked for."""


def text(minimum: int, maximum: int | None = None) -> Bound:
    """So many characters.

    >>> str(text(1, 100))
    '1..100 characters'
    """
    return Bound(minimum, maximum, "characters")


def number(minimum: int | None, maximum: int | None = None) -> Bound:
    """A number in this range."""
    return Bound(minimum, maximum, "")


def count(minimum: int, maximum: int | None = None) -> Bound:
    """So many entries of a tuple.

    >>> str(count(1, 1)), str(count(1)), str(count(2))
    ('exactly 1 entry', 'at least 1 entry', 'at least 2 entries')
    """
    return Bound(minimum, maximum, "entries")
