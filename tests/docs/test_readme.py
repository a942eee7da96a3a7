"""The README: its sample prints what it shows, its figures are those of the benchmarks, its links exist."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from helpers.introspection import ROOT
from helpers.type_checkers import CHECKERS

from docs.pages import run_python

README = (ROOT / "README.md").read_text()
BEFORE_LINKS, LINKS = README.split("## Documentation\n")
(SAMPLE,) = re.findall(r"```python\n(.*?)```", README, re.S)
(PRINTED,) = re.findall(r"prints\n\n```\n(.*?)```", README, re.S)

FIGURES = {
    "described in {} µs, and the error names every fault; botocore takes {} µs": (
        "describe",
        "full message, token of 300",
        "lensconnect",
        "botocore",
    ),
    "in {} µs, by botocore in {} µs": ("decode", "transcript of 100 items", "lensconnect", "botocore"),
    "`lens.view(record)` reads a field in {} ns, a plain function in {} ns": (
        "optics",
        "view",
        "lensconnect",
        "function",
    ),
    "A call costs {} µs of CPU time, with boto3 {} µs": ("send", "send a message", "lensconnect", "boto3"),
    "over TLS with replies after 2 ms, {} and {}": (
        "send",
        "send a message over TLS, reply after 2 ms",
        "lensconnect",
        "boto3",
    ),
    "Import and first use cost {} ms, with boto3 {} ms": ("start", "cpu time", "lensconnect", "boto3"),
    "it takes {} messages a second": ("load", "sends in a second, 16 at a time", "1,000 chats"),
}
"""Sentences of the README with figures: the result file, the case in it, and whose medians they are."""


def medians(result: str, case: str, *contenders: str) -> list[str]:
    """The medians of a benchmark, rounded as the README writes them."""
    cases: list[dict[str, Any]] = json.loads((ROOT / f"benchmarks/results/{result}.json").read_text())["cases"]
    (costs,) = (each["costs"] for each in cases if each["case"] == case)
    values = [costs[contender]["median"] for contender in contenders]
    return [f"{value:,.0f}" if value >= 20 else f"{value:.1f}" for value in values]


def test_the_sample_prints_what_the_readme_shows(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(SAMPLE)
    completed = run_python(tmp_path, "sample.py")
    assert (completed.stdout, completed.stderr) == (PRINTED, "")


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_type_checkers_accept_the_sample(checker: str, tmp_path: Path) -> None:
    if find_spec(checker) is None and not os.environ.get("CI"):
        pytest.skip(f"{checker} is not installed")
    (sample := tmp_path / "sample.py").write_text(SAMPLE)
    assert CHECKERS[checker](sample) == {}


def test_the_sample_masks_the_token_in_values_and_not_by_itself() -> None:
    variables: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(SAMPLE, variables)
    token = variables["token"]
    shown = " ".join(repr(variables[name]) for name in ("hello", "reply", "env", "started"))
    assert "'***'" in shown
    assert token not in shown
    assert str(token) == token


def test_the_sample_uses_attributes_before_lenses_and_no_long_names() -> None:
    assert SAMPLE.index("hello.content") < SAMPLE.index("lc.send_message_content")
    assert max(map(len, re.findall(r"\w+", SAMPLE))) < 40


@pytest.mark.parametrize("sentence", FIGURES)
def test_a_figure_is_the_median_of_its_benchmark(sentence: str) -> None:
    assert sentence.format(*medians(*FIGURES[sentence])) in README


def test_five_reasons_each_have_a_figure() -> None:
    section = re.split(r"## Why\n", BEFORE_LINKS)[1].split("\n## ")[0]
    reasons = re.findall(r"^- .*", section, re.M)
    patterns = [re.escape(sentence).replace(r"\{\}", r"[\d.,]+") for sentence in FIGURES]
    assert len(reasons) == 5
    assert all(any(re.search(pattern, reason) for pattern in patterns) for reason in reasons)


def test_the_set_up_commands_are_single_lines_that_need_only_python() -> None:
    commands = re.findall(r"<!-- (\w+) -->\n```sh\n(.*?)```", README, re.S)
    assert [name for name, _ in commands] == ["demo", "test"]
    assert all(command.startswith("python3 -m venv") and command.count("\n") == 1 for _, command in commands)


def test_the_links_lead_to_files_and_every_page_is_linked() -> None:
    linked = re.findall(r"\]\((?!https:)([^)#]+)[^)]*\)", README)
    assert not [path for path in linked if not (ROOT / path).exists()]
    assert {Path(path).name for path in linked} >= {page.name for page in (ROOT / "lensconnect/docs").glob("*.md")}


def test_the_readme_has_at_most_450_words_before_its_links() -> None:
    assert len(BEFORE_LINKS.split()) <= 450


def test_the_first_sentence_names_the_service_as_aws_does() -> None:
    assert "typed, functional Python client for the Amazon Connect (Customer) chat API" in BEFORE_LINKS.splitlines()[2]
