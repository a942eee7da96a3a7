"""Conditions, indexes and defaults in a path, and questions about its foci."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from helpers.raw_lenses import UnboundLens, needs_lenses
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    ConnectionToken,
    Fault,
    GetTranscriptResponse,
    InvalidRequest,
    Item,
    Lens,
    ServiceError,
    Traversal,
    fault_path,
    fault_size,
    get_transcript_response_transcript,
    has_status,
    invalid_request_faults,
    item_content,
    item_id,
    new_send_event,
    send_event_content,
    throttling_exception,
)
from lensconnect.testing.laws import BrokenLawError, check_lens, check_traversal

PAGE = GetTranscriptResponse(http_status=200, transcript=(Item(id="1", content="a"), Item(id="2"), Item(content="")))
EMPTY = GetTranscriptResponse(http_status=200)
EVENT = new_send_event("text/plain", ConnectionToken("t"))
TRANSCRIPT = get_transcript_response_transcript.Some()
ITEMS = TRANSCRIPT.Each()
CONTENTS = ITEMS & item_content

faults = st.builds(Fault, st.text(max_size=2), st.text(max_size=2), st.none() | st.integers(0, 3))
states = st.builds(InvalidRequest, st.lists(faults, max_size=4).map(tuple))


def _has_id(item: Item) -> bool:
    return item.id is not None


def test_the_directory_has_the_methods_of_the_optic() -> None:
    assert {"collect", "modify", "filtered"} <= set(dir(ITEMS))
    assert "kind" not in dir(ITEMS)  # a method of the package `lenses`


@needs_lenses
def test_an_optic_has_no_private_attribute_of_lenses() -> None:
    with pytest.raises(AttributeError, match="no attribute '_wrap_optic'"):
        ITEMS._wrap_optic  # type: ignore[attr-defined]


@needs_lenses
def test_a_traversal_of_functions_is_one_of_lenses_alone_and_in_a_path() -> None:
    entries: Traversal[tuple[int, ...], int] = Traversal(iter, lambda function, state: tuple(map(function, state)))
    for optic in (entries, Lens[Any, Any]("faults") & entries):
        assert optic.kind() == "Traversal"  # type: ignore[attr-defined]


class TestFiltered:
    def test_finds_and_changes_what_meets_the_condition(self) -> None:
        with_id = ITEMS.filtered(_has_id)
        assert PAGE & (with_id & item_id).collect() == ["1", "2"]
        assert PAGE & (with_id & item_content).set("x") & CONTENTS.collect() == ["x", "x", ""]
        assert EMPTY & with_id.set(Item()) == EMPTY

    def test_a_question_is_a_condition(self) -> None:
        with_content = ITEMS.filtered(item_content.Some().has())
        assert PAGE & (with_content & item_content).collect() == ["a", ""]
        assert repr(with_content) == (
            "get_transcript_response_transcript.Some().Each().filtered(item_content.Some().has(...))"
        )
        assert PAGE & pickle.loads(pickle.dumps(with_content)).length_of() == 2

    @given(states)
    def test_laws_for_changes_that_keep_the_condition(self, state: InvalidRequest) -> None:
        sized = invalid_request_faults.Each().filtered(lambda fault: fault.size is not None)
        check_traversal(sized & fault_path, [state], [str.upper, lambda text: text + "!"])

    def test_a_focus_that_leaves_the_condition_is_not_found_again(self) -> None:
        with pytest.raises(BrokenLawError, match="modify-collect"):
            check_traversal(ITEMS.filtered(_has_id), [PAGE], [lambda item: Item(content=item.content)])


class TestIx:
    @pytest.mark.parametrize(("index", "found"), [(0, ["1"]), (1, ["2"]), (-2, ["2"]), (-3, ["1"]), (3, []), (-4, [])])
    def test_finds_the_entry_if_there_is_one(self, index: int, found: list[str]) -> None:
        entry = TRANSCRIPT.ix(index) & item_id
        assert PAGE & entry.collect() == found
        changed = PAGE & entry.set("x")
        assert [item.id for item in changed.transcript or ()] == [
            "x" if old in found else old for old in ("1", "2", None)
        ]
        assert EMPTY & entry.set("x") == EMPTY

    def test_is_picklable_and_shows_its_index(self) -> None:
        last = TRANSCRIPT.ix(-1)
        assert repr(last) == "get_transcript_response_transcript.Some().ix(-1)"
        assert PAGE & pickle.loads(pickle.dumps(last)).preview() == PAGE & last.preview() == Item(content="")

    @given(states, st.integers(-5, 5))
    def test_laws(self, state: InvalidRequest, index: int) -> None:
        check_traversal(invalid_request_faults.ix(index) & fault_path, [state], [str.upper, lambda text: text + "!"])


class TestNon:
    CONTENT = send_event_content.non("")

    def test_reads_the_default_for_none_and_sets_none_for_the_default(self) -> None:
        assert EVENT & self.CONTENT.get() == ""
        assert EVENT & self.CONTENT.modify(lambda text: text + "!") == EVENT & send_event_content.set("!")
        assert EVENT & send_event_content.set("x") & self.CONTENT.set("") == EVENT
        assert PAGE & CONTENTS.non("none").collect() == ["a", "none", ""]
        assert PAGE & CONTENTS.non("a").modify(str.upper) & CONTENTS.collect() == ["A", "A", ""]
        assert PAGE & CONTENTS.non("a").modify(lambda text: text) & CONTENTS.collect() == [None, None, ""]

    def test_creates_what_is_absent(self) -> None:
        first = get_transcript_response_transcript.non(())
        assert isinstance(first, Lens)
        assert EMPTY & first.modify(lambda items: (*items, Item(id="1"))) & (ITEMS & item_id).collect() == ["1"]

    def test_hides_its_default_and_is_picklable(self) -> None:
        assert repr(send_event_content.non("hush")) == "send_event_content.non(...)"
        assert repr(CONTENTS.non("hush").set("hush")) == (
            "(get_transcript_response_transcript.Some().Each() & item_content.non(...)).set(...)"
        )
        for optic in (self.CONTENT, self.CONTENT.non("x")):
            again = pickle.loads(pickle.dumps(optic))
            assert type(again) is type(optic)
            assert EVENT & again.get() == ""

    def test_refuses_another_record(self) -> None:
        with pytest.raises(TypeError, match=r"^send_event_content is a lens of SendEvent, not of Item$"):
            Item() & self.CONTENT.set("x")  # type: ignore[operator]

    @given(st.lists(st.none() | st.integers(1, 5), max_size=3), st.lists(st.integers(0, 5), max_size=3))
    def test_laws_for_states_that_do_not_hold_the_default(self, sizes: list[int | None], values: list[int]) -> None:
        check_lens(fault_size.non(0), [Fault("a", "b", size) for size in sizes], values)
        whole = InvalidRequest(tuple(Fault("a", "b", size) for size in sizes))
        constant = [lambda _, value=value: value for value in values]
        check_traversal((invalid_request_faults.Each() & fault_size).non(0), [whole], constant)

    def test_a_state_that_holds_the_default_becomes_none(self) -> None:
        with pytest.raises(BrokenLawError, match="get-put"):
            check_lens(fault_size.non(0), [Fault("a", "b", 0)], [])


class TestQuestions:
    def test_of_many(self) -> None:
        assert PAGE & ITEMS.has()
        assert PAGE & ITEMS.length_of() == 3
        assert PAGE & ITEMS.last_of() == Item(content="")
        assert PAGE & ITEMS.any_of(_has_id)
        assert not PAGE & ITEMS.all_of(_has_id)
        assert PAGE & CONTENTS.last_of() == ""

    def test_of_none(self) -> None:
        assert not EMPTY & ITEMS.has()
        assert EMPTY & ITEMS.length_of() == 0
        assert EMPTY & ITEMS.last_of() is None
        assert not EMPTY & ITEMS.any_of(_has_id)
        assert EMPTY & ITEMS.all_of(_has_id)

    def test_of_one(self) -> None:
        assert EVENT & send_event_content.has()  # the focus is None, and there is one
        assert not EVENT & send_event_content.Some().has()
        assert ServiceError(429, "ThrottlingException") & throttling_exception.has()
        assert not ServiceError(400, "x") & has_status(429).has()

    def test_are_what_the_foci_say(self) -> None:
        for optic in (ITEMS, CONTENTS, CONTENTS.Some(), TRANSCRIPT.ix(7), ITEMS.filtered(_has_id)):
            for state in (PAGE, EMPTY):
                foci = state & optic.collect()
                assert state & optic.has() == bool(foci)
                assert state & optic.length_of() == len(foci)
                assert state & optic.last_of() == (foci[-1] if foci else None)
                assert state & optic.any_of(bool) == any(foci)
                assert state & optic.all_of(bool) == all(foci)

    @pytest.mark.parametrize("verb", ["has", "length_of", "last_of", "any_of", "all_of"])
    def test_are_functions_of_the_state(self, verb: str) -> None:
        question: Any = getattr(ITEMS, verb)(*([_has_id] if verb.startswith("a") else []))
        assert repr(question) == f"get_transcript_response_transcript.Some().Each().{verb}(...)"
        assert pickle.loads(pickle.dumps(question))(PAGE) == question(PAGE) == PAGE & question


@needs_lenses
def test_raw_lenses_do_the_same() -> None:
    optics: list[Any] = [
        ITEMS.filtered(_has_id),
        TRANSCRIPT.ix(1),
        CONTENTS.non("a"),
        (TRANSCRIPT.ix(-1) & item_id).non("b"),
    ]
    for optic in optics:
        assert optic.kind() == "Traversal"
        for state in (PAGE, EMPTY):
            assert UnboundLens.collect(optic)(state) == optic.collect()(state)
            assert UnboundLens.set(optic, "x")(state) == optic.set("x")(state)
    assert send_event_content.non("").kind() == "Lens"  # type: ignore[attr-defined]
    whole: Traversal[Any, Any] = send_event_content.non("")
    assert UnboundLens.set(whole, "x")(EVENT) == whole.set("x")(EVENT)
