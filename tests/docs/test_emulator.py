"""Check docs/emulator.md: its commands work, its tables match the code, and each behaviour names an existing test."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from pathlib import Path

from helpers.introspection import ROOT

from docs.pages import rows
from lensconnect.emulator import Options
from lensconnect.record import fields
from lensconnect.wire.limits import Limits

TESTS = ROOT / "tests" / "emulator"
BEHAVIOURS = list(rows("emulator", 5))
DEFAULTS = {field.name: getattr(Options(), field.name) for field in fields(Options)}


def names_of_tests(path: Path) -> set[str]:
    module = ".".join(path.relative_to(TESTS).with_suffix("").parts)
    return {
        f"{module}.{node.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def on_the_command_line(default: object) -> str:
    match default:
        case Limits(name=name):
            return name
        case tuple():
            return " ".join(default)
        case str():
            return default
        case _:
            return json.dumps(default)


def test_the_options_are_listed_with_their_defaults() -> None:
    table = {cells[0]: cells[1] for cells in rows("emulator", 3) if cells[0].strip("`") in DEFAULTS}
    assert table == {f"`{name}`": f"`{on_the_command_line(default)}`" for name, default in DEFAULTS.items()}


def test_behaviours_name_every_option() -> None:
    named = {option for *_, options, _ in BEHAVIOURS for option in re.findall(r"`(\w+)`", options)}
    assert named == set(DEFAULTS)


def test_behaviours_are_distinct_sentences() -> None:
    sentences = Counter(row[0] for row in BEHAVIOURS)
    assert not [sentence for sentence, times in sentences.items() if times > 1 or not sentence.endswith(".")]
    assert len(BEHAVIOURS) > 120


def test_behaviours_are_documented_or_observed_somewhere_or_assumed() -> None:
    assert {status for _, status, *_ in BEHAVIOURS} == {"documented", "observed", "assumed", "extra"}
    assert not [row for row in BEHAVIOURS if bool(row[2]) != (row[1] in ("documented", "observed"))]


def test_behaviours_name_existing_tests() -> None:
    existing = {f"`{name}`" for path in TESTS.rglob("test_*.py") for name in names_of_tests(path)}
    assert not {row[-1] for row in BEHAVIOURS} - existing
