"""Typed, fast optics that are real `lenses` objects at run time.

A `Lens[S, A]` looks at exactly one `A` inside an `S`, a `Traversal[S, A]` at any number of them,
a `Prism[S, A]` at one that may not be there and can be built back into an `S`.

    value & lens.set(new)            Haskell's  value & lens .~ new
    value & lens.get()               Haskell's  value ^. lens
    outer & inner                    Haskell's  outer . inner
    optional.Some()                  Haskell's  optional . _Just
    items.Each()                     Haskell's  items . traverse

Facts about `lenses`, which only this module may import:
it ships no `py.typed`, so a checker sees `Any` everywhere; an attribute that does not exist becomes
a lens; `==` builds a setter, which is always true; a get costs microseconds. The classes below are
subclasses of its `UnboundLens`, so any raw optic composes with them by `&` on either side, but they
run compiled closures, compare by identity and refuse what a checker would refuse.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, overload

if TYPE_CHECKING:

    class _LensesBase: ...

    _optics: Any = None
    _Just: Any = None
    _Nothing: Any = None
else:
    from lenses import UnboundLens as _LensesBase
    from lenses import optics as _optics
    from lenses.maybe import Just as _Just
    from lenses.maybe import Nothing as _Nothing

S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")
X = TypeVar("X")

# How to build a value again: a function and its arguments (`object.__reduce__`).
_Parts: TypeAlias = tuple[Callable[..., object], tuple[object, ...]]

__all__ = ["Lens", "Prism", "StateFn", "Traversal"]


class StateFn(Generic[S, B]):
    """What a verb gives: a function of the state, called `fn(state)` or `state & fn`.

    Its rendering names the verb and never the value that would be set, which may be a secret.
    """

    __slots__ = ("_optic", "_run", "_verb")

    def __init__(self, run: Callable[[S], B], optic: object, verb: str) -> None:
        self._run = run
        self._optic = optic
        self._verb = verb

    def __call__(self, state: S, /) -> B:
        return self._run(state)

    def __rand__(self, state: S, /) -> B:
        return self(state)

    def __repr__(self) -> str:
        return f"{self._optic!r}.{self._verb}(...)"

    def __reduce__(self) -> _Parts:
        return _call_verb, (self._optic, self._verb)


class _Change(StateFn[S, S], Generic[S, B]):
    """What a verb with an argument gives; `change` takes that argument, then the state."""

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
    """Zero or more foci of type `A` in an `S`; the most general of the three optics.

    Immutable, picklable, safe to share between threads, equal only to itself.
    """

    __slots__ = ("_gather", "_optic", "_over", "_parts")

    def __init__(self, gather: Callable[[S], list[A]], over: Callable[[Callable[[A], A], S], S]) -> None:
        def rebuild(state: S, foci: Iterable[A]) -> S:
            following = iter(foci)
            return over(lambda _: next(following), state)

        self._gather = gather
        self._over = over
        self._optic: Any = _optics.Traversal(gather, rebuild)
        self._parts: _Parts = (Traversal, (gather, over))

    def collect(self) -> StateFn[S, list[A]]:
        """Every focus, in order; `[]` where there is none."""
        return StateFn(self._gather, self, "collect")

    def preview(self) -> StateFn[S, A | None]:
        """The first focus, or `None`."""
        gather = self._gather
        return StateFn(lambda state: next(iter(gather(state)), None), self, "preview")

    def modify(self, function: Callable[[A], A], /) -> StateFn[S, S]:
        """Every focus replaced by `function(focus)`."""
        return _Change(self._over, function, self, "modify")

    def set(self, value: A, /) -> StateFn[S, S]:
        """Every focus replaced by `value`; a state without one stays as it is."""
        over = self._over
        return _Change(lambda new, state: over(lambda _: new, state), value, self, "set")

    def Some(self: Traversal[S, X | None]) -> Traversal[S, X]:  # noqa: N802 - named as `lenses` names optics
        """Only the foci that are not `None` (Haskell's `. _Just`)."""
        return self & _some

    def Each(self: Traversal[S, tuple[X, ...]]) -> Traversal[S, X]:  # noqa: N802 - as above
        """Every entry of a tuple (Haskell's `. traverse`)."""
        return self & _each

    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]:
        """First this optic, then `other`; a raw `lenses` optic is welcome on either side."""
        inner: Traversal[A, B] = _lift(other)
        gather, over = self._gather, self._over
        gather_inner, over_inner = inner._gather, inner._over
        both: Traversal[S, B] = Traversal(
            lambda state: [focus for middle in gather(state) for focus in gather_inner(middle)],
            lambda function, state: over(partial(over_inner, function), state),
        )
        both._optic = self._optic.compose(inner._optic)
        both._parts = (_compose, (self, inner))
        return both

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = object.__hash__

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

    if not TYPE_CHECKING:  # what a checker refuses is refused at run time too

        def __getattr__(self, name):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

        def __get__(self, instance, owner=None):
            return self  # `lenses` would turn an optic kept on a class into a bound lens


def _refuse(*_: object) -> Any:
    return NotImplemented


