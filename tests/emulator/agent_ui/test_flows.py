"""Flows on the page: their state and failure, the choice for a new chat, and the form that writes one."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import unwrap

import pytest
from selenium.webdriver import Keys

import lensconnect as lc
from lensconnect.emulator import Emulator, RunningEmulator, running, scripted

from ..helpers.browser import Page, connected_customer

HOSTILE = "<img src=x onerror='document.title=`caught`'>"


@lc.program
def fails(chat: lc.Chat) -> lc.Steps[None]:
    yield from lc.say(chat, "Welcome!")
    yield from lc.receive(chat)
    yield from lc.receive(chat)
    raise ValueError(HOSTILE + "a" * 64)


@pytest.fixture(scope="module")
def service() -> Iterator[RunningEmulator]:
    with running(Emulator(flow={"fails": fails, "second": scripted({}, greeting="I am second.")})) as service:
        yield service


def start(page: Page, flow: str) -> str:
    """Start a chat with the flow from the page by keyboard, and return its id."""
    before = page.driver.current_url
    page.wait_until(lambda: flow in [option.get_attribute("value") for option in page.find_all("#flow option")])
    page.choose("#flow", flow)
    page.find("#new-chat").send_keys(Keys.ENTER)
    page.wait_until(lambda: page.driver.current_url != before and page.text("#subtitle").startswith("connected"))
    return page.driver.current_url.partition("#chat=")[2]


def test_the_page_shows_the_flow_of_a_chat_and_its_failure_as_text(page: Page, service: RunningEmulator) -> None:
    chat = service.start_chat(customer="Ada")
    page.load(chat.contact_id)
    page.wait_for_text("Flow fails: begins when the customer joins", "#flows")
    with connected_customer(service, chat) as customer:
        line = unwrap(fails).__code__.co_firstlineno + 4  # the first `receive` gave the greeting
        page.wait_for_text(f"Flow fails: waits for a message or event at test_flows.py:{line}", "#flows")
        page.wait_until(lambda: page.find("#flows code").get_attribute("title") == f"{__file__}:{line}")
        for _ in range(2):
            customer.send_message("Hello")
        page.wait_for_text(
            f"Flow fails: failed at test_flows.py:{line + 1}. ValueError: {HOSTILE}***", "#flows summary"
        )
        page.wait_for_text("flow failed", "#chat-list [aria-current]")
        page.find("#flows summary").send_keys(Keys.ENTER)
        page.wait_for_text("in the program fails, File", "#flows pre")
    assert page.find_all("#flows img") == []
    assert page.driver.title != "caught"
    assert page.console_messages() == []


def test_a_chat_is_started_with_the_chosen_flow_or_none(page: Page, service: RunningEmulator) -> None:
    page.load()
    for flow in ("second", "", "fails"):
        contact_id = start(page, flow)
        assert service.emulator.read(lambda state, at=contact_id: state.chats[at].flow) == flow
    assert page.find("#flow").accessible_name == "Flow of a new chat"
    assert page.console_messages() == []


def test_a_flow_written_on_the_page_answers_in_new_chats(page: Page, service: RunningEmulator) -> None:
    page.load()
    page.find("#script-panel summary").send_keys(Keys.ENTER)
    fields = {
        "#script-name": "menu",
        "#script-greeting": "Hi",
        "#script-answers": "no arrow",
        "#script-otherwise": "Pardon?",
    }
    for css, text in fields.items():
        page.find(css).send_keys(text)
    assert [page.find(css).accessible_name for css in fields] == ["Name", "Greeting", "Answers", "Any other message"]
    page.find("#script-form button").send_keys(Keys.ENTER)
    page.wait_for_text("Not saved. “no arrow” is not: pattern -> answer", "#script-status")
    page.find("#script-answers").clear()
    lines = "open*sunday -> Closed -> sorry.\n(a+)+$ -> No expression.\nbye -> Good night. [end]"
    page.find("#script-answers").send_keys(lines)
    page.find("#script-form button").send_keys(Keys.ENTER)
    page.wait_for_text("Saved. A new chat has the flow menu.", "#script-status")
    contact_id = start(page, "menu")
    token = service.emulator.read(
        lambda state: next(p.token for p in state.chats[contact_id].participants.values() if p.role == "CUSTOMER")
    )

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[None]:
        for text in ("Are you open on Sunday?", "a" * 40 + "!"):
            yield from lc.say(chat, text)
            yield from lc.replies(chat, quiet=0.1)
        yield from lc.say(chat, "Bye")
        while isinstance((yield from lc.receive_within(chat, 20.0)), lc.ItemReceived):
            pass

    with lc.new_env(endpoint_url=service.base_url) as env:
        lc.or_raise(lc.converse(lc.ParticipantToken(token), customer)(env))
    spoken = [item.content for item in service.items(contact_id) if item.participant_role == "SYSTEM"]
    assert spoken == ["Hi", "Closed -> sorry.", "Pardon?", "Good night."]
    page.wait_for_text("Closed -> sorry.")
    page.wait_for_text("The chat ended")
    late_receipt = "/participant/event - Failed to load resource: the server responded with a status of 403 (Forbidden)"
    assert [message for message in page.console_messages() if not message.endswith(late_receipt)] == []


@pytest.mark.parametrize("width", [400, 1400])
def test_the_flow_form_fits_each_width(page: Page, width: int) -> None:
    page.load()
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.driver.execute_script("document.getElementById('script-panel').open = true")
    assert page.driver.execute_script("return document.documentElement.scrollWidth") <= width
