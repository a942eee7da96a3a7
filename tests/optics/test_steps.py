"""A path of any steps does what its steps do one after the other, and stops at the first focus where it can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lensconnect as lc
from lensconnect import Iso, Item, Lens, Prism, Traversal
from lensconnect.record import Record

PAGE = lc.GetTranscriptResponse(http_status=200, transcript=tuple(Item(id=str(number)) for number in range(5)))
ITEMS = lc.get_transcript_response_transcript.Some().Each()


class _Box(Record, frozen=True):
    inside: Any


class _Step(NamedTuple):
    """A step of a path: how to add it, its meaning, and the states around some focus."""

    add: Callable[[Any], Any]
    gather: Callable[[Any], list[Any]]
    over: Callable[[Any, Any], Any]
    around: Callable[[st.SearchStrategy[Any]], st.SearchStrategy[Any]]


def _has_even_text(value: Any) -> bool:
    return len(repr(value)) % 2 == 0


def _over_second(function: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*state[:1], *map(function, state[1:2]), *state[2:])


def _boxed(value: Any) -> _Box:
    return _Box(value)


def _unboxed(box: _Box) -> Any:
    return box.inside


def _right(state: tuple[bool, Any]) -> Any:
    return state[1] if state[0] else None


def _to_right(value: Any) -> tuple[bool, Any]:
    return True, value


def _over_right(function: Any, state: tuple[bool, Any]) -> Any:
    return state if _right(state) is None else (state[0], function(state[1]))


def _entries(around: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(around, max_size=3).map(tuple)


def _set_if(condition: Callable[[Any], bool]) -> Callable[[Any, Any], Any]:
    return lambda function, state: function(state) if condition(state) else state


def _none_if_zero(value: Any) -> Any:
    return None if value == 0 else value


STEPS = {
    "field": _Step(
        lambda path: path & Lens[Any, Any](_Box, "inside"),
        lambda box: [box.inside],
        lambda function, box: _Box(function(box.inside)),
        lambda inside: inside.map(_Box),
    ),
    "any field": _Step(
        lambda path: path & Lens[Any, Any]("inside"),
        lambda box: [box.inside],
        lambda function, box: _Box(function(box.inside)),
        lambda inside: inside.map(_Box),
    ),
    "Some": _Step(
        lambda path: path.Some(),
        lambda value: [] if value is None else [value],
        _set_if(lambda value: value is not None),
        lambda inside: st.none() | inside,
    ),
    "Each": _Step(
        lambda path: path.Each(),
        list,
        lambda function, entries: tuple(map(function, entries)),
        _entries,
    ),
    "ix": _Step(lambda path: path.ix(1), lambda entries: list(entries[1:2]), _over_second, _entries),
    "filtered": _Step(
        lambda path: path.filtered(_has_even_text),
        lambda value: [value] if _has_even_text(value) else [],
        _set_if(_has_even_text),
        lambda inside: inside,
    ),
    "non": _Step(
        lambda path: path.non(0),
        lambda value: [0 if value is None else value],
        lambda function, value: _none_if_zero(function(0 if value is None else value)),
        lambda inside: inside,
    ),
    "non and Each": _Step(
        lambda path: path.non(()).Each(),
        lambda entries: list(entries or ()),
        lambda function, entries: tuple(map(function, entries or ())) or None,
        lambda inside: st.none() | _entries(inside),
    ),
    "iso": _Step(
        lambda path: path & Iso(_unboxed, _boxed),
        lambda box: [box.inside],
        lambda function, box: _Box(function(box.inside)),
        lambda inside: inside.map(_Box),
    ),
    "prism": _Step(
        lambda path: path & Prism(_right, _to_right),
        lambda state: [] if _right(state) is None else [state[1]],
        _over_right,
        lambda inside: st.tuples(st.booleans(), inside),
    ),
    "prism that keeps": _Step(
        lambda path: path & Prism(_right, _to_right, _over_right),
        lambda state: [] if _right(state) is None else [state[1]],
        _over_right,
        lambda inside: st.tuples(st.booleans(), inside),
    ),
    "functions": _Step(
        lambda path: path & Traversal(lambda entries: (entry for entry in entries), lambda f, s: tuple(map(f, s))),
        list,
        lambda function, entries: tuple(map(function, entries)),
        _entries,
    ),
}
ANYTHING: Lens[Any, Any] = Lens(_Box, "inside")


def _collected(steps: list[_Step], state: Any) -> list[Any]:
    foci = [state]
    for step in steps:
        foci = [focus for value in foci for focus in step.gather(value)]
    return foci


def _changed(steps: list[_Step], function: Callable[[Any], Any], state: Any) -> Any:
    if not steps:
        return function(state)
    return steps[0].over(lambda inside: _changed(steps[1:], function, inside), state)


def _grouped(path: Any, names: list[str], at: int) -> Any:
    """Return the path, composed from the right after the step at an index."""
    left, right = path, Lens[Any, Any]("inside")
    for name in names[:at]:
        left = STEPS[name].add(left)
    for name in names[at:]:
        right = STEPS[name].add(right)
    return left & right


@settings(max_examples=100)
@given(
    names=st.lists(st.sampled_from([name for name in STEPS if name != "non"]), max_size=6),
    at=st.integers(0, 6),
    default=st.booleans(),
    data=st.data(),
)
def test_a_path_does_what_its_steps_do(names: list[str], at: int, default: bool, data: st.DataObject) -> None:
    names, at = [*names, *["non"] * default], min(at, len(names))  # the default, a number, is the last focus
    steps = [STEPS[name] for name in names]
    states = st.none() | st.integers(0, 3)
    for step in reversed([*steps[:at], STEPS["any field"], *steps[at:]]):
        states = step.around(states)
    whole, path = _Box(data.draw(states)), _grouped(ANYTHING, names, at)
    steps = [STEPS["field"], *steps[:at], STEPS["any field"], *steps[at:]]
    foci = _collected(steps, whole)
    assert whole & path.collect() == foci
    assert whole & path.preview() == (foci[0] if foci else None)
    assert whole & path.last_of() == (foci[-1] if foci else None)
    assert whole & path.has() == bool(foci)
    assert whole & path.length_of() == len(foci)
    assert whole & path.any_of(_has_even_text) == any(map(_has_even_text, foci))
    assert whole & path.all_of(_has_even_text) == all(map(_has_even_text, foci))
    assert whole & path.modify(lambda value: (value,)) == _changed(steps, lambda value: (value,), whole)
    assert whole & path.set(0) == _changed(steps, lambda _: 0, whole)
    if isinstance(path, Lens):
        assert [path.view(whole)] == foci
        assert path.put(7, whole) == _changed(steps, lambda _: 7, whole)


@pytest.mark.parametrize("length", [31, 32, 33, 64, 65, 200, 400])
@pytest.mark.parametrize("name", ["field", "Some", "Each", "filtered", "iso", "prism"])
def test_a_path_may_be_long(name: str, length: int) -> None:
    path: Any = ANYTHING
    whole: Any = 10
    for _ in range(length):
        path = STEPS[name].add(path)
        whole = {"Each": (whole,), "prism": (True, whole), "field": _Box(whole), "iso": _Box(whole)}.get(name, whole)
    whole = _Box(whole)
    ten: Any = path.filtered(lambda value: value == 10)
    assert whole & path.collect() == whole & ten.collect() == [10]
    assert whole & path.set(20) & path.preview() == 20
    assert whole & ten.modify(lambda value: value + 1) & path.preview() == 11
    if isinstance(path, Lens):
        assert path.view(path.put(2, whole)) == 2


class TestStopsAtTheFirst:
    seen: list[Item]

    @pytest.fixture(autouse=True)
    def _nothing_seen(self) -> None:
        self.seen = []

    def see(self, item: Item) -> bool:
        self.seen.append(item)
        return True

    @pytest.mark.parametrize("verb", ["preview", "has"])
    def test_focus(self, verb: str) -> None:
        assert PAGE & getattr(ITEMS.filtered(self.see) & lc.item_id, verb)()
        assert len(self.seen) == 1

    def test_focus_that_decides(self) -> None:
        seen = ITEMS.filtered(self.see) & lc.item_id
        assert PAGE & seen.any_of(lambda name: name == "1")
        assert not PAGE & seen.all_of(lambda name: name == "0")
        assert [item.id for item in self.seen] == ["0", "1"] * 2

    def test_focus_of_a_lazy_traversal(self) -> None:
        def numbers(_: object) -> Iterator[int]:
            for number in range(5):
                self.seen.append(Item(id=str(number)))
                yield number

        lazy: Traversal[object, int] = Traversal(numbers, lambda _, state: state)
        assert None & lazy.preview() == 0
        assert None & (lazy & Iso(str, int)).preview() == "0"
        assert None & lazy.filtered(bool).any_of(bool)
        assert [item.id for item in self.seen] == ["0", "0", "0", "1"]
        assert None & lazy.collect() == [0, 1, 2, 3, 4]


def test_to_set_through_an_iso_does_not_read_the_old_value() -> None:
    through = lc.item_content & Iso[Any, int](int, str)
    assert Item(content="no number") & through.set(7) == Item(content="7")
    assert PAGE & (ITEMS & through).set(7) & (ITEMS & lc.item_content).collect() == ["7"] * 5


class _Annotated(Record, frozen=True):
    plain: Item
    maybe: Item | None
    either: Item | lc.Receipt | None
    several: tuple[Item, ...]
    maybe_several: tuple[Item, ...] | None
    pair: tuple[Item, lc.Receipt]


NO_ITEM: Any = lc.StartPosition(id="1")
NO_ITEMS = _Annotated(NO_ITEM, NO_ITEM, NO_ITEM, (NO_ITEM,), (NO_ITEM,), (NO_ITEM, NO_ITEM))
PLAIN, MAYBE, EITHER, SEVERAL, MAYBE_SEVERAL, PAIR = (
    Lens[Any, Any](_Annotated, each) for each in _Annotated.__match_args__
)
PROMISED = [
    PLAIN & lc.item_id,
    PLAIN.Some() & lc.item_id,
    MAYBE.Some() & lc.item_id,
    MAYBE.non(Item()) & lc.item_id,
    SEVERAL.Each() & lc.item_id,
    SEVERAL.ix(0) & lc.item_id,
    SEVERAL.Each().filtered(bool) & lc.item_id,
    MAYBE_SEVERAL.Some().Each() & lc.item_id,
]
NOT_PROMISED = [
    MAYBE & lc.item_id,
    MAYBE.filtered(bool) & lc.item_id,
    EITHER.Some() & lc.item_id,
    SEVERAL & lc.item_id,
    SEVERAL.Some() & lc.item_id,
    MAYBE_SEVERAL.Each() & lc.item_id,
    PAIR.ix(0) & lc.item_id,
    PLAIN & Lens[Any, Any]("id") & lc.item_id,
]


class TestChecks:
    def test_a_record_that_no_annotation_promises(self) -> None:
        for path in (ITEMS & lc.item_content & lc.item_id, lc.item_content.Some() & lc.item_id):  # type: ignore[operator]
            held: Any = PAGE if "transcript" in repr(path) else Item(content="text")
            for attempt in (path.collect(), path.preview(), path.set("x"), path.modify(str)):
                with pytest.raises(TypeError, match=r"^item_id is a lens of Item, not of"):
                    held & attempt

    def test_a_record_that_an_annotation_promises_is_read_like_an_attribute(self) -> None:
        wrong: Any = (lc.StartPosition(id="1"),)
        page = PAGE & lc.get_transcript_response_transcript.set(wrong)
        assert page & (ITEMS & lc.item_id).collect() == ["1"]
        with pytest.raises(AttributeError, match="content"):
            page & (ITEMS & lc.item_content).collect()

    @pytest.mark.parametrize("path", PROMISED, ids=repr)
    def test_an_annotation_promises_the_records_that_a_path_finds(self, path: Traversal[Any, Any]) -> None:
        assert NO_ITEMS & path.collect() == ["1"]

    @pytest.mark.parametrize("path", NOT_PROMISED, ids=repr)
    def test_another_annotation_promises_no_record(self, path: Traversal[Any, Any]) -> None:
        with pytest.raises(TypeError, match=r"^item_id is a lens of Item, not of"):
            NO_ITEMS & path.collect()

    def test_an_annotation_that_cannot_be_evaluated_promises_nothing(self) -> None:
        class Unknown(Record, frozen=True):
            inside: NotThere  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable]

        path: Any = Lens[Any, Any]("inside") & Lens[Any, Any](Unknown, "inside") & lc.item_id
        assert _Box(Unknown(Item(id="1"))) & path.get() == "1"
        with pytest.raises(TypeError, match=r"^item_id is a lens of Item, not of str$"):
            _Box(Unknown("text")) & path.get()
