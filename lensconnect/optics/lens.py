"""Lens: an optic with exactly one focus, a path of record fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, overload

from lensconnect.optics import raw
from lensconnect.optics.state_fn import Parts, StateFn, StateFnWith
from lensconnect.optics.traversal import Traversal, compose, in_place_of_none, none_in_place_of

S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")
X = TypeVar("X")

_Steps: TypeAlias = tuple[tuple[type[Any] | None, str], ...]
"""The fields of a path, each with the record that holds it, if the lens knows it."""


def snake(name: str) -> str:
    """Return a class name in snake case, as the names of optics have it.

    >>> snake("WebRTCMeeting")
    'web_rtc_meeting'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def lens_name(record: type[Any], field: str) -> str:
    """Return the name of the lens of a record's field.

    >>> from lensconnect import WebRTCMeeting
    >>> lens_name(WebRTCMeeting, "meeting_id")
    'web_rtc_meeting_meeting_id'
    """
    return f"{snake(record.__name__)}_{field}"


def _expect(state: Any, record: type[Any], field: str) -> Any:
    """Return the state if it is an instance of the record; `TypeError` if it is not."""
    if isinstance(state, record):
        return state
    raise TypeError(f"{lens_name(record, field)} is a lens of {record.__name__}, not of {type(state).__name__}")


def _owner(depth: int, state: str, checked: bool, field: str) -> str:
    """Return the source of the record at a depth of a path: bound to a name and, if it is known, checked."""
    name = f"s{depth}"
    bound = name if state == name else f"({name} := {state})"
    return f"({name} if {bound}.__class__ is R{depth} else expect({name}, R{depth}, {field!r}))" if checked else bound


@cache
def _compiled(fields: tuple[tuple[bool, str], ...]) -> Callable[..., tuple[Any, Any, Any]]:
    """Return a function from `_expect` and the records of a path to `(view, put, over)`, all straight-line code.

    For one field of a known record: `owner.a`, `owner.__replace__(a=v)` and the same with `f(s0.a)`, where owner
    is `(s0 if s0.__class__ is R0 else expect(s0, R0, 'a'))`; longer paths nest them.
    """
    view = focus = "s0"
    changed = ""
    for depth, (checked, field) in enumerate(fields):
        view = f"{_owner(depth, view, checked, field)}.{field}"
        changed += f"{_owner(depth, focus, checked, field)}.__replace__({field}="
        focus = f"s{depth}.{field}"
    end = ")" * len(fields)
    records = ", ".join(f"R{depth}" for depth in range(len(fields)))
    # `Lens` has checked that the text consists of identifiers only; no caller's data enters it.
    compiled: Callable[..., tuple[Any, Any, Any]] = eval(  # noqa: S307
        f"lambda expect, {records}: "
        f"((lambda s0: {view}), (lambda v, s0: {changed}v{end}), (lambda f, s0: {changed}f({focus}){end}))"
    )
    return compiled


def _as_list(view: Callable[[S], A], state: S) -> list[A]:
    return [view(state)]


_ATTRIBUTES: Final = frozenset({"view", "put", "_over", "_gather"})
"""The attributes of a lens that are made of the functions compiled for its path."""


