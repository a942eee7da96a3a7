"""The pages beside the code print what they say."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

import lensconnect
from lensconnect import Program
from lensconnect.programs.observe import EventName

DOCS = Path(lensconnect.__file__).parent / "docs"
HOOKS = (DOCS / "hooks.md").read_text()
PROGRAMS = (DOCS / "programs.md").read_text()
TESTING = (DOCS / "testing.md").read_text()
PAGES = {page.stem: page.read_text() for page in sorted(DOCS.glob("*.md"))}
EXAMPLES = [
    (name, code, printed)
    for name, page in PAGES.items()
    for code, printed in re.findall(r"```python\n((?:(?!```).)*?)```\n\nprints\n\n```\n(.*?)```", page, re.S)
]
FILES = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", TESTING, re.S)


@pytest.mark.parametrize(("code", "printed"), [example[1:] for example in EXAMPLES], ids=[each[0] for each in EXAMPLES])
def test_an_example_prints_what_the_page_says(code: str, printed: str) -> None:
    shown = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (shown.stdout, shown.stderr) == (printed, "")


def test_the_tests_on_the_page_pass(tmp_path: Path) -> None:
    for name, code in FILES:
        (tmp_path / name).write_text(code)
    command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    promised = re.search(r"`pytest` says\n\n```\n(\d+ passed)\n```", TESTING)
    assert promised is not None
    assert f" {promised[1]} in " in shown.stdout, shown.stdout


def test_every_example_is_run() -> None:
    blocks = sum(page.count("```python") for page in PAGES.values())
    assert blocks == len(EXAMPLES) + len(FILES) == 8 + 3


def test_the_page_on_testing_names_every_fixture() -> None:
    fixtures = importlib.import_module("lensconnect.testing.fixtures")
    assert re.findall(r"^\| `(lensconnect_\w+)` \|", TESTING, re.M) == re.findall(
        r"^(lensconnect_\w+)  ", fixtures.__doc__ or "", re.M
    )
    assert set(re.findall(r"`(lensconnect_\w+)`", TESTING)) == set(fixtures.__all__)


def test_the_page_on_hooks_names_what_there_is() -> None:
    rows = re.findall(r"^\| `(\w+Hook)` \| (.+) \|$", HOOKS, re.M)
    assert len(rows) == len(dict(rows)) == 9
    for name in get_args(EventName):
        assert f"| `{name}` |" in HOOKS


@pytest.mark.parametrize("page", [HOOKS, PROGRAMS], ids=["hooks", "programs"])
def test_what_a_page_calls_is_there(page: str) -> None:
    observe = importlib.import_module("lensconnect.programs.observe")
    known: dict[str, Any] = {**vars(lensconnect), **vars(observe), **vars(Program)}
    called = set(re.findall(r"`(\w+)\(", page))
    assert called
    assert called - {"program"} <= known.keys()
