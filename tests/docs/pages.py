"""Read the pages in `lensconnect/docs`: their example programs, the output shown for each, and their tables."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from helpers.introspection import PACKAGE

__all__ = ["DOCS", "EXAMPLES", "MODULES", "PAGES", "Example", "rows", "run_python", "section", "write_programs"]

DOCS = PACKAGE / "docs"
PAGES = {page.stem: page.read_text() for page in sorted(DOCS.glob("*.md"))}

_MODULE = re.compile(r"```python\n(?P<code># (?P<name>\w+\.py)\n.*?)```", re.S)
_EXAMPLE = re.compile(r"```python\n(?P<code>(?:(?!```).)*?)```\n\nprints\n\n```\n(?P<output>.*?)```", re.S)


class Example(NamedTuple):
    """A program on a page, its file name, and the output that the page shows."""

    page: str
    name: str
    code: str
    output: str


MODULES = {name: {match["name"]: match["code"] for match in _MODULE.finditer(page)} for name, page in PAGES.items()}
"""By page and file name, the programs that begin with their file name; examples of the page import them."""

EXAMPLES = [
    Example(page, f"{page}_{number}.py", match["code"], match["output"])
    for page, text in PAGES.items()
    for number, match in enumerate(_EXAMPLE.finditer(text), start=1)
]


def write_programs(page: str, folder: Path) -> list[Path]:
    """Write all programs of a page as files into a folder, and return their paths."""
    programs = MODULES[page] | {example.name: example.code for example in EXAMPLES if example.page == page}
    for name, code in programs.items():
        (folder / name).write_text(code)
    return [folder / name for name in programs]


def run_python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with warnings as errors and without this machine's AWS configuration."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environ["AWS_CONFIG_FILE"] = os.devnull
    environ["CI"] = "true"  # Hypothesis then has no deadline, so a busy machine fails no example
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def rows(page: str, columns: int) -> Iterator[list[str]]:
    """Yield the cells of each row of the page's tables with that number of columns, headers excluded."""
    lines = PAGES[page].splitlines()
    for line, following in pairwise([*lines, ""]):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and not following.startswith("|---") and len(cells) == columns:
            yield cells


def section(page: str, heading: str) -> str:
    """Return the text of a page under a heading of the second level."""
    return PAGES[page].split(f"\n## {heading}\n")[1].split("\n## ")[0]
