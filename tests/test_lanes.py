"""The lanes of the suite: every test runs in exactly one of them, and `.ci/run` runs them all."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from helpers.introspection import ROOT

CI = (ROOT / ".ci" / "run").read_text()
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
MARKERS = {line.partition(":")[0] for line in SETTINGS["markers"]}
FAST = re.findall(r"-m '([^']+)'", SETTINGS["addopts"])
OTHERS = re.findall(r"pytest -m (\w+)", CI)


def lanes_of(marks: set[str]) -> list[str]:
    """The lanes that run a test with these marks, by evaluating `-m` as pytest does."""
    namespace = {marker: marker in marks for marker in MARKERS}
    return [lane for lane in FAST + OTHERS if eval(lane, {}, namespace)]


def test_every_combination_of_marks_is_in_exactly_one_lane() -> None:
    assert len(FAST) == 1
    assert sorted(OTHERS) == sorted(MARKERS)
    for marks in [set(), *({marker} for marker in MARKERS)]:
        assert len(lanes_of(marks)) == 1, marks


def test_a_test_in_two_lanes_is_refused(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    marks = "".join(f"@pytest.mark.{marker}\n" for marker in MARKERS)
    (tmp_path / "test_two.py").write_text(f"import pytest\n{marks}def test_two(): pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_two.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "test_two.py::test_two is in two lanes" in done.stderr + done.stdout


def test_markers_are_strict() -> None:
    assert "--strict-markers" in SETTINGS["addopts"]
