"""Iso: the whole state in another form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, overload

from lensconnect.optics import raw
from lensconnect.optics.lens import Lens
from lensconnect.optics.state_fn import name_of
from lensconnect.optics.steps import ISO
from lensconnect.optics.traversal import Traversal, compose

S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")


class Iso(Lens[S, A]):
    """A lens whose focus is the whole state in another form: two functions, each the inverse of the other.

    Laws: `back(there(state)) == state` and `there(back(value)) == value`.  `name` is the iso's `repr`.

    >>> digits = Iso(int, str)
    >>> "41" & digits.modify(lambda number: number + 1)
    '42'
    >>> 7 & digits.reverse().get()
    '7'
    """

    __slots__ = ("back", "there")

    def __init__(self, there: Callable[[S], A], back: Callable[[A], S], name: str = "") -> None:
        self.there: Final = there
        self.back: Final = back
        self._steps = ((ISO, "", there, back),)
        self._parts = (Iso, (there, back, name))
        self._name = name or f"Iso({name_of(there)}, {name_of(back)})"

    def _as_lenses(self) -> Any:
        return raw.package().optics.Isomorphism(self.there, self.back)

    def reverse(self) -> Iso[A, S]:
        """Return the way back as an iso (Haskell's `from`)."""
        return Iso(self.back, self.there, f"{self!r}.reverse()")

    # Checkers compare overloads by position, not by what they take together.
    @overload  # type: ignore[override]
    def __and__(self, other: Iso[A, B], /) -> Iso[S, B]: ...
    @overload
    def __and__(self, other: Lens[A, B], /) -> Lens[S, B]: ...
    @overload
    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]: ...
    def __and__(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, other: Traversal[A, B], /
    ) -> Traversal[S, B]:
        """Compose: an iso with any other optic is an optic of that kind, but a traversal with a prism."""
        if not isinstance(other, Iso):
            return super().__and__(other)
        there, back = self.there, self.back
        both: Iso[S, B] = Iso(lambda state: other.there(there(state)), lambda value: back(other.back(value)))
        both._parts = (compose, (self, other))
        return both
