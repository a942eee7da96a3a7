"""docs/transports.md shows the fault table of the tests."""

from __future__ import annotations

from interpreters.helpers.fault_table import PAGE, written


def test_the_page_has_the_current_table() -> None:
    page = PAGE.read_text()
    assert page == written(page)
    assert page.count("\n| ") > 80
