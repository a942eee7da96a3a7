"""Fixtures: a browser, an emulator behind HTTP, the agent page, and a customer in a chat with its agent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from lensconnect import emulator
from lensconnect.emulator import RunningEmulator

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from ..helpers.browser import Customer, Page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    from ..helpers.browser import start_chromium

    with start_chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(scope="module")
def service() -> Iterator[RunningEmulator]:
    with emulator.running() as service:
        yield service


@pytest.fixture
def page(browser: Chrome, service: RunningEmulator) -> Iterator[Page]:
    """Open the page in a new tab; after the test, no request has left the machine and the page holds no secret."""
    from ..helpers.browser import Page

    home = browser.current_window_handle
    browser.switch_to.new_window("tab")
    opened = Page(browser, service.base_url)
    opened.console_messages()
    opened.requested_hosts()
    yield opened
    service.emulator.clear_faults()
    assert opened.requested_hosts() == {"127.0.0.1"}
    assert not re.search("[0-9a-f]{64}", opened.html())
    for handle in browser.window_handles:
        if handle != home:
            browser.switch_to.window(handle)
            browser.close()
    browser.switch_to.window(home)


@pytest.fixture
def customer(service: RunningEmulator) -> Iterator[Customer]:
    from ..helpers.browser import connected_customer

    with connected_customer(service, service.start_chat(customer="Ada")) as customer:
        yield customer


@pytest.fixture
def open_page(page: Page, customer: Customer) -> Page:
    """Load the page with the customer's chat open."""
    return page.load(customer.chat.contact_id)
