"""The steps of an optic, and the functions compiled from them: a path of any length becomes one comprehension.

The path transcript.Some().Each() & item_content of a reply has four steps, and these two functions:

    collect    lambda s0: [y3.content for s0 in (s0,) for s2 in (OWNER.transcript,) if s2 is not None for y3 in s2]
    modify     lambda f, s0: OWNER.__replace__(transcript=(None if (s2 := s0.transcript) is None else
                   tuple([y3.__replace__(content=f(y3.content)) for y3 in s2])))

OWNER is `(s0 if s0.__class__ is a1 else expect(s0, a1, 'transcript'))`.  A function is compiled when it is first
needed, once for all paths with the same kinds of steps; records, conditions and functions of a user are arguments.

Facts about Python (observed with 3.11): `for x in (y,)` in a comprehension costs as much as an assignment; `:=` is
not allowed where a comprehension names what it iterates; an expression has at most 200 parentheses inside each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Final, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints


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


class StepKind(NamedTuple):
    """The source of a kind of step, in five texts.

    To read, `clauses` of a comprehension come first, then `focus` is the focus.  To change, the new focus stands
    between `before` and `after`, and `inside` is the old one.  In a text `{state}` is the state, `{bound}` the state
    with the name `{s}`, if it stands before the first `{s}`, `{y}` a name for the focus, `{field}` the name of a
    field, `{a}` and `{b}` the values of the step.  To read or to change, `{state}` or `{bound}` stands once.
    """

    clauses: str
    focus: str
    before: str
    inside: str
    after: str

    @property
    def is_named(self) -> bool:
        """The step needs a name for its state."""
        return "{s}" in self.clauses + self.focus


Step: TypeAlias = tuple[StepKind, str, Any, Any]
"""A step: its kind, the name of the field (or ""), and two values."""

_Outline: TypeAlias = tuple[tuple[StepKind, str], ...]

_FROM_FUNCTION: Final = "{b}(lambda {y}: ", "{y}", ", {state})"
_OWNER: Final = "({s} if {bound}.__class__ is {a} else expect({s}, {a}, {field!r}))"

CHECKED_FIELD: Final = StepKind("", _OWNER + ".{field}", _OWNER + ".__replace__({field}=", "{s}.{field}", ")")
"""A field of the record `a`."""
FIELD: Final = StepKind("", "{state}.{field}", "{bound}.__replace__({field}=", "{s}.{field}", ")")
"""A field of any record."""
SOME: Final = StepKind(" if {s} is not None", "{s}", "(None if {bound} is None else ", "{s}", ")")
"""A value that is not `None`."""
EACH: Final = StepKind(" for {y} in {state}", "{y}", "tuple([", "{y}", " for {y} in {state}])")
"""Every entry of a tuple."""
ENTRY: Final = StepKind(" for {y} in {state}[{a}]", "{y}", *_FROM_FUNCTION)
"""The entry of a tuple in the slice `a`, changed by `b(function, state)`."""
FILTERED: Final = StepKind(" if {a}({s})", "{s}", "({s} if not {a}({bound}) else ", "{s}", ")")
"""A value for which `a` holds."""
ISO: Final = StepKind("", "{a}({state})", "{b}(", "{a}({state})", ")")
"""The whole value in another form: there by `a`, back by `b`."""
NON: Final = StepKind("", "({a} if {bound} is None else {s})", "{b}({bound}, ", "({a} if {s} is None else {s})", ")")
"""The value, or `a` where it is `None`; `b(old, new)` returns `None` where the new value is `a`."""
PRISM: Final = StepKind(
    " for {y} in ({a}({state}),) if {y} is not None",
    "{y}",
    "({s} if ({y} := {a}({bound})) is None else {b}(",
    "{y}",
    "))",
)
"""The result of `a` that is not `None`; `b` builds a value from it."""
PARTIAL_PRISM: Final = StepKind(PRISM.clauses, PRISM.focus, *_FROM_FUNCTION)
"""The result of `a` that is not `None`, changed by `b(function, state)`."""
FUNCTIONS: Final = StepKind(" for {y} in {a}({state})", "{y}", *_FROM_FUNCTION)
"""Every entry of the result of `a`, changed by `b(function, state)`."""
ONE: Final = StepKind("", "{a}({state})", *_FROM_FUNCTION)
"""The result of `a`, changed by `b(function, state)`."""


@lru_cache(maxsize=1024)
def _promises(record: Any, field: str, between: tuple[StepKind, ...], inner: Any) -> bool:
    """Return True if the annotation of a record's field says that the values found between are of the inner record."""
    try:
        found: Any = get_type_hints(record).get(field)
    except Exception:  # an annotation that cannot be evaluated promises nothing
        return False
    for kind in between:
        arguments = get_args(found)
        if kind in (SOME, NON) and get_origin(found) in (Union, UnionType):
            found, *others = [argument for argument in arguments if argument is not NoneType]
            found = None if others else found
        elif kind in (EACH, ENTRY):
            found = arguments[0] if get_origin(found) is tuple and arguments[1:] == (...,) else None
    return found is inner


