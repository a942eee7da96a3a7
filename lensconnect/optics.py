"""Typed, fast optics that are real `lenses` objects at run time.

A `Lens[S, A]` focuses on exactly one `A` inside an `S`, a `Traversal[S, A]` on any number of them,
a `Prism[S, A]` on at most one, and builds an `S` from it.

    value & lens.set(new)            Haskell's  value & lens .~ new
    value & lens.get()               Haskell's  value ^. lens
    outer & inner                    Haskell's  outer . inner
    optional.Some()                  Haskell's  optional . _Just
    items.Each()                     Haskell's  items . traverse

Facts about `lenses` (observed with version 1.2.0), which only this module may import: it has no
`py.typed`, so a type checker sees `Any` everywhere; an attribute that does not exist becomes a lens;
`==` builds a setter, which is always true; a get takes microseconds.  The classes below are subclasses of
its `UnboundLens`, so any raw optic composes with them by `&` on either side; but they run compiled
closures, compare by identity and refuse at run time what a type checker refuses.

`lenses` is GPL-3.0-or-later.  A distribution may leave it out: without it this module works on its own,
and only composing with raw `lenses` optics is missing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, overload


class _LensesBase:
    """The base of our optics, to a type checker and where `lenses` is not installed."""

    __slots__ = ()


_lenses: Any = None
_maybe: Any = None
if not TYPE_CHECKING:
    with suppress(ModuleNotFoundError):
        from lenses import UnboundLens as _LensesBase
        from lenses import maybe as _maybe
        from lenses import optics as _lenses

_HINT: Final = "" if _lenses else "; optics of the package `lenses` need it installed: python -m pip install lenses"

S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")
X = TypeVar("X")

# A function and the arguments that build a value again (`object.__reduce__`).
_Parts: TypeAlias = tuple[Callable[..., object], tuple[object, ...]]

__all__ = ["Lens", "Prism", "StateFn", "Traversal"]


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
        return self(state)

    def __repr__(self) -> str:
        return f"{self._optic!r}.{self._verb}(...)"

    def __reduce__(self) -> _Parts:
        return _call_verb, (self._optic, self._verb)


class _Change(StateFn[S, S], Generic[S, B]):
    """A state function of a method with an argument; `change` takes that argument, then the state."""

    __slots__ = ("_argument", "_change")

    def __init__(self, change: Callable[[B, S], S], argument: B, optic: object, verb: str) -> None:
        self._change = change
        self._argument = argument
        self._optic = optic
        self._verb = verb

    def __call__(self, state: S, /) -> S:
        return self._change(self._argument, state)

    def __reduce__(self) -> _Parts:
        return _call_verb, (self._optic, self._verb, self._argument)


def _call_verb(optic: object, verb: str, *arguments: object) -> object:
    return getattr(optic, verb)(*arguments)


class Traversal(_LensesBase, Generic[S, A]):
    """An optic with any number of foci of type `A` in an `S`; the most general of the three.

    `gather(state)` returns the foci as a list, `over(function, state)` the state with every focus changed.
    Immutable, picklable, safe to share between threads, equal only to itself.
    """

    __slots__ = ("_gather", "_optic", "_over", "_parts")

    def __init__(self, gather: Callable[[S], list[A]], over: Callable[[Callable[[A], A], S], S]) -> None:
        self._gather = gather
        self._over = over
        self._parts: _Parts = (Traversal, (gather, over))

    def _as_lenses(self) -> Any:
        """Return the optic of `lenses` that does the same."""

        def rebuild(state: S, foci: Iterable[A]) -> S:
            following = iter(foci)
            return self._over(lambda _: next(following), state)

        build, arguments = self._parts
        if build is _compose:
            outer, inner = arguments
            return _raw(outer).compose(_raw(inner))
        return _lenses.Traversal(self._gather, rebuild)

    def collect(self) -> StateFn[S, list[A]]:
        """Return every focus as a list, in order; `[]` if there is none."""
        return StateFn(self._gather, self, "collect")

    def preview(self) -> StateFn[S, A | None]:
        """Return the first focus, or `None` if there is none."""
        gather = self._gather
        return StateFn(lambda state: next(iter(gather(state)), None), self, "preview")

    def modify(self, function: Callable[[A], A], /) -> StateFn[S, S]:
        """Return the state with every focus replaced by `function(focus)`."""
        return _Change(self._over, function, self, "modify")

    def set(self, value: A, /) -> StateFn[S, S]:
        """Return the state with every focus replaced by `value`; unchanged if there is none."""
        over = self._over
        return _Change(lambda new, state: over(lambda _: new, state), value, self, "set")

    def Some(self: Traversal[S, X | None]) -> Traversal[S, X]:  # noqa: N802 - named as `lenses` names optics
        """Focus on the foci that are not `None` (Haskell's `. _Just`)."""
        return self & _some

    def Each(self: Traversal[S, tuple[X, ...]]) -> Traversal[S, X]:  # noqa: N802 - as above
        """Focus on every entry of a tuple (Haskell's `. traverse`)."""
        return self & _each

    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]:
        """Compose: first this optic, then `other`, which may be a raw `lenses` optic.

        `TypeError` if `other` is no optic.
        """
        inner: Traversal[A, B] = _lift(other)
        gather, over = self._gather, self._over
        gather_inner, over_inner = inner._gather, inner._over
        composed: Traversal[S, B] = Traversal(
            lambda state: [focus for middle in gather(state) for focus in gather_inner(middle)],
            lambda function, state: over(partial(over_inner, function), state),
        )
        composed._parts = (_compose, (self, inner))
        return composed

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __reduce__(self) -> _Parts:
        return self._parts

    def __copy__(self) -> Traversal[S, A]:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Traversal[S, A]:
        return self

    def __repr__(self) -> str:
        build, arguments = self._parts
        if build is _compose:
            return " & ".join(map(repr, arguments))
        return f"<{type(self).__name__}>"

    if not TYPE_CHECKING:

        def __getattr__(self, name):  # `UnboundLens` would return a lens
            if name == "_optic" and _lenses:  # built when first needed: few optics meet raw ones
                self._optic = self._as_lenses()
                return self._optic
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{_HINT}")

        def __get__(self, instance, owner=None):  # `UnboundLens` would bind an optic that is a class attribute
            return self


