"""Check docs/emulator.md: its tables of behaviours name a status, existing options and existing tests."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from helpers.introspection import ROOT

from docs.pages import rows
from lensconnect.emulator import Options
from lensconnect.record import fields

TESTS = ROOT / "tests" / "emulator"
ROWS = list(rows("emulator", 4))
DEFAULTS = {field.name: getattr(Options(), field.name) for field in fields(Options)}


def names_of_tests(path: Path) -> set[str]:
    module = ".".join(path.relative_to(TESTS).with_suffix("").parts)
    return {
        f"{module}.{node.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def shown(default: object) -> str:
    """Return a default as the page writes it."""
    if isinstance(default, tuple):
        return "(...)"
    return getattr(default, "name", "").upper() or repr(default)


def test_rows_are_distinct_sentences_with_a_status() -> None:
    assert not [sentence for sentence, _, _, _ in ROWS if not sentence.endswith(".")]
    assert not [sentence for sentence, times in Counter(row[0] for row in ROWS).items() if times > 1]
    assert {status for _, status, _, _ in ROWS} == {"documented", "observed", "assumed"}
    assert len(ROWS) > 120


def test_rows_name_every_option_with_its_default() -> None:
    named = {option for _, _, options, _ in ROWS for option in re.findall(r"`(.*?)`", options)}
    assert named == {f"{name}={shown(default)}" for name, default in DEFAULTS.items()}


def test_rows_name_existing_tests() -> None:
    existing = {f"`{name}`" for path in TESTS.rglob("test_*.py") for name in names_of_tests(path)}
    assert not {test for _, _, _, test in ROWS} - existing
