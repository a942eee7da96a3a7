"""JSON text and values: exact numbers, lone surrogates, and errors without the text."""

from __future__ import annotations

import json
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect.jsontext import canonical, dumps, has_more_values, holds_surrogate, loads, loads_leniently, pretty

any_text = st.text(st.characters(exclude_categories=[]) | st.sampled_from('\ud83d\ude00"\\'))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text
values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4), max_leaves=12
)


@given(values)
def test_round_trip(value: Any) -> None:
    text = dumps(value)
    again = loads(text)
    assert json.dumps(again) == json.dumps(value) == json.dumps(json.loads(text))
    assert loads(text.decode()) == again


@given(values, st.booleans(), st.none() | st.just(2))
def test_any_spelling_is_read(value: Any, ensure_ascii: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)
    halves = {"\ud800" <= letter <= "\udfff" for letter in text}
    assert loads(text) == json.loads(text)
    if True not in halves:
        assert loads(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, None, True]}, b'{"a":[1,null,true]}'),
        ("é漢😀", '"é漢😀"'.encode()),
        ("\ud800", b'"\\ud800"'),
        ({"a": "é\udfff"}, b'{"a":"\\u00e9\\udfff"}'),
        (2**53 + 1, b"9007199254740993"),
        (2**64, b"18446744073709551616"),
        (-(2**70), b"-1180591620717411303424"),
        (1e300, b"1e+300"),
    ],
)
def test_golden(value: Any, text: bytes) -> None:
    assert dumps(value) == text
    assert loads(text) == value
    assert type(loads(text)) is type(value)


BAD = (
    "", " ", "{", "]", "nul", "{'a':1}", "[1,]", "NaN", "Infinity", "-Infinity", '["\\ud800",NaN]', "01", "1.", '"\n"', '"',
    "\ufeff{}", "{}x", "9" * 5000, "[" * 300 + "]" * 300, "[" * 100_000, "[" * 100_000 + '"\\ud800"', '{"a":' * 300 + "1" + "}" * 300,
    '[{"a":' * 150 + "1" + "}]" * 150,
)  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_text_that_is_not_json_raises_an_error_without_the_text(text: str) -> None:
    for form in (text, text.encode()):
        with pytest.raises(ValueError, match=r"^(not JSON|nested too deeply)$") as refused:
            loads(form)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
        assert not hasattr(refused.value, "doc")


@pytest.mark.parametrize(
    "raw", [b"\xff", b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b"\xef\xbb\xbf{}", "{}".encode("utf-16")]
)
def test_bytes_that_are_not_utf_8_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        loads(raw)


def test_json_that_can_be_read_can_be_written() -> None:
    for deep in ("[" * 240 + "]" * 240, '{"a":' * 240 + "1" + "}" * 240):
        assert dumps(loads(deep)).decode() == deep
    wide = "[" + "[]," * 1000 + "[]]"
    assert dumps(loads(wide)).decode() == wide


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_250_levels_are_read_and_251_are_not(opening: str, closing: str) -> None:
    loads(opening * 250 + "1" + closing * 250)
    loads("[[]," + opening * 249 + "1" + closing * 249 + "]")
    with pytest.raises(ValueError, match=r"^nested too deeply$"):
        loads(opening * 251 + "1" + closing * 251)


@pytest.mark.parametrize(
    ("text", "most", "more"), [("[1,2]", 2, True), ("[1,2]", 3, False), ('["a,b",2]', 3, False), ('["a,b",2]', 2, True)]
)
def test_values_are_counted_outside_texts(text: str, most: int, more: bool) -> None:
    assert has_more_values(text.encode(), most) is more


def test_a_lenient_reader_takes_numbers_of_any_size_and_refuses_what_is_no_json() -> None:
    assert loads_leniently("[1e999]") == loads_leniently(b"[1e999]") == [inf]
    assert loads_leniently("1" * 5000) == inf
    for text in ("{", "NaN", b"\xff", "[" * 100_000):
        with pytest.raises(ValueError, match=r"^not JSON$"):
            loads_leniently(text)


def test_members_are_in_order_whichever_writer_writes_them() -> None:
    assert canonical({"b": 10**40, "a": 1}) == b'{"a":1,"b":%d}' % (10**40)


@given(st.binary() | any_text)
def test_nothing_but_value_errors(text: bytes | str) -> None:
    try:
        loads(text)
    except ValueError as refused:
        assert str(refused) in ("not JSON", "nested too deeply")  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'"\\ud800"', True),
        (b'"\\uDFFF"', True),
        (b'"\xed\xa0\x80"', True),
        (b'"\\ud7ff"', False),
        (b'"\xed\x9f\xbf"', False),
        (b"", False),
    ],
)
def test_a_surrogate_is_found_as_an_escape_and_in_bytes(text: bytes, found: bool) -> None:
    assert holds_surrogate(text) is found


@given(any_text)
def test_a_lone_surrogate_is_found(text: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        assert holds_surrogate(dumps(text))


@pytest.mark.parametrize("beside", ["1", "12345678901234567", '"\\ud800"'])
def test_a_number_out_of_range_is_refused_by_either_parser(beside: str) -> None:
    for number in ("1e999", "-1e999"):
        with pytest.raises(ValueError, match="not JSON"):
            loads(f"[{number},{beside}]")


@given(values)
def test_equal_values_have_one_canonical_text(value: Any) -> None:
    assert loads(canonical(value)) == value
    if isinstance(value, dict):
        assert canonical(dict(reversed(value.items()))) == canonical(value)


@pytest.mark.parametrize("value", [{"a": [1, "é"]}, {"a": [10**40]}, {"a": ["\ud800"]}])
def test_json_over_several_lines_is_the_same_value(value: Any) -> None:
    text = pretty(value)
    assert text.decode().splitlines()[:2] == ["{", '  "a": [']
    assert loads(text) == value
