"""An iso is a lens onto the whole state, in another form, with a way back."""

from __future__ import annotations

import pickle

from helpers.raw_lenses import lens, needs_lenses
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import ConnectionToken, Iso, Lens, Traversal, new_send_event, send_event_content_type
from lensconnect.testing.laws import check_iso, check_lens

DIGITS: Iso[str, int] = Iso(int, str, "digits")
EVENT = new_send_event("12", ConnectionToken("t"))


def _pair(pair: tuple[int, str]) -> tuple[str, int]:
    return pair[1], pair[0]


def _pair_back(pair: tuple[str, int]) -> tuple[int, str]:
    return pair[1], pair[0]


SWAPPED: Iso[tuple[int, str], tuple[str, int]] = Iso(_pair, _pair_back)


def test_both_ways() -> None:
    assert "12" & DIGITS.get() == DIGITS.there("12") == 12
    assert "12" & DIGITS.set(7) == DIGITS.back(7) == "7"
    assert "12" & DIGITS.modify(lambda number: number + 1) == "13"
    assert "12" & DIGITS.collect() == [12]
    assert DIGITS.path == ()


def test_reversed() -> None:
    assert 7 & DIGITS.reverse().get() == "7"
    assert 7 & DIGITS.reverse().set("8") == 8
    assert repr(DIGITS.reverse()) == "digits.reverse()"


def test_compositions() -> None:
    both = DIGITS.reverse() & DIGITS
    assert type(both) is Iso
    assert 7 & both.modify(lambda number: number * 2) == 14
    assert repr(both) == "digits.reverse() & digits"
    inside = send_event_content_type & DIGITS
    assert isinstance(inside, Lens)
    assert not isinstance(inside, Iso)
    assert inside.path == ("content_type",)
    assert (EVENT & inside.modify(lambda number: number + 1)).content_type == "13"
    assert EVENT & inside.set(5) & inside.get() == 5
    assert repr(inside) == "send_event_content_type & digits"
    assert type(DIGITS & Traversal[int, int](lambda number: [number], lambda f, number: f(number))) is Traversal


def test_pickle() -> None:
    for iso in (SWAPPED, SWAPPED.reverse(), SWAPPED.reverse() & SWAPPED):
        again = pickle.loads(pickle.dumps(iso))
        assert type(again) is Iso
        assert repr(again) == repr(iso)
    assert pickle.loads(pickle.dumps(SWAPPED)).there((1, "a")) == ("a", 1)
    again = pickle.loads(pickle.dumps(send_event_content_type & DIGITS))
    assert EVENT & again.get() == 12


@given(st.lists(st.integers(), max_size=4))
def test_laws(numbers: list[int]) -> None:
    check_iso(DIGITS, map(str, numbers), numbers)
    check_iso(DIGITS.reverse(), numbers, map(str, numbers))
    check_iso(DIGITS & DIGITS.reverse(), map(str, numbers), map(str, numbers))
    check_lens(
        send_event_content_type & DIGITS, [EVENT & send_event_content_type.set(str(n)) for n in numbers], numbers
    )


@needs_lenses
def test_with_raw_optics() -> None:
    assert DIGITS.kind() == (DIGITS & DIGITS.reverse()).kind() == "Isomorphism"  # type: ignore[attr-defined]
    assert (send_event_content_type & DIGITS).kind() == "Lens"  # type: ignore[attr-defined]
    assert ["1", "2"] & (lens.Each() & DIGITS).modify(lambda number: number + 1) == ["2", "3"]
