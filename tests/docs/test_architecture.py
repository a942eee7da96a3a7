"""The page on architecture names the folders in the order of imports, and the files of a real run."""

from __future__ import annotations

from pathlib import Path

from helpers.import_rules import ORDER

from .pages import PAGES, rows, run_python
from .send_message_files import BLOCK


def test_folders_are_listed_in_the_order_of_imports() -> None:
    listed = [name for name, _ in rows("architecture", 2)]
    names = ["`lensconnect` itself" if name == "" else f"`{name}`" for name in ORDER]
    assert listed == names


def test_the_files_of_one_send_message_are_those_of_a_real_run() -> None:
    """In a process of its own: what other tests leave behind, such as the report of unrun programs, adds files."""
    listed = run_python(Path(__file__).parent.parent, "-m", "docs.send_message_files", "--list")
    assert listed.stdout == PAGES["architecture"], (
        "write the list again: PYTHONPATH=tests python -m docs.send_message_files\n" + listed.stderr
    )


def test_a_request_passes_few_files() -> None:
    """The list is that of a real run, by the test above."""
    (files,) = BLOCK.findall(PAGES["architecture"])
    assert 10 < len(files.splitlines()) <= 33