def _raw(optic: Any) -> Any:
    return optic._optic


def _refuse(*_: object) -> Any:
    return NotImplemented


if not TYPE_CHECKING:
    # `UnboundLens` defines arithmetic, ordering and indexing that turn a typing mistake into a setter.
    for _name in (
        "lt le gt ge add sub mul matmul truediv floordiv mod divmod pow lshift rshift xor or "
        "radd rsub rmul rmatmul rtruediv rfloordiv rmod rdivmod rpow rlshift rrshift rxor ror"
    ).split():
        setattr(Traversal, f"__{_name}__", _refuse)
    for _name in ("neg", "pos", "invert", "getitem"):

        def _refuse_loudly(self, *_, _name=_name):
            raise TypeError(f"{type(self).__name__} does not support __{_name}__")

        setattr(Traversal, f"__{_name}__", _refuse_loudly)
    Traversal.__iter__ = None  # otherwise `iter` would fall back to indexing


@cache
def _compiled(path: tuple[str, ...]) -> tuple[Any, Any, Any]:
    """Return `(view, put, over)` for a path of fields as straight-line code, built once per path.

    For `("a", "b")`: `s.a.b`, `s.__replace__(a=s.a.__replace__(b=v))` and the same with `f(s.a.b)`.
    """
    owners = [".".join(("s", *path[:depth])) for depth in range(len(path) + 1)]
    put, over = "v", f"f({owners[-1]})"
    for owner, name in zip(owners[-2::-1], path[::-1], strict=True):
        put, over = f"{owner}.__replace__({name}={put})", f"{owner}.__replace__({name}={over})"
    view = operator.attrgetter(".".join(path))
    # `Lens` has checked that the text consists of identifiers only; no caller's data enters it.
    return view, *eval(f"(lambda v, s: {put}), (lambda f, s: {over})")  # noqa: S307


def _as_list(view: Callable[[S], A], state: S) -> list[A]:
    return [view(state)]


_PARTS: Final[dict[str, Callable[[Any, Any, Any], Any]]] = {
    "view": lambda view, put, over: view,
    "put": lambda view, put, over: put,
    "_over": lambda view, put, over: over,
    "_gather": lambda view, put, over: partial(_as_list, view),
}
"""The attributes of a lens, each made of the functions that are compiled for its path."""


