"""Prism: an optic with at most one focus, from which it can build a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from lensconnect.optics import raw
from lensconnect.optics.state_fn import name_of
from lensconnect.optics.steps import PARTIAL_PRISM, PRISM
from lensconnect.optics.traversal import Traversal

S = TypeVar("S")
A = TypeVar("A")


class Prism(Traversal[S, A]):
    """An optic with at most one focus, from which it can build a state.

    `unpack(state)` returns the focus or `None`, `construct(focus)` a state with this focus.  `over`, if given,
    replaces "unpack, apply, construct", for a prism that has to keep parts of the state outside the focus.
    `name` is the prism's `repr`.
    """

    __slots__ = ("construct", "unpack")

    def __init__(
        self,
        unpack: Callable[[S], A | None],
        construct: Callable[[A], S],
        over: Callable[[Callable[[A], A], S], S] | None = None,
        name: str = "",
    ) -> None:
        self.unpack: Final = unpack
        self.construct: Final = construct
        self._steps = ((PARTIAL_PRISM, "", unpack, over) if over else (PRISM, "", unpack, construct),)
        self._parts = (Prism, (unpack, construct, over, name))
        self._name = name or f"Prism({name_of(unpack)}, {name_of(construct)})"

    def _as_lenses(self) -> Any:
        lenses = raw.package()

        def maybe(state: S) -> Any:
            return lenses.maybe.Nothing() if (focus := self.unpack(state)) is None else lenses.maybe.Just(focus)

        return lenses.optics.Prism(maybe, self.construct)
