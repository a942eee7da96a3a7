"""StateFn: a function of the state that the methods of an optic return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

S = TypeVar("S")
B = TypeVar("B")
X = TypeVar("X")

Parts: TypeAlias = tuple[Callable[..., object], tuple[object, ...]]
"""A function and the arguments that build a value again (`object.__reduce__`)."""


class StateFn(Generic[S, B]):
    """A function of the state, returned by the methods of an optic: call it as `fn(state)` or `state & fn`.

    Its `repr` names the method and never the value to be set, which may be a secret.
    """

    __slots__ = ("_optic", "_run", "_verb")

    def __init__(self, run: Callable[[S], B], optic: object, verb: str) -> None:
        self._run = run
        self._optic = optic
        self._verb = verb

    def __call__(self, state: S, /) -> B:
        """Return the result for a state."""
        return self._run(state)

    def __rand__(self, state: S, /) -> B:
        return self._run(state)

    def __repr__(self) -> str:
        optic = repr(self._optic)
        return f"({optic}).{self._verb}(...)" if " & " in optic else f"{optic}.{self._verb}(...)"

    def __reduce__(self) -> Parts:
        return _call_verb, (self._optic, self._verb)


class StateFnWith(StateFn[S, B], Generic[S, B, X]):
    """A state function of a method with an argument; `apply` takes that argument, then the state."""

    __slots__ = ("_apply", "_argument")

    def __init__(self, apply: Callable[[X, S], B], argument: X, optic: object, verb: str) -> None:
        self._apply = apply
        self._argument = argument
        self._optic = optic
        self._verb = verb

    def __call__(self, state: S, /) -> B:
        """Return the result for a state."""
        return self._apply(self._argument, state)

    def __rand__(self, state: S, /) -> B:
        return self._apply(self._argument, state)

    def __reduce__(self) -> Parts:
        return _call_verb, (self._optic, self._verb, self._argument)


def _call_verb(optic: object, verb: str, *arguments: object) -> object:
    return getattr(optic, verb)(*arguments)


def name_of(function: object) -> str:
    """Return the name of a function for a rendering, without the values that it may hold."""
    if isinstance(function, StateFn):
        return repr(function)  # pyright: ignore[reportUnknownArgumentType]
    return getattr(function, "__qualname__", type(function).__name__)