class Lens(Traversal[S, A]):
    """An optic with exactly one focus: a path of record fields, such as `Lens(GetTranscript, "start_position")`.

    `view(state)` and `put(value, state)` are the fastest way to get and set.  A lens of a record raises `TypeError`
    for the value of another class; without a record, `Lens("content")` takes any state with such a field.
    `ValueError` if no field is named, or a name is no identifier.

    >>> from lensconnect import new_send_event, send_event_content, ConnectionToken
    >>> event = new_send_event("text/plain", ConnectionToken("t")) & send_event_content.set("hi")
    >>> event & send_event_content.get()
    'hi'
    """

    __slots__ = ("_path", "_steps", "put", "view")
    view: Callable[[S], A]
    put: Callable[[A, S], S]
    _path: tuple[str, ...]
    _steps: _Steps

    @overload
    def __init__(self, record: type[S], /, *path: str) -> None: ...
    @overload
    def __init__(self, /, *path: str) -> None: ...
    def __init__(self, *path: Any) -> None:
        record, fields = (path[0], path[1:]) if path and isinstance(path[0], type) else (None, path)
        if not fields or not all(isinstance(name, str) and name.isidentifier() for name in fields):
            raise ValueError(f"not a path of field names: {path!r}")
        self._path = fields
        self._steps = ((record, fields[0]), *[(None, name) for name in fields[1:]])
        self._parts = (Lens, path)

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the fields on the way to the focus."""
        return self._path

    if not TYPE_CHECKING:

        def __getattr__(self, name):  # builds an attribute when first needed: a program uses few of its lenses
            if name not in _ATTRIBUTES:
                return super().__getattr__(name)
            known = tuple((record is not None, field) for record, field in self._steps)
            view, put, over = _compiled(known)(_expect, *[record for record, _ in self._steps])
            part = {"view": view, "put": put, "_over": over, "_gather": partial(_as_list, view)}[name]
            setattr(self, name, part)
            return part

    def _as_lenses(self) -> Any:
        def replace(state: S, value: A) -> S:
            return self.put(value, state)

        return raw.lenses.Lens(self.view, replace)

    def get(self) -> StateFn[S, A]:
        """Return the focus."""
        return StateFn(self.view, self, "get")

    def set(self, value: A, /) -> StateFn[S, S]:
        """Return the state with `value` in place of the focus."""
        return StateFnWith(self.put, value, self, "set")

    def non(self: Lens[S, X | None], default: X, /) -> Lens[S, X]:
        """Focus on the value, or on `default` where it is `None`; to set the default is to set `None`.

        The laws hold for states whose focus is not `default` itself: of those, `None` is the normal form.

        >>> from lensconnect import Item, item_display_name
        >>> Item() & item_display_name.non("").get()
        ''
        """
        return self & _non(default)

    @overload
    def __and__(self, other: Lens[A, B], /) -> Lens[S, B]: ...
    @overload
    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]: ...
    def __and__(self, other: Traversal[A, B], /) -> Traversal[S, B]:
        """Compose: a lens with a lens is a lens, a lens with any other optic is a traversal.

        `TypeError` if `other` is no optic.
        """
        if not isinstance(other, Lens):
            return super().__and__(other)
        parts, path = (compose, (self, other)), self.path + other.path
        if self._steps and other._steps:
            lens: Lens[S, B] = Lens(*path)
            lens._steps = self._steps + other._steps
            lens._parts = parts
            return lens
        view, over, view_inner, put_inner, over_inner = self.view, self._over, other.view, other.put, other._over
        return FunctionLens(
            lambda state: view_inner(view(state)),
            lambda value, state: over(partial(put_inner, value), state),
            lambda function, state: over(partial(over_inner, function), state),
            parts,
            path=path,
        )

    def __repr__(self) -> str:
        shown: list[str] = []
        plain: list[str] = []
        for record, field in (*self._steps, (Lens, "")):
            if record is not None and plain:
                shown.append(f"Lens({', '.join(map(repr, plain))})")
                plain.clear()
            if record is None:
                plain.append(field)
            elif field:
                shown.append(lens_name(record, field))
        return " & ".join(shown) or super().__repr__()


class FunctionLens(Lens[S, A]):
    """A lens of two functions, which is no path of fields: the composition with one, `non`, an `Iso`."""

    __slots__ = ()

    def __init__(
        self,
        view: Callable[[S], A],
        put: Callable[[A, S], S],
        over: Callable[[Callable[[A], A], S], S],
        parts: Parts,
        name: str = "",
        path: tuple[str, ...] = (),
    ) -> None:
        self.view, self.put = view, put
        self._path, self._steps = path, ()
        self._gather, self._over, self._name, self._parts = partial(_as_list, view), over, name, parts


def _non(default: X) -> Lens[X | None, X]:
    back = partial(none_in_place_of, default)
    there = partial(in_place_of_none, default)
    return FunctionLens(
        there,
        lambda value, _: back(value),
        lambda function, state: back(function(there(state))),
        (_non, (default,)),
        ".non(...)",
    )
