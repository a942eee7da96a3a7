"""mypy and pyright as functions from files to the lines with errors."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from helpers.introspection import ROOT

__all__ = ["CHECKERS", "CheckerErrors", "marked", "mypy", "pyright"]

CheckerErrors = dict[str, Counter[int]]
"""Errors by file name and line."""


def mypy(*files: Path) -> CheckerErrors:
    """Run mypy with the strictness of `pyproject.toml`."""
    cache = ROOT / ".mypy_cache" / "tests"
    command = ["-m", "mypy", "--strict", "--no-error-summary", "--output=json", f"--cache-dir={cache}"]
    lines = [json.loads(line) for line in _run(*command, *map(str, files)).splitlines()]
    return _by_line((line["file"], line["line"]) for line in lines if line["severity"] == "error")


def pyright(*files: Path, overlooked: str = "$.") -> CheckerErrors:
    """Run pyright with the strictness of `pyproject.toml`, without the rules whose names match `overlooked`."""
    command = ["-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    output = _run(*command, *map(str, files), project=_project(files[0]))
    found = json.loads(output[output.index("{") :])["generalDiagnostics"]
    errors = [item for item in found if item["severity"] == "error" and not re.match(overlooked, item.get("rule", ""))]
    return _by_line((item["file"], item["range"]["start"]["line"] + 1) for item in errors)


def marked(text: str) -> dict[int, str]:
    """Return the lines that are marked as wrong, by number."""
    lines = enumerate(text.splitlines(), start=1)
    return {number: line for number, line in lines if re.search(r"\S  # wrong: ", line)}


def _by_line(places: Iterable[tuple[str, int]]) -> CheckerErrors:
    found: CheckerErrors = {}
    for file, line in places:
        found.setdefault(Path(file).name, Counter())[line] += 1
    return found


def _project(file: Path) -> Path:
    """Return a folder with the settings of `pyproject.toml`, in which files outside the repository import each other."""
    if file.is_relative_to(ROOT):
        return ROOT
    (file.parent / "pyrightconfig.json").write_text(json.dumps({"extends": str(ROOT / "pyproject.toml")}))
    return file.parent


def _run(*command: str, project: Path = ROOT) -> str:
    done = subprocess.run([sys.executable, *command], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


CHECKERS = {"mypy": mypy, "pyright": pyright}
