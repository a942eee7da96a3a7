"""Run the example programs of every page, and check them with mypy and pyright."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.type_checkers import CHECKERS, marked

from docs.pages import EXAMPLES, MODULES, PAGES, Example, run_python, write_programs

TYPED = sorted(PAGES.keys() - {"testing"})
"""The pages whose examples type checkers must accept; tests that take fixtures are seldom annotated."""

UNTYPED_IMPORTS = r"import boto3|from lenses"


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_an_example_prints_the_output_on_the_page(example: Example, tmp_path: Path) -> None:
    write_programs(example.page, tmp_path)
    completed = run_python(tmp_path, example.name)
    assert (completed.stdout, completed.stderr) == (example.output, "")


def test_the_tests_on_the_page_pass(tmp_path: Path) -> None:
    write_programs("testing", tmp_path)
    completed = run_python(tmp_path, "-m", "pytest", "-p", "no:cacheprovider", "test_greeting.py")
    summary = re.search(r"`pytest` reports\n\n```\n(\d+ passed)\n```", PAGES["testing"])
    assert summary is not None
    assert f" {summary[1]} in " in completed.stdout, completed.stdout


def test_every_python_block_is_run() -> None:
    blocks = sum(page.count("```python") for page in PAGES.values())
    assert blocks == len(EXAMPLES) + sum(map(len, MODULES.values())) > 25


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_type_checkers_report_only_the_lines_marked_as_wrong(checker: str, tmp_path: Path) -> None:
    if find_spec(checker) is None and not os.environ.get("CI"):
        pytest.skip(f"{checker} is not installed")
    programs = [file for page in TYPED for file in write_programs(page, tmp_path)]
    typed = [file for file in programs if not re.search(UNTYPED_IMPORTS, file.read_text())]
    wrong = {file.name: marked(file.read_text()).keys() for file in typed if marked(file.read_text())}
    assert {name: found.keys() for name, found in CHECKERS[checker](*typed).items()} == wrong
    assert wrong


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_type_checkers_report_a_kind_of_error_that_is_missing_in_a_match(checker: str, tmp_path: Path) -> None:
    (source,) = (example.code for example in EXAMPLES if "def advice(" in example.code)
    incomplete, removed = re.subn(r"        case lc.ServiceError\(\):\n.*\n", "", source)
    (file := tmp_path / "incomplete.py").write_text(incomplete)
    assert removed == 1
    assert CHECKERS[checker](file)
