"""The security rules of bandit, and of ruff, apply to the whole package; each exception names its rule and says why."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest
from helpers.introspection import ROOT

LINT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
EXCEPTION = re.compile(r"#\s*(?:ruff:\s*|flake8:\s*)?(?:noqa|nosec)\b.*", re.I)
ONE_RULE = re.compile(r"# (?:noqa: S\d{3} - |nosec B(\d{3}) # (?:noqa: S\1 - |(?!noqa)))\w.*")


def exceptions(source: str) -> Iterator[str]:
    """Yield each comment that silences every rule or a security rule, unless it names one rule and says why."""
    for found in EXCEPTION.finditer(source):
        rules = found[0].partition(":")[2] if "ruff" not in found[0] else found[0].rpartition("noqa")[2]
        is_about_security = not rules.strip(": ") or "nosec" in found[0].lower() or re.search(r"\bS\d*\b", rules)
        if is_about_security and not ONE_RULE.fullmatch(found[0]):
            yield found[0]


def test_the_security_rules_are_on_everywhere_in_the_package() -> None:
    assert "S" in LINT["select"]
    assert [rule for rule in LINT["ignore"] if re.fullmatch(r"S\d*", rule)] == []
    excepted = {
        path for path, rules in LINT["per-file-ignores"].items() for rule in rules if re.fullmatch(r"S\d*", rule)
    }
    assert excepted == {"tests/**", "benchmarks/**"}


def test_each_exception_names_its_rule_and_says_why() -> None:
    found = {path.name: list(exceptions(path.read_text())) for path in (ROOT / "lensconnect").rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("x = eval(y)  # noqa", 1),
        ("x = eval(y)  # noqa: S307", 1),
        ("x = eval(y)  # noqa: S307, E501 - both", 1),
        ("x = eval(y)  # nosec B307", 1),
        ("# ruff: noqa", 1),
        ("# ruff: noqa: S", 1),
        ("x = eval(y)  # nosec # noqa: S307 - y is a constant", 1),
        ("x = eval(y)  # nosec B102 # noqa: S307 - y is a constant", 1),
        ("x = eval(y)  # noqa: S307 - y is a constant", 0),
        ("x = eval(y)  # nosec B307 # noqa: S307 - y is a constant", 0),
        ("x = {'y': 'token'}  # nosec B105 # a word, no password", 0),
        ("# ruff: noqa: I001 - by name", 0),
        ("def f(x): ...  # noqa: ARG001", 0),
    ],
)
def test_an_exception_is_found(line: str, count: int) -> None:
    assert len(list(exceptions(line))) == count
