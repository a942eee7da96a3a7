"""The pages about the project name tasks, Pythons and files that exist."""

from __future__ import annotations

import re
import tomllib

import pytest
from helpers.introspection import ROOT

from .pages import PAGES

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text()
SECURITY = (ROOT / ".github" / "SECURITY.md").read_text()
TEXTS = {
    "CONTRIBUTING": (ROOT / ".github", CONTRIBUTING),
    "SECURITY": (ROOT / ".github", SECURITY),
    **{name: (ROOT / "lensconnect" / "docs", PAGES[name]) for name in ("architecture", "glossary", "stability")},
}


def test_the_tasks_are_those_of_pyproject() -> None:
    listed = re.findall(r"^\| `poe ([a-z-]+)", CONTRIBUTING, re.M)
    assert sorted(listed) == sorted(PROJECT["tool"]["poe"]["tasks"])


def test_the_supported_pythons_are_those_of_the_classifiers() -> None:
    classified = re.findall(r":: (3\.\d+)$", "\n".join(PROJECT["project"]["classifiers"]), re.M)
    tested = re.findall(r"^\| CPython (.*?) \|", PAGES["stability"], re.M)
    assert re.findall(r"3\.\d+", ", ".join(tested)) == classified


def test_ci_tries_each_supported_python() -> None:
    classified = re.findall(r":: (3\.\d+)$", "\n".join(PROJECT["project"]["classifiers"]), re.M)
    assert f"for version in {' '.join(classified)}; do" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_to_files(page: str) -> None:
    folder, text = TEXTS[page]
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text)
    assert links or page == "SECURITY"
    assert not [link for link in links if not (folder / link).exists()]


@pytest.mark.parametrize("page", TEXTS)
def test_paths_in_code_exist(page: str) -> None:
    paths = re.findall(r"`((?:lensconnect|tests|\.ci|\.github|emulator|interpreters)/[\w./]+)`", TEXTS[page][1])
    planned = {"lensconnect/operations/pin_message.py"}
    found = {path for path in paths if (ROOT / path).exists() or (ROOT / "lensconnect" / path).exists()}
    assert set(paths) - planned == found - planned


def test_a_term_stands_once_in_the_glossary() -> None:
    terms = re.findall(r"^\| (?!term )([^|]+) \|", PAGES["glossary"], re.M)
    assert len(terms) == len(set(terms)) >= 40
