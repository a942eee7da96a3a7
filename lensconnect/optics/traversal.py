"""Traversal: an optic with any number of foci; composition, and the methods that every optic has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from lensconnect.optics import raw
from lensconnect.optics.state_fn import Parts, StateFn, StateFnWith, name_of
from lensconnect.optics.steps import EACH, ENTRY, FILTERED, FUNCTIONS, NON, SOME, Step, compiled

S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")
X = TypeVar("X")
T = TypeVar("T", bound="Traversal[Any, Any]")


class Traversal(Generic[S, A]):
    """An optic with any number of foci of type `A` in an `S`; the most general of the three.

    `gather(state)` returns the foci, as a list or lazily, `over(function, state)` the state with every focus changed;
    `name` is the traversal's `repr`.
    Immutable, picklable, safe to share between threads, equal only to itself.
    """

    __slots__ = ("_foci", "_gather", "_name", "_optic", "_over", "_parts", "_put", "_steps")
    _compiled: ClassVar = frozenset({"_foci", "_gather", "_over", "_put"})
    _foci: Callable[[S], Iterator[A]]
    _gather: Callable[[S], list[A]]
    _over: Callable[[Callable[[A], A], S], S]
    _put: Callable[[A, S], S]
    _steps: tuple[Step, ...]
    _parts: Parts

    def __init__(
        self, gather: Callable[[S], Iterable[A]], over: Callable[[Callable[[A], A], S], S], name: str = ""
    ) -> None:
        self._steps = ((FUNCTIONS, "", gather, over),)
        self._parts = (Traversal, (gather, over, name))
        self._name = name or f"Traversal({name_of(gather)}, {name_of(over)})"

    def _as_lenses(self) -> Any:
        """Return the optic of `lenses` that does the same."""

        def rebuild(state: S, foci: Iterable[A]) -> S:
            following = iter(foci)
            return self._over(lambda _: next(following), state)

        build, arguments = self._parts
        if build is compose:
            outer, inner = arguments
            return _raw_of(outer).compose(_raw_of(inner))
        return raw.package().optics.Traversal(self._gather, rebuild)

    def collect(self) -> StateFn[S, list[A]]:
        """Return every focus as a list, in order; `[]` if there is none."""
        return StateFn(self._gather, self, "collect")

    def preview(self) -> StateFn[S, A | None]:
        """Return the first focus, or `None` if there is none; it looks for no other."""
        foci = self._foci
        return StateFn(lambda state: next(foci(state), None), self, "preview")

    def last_of(self) -> StateFn[S, A | None]:
        """Return the last focus, or `None` if there is none."""
        gather = self._gather
        return StateFn(lambda state: next(reversed(gather(state)), None), self, "last_of")

    def has(self) -> StateFn[S, bool]:
        """Return True if there is a focus, at the first; a focus that is `None` or empty counts."""
        foci = self._foci
        return StateFn(lambda state: next(foci(state), _ABSENT) is not _ABSENT, self, "has")

    def length_of(self) -> StateFn[S, int]:
        """Return the number of foci."""
        gather = self._gather
        return StateFn(lambda state: len(gather(state)), self, "length_of")

    def any_of(self, predicate: Callable[[A], bool], /) -> StateFn[S, bool]:
        """Return True at the first focus for which the predicate holds; False if there is none."""
        foci = self._foci
        return StateFnWith(lambda test, state: any(map(test, foci(state))), predicate, self, "any_of")

    def all_of(self, predicate: Callable[[A], bool], /) -> StateFn[S, bool]:
        """Return False at the first focus for which the predicate does not hold; True if there is none."""
        foci = self._foci
        return StateFnWith(lambda test, state: all(map(test, foci(state))), predicate, self, "all_of")

    def modify(self, function: Callable[[A], A], /) -> StateFn[S, S]:
        """Return the state with every focus replaced by `function(focus)`."""
        return StateFnWith(self._over, function, self, "modify")

    def set(self, value: A, /) -> StateFn[S, S]:
        """Return the state with every focus replaced by `value`; unchanged if there is none."""
        return StateFnWith(self._put, value, self, "set")

    def Some(self: Traversal[S, X | None]) -> Traversal[S, X]:  # noqa: N802 - named as `lenses` names optics
        """Focus on the foci that are not `None` (Haskell's `. _Just`)."""
        return self & _some()

    def Each(self: Traversal[S, tuple[X, ...]]) -> Traversal[S, X]:  # noqa: N802 - as above
        """Focus on every entry of a tuple (Haskell's `. traverse`)."""
        return self & _each()

    def ix(self: Traversal[S, tuple[X, ...]], index: int, /) -> Traversal[S, X]:
        """Focus on the entry of a tuple at an index, if there is one; -1 is the last.  It never adds an entry.

        >>> from lensconnect import Fault, InvalidRequest, fault_path, invalid_request_faults
        >>> error = InvalidRequest((Fault("a", "int"), Fault("b", "str")))
        >>> error & (invalid_request_faults.ix(-1) & fault_path).preview()
        'b'
        """
        return self & _ix(index)

    def filtered(self, predicate: Callable[[A], bool], /) -> Traversal[S, A]:
        """Focus on the foci for which the predicate holds.

        The laws hold for changes after which the predicate gives the same result: a focus that leaves the
        condition is not found again.
        """
        return self & _filtered(predicate)

    def non(self: Traversal[S, X | None], default: X, /) -> Traversal[S, X]:
        """Focus on each value, or on `default` where it is `None`; to set the default is to set `None`.

        The laws hold for states in which no focus is `default` itself.
        """
        return self & non_of(Traversal, default)

    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]:
        """Compose: first this optic, then `other`, which may be a raw `lenses` optic.

        `TypeError` if `other` is no optic.
        """
        inner: Traversal[A, B] = _lift(other)
        composed: Traversal[S, B] = optic_of(Traversal, self._steps + inner._steps, (compose, (self, inner)))
        return composed

    def __reduce__(self) -> Parts:
        return self._parts

    def __copy__(self) -> Traversal[S, A]:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Traversal[S, A]:
        return self

    def __repr__(self) -> str:
        build, arguments = self._parts
        if build is compose:
            outer, inner = map(repr, arguments)
            return f"{outer}{inner}" if inner.startswith(".") else f"{outer} & {inner}"
        return self._name

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            if name in self._compiled:  # when first needed: a program uses few of its optics
                function = compiled(name.lstrip("_"), self._steps)
                setattr(self, name, function)
                return function
            if name == "_optic" and raw.package():  # built when first needed: few optics meet raw ones
                self._optic = self._as_lenses()
                return self._optic
            if name[0] != "_" and hasattr(unbound := getattr(raw.package(), "UnboundLens", None), name):
                return getattr(unbound(self._optic), name)
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{raw.hint()}")

        @property
        def __class__(self):  # `isinstance` asks for it, also where it stands in `lenses`
            return raw.unbound_lens() or type(self)

        def __dir__(self):  # `object` would ask for the class
            return dir(type(self))


