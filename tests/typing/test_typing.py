"""What checkers make of the public names: two files of lines, each read by mypy and by pyright."""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.type_checkers import Complaints, marked, mypy, pyright

FOLDER = Path(__file__).parent
ACCEPTED, REJECTED = FOLDER / "accepted.py", FOLDER / "rejected.py"

_FOLLOWS = "reportUnknown|reportUnusedExpression"
"""What pyright adds to an error, or says of any line that is an expression: no reason to reject one."""

CHECKERS = {"mypy": mypy, "pyright": partial(pyright, overlooked=_FOLLOWS)}


@pytest.fixture(scope="session", params=[pytest.param(name, marks=pytest.mark.slow) for name in CHECKERS])
def complaints(request: pytest.FixtureRequest) -> Complaints:
    """Both files as one checker sees them."""
    name: str = request.param
    if find_spec(name) is None and not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed")
    return CHECKERS[name](ACCEPTED, REJECTED)


def test_what_must_be_accepted_is(complaints: Complaints) -> None:
    source = ACCEPTED.read_text().splitlines()
    assert [source[line - 1] for line in complaints.get(ACCEPTED.name, ())] == []


def test_every_line_that_is_wrong_is_rejected(complaints: Complaints) -> None:
    found = complaints.get(REJECTED.name, Counter())
    assert [line for number, line in marked(REJECTED.read_text()).items() if number not in found] == []


def test_no_other_line_is(complaints: Complaints) -> None:
    source = REJECTED.read_text()
    wrong = marked(source)
    found = complaints.get(REJECTED.name, Counter())
    assert [source.splitlines()[number - 1] for number in found if number not in wrong] == []


def test_each_for_one_reason(complaints: Complaints) -> None:
    source = REJECTED.read_text().splitlines()
    found = complaints.get(REJECTED.name, Counter())
    assert {source[number - 1]: times for number, times in found.items() if times > 1} == {}


def test_there_are_enough_of_them() -> None:
    assert len(marked(REJECTED.read_text())) >= 80
    assert ACCEPTED.read_text().count("assert_type(") >= 60


def test_no_line_silences_a_checker() -> None:
    for file in (ACCEPTED, REJECTED):
        assert not re.search(r"type: ignore|pyright:|\bAny\b|\bcast\b", file.read_text())


def test_a_line_that_is_wrong_is_seen() -> None:
    assert marked("x = 1\ny = z  # wrong: no z\n'# wrong: '") == {2: "y = z  # wrong: no z"}
