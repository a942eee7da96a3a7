"""The table of behaviours is whole: every switch is in it, every test it names is there, the page is written from it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import lensconnect
from lensconnect.emulator import Options
from lensconnect.emulator.behaviours.table import AREAS
from lensconnect.record import fields

PAGE = Path(lensconnect.__file__).parent / "docs" / "emulator.md"
TESTS = Path(__file__).parent
ROWS = [row for area in AREAS for row in area.rows]
SWITCHES = {field.name for field in fields(Options)}


def shown_in(path: Path) -> set[str]:
    module = ".".join(path.relative_to(TESTS).with_suffix("").parts)
    return {
        f"{module}.{node.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_the_page_is_what_the_table_says() -> None:
    written = subprocess.run(
        [sys.executable, "-W", "error", "-m", "lensconnect.emulator.behaviours"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert PAGE.read_text() == written


def test_every_switch_is_in_the_table_and_every_one_in_it_is_there() -> None:
    assert {switch for row in ROWS for switch in row.switches} == SWITCHES


def test_every_row_is_shown_by_a_test() -> None:
    known = set().union(*map(shown_in, TESTS.rglob("test_*.py")))
    assert not {row.shown_by for row in ROWS} - known


def test_rows_are_sentences_and_differ() -> None:
    assert not [row.what for row in ROWS if not row.what.endswith(".") or "|" in row.what]
    assert not [what for what, times in Counter(row.what for row in ROWS).items() if times > 1]
    assert {row.mark for row in ROWS} == {"documented", "observed", "chosen"}
    assert len(ROWS) > 120