def _raw_of(optic: Any) -> Any:
    return optic._optic


def optic_of(kind: Any, steps: tuple[Step, ...], parts: Parts, name: str = "") -> Any:
    """Return the optic of this kind that has these steps."""
    optic = kind.__new__(kind)
    optic._steps, optic._parts, optic._name = steps, parts, name
    return optic


def compose(outer: Traversal[S, A], inner: Traversal[A, B]) -> Traversal[S, B]:
    """Return `outer & inner`; a pickle of a composition names this function."""
    return outer & inner


class _Lifted(Traversal[Any, Any]):
    """A raw `lenses` optic as a traversal; it runs at the speed of `lenses`."""

    def __init__(self, raw: Any) -> None:
        optic = raw._optic
        super().__init__(optic.to_list_of, lambda function, state: optic.over(state, function), "<optic of lenses>")
        self._optic = optic
        self._parts = (_Lifted, (raw,))


def _lift(optic: Any) -> Any:
    if isinstance(optic, Traversal):
        return optic  # pyright: ignore[reportUnknownVariableType]
    unbound = raw.unbound_lens()
    if unbound and isinstance(optic, unbound):
        return _Lifted(optic)
    raise TypeError(f"not an optic: {type(optic).__name__}{raw.hint()}")


_ABSENT: Final = object()


@cache
def _some() -> Traversal[Any, Any]:
    optic: Traversal[Any, Any] = optic_of(Traversal, ((SOME, "", None, None),), (_some, ()), ".Some()")
    return optic


@cache
def _each() -> Traversal[Any, Any]:
    optic: Traversal[Any, Any] = optic_of(Traversal, ((EACH, "", None, None),), (_each, ()), ".Each()")
    return optic


def _over_entry_at(index: int, function: Callable[[X], X], state: tuple[X, ...]) -> tuple[X, ...]:
    if not -len(state) <= index < len(state):
        return state
    at = index % len(state)
    return (*state[:at], function(state[at]), *state[at + 1 :])


def _ix(index: int) -> Traversal[Any, Any]:
    entry = slice(index, index + 1 or None)
    step = (ENTRY, "", entry, partial(_over_entry_at, index))
    optic: Traversal[Any, Any] = optic_of(Traversal, (step,), (_ix, (index,)), f".ix({index})")
    return optic


def _filtered(predicate: Callable[[Any], bool]) -> Traversal[Any, Any]:
    step = (FILTERED, "", predicate, None)
    optic: Traversal[Any, Any] = optic_of(
        Traversal, (step,), (_filtered, (predicate,)), f".filtered({name_of(predicate)})"
    )
    return optic


def non_of(kind: type[T], default: Any) -> T:
    """Return an optic of this kind, a traversal or a lens: the value, or `default` where it is `None`."""

    def back(_: object, value: object) -> object:
        return None if value == default else value

    optic: T = optic_of(kind, ((NON, "", default, back),), (non_of, (kind, default)), ".non(...)")
    return optic