class Lens(Traversal[S, A]):
    """An optic with exactly one focus: a path of record fields, such as `Lens("start_position", "id")`.

    `view(state)` and `put(value, state)` are the fastest way to get and set.  `ValueError` if a name of the
    path is no identifier.

    >>> from lensconnect import new_send_event, send_event_content, ConnectionToken
    >>> event = new_send_event("text/plain", ConnectionToken("t")) & send_event_content.set("hi")
    >>> event & send_event_content.get()
    'hi'
    """

    __slots__ = ("path", "put", "view")
    view: Callable[[S], A]
    put: Callable[[A, S], S]

    def __init__(self, *path: str) -> None:
        if not path or not all(name.isidentifier() for name in path):
            raise ValueError(f"not a path of field names: {path!r}")
        self.path: Final = path
        self._parts = (Lens, path)

    if not TYPE_CHECKING:

        def __getattr__(self, name):  # builds an attribute when first needed: a program uses few of its lenses
            if name not in _PARTS:
                return super().__getattr__(name)
            part = _PARTS[name](*_compiled(self.path))
            setattr(self, name, part)
            return part

    def _as_lenses(self) -> Any:
        def replace(state: S, value: A) -> S:
            return self.put(value, state)

        return _lenses.Lens(self.view, replace)

    def get(self) -> StateFn[S, A]:
        """Return the focus."""
        return StateFn(self.view, self, "get")

    def set(self, value: A, /) -> StateFn[S, S]:
        """Return the state with `value` in place of the focus."""
        return _Change(self.put, value, self, "set")

    @overload
    def __and__(self, other: Lens[A, B], /) -> Lens[S, B]: ...
    @overload
    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]: ...
    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]:
        """Compose: a lens with a lens is a lens, a lens with any other optic is a traversal.

        `TypeError` if `other` is no optic.
        """
        if isinstance(other, Lens):
            return Lens(*self.path, *other.path)
        return super().__and__(other)

    def __repr__(self) -> str:
        return f"Lens({'.'.join(self.path)})"


class Prism(Traversal[S, A]):
    """An optic with at most one focus, from which it can build a state.

    `unpack(state)` returns the focus or `None`, `construct(focus)` a state with this focus.  `over`, if given,
    replaces "unpack, apply, construct", for a prism that has to keep parts of the state outside the focus.
    """

    __slots__ = ("construct", "unpack")

    def __init__(
        self,
        unpack: Callable[[S], A | None],
        construct: Callable[[A], S],
        over: Callable[[Callable[[A], A], S], S] | None = None,
    ) -> None:
        def gather(state: S) -> list[A]:
            return [] if (focus := unpack(state)) is None else [focus]

        def rebuild(function: Callable[[A], A], state: S) -> S:
            return state if (focus := unpack(state)) is None else construct(function(focus))

        self.unpack: Final = unpack
        self.construct: Final = construct
        super().__init__(gather, over or rebuild)
        self._parts = (Prism, (unpack, construct, over))

    def _as_lenses(self) -> Any:
        def maybe(state: S) -> Any:
            return _maybe.Nothing() if (focus := self.unpack(state)) is None else _maybe.Just(focus)

        return _lenses.Prism(maybe, self.construct)


def _compose(outer: Traversal[S, A], inner: Traversal[A, B]) -> Traversal[S, B]:
    return outer & inner


class _Lifted(Traversal[Any, Any]):
    """A raw `lenses` optic as a traversal; it runs at the speed of `lenses`."""

    def __init__(self, raw: Any) -> None:
        optic = raw._optic
        super().__init__(optic.to_list_of, lambda function, state: optic.over(state, function))
        self._optic = optic
        self._parts = (_Lifted, (raw,))


def _lift(optic: Any) -> Any:
    if isinstance(optic, Traversal):
        return optic  # pyright: ignore[reportUnknownVariableType]
    if _lenses and isinstance(optic, _LensesBase):
        return _Lifted(optic)
    raise TypeError(f"not an optic: {type(optic).__name__}{_HINT}")


def _identity(value: Any) -> Any:
    return value


def _over_entries(function: Callable[[Any], Any], state: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([function(entry) for entry in state])


_some: Traversal[Any, Any] = Prism(_identity, _identity)
_each: Traversal[Any, Any] = Traversal(list, _over_entries)
