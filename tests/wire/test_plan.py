"""The compiled path of a request gives what the generic path gives, also for values that no request holds yet."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType, MappingProxyType
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lensconnect import (
    CLASSIC,
    DOCUMENTED_2026,
    MODEL,
    NONE,
    ConnectionToken,
    Endpoint,
    HttpRequest,
    InvalidRequest,
    Item,
    Limits,
    StartPosition,
    Success,
    describe,
    new_send_message,
    validate,
)
from lensconnect.marks import count, text
from lensconnect.operations import Reply, Request
from lensconnect.record import FieldType, fields, to_members
from lensconnect.testing.strategies import requests
from lensconnect.wire.plan import FAST_PATHS, _json_value, _Source, interpreted
from lensconnect.wire.validate import TESTS, is_of

HOME = Endpoint("https://participant.connect.us-east-1.amazonaws.com")
TOKEN = ConnectionToken("t0k3n")
ITEMS = FieldType(tuple, entry=FieldType(Item))


@pytest.mark.parametrize(
    ("field_type", "value", "written"),
    [
        (FieldType(Mapping), MappingProxyType({"a": "b"}), {"a": "b"}),
        (ITEMS, (Item(id="m"),), [{"Id": "m"}]),
        (FieldType(Item), Item(id="m"), {"Id": "m"}),
        (FieldType(str), "text", "text"),
    ],
)
def test_a_value_is_written_as_json_can_hold_it(field_type: FieldType, value: object, written: object) -> None:
    assert eval(_json_value(field_type, "v"), {"to_members": to_members}, {"v": value}) == written


@pytest.mark.parametrize(
    ("field_type", "right", "wrong"),
    [
        (FieldType(Mapping), [{}, MappingProxyType({"a": "b"})], [{"a": 1}, "a"]),
        (FieldType(str), ["", "a"], [1, None]),
        (FieldType(str, text(1, 2)), ["a", "ab"], ["", "abc"]),
        (FieldType(int), [0, 2**2048 - 1], [True, 2**2048, "1"]),
        (FieldType(tuple, count(0, 1), FieldType(str)), [(), ("a",)], [("a", "b"), (1,), ["a"]]),
    ],
)
def test_a_value_is_tested_by_its_type_and_bound(field_type: FieldType, right: list[Any], wrong: list[Any]) -> None:
    names = dict(TESTS)
    test = eval(f"lambda v: {_Source(True, names).type_test(field_type, 'v')}", names)
    assert [value for value in (*right, *wrong) if test(value)] == right


def test_a_value_of_a_subclass_takes_the_generic_path() -> None:
    assert the_fast_way(new_send_message(Text("text/plain"), "hi", TOKEN), True) is None


def test_a_map_holds_text_only() -> None:
    assert is_of(Mapping, {"a": "b"})
    assert not is_of(Mapping, {"a": 1})
    assert not is_of(Mapping, {1: "b"})
    assert not is_of(Mapping, "a")


# -- two ways inside, one answer --------------------------------------------------------------------------------------

LIMITS = (MODEL, DOCUMENTED_2026, CLASSIC, NONE)


class Text(str):
    """A subclass of `str`, like a string enum."""

    __slots__ = ()


class Number(int):
    """A subclass of `int`."""

    __slots__ = ()


def the_fast_way(request: Request[Reply], model: bool) -> HttpRequest | None:
    """Return the result of the compiled function, `None` if the request is not plainly valid."""
    made: Any = FAST_PATHS[model][type(request)](request, HOME.url)
    return made.unwrap() if isinstance(made, Success) else made  # type: ignore[no-any-return]


odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**5000),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(
        ["", ".", "..", "\ud800", "a\ud800", "a b", "é", "\r\n", "x" * 101, "x" * 1001, "x" * 16385, "é" * 9000]
    ),
    st.binary(max_size=3),
    st.sampled_from([Text("text/plain"), Text(""), Number(3), Number(-1), StartPosition(most_recent=True), {}]),
    st.builds(StartPosition, id=st.none() | st.integers() | st.text(max_size=2), most_recent=st.integers(-1, 101)),
    st.lists(st.text(max_size=2) | st.integers(), max_size=2),
    st.lists(st.text(max_size=2) | st.integers() | st.just("\ud800"), max_size=2).map(tuple),
)


@given(requests(), st.sampled_from(LIMITS), st.data())
@settings(max_examples=400)
def test_both_paths_agree_on_any_value_of_any_field(
    request: Request[Reply], limits: Limits, data: st.DataObject
) -> None:
    names = data.draw(st.sets(st.sampled_from([field.name for field in fields(type(request))])))
    odd = request.__replace__(**{name: data.draw(odd_values, name) for name in sorted(names)})
    outcome, faults = describe(odd, HOME, limits), validate(odd, limits)
    if faults:
        assert outcome.failure() == InvalidRequest(faults)
    else:
        assert outcome == Success(interpreted(odd, HOME.url))
        assert the_fast_way(odd, limits.model) in (None, outcome.unwrap())
    f"{outcome!r} {faults}"


@given(requests())
def test_a_valid_request_takes_the_fast_path(request: Request[Reply]) -> None:
    for model in (True, False):
        assert the_fast_way(request, model) == interpreted(request, HOME.url)


def test_a_request_past_the_limits_takes_the_fast_path_without_limits() -> None:
    long = new_send_message("x" * 500, "y" * 99_999, TOKEN)
    assert the_fast_way(long, False) == interpreted(long, HOME.url)
    assert the_fast_way(long, True) is None


@given(requests())
def test_values_of_subclasses_are_described(request: Request[Reply]) -> None:
    plain = {field.name: getattr(request, field.name) for field in fields(type(request))}
    kinds: dict[type, type] = {str: Text, int: Number}
    assume(any(type(value) in kinds for value in plain.values()))
    same = type(request)(**{name: kinds.get(type(value), lambda v: v)(value) for name, value in plain.items()})
    assert describe(same, HOME) == describe(request, HOME)


def test_no_local_variable_holds_a_token() -> None:
    """An error reporter shows the local variables of the frames that an interrupt passes."""
    shown: list[str] = []

    def look(frame: FrameType, event: str, arg: object) -> Any:
        shown.extend(map(repr, frame.f_locals.values()))
        return look

    request = new_send_message("text/plain", "hi", ConnectionToken("canary"))
    before = sys.gettrace()
    sys.settrace(look)
    try:
        described = FAST_PATHS[True][type(request)](request, "https://h"), interpreted(request, "https://h")
    finally:
        sys.settrace(before)
    assert described[0] == described[1]
    assert "'hi'" in str(shown)
    assert "canary" not in str(shown)
