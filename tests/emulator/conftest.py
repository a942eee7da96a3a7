"""What tests of the emulator's page share: a browser, an emulator behind HTTP, and a chat between the two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from lensconnect import emulator
from lensconnect.emulator import RunningEmulator

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from .browser import Customer, Page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    from .browser import chromium

    with chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def service() -> Iterator[RunningEmulator]:
    with emulator.running() as served:
        yield served


@pytest.fixture
def page(browser: Chrome, service: RunningEmulator) -> Iterator[Page]:
    """The page in a tab of its own.  Whatever happens in it, nothing leaves the machine, and no secret shows."""
    from .browser import Page

    home = browser.current_window_handle
    browser.switch_to.new_window("tab")
    made = Page(browser, service.base_url)
    made.console()
    made.asked()
    yield made
    service.emulator.clear_faults()
    assert made.asked() == {"127.0.0.1"}
    assert not re.search("[0-9a-f]{64}", made.source())
    for handle in browser.window_handles:
        if handle != home:
            browser.switch_to.window(handle)
            browser.close()
    browser.switch_to.window(home)


@pytest.fixture
def customer(service: RunningEmulator) -> Iterator[Customer]:
    from .browser import customer_of

    with customer_of(service, service.start_chat(customer="Ada")) as made:
        yield made


@pytest.fixture
def open_page(page: Page, customer: Customer) -> Page:
    """The page with the customer's chat open."""
    return page.load(customer.chat.contact_id)
