"""The page on architecture names the folders in the order of imports, and the files of a real run."""

from __future__ import annotations

from helpers.import_rules import ORDER

from .pages import PAGES, rows
from .send_message_files import with_files


def test_folders_are_listed_in_the_order_of_imports() -> None:
    listed = [name for name, _ in rows("architecture", 2)]
    names = ["`lensconnect` itself" if name == "" else f"`{name}`" for name in ORDER]
    assert listed == names


def test_the_files_of_one_send_message_are_those_of_a_real_run() -> None:
    page = PAGES["architecture"]
    assert page == with_files(page), "write the list again: PYTHONPATH=tests python -m docs.send_message_files"
