"""Bounds: their words for people, and the same as Python tests."""

from __future__ import annotations

import pytest

from lensconnect.marks import Bound, count, number, text

BOUNDS = {
    text(1, 100): ("1..100 characters", "1 <= len(v) <= 100"),
    text(36, 36): ("exactly 36 characters", "36 <= len(v) <= 36"),
    text(1, 1): ("exactly 1 character", "1 <= len(v) <= 1"),
    text(1): ("at least 1 character", "1 <= len(v)"),
    text(11): ("at least 11 characters", "11 <= len(v)"),
    count(0, 1): ("0..1 entries", "0 <= len(v) <= 1"),
    count(1, 1): ("exactly 1 entry", "1 <= len(v) <= 1"),
    number(5, 300): ("5..300", "5 <= v <= 300"),
    number(1): ("at least 1", "1 <= v"),
    number(None, 10): ("at most 10", "v <= 10"),
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_bound_is_shown_as_words_and_tested_by_an_expression(bound: Bound) -> None:
    assert (str(bound), bound.test) == BOUNDS[bound]


def test_a_bound_without_ends_allows_everything() -> None:
    assert number(None).test == "True"
