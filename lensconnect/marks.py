"""Marks: the constraints and traits that a field's annotation carries besides its Python type.

    content: Annotated[str, text(1, 16384)] | None = None
    connection_token: Annotated[ConnectionToken, text(1, 1000), BEARER]

A mark is data.  `record.fields` collects the marks into the table that validation, description, decoding,
rendering, documentation and the tests' generators read.  The marks correspond to Smithy traits: `length`
and `range` (`Bound`), `httpHeader` (`BEARER`), `httpLabel` (`HTTP_LABEL`), `httpResponseCode`
(`HTTP_RESPONSE_CODE`) and `sensitive` (`SECRET`).
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Bound(NamedTuple):
    """The allowed sizes of a value: `minimum <= size <= maximum`, both included, `None` for no limit.

    `unit` names the unit of the size ("characters", "entries"); "" means that the value itself is compared.
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
        """The test that `v` is within the bound, as a Python expression."""
        low = "" if self.minimum is None else f"{self.minimum} <= "
        high = "" if self.maximum is None else f" <= {self.maximum}"
        return f"{low}{self.measure}{high}" if low or high else "True"

    def __str__(self) -> str:
        if self.minimum == self.maximum:
            size = f"exactly {self.minimum}"
        elif self.maximum is None:
            size = f"at least {self.minimum}"
        elif self.minimum is None:
            size = f"at most {self.maximum}"
        else:
            size = f"{self.minimum}..{self.maximum}"
        unit = _SINGULAR.get(self.unit, "") if size.endswith(" 1") else self.unit
        return f"{size} {unit}".rstrip()


_SINGULAR: Final = {"characters": "character", "entries": "entry"}


class Mark(NamedTuple):
    """A trait of a field that has no parameters."""

    name: str


SECRET: Final = Mark("secret")
"""The value is never shown in a rendering."""
BEARER: Final = Mark("bearer")
"""The value is sent in the `X-Amz-Bearer` header; it is secret."""
HTTP_LABEL: Final = Mark("label")
"""The value is sent as the last segment of the path; it is secret."""
HTTP_RESPONSE_CODE: Final = Mark("status")
"""The value is the HTTP status of a response; it is never read from or written to a body."""
LOCAL: Final = Mark("local")
"""The value is a note of this package: it is never read from or written to a message."""
PERSONAL: Final = Mark("personal")
"""The value is a person's text or name: renderings show it, but it is written to a file only on request."""


def text(minimum: int, maximum: int | None = None) -> Bound:
    """Return a bound on the number of characters of a string.

    >>> str(text(1, 100))
    '1..100 characters'
    """
    return Bound(minimum, maximum, "characters")


def number(minimum: int | None, maximum: int | None = None) -> Bound:
    """Return a bound on the value of a number."""
    return Bound(minimum, maximum, "")


def count(minimum: int, maximum: int | None = None) -> Bound:
    """Return a bound on the number of entries of a tuple.

    >>> str(count(1, 1)), str(count(1)), str(count(2))
    ('exactly 1 entry', 'at least 1 entry', 'at least 2 entries')
    """
    return Bound(minimum, maximum, "entries")
