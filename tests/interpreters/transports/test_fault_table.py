"""The page on transports shows the table that the transports are tested against."""

from __future__ import annotations

from interpreters.helpers.fault_table import PAGE, written


def test_the_page_has_the_table_as_it_is() -> None:
    page = PAGE.read_text()
    assert page == written(page)
    assert page.count("\n| ") > 80
