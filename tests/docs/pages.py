"""The pages beside the code, and what stands in them: files, examples and what they print, tables."""

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

__all__ = ["DOCS", "EXAMPLES", "FILES", "PAGES", "Example", "rows", "run", "write"]

DOCS = PACKAGE / "docs"
PAGES = {page.stem: page.read_text() for page in sorted(DOCS.glob("*.md"))}

_FILE = re.compile(r"```python\n(?P<code># (?P<name>\w+\.py)\n.*?)```", re.S)
_EXAMPLE = re.compile(r"```python\n(?P<code>(?:(?!```).)*?)```\n\nprints\n\n```\n(?P<printed>.*?)```", re.S)


class Example(NamedTuple):
    """A program on a page, the name it has as a file, and what it prints."""

    page: str
    name: str
    code: str
    printed: str


FILES = {name: {each["name"]: each["code"] for each in _FILE.finditer(page)} for name, page in PAGES.items()}
"""By page, the programs that carry a name: the examples of the page import them."""

EXAMPLES = [
    Example(page, f"{page}_{number}.py", each["code"], each["printed"])
    for page, text in PAGES.items()
    for number, each in enumerate(_EXAMPLE.finditer(text), start=1)
]


def write(page: str, folder: Path) -> list[Path]:
    """All programs of a page, as files in a folder."""
    programs = FILES[page] | {each.name: each.code for each in EXAMPLES if each.page == page}
    for name, code in programs.items():
        (folder / name).write_text(code)
    return [folder / name for name in programs]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python there, warnings as errors, without the AWS configuration of this machine."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environ = {**clean, "AWS_CONFIG_FILE": os.devnull}
    whole = [sys.executable, "-W", "error", *command]
    return subprocess.run(whole, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def rows(page: str, columns: int) -> Iterator[list[str]]:
    """The cells of all tables of so many columns, without their heads."""
    lines = PAGES[page].splitlines()
    for line, following in pairwise([*lines, ""]):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and not following.startswith("|---") and len(cells) == columns:
            yield cells