if not TYPE_CHECKING:
    # `lenses` gives optics arithmetic, ordering and indexing that build setters out of a slip of the pen.
    for _name in (
        "lt le gt ge add sub mul matmul truediv floordiv mod divmod pow lshift rshift xor or "
        "radd rsub rmul rmatmul rtruediv rfloordiv rmod rdivmod rpow rlshift rrshift rxor ror"
    ).split():
        setattr(Traversal, f"__{_name}__", _refuse)
    for _name in ("neg", "pos", "invert", "getitem"):

        def _refuse_loudly(self, *_, _name=_name):
            raise TypeError(f"{type(self).__name__} does not support __{_name}__")

        setattr(Traversal, f"__{_name}__", _refuse_loudly)
    Traversal.__iter__ = None  # else `iter` would take indexing for iteration


def _flipped(put: Callable[[A, S], S]) -> Callable[[S, A], S]:
    return lambda state, value: put(value, state)


@cache
def _compiled(path: tuple[str, ...]) -> tuple[Any, Any, Any]:
    """`(view, put, over)` for a path of fields as straight-line code, built once per path.

    For `("a", "b")`: `s.a.b`, `s.__replace__(a=s.a.__replace__(b=v))` and the same with `f(s.a.b)`.
    """
    owners = [".".join(("s", *path[:depth])) for depth in range(len(path) + 1)]
    put, over = "v", f"f({owners[-1]})"
    for owner, name in zip(owners[-2::-1], path[::-1], strict=True):
        put, over = f"{owner}.__replace__({name}={put})", f"{owner}.__replace__({name}={over})"
    view = operator.attrgetter(".".join(path))
    # The text is made of identifiers only, `Lens` has checked; nothing of a caller's data enters it.
    return view, *eval(f"(lambda v, s: {put}), (lambda f, s: {over})")  # noqa: S307


def _alone(view: Callable[[S], A], state: S) -> list[A]:
    return [view(state)]


_PARTS: Final[dict[str, Callable[[Any, Any, Any], Any]]] = {
    "view": lambda view, put, over: view,
    "put": lambda view, put, over: put,
    "_over": lambda view, put, over: over,
    "_gather": lambda view, put, over: partial(_alone, view),
    "_optic": lambda view, put, over: _optics.Lens(view, _flipped(put)),
}
"""What a lens is made of, from what is compiled for its path."""


class Lens(Traversal[S, A]):
    """Exactly one focus: a path of record fields, written `Lens("start_position", "id")`.

    `view(state)` and `put(value, state)` are the uncurried verbs and the fastest.

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

        def __getattr__(self, name):  # once for each part: of the lenses it imports a program looks through few
            if name not in _PARTS:
                return super().__getattr__(name)
            part = _PARTS[name](*_compiled(self.path))
            setattr(self, name, part)
            return part

    def get(self) -> StateFn[S, A]:
        """The focus."""
        return StateFn(self.view, self, "get")

    def set(self, value: A, /) -> StateFn[S, S]:
        """The state with `value` in place of the focus."""
        return _Change(self.put, value, self, "set")

    @overload
    def __and__(self, other: Lens[A, B], /) -> Lens[S, B]: ...
    @overload
    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]: ...
    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]:
        """Two lenses make a lens; a lens and any other optic make a traversal."""
        if isinstance(other, Lens):
            return Lens(*self.path, *other.path)
        return super().__and__(other)

    def __repr__(self) -> str:
        return f"Lens({'.'.join(self.path)})"


class Prism(Traversal[S, A]):
    """At most one focus, and the way back: `construct(focus)` is a state that has it.

    `unpack` gives the focus or `None`. `over`, where given, replaces the plain
    "unpack, apply, construct", for a prism that has to keep what the focus does not hold.
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

        def maybe(state: S) -> Any:
            return _Nothing() if (focus := unpack(state)) is None else _Just(focus)

        self.unpack: Final = unpack
        self.construct: Final = construct
        super().__init__(gather, over or rebuild)
        self._optic = _optics.Prism(maybe, construct)
        self._parts = (Prism, (unpack, construct, over))


def _compose(outer: Traversal[S, A], inner: Traversal[A, B]) -> Traversal[S, B]:
    return outer & inner


class _Lifted(Traversal[Any, Any]):
    """A raw `lenses` optic in our skin, at the speed `lenses` has inside."""

    def __init__(self, raw: Any) -> None:
        optic = raw._optic
        super().__init__(optic.to_list_of, lambda function, state: optic.over(state, function))
        self._optic = optic
        self._parts = (_Lifted, (raw,))


def _lift(optic: Any) -> Any:
    if isinstance(optic, Traversal):
        return optic  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(optic, _LensesBase):
        raise TypeError(f"not an optic: {type(optic).__name__}")
    return _Lifted(optic)


def _itself(value: Any) -> Any:
    return value


def _over_entries(function: Callable[[Any], Any], state: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([function(entry) for entry in state])


_some: Traversal[Any, Any] = Prism(_itself, _itself)
_each: Traversal[Any, Any] = Traversal(list, _over_entries)
