"""The public names as type checkers see them: mypy and pyright read a file of right lines and one of wrong lines."""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.type_checkers import CheckerErrors, marked, mypy, pyright

FOLDER = Path(__file__).parent
ACCEPTED, REJECTED = FOLDER / "accepted.py", FOLDER / "rejected.py"

_FOLLOWS = "reportUnknown|reportUnusedExpression"
"""Rules of pyright that follow from another error, or that apply to every line that is an expression."""

CHECKERS = {"mypy": mypy, "pyright": partial(pyright, overlooked=_FOLLOWS)}


@pytest.fixture(scope="session", params=[pytest.param(name, marks=pytest.mark.slow) for name in CHECKERS])
def errors(request: pytest.FixtureRequest) -> CheckerErrors:
    """The errors of one type checker in both files."""
    name: str = request.param
    if find_spec(name) is None and not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed")
    return CHECKERS[name](ACCEPTED, REJECTED)


def test_no_right_line_is_rejected(errors: CheckerErrors) -> None:
    source = ACCEPTED.read_text().splitlines()
    assert [source[line - 1] for line in errors.get(ACCEPTED.name, ())] == []


def test_every_line_that_is_wrong_is_rejected(errors: CheckerErrors) -> None:
    found = errors.get(REJECTED.name, Counter())
    assert [line for number, line in marked(REJECTED.read_text()).items() if number not in found] == []


def test_no_other_line_is_rejected(errors: CheckerErrors) -> None:
    source = REJECTED.read_text()
    wrong = marked(source)
    found = errors.get(REJECTED.name, Counter())
    assert [source.splitlines()[number - 1] for number in found if number not in wrong] == []


def test_a_wrong_line_has_one_error(errors: CheckerErrors) -> None:
    source = REJECTED.read_text().splitlines()
    found = errors.get(REJECTED.name, Counter())
    assert {source[number - 1]: times for number, times in found.items() if times > 1} == {}


def test_there_are_enough_lines() -> None:
    assert len(marked(REJECTED.read_text())) >= 80
    assert ACCEPTED.read_text().count("assert_type(") >= 60


def test_no_line_silences_a_checker() -> None:
    for file in (ACCEPTED, REJECTED):
        assert not re.search(r"type: ignore|pyright:|\bAny\b|\bcast\b", file.read_text())


def test_a_mark_is_found_in_code_only() -> None:
    assert marked("x = 1\ny = z  # wrong: no z\n'# wrong: '") == {2: "y = z  # wrong: no z"}
