"""The laws of every optic that the package exports, found by introspection."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from helpers.introspection import Found, optics, public_values
from helpers.law_strategies import changes, json_objects, json_texts, json_values, values_of
from helpers.raw_lenses import UnboundLens
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from lensconnect import (
    Error,
    GetTranscriptResponse,
    Interactive,
    InvalidRequest,
    Lens,
    Prism,
    ServiceError,
    Traversal,
    fault_path,
    get_transcript_response_transcript,
    has_code,
    has_status,
    invalid_request_faults,
    item_content,
    item_message_metadata,
    json_object,
    json_string,
    key,
    message_metadata_receipts,
    receipt_read_timestamp,
    service_error_code,
    service_error_status,
)
from lensconnect.testing.laws import BrokenLawError, check_lens, check_prism, check_traversal

quickly = settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

LENSES = [found for found in optics() if isinstance(found.optic, Lens)]
PRISMS = [found for found in optics() if isinstance(found.optic, Prism)]
TRAVERSALS = [found for found in optics() if not isinstance(found.optic, Lens | Prism)]

LOOSE = {"json_object", "described", "interactive", "interactive_answer", "position_json", "receipt_content"}
"""Prisms whose states hold more than the focus: white space, further members, a host, other headers."""


def test_introspection_finds_the_optics() -> None:
    assert len(LENSES) > 150
    assert {"send_event_content", "http_request_url", "fault_size", "settings_timeout"} <= {f.name for f in LENSES}
    assert {"described", "json_object", "json_string", "throttling_exception"} <= {f.name for f in PRISMS}


def test_every_optic_is_annotated_in_its_module() -> None:
    annotated = {id(found.optic) for found in optics()}
    optics_without = {
        f"{module.__name__}.{name}"
        for module, name, value in public_values()
        if isinstance(value, Traversal) and id(value) not in annotated
    }
    assert not optics_without


def test_each_name_belongs_to_one_optic() -> None:
    assert not [name for name, times in Counter(found.name for found in optics()).items() if times > 1]


@pytest.mark.parametrize("found", LENSES, ids=str)
@quickly
@given(data=st.data())
def test_lens(found: Found, data: st.DataObject) -> None:
    state, value, other = (data.draw(values_of(kind)) for kind in (found.state, found.focus, found.focus))
    check_lens(found.optic, [state], [value, other])
    _agrees_with_lenses(found.optic, state, value)


@pytest.mark.parametrize("found", PRISMS, ids=str)
@settings(quickly, max_examples=12)
@given(data=st.data())
def test_prism(found: Found, data: st.DataObject) -> None:
    states = data.draw(st.lists(_states_of(found), min_size=1, max_size=2))
    values = data.draw(st.lists(_values_of(found), max_size=2))
    inside = [focus for state in states if (focus := found.optic.unpack(state)) is not None]
    check_prism(found.optic, states, values + inside, exact=found.name not in LOOSE)
    for state in states:
        if found.name not in LOOSE:
            _agrees_with_lenses(found.optic, state, *inside[:1])


@pytest.mark.parametrize("found", PRISMS, ids=str)
def test_the_strategies_generate_states_with_a_focus(found: Found) -> None:
    find(
        _states_of(found),
        lambda state: found.optic.unpack(state) is not None,
        settings=settings(
            max_examples=2000, database=None, phases=[Phase.generate]
        ),  # the first is as good as the least
    )


@settings(quickly, max_examples=12)
@given(data=st.data())
def test_traversals(data: st.DataObject) -> None:
    for found in TRAVERSALS:
        value = data.draw(values_of(found.focus))
        check_traversal(found.optic, [data.draw(values_of(found.state))], [lambda _, value=value: value])


@cache
def _states_of(found: Found) -> st.SearchStrategy[Any]:
    if found.state is str:
        return json_texts() | values_of(found.focus).map(found.optic.construct)
    if found.state is Interactive:
        return values_of(Interactive) | values_of(found.focus).map(found.optic.construct)
    return values_of(found.state)


@cache
def _values_of(found: Found) -> st.SearchStrategy[Any]:
    """Return values from which a prism can build; a prism that narrows `Error` builds only from its own errors."""
    if found.state == Error:
        return _states_of(found).filter(lambda state: found.optic.unpack(state) is not None)
    return values_of(found.focus)


def _agrees_with_lenses(optic: Any, state: Any, *values: Any) -> None:
    """Compare our methods with those of `lenses` and of its bare optic, if it is installed."""
    if UnboundLens is None:
        return
    assert UnboundLens.collect(optic)(state) == optic.collect()(state) == optic._optic.to_list_of(state)
    for value in values:
        assert UnboundLens.set(optic, value)(state) == optic._optic.set(state, value) == optic.set(value)(state)
    identity = UnboundLens.modify(optic, lambda focus: focus)(state)
    assert identity == optic._optic.over(state, lambda focus: focus) == state


items = get_transcript_response_transcript.Some().Each()
COMPOSITIONS = [
    items & item_content.Some(),
    items & item_message_metadata.Some() & message_metadata_receipts.Some().Each() & receipt_read_timestamp.Some(),
]


@pytest.mark.parametrize("traversal", COMPOSITIONS, ids=repr)
@settings(quickly, max_examples=12)
@given(pages=st.lists(values_of(GetTranscriptResponse), max_size=2), functions=st.lists(changes, max_size=3))
def test_compositions(traversal: Any, pages: list[Any], functions: list[Any]) -> None:
    check_traversal(traversal, pages, functions)
    for page in pages:
        _agrees_with_lenses(traversal, page, "new")


@settings(quickly, max_examples=12)
@given(states=st.lists(values_of(InvalidRequest), max_size=2), functions=st.lists(changes, max_size=3))
def test_each(states: list[InvalidRequest], functions: list[Any]) -> None:
    check_traversal(invalid_request_faults.Each() & fault_path, states, functions)


@settings(max_examples=60)
@given(
    text=json_texts(),
    name=st.sampled_from(["", "a", "messageId"]) | st.text(max_size=2),
    values=st.lists(json_values, max_size=2),
)
def test_key(text: str, name: str, values: list[Any]) -> None:
    found = json_object.unpack(text)
    sets = [lambda _, value=value: value for value in values]
    check_traversal(key(name), [{}, {name: 1, "x": 2}, *([] if found is None else [found])], sets)
    check_traversal(json_object & key(name), [text, "{", "[]", "{ }"], sets, exact=False)
    check_traversal(json_object & key(name) & json_string, [text, '{"a": "b"}'], [str.upper], exact=False)


@settings(max_examples=30)
@given(error=values_of(Error), status=st.sampled_from([400, 403, 429]), refused=values_of(ServiceError))
def test_errors_by_status_and_code(error: Error, status: int, refused: ServiceError) -> None:
    inside = ServiceError(status, "X")
    check_prism(has_status(status), [error, inside], [inside])
    check_prism(has_code(refused.code), [error, refused], [refused, refused])
    check_traversal(has_status(status) & service_error_code, [error, inside], [str.upper])


@settings(max_examples=60)
@given(json_objects)
def test_a_json_object_is_built_and_read_back(value: dict[str, Any]) -> None:
    assert json_object.unpack(json_object.construct(value)) == value


class TestTheChecksFind:
    """The checks of laws: each finds an optic that breaks its law."""

    states = (ServiceError(400, "a"), ServiceError(403, "b"))

    def wrong(self, **parts: Any) -> Any:
        class Wrong(Lens[Any, Any]):
            set = parts.pop("set", Lens.set)

        lens: Any = Wrong("code")
        for name, part in parts.items():
            setattr(lens, name, part)
        return lens

    def test_a_put_that_does_nothing(self) -> None:
        with pytest.raises(BrokenLawError, match="put-get"):
            check_lens(self.wrong(put=lambda _, state: state), self.states, ["x", "y"])

    def test_a_put_that_does_too_much(self) -> None:
        lens = self.wrong(put=lambda value, state: state.__replace__(code=value, status=state.status + 1))
        with pytest.raises(BrokenLawError, match="get-put"):
            check_lens(lens, self.states, ["x"])

    def test_a_put_that_remembers(self) -> None:
        def put(value: str, state: ServiceError) -> ServiceError:
            grown = state.status + (value != state.code)
            return service_error_status.put(grown, service_error_code.put(value, state))

        with pytest.raises(BrokenLawError, match="put-put"):
            check_lens(self.wrong(put=put), self.states, ["x", "y"])

    def test_a_set_that_is_not_put(self) -> None:
        with pytest.raises(BrokenLawError, match="set is put"):
            check_lens(self.wrong(set=lambda _, value: Lens("message").set(value)), self.states, ["x"])

    def test_a_view_that_differs_from_collect(self) -> None:
        with pytest.raises(BrokenLawError, match="collect holds"):
            check_lens(self.wrong(view=lambda state: state.code + "!", put=lambda v, s: s), self.states, [])

    def test_a_traversal_that_changes_more_than_it_collects(self) -> None:
        def over(function: Any, state: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(map(function, state))

        with pytest.raises(BrokenLawError, match="what collect returns"):
            check_traversal(Traversal(lambda state: list(state[:1]), over), [(1, 2)])

    def test_a_traversal_that_changes_by_identity(self) -> None:
        with pytest.raises(BrokenLawError, match="identity"):
            check_traversal(Traversal(list, lambda f, state: (*map(f, state), 0)), [(1, 2)])

    def test_a_traversal_that_forgets_a_change(self) -> None:
        def over(function: Any, state: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(min(function(entry), 3) for entry in state)

        with pytest.raises(BrokenLawError, match="modify-collect"):
            check_traversal(Traversal(list, over), [(1, 2)], [lambda n: n + 2])

    def test_a_traversal_whose_changes_do_not_compose(self) -> None:
        def over(function: Any, state: tuple[int, int]) -> tuple[int, int]:
            return (new := function(state[0]), state[1] + (new != state[0]))

        with pytest.raises(BrokenLawError, match="composition"):
            check_traversal(Traversal(lambda state: [state[0]], over), [(1, 2)], [lambda n: n + 2])

    def test_a_prism_that_does_not_find_the_focus_it_built(self) -> None:
        with pytest.raises(BrokenLawError, match="construct-unpack"):
            check_prism(Prism(lambda n: n if n > 0 else None, lambda n: -n), [1], [2])

    def test_a_prism_that_loses_a_part_of_the_state(self) -> None:
        prism: Prism[str, str] = Prism(
            str.strip, lambda text: text, lambda f, text: text.replace(text.strip(), f(text.strip()))
        )
        with pytest.raises(BrokenLawError, match="unpack-construct"):
            check_prism(prism, [" a "], ["b"])
        check_prism(prism, [" a "], ["b"], exact=False)

    def test_a_prism_that_adds_a_focus(self) -> None:
        prism: Prism[str, str] = Prism(lambda text: text or None, lambda text: text, lambda f, text: f(text))
        with pytest.raises(BrokenLawError, match="set-unpack"):
            check_prism(prism, [""], ["b"])

    def test_no_error_contains_a_value(self) -> None:
        with pytest.raises(BrokenLawError) as broken:
            check_lens(self.wrong(put=lambda _, state: state), self.states, ["hush-hush"])
        assert "hush" not in str(broken.value)
        assert str(broken.value) == "Lens('code') breaks the law 'put-get' at state 0, value 0"