def _outline(steps: tuple[Step, ...]) -> _Outline:
    """Return the kinds of the steps.

    A record that the annotation of the field before promises is not checked: a check takes as long as a read.
    """
    outline: list[tuple[StepKind, str]] = []
    promise: tuple[Any, ...] = ()
    for kind, field, record, _ in steps:
        if kind is CHECKED_FIELD:
            outline.append((FIELD if promise and _promises(*promise, record) else kind, field))
            promise = (record, field, ())
        else:
            outline.append((kind, field))
            known = promise and kind in (SOME, NON, EACH, ENTRY, FILTERED)
            promise = (*promise[:2], (*promise[2], kind)) if known else ()
    return tuple(outline)


def _names(depth: int, state: str, field: str) -> dict[str, str]:
    name = state if state.isidentifier() else f"s{depth}"
    bound = name if name == state else f"({name} := {state})"
    values = {"a": f"a{depth}", "b": f"b{depth}"}
    return {"state": state, "s": name, "bound": bound, "y": f"y{depth}", "field": field, **values}


def _view(outline: _Outline) -> str:
    focus = "s0"
    for depth, (kind, field) in enumerate(outline, 1):
        focus = kind.focus.format(**_names(depth, focus, field))
    return focus


def _read(outline: _Outline) -> str:
    clauses, focus = " for s0 in (s0,)", "s0"
    for depth, (kind, field) in enumerate(outline, 1):
        if kind.is_named and not focus.isidentifier():
            clauses += f" for s{depth} in ({focus},)"
            focus = f"s{depth}"
        names = _names(depth, focus, field)
        clauses += kind.clauses.format(**names)
        focus = kind.focus.format(**names)
    return focus + clauses


def _changed(outline: _Outline, new: str) -> str:
    before, focus, after = "", "s0", ""
    for depth, (kind, field) in enumerate(outline, 1):
        names = _names(depth, focus, field)
        before += kind.before.format(**names)
        focus = kind.inside.format(**names)
        after = kind.after.format(**names) + after
    return before + new.format(focus) + after


_SOURCES: Final[dict[str, Callable[[_Outline], str]]] = {
    "view": lambda outline: f"lambda s0: {_view(outline)}",
    "gather": lambda outline: f"lambda s0: [{_read(outline)}]",
    "foci": lambda outline: f"lambda s0: ({_read(outline)})",
    "over": lambda outline: f"lambda f, s0: {_changed(outline, 'f({})')}",
    "put": lambda outline: f"lambda v, s0: {_changed(outline, 'v')}",
}

_MOST: Final = 16
"""The most steps of a comprehension; a longer path calls the function of its first part.  Of 32, CPython 3.12 and 3.13 die."""


@lru_cache(maxsize=1024)
def _factory(name: str, outline: _Outline) -> Callable[..., Any]:
    """Return a function from `expect` and the values of the steps to the function with this name."""
    values = ", ".join(f"a{depth}, b{depth}" for depth in range(1, len(outline) + 1))
    # `Lens` has checked that the names of fields are identifiers; no other data of a caller enters the source.
    factory: Callable[..., Any] = eval(f"lambda expect, {values}: {_SOURCES[name](outline)}")  # nosec B307 # noqa: S307 - only names of optics and fields enter it
    return factory


def compiled(name: str, steps: tuple[Step, ...]) -> Any:
    """Return a function of a path: "view", "gather", "foci" (lazily), "over" or "put"."""
    while len(steps) > _MOST:
        first, steps = steps[:_MOST], steps[_MOST:]
        has_one = not any(kind.clauses for kind, *_ in first)
        parts = [compiled(each, first) for each in ("view" if has_one else "foci", "over")]
        steps = ((ONE if has_one else FUNCTIONS, "", *parts), *steps)
    return _factory(name, _outline(steps))(_expect, *[value for _, _, a, b in steps for value in (a, b)])
