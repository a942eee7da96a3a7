"""Lens: an optic with exactly one focus, a path of record fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, overload

from lensconnect.optics import raw
from lensconnect.optics.state_fn import StateFn, StateFnWith
from lensconnect.optics.steps import CHECKED_FIELD, FIELD, lens_name
from lensconnect.optics.traversal import Traversal, compose, non_of, optic_of

S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")
X = TypeVar("X")


class Lens(Traversal[S, A]):
    """An optic with exactly one focus: a path of record fields, such as `Lens(GetTranscript, "start_position")`.

    `view(state)` and `put(value, state)` are the fastest way to get and set.  A lens of a record raises `TypeError`
    for the value of another class; without a record, `Lens("content")` takes any state with such a field.  Inside a
    path, a value of the class that the field before is annotated with is not checked again.
    `ValueError` if no field is named, or a name is no identifier.

    >>> from lensconnect import new_send_event, send_event_content, ConnectionToken
    >>> event = new_send_event("text/plain", ConnectionToken("t")) & send_event_content.set("hi")
    >>> event & send_event_content.get()
    'hi'
    """

    __slots__ = ("put", "view")
    _compiled: ClassVar = Traversal._compiled | {"put", "view"}
    view: Callable[[S], A]
    put: Callable[[A, S], S]

    @overload
    def __init__(self, record: type[S], /, *path: str) -> None: ...
    @overload
    def __init__(self, /, *path: str) -> None: ...
    def __init__(self, *path: Any) -> None:
        record, fields = (path[0], path[1:]) if path and isinstance(path[0], type) else (None, path)
        if not fields or not all(isinstance(name, str) and name.isidentifier() for name in fields):
            raise ValueError(f"not a path of field names: {path!r}")
        first = (FIELD if record is None else CHECKED_FIELD, fields[0], record, None)
        self._steps = (first, *[(FIELD, field, None, None) for field in fields[1:]])
        self._parts = (Lens, path)

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the fields on the way to the focus."""
        return tuple([field for _, field, _, _ in self._steps if field])

    def _as_lenses(self) -> Any:
        def replace(state: S, value: A) -> S:
            return self.put(value, state)

        return raw.package().optics.Lens(self.view, replace)

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
        return self & non_of(Lens, default)

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
        lens: Lens[S, B] = optic_of(Lens, self._steps + other._steps, (compose, (self, other)))
        return lens

    def __repr__(self) -> str:
        if not all(field for _, field, _, _ in self._steps):
            return super().__repr__()
        shown: list[str] = []
        plain: list[str] = []
        for _, field, record, _ in (*self._steps, (FIELD, "", Lens, None)):
            if record is not None and plain:
                shown.append(f"Lens({', '.join(map(repr, plain))})")
                plain.clear()
            if record is None:
                plain.append(field)
            elif field:
                shown.append(lens_name(record, field))
        return " & ".join(shown)
