"""The agent page in Chromium: fault panel, traffic panel, reconnecting, hostile text, layout and contrast."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Keys
from websockets.sync.client import connect

from lensconnect import Item
from lensconnect.emulator import Emulator, HttpFault, RunningEmulator, SocketFault, StartedChat, running

from ..by_boto3.clients import fetched
from ..helpers.browser import INTERACTIVE, Customer, Page, connected_customer

STOP_AT_STEP = """
    const [contactId, participantId, step, done] = arguments;
    const { Agent } = await import("/_emulator/page/agent.js");
    const agent = new Agent(contactId, participantId, () => {});
    const { fetch } = window;
    const { send } = WebSocket.prototype;
    window.fetch = (url, request) => {
      if (url.endsWith(step)) agent.stop();
      return fetch(url, request);
    };
    WebSocket.prototype.send = function (text) {
      if (text.includes(step)) agent.stop();
      send.call(this, text);
    };
    await agent.run();
    window.fetch = fetch;
    WebSocket.prototype.send = send;
    done();
"""
"""Run an agent beside those of the page, stop it when it makes this request or sends this frame, and wait for its end."""
SHORTER_WAITS = """
    const { setTimeout } = window;
    window.setTimeout = (callback, delay) => setTimeout(callback, delay % 1_000 ? delay / 50 : delay);
"""
"""Shorten the waits between two attempts, which are no whole seconds, and leave the timeouts and the heartbeats."""
HOSTILE = '<img src=x onerror="document.title=`caught`">'


def test_a_button_plans_a_fault(open_page: Page, customer: Customer) -> None:
    page = open_page
    page.choose("#fault-operation", "SendMessage")
    page.find("#fault-open-chat").click()
    page.find_all("#http-faults button")[0].click()
    page.wait_for_text("throttle: SendMessage, once, one chat", "#planned-faults")
    with pytest.raises(customer.client.exceptions.ThrottlingException) as refused:
        customer.send_message("one too many")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    page.wait_until(lambda: page.text("#planned-faults") == "")
    customer.send_message("now it goes")
    page.wait_for_text("now it goes")
    page.wait_for_text("429", "#traffic .failed .sign")
    page.find_all("#socket-faults button")[1].click()
    page.wait_for_text("duplicate: frames, once, one chat", "#planned-faults")
    page.find("#clear-faults").click()
    page.wait_for_text("No faults are planned.", "#no-faults")


def test_a_button_removes_one_fault(page: Page, service: RunningEmulator) -> None:
    service.plan(HttpFault("drop", count=2), SocketFault("silence"), HttpFault("throttle", "SendEvent"))
    page.load()
    page.wait_for_text("silence: frames, always", "#planned-faults")
    buttons = page.find_all("#planned-faults button")
    assert [button.accessible_name for button in buttons][1:] == [
        "Remove throttle: SendEvent, always",
        "Remove silence: frames, always",
    ]
    buttons[1].send_keys(Keys.ENTER)
    page.wait_until(lambda: "throttle" not in page.text("#planned-faults"))
    assert [fault.kind for fault in service.faults()] == ["drop", "silence"]
    assert page.driver.switch_to.active_element.accessible_name == "Remove silence: frames, always"
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.wait_until(lambda: "silence" not in page.text("#planned-faults"))
    page.wait_for_text("drop: any request, 2 times", "#planned-faults")
    assert page.driver.switch_to.active_element.accessible_name.startswith("Remove drop")
    assert page.console_messages() == []


def test_a_fault_is_planned_for_a_role_or_a_participant(open_page: Page, customer: Customer) -> None:
    page = open_page
    page.choose("#fault-role", "AGENT")
    page.find_all("#socket-faults button")[0].click()
    page.wait_for_text("drop: frames, once, role agent", "#planned-faults")
    page.choose("#fault-role", "")
    page.choose("#fault-participant", customer.chat.participant_id)
    page.choose("#fault-operation", "SendMessage")
    page.find_all("#http-faults button")[0].click()
    page.wait_for_text("throttle: SendMessage, once, only Ada", "#planned-faults")
    page.find("#message").send_keys("the agent may", Keys.ENTER)
    customer.receive(lambda item: item.get("Content") == "the agent may")
    with pytest.raises(customer.client.exceptions.ThrottlingException):
        customer.send_message("the customer may not")
    assert [page.find(css).accessible_name for css in ("#fault-role", "#fault-participant")] == ["Role", "Participant"]
    assert page.console_messages()[1:] == []


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("probability", "2", "probability must be a number from 0 to 1, not 2"),
        ("probability", "-0.1", "probability must be a number from 0 to 1, not -0.1"),
        ("probability", "-", "Probability is not a number."),
        ("count", "0", "count must be a whole number from 1 up, not 0"),
        ("count", "1.5", "Expected `int | null`, got `float`"),
    ],
)
def test_a_refused_fault_shows_the_error_in_its_form(
    page: Page, service: RunningEmulator, field: str, text: str, words: str
) -> None:
    page.load()
    page.find(f"#fault-{field}").clear()
    page.find(f"#fault-{field}").send_keys(text)
    page.find_all("#http-faults button")[0].click()
    page.wait_for_text(words, "#fault-form #fault-error")
    assert page.text("#fault-error").startswith("Not planned. ")
    assert service.faults() == ()
    page.find(f"#fault-{field}").clear()
    page.find(f"#fault-{field}").send_keys("1")
    page.find_all("#http-faults button")[0].click()
    page.wait_until(lambda: page.text("#fault-error") == "")
    assert len(service.faults()) == 1


def test_focus_shows_the_effect_of_a_fault(page: Page) -> None:
    page.load()
    before = page.text("#fault-hint")
    page.find("#fault-seconds").send_keys(Keys.TAB)
    page.wait_for_text("throttle: does not act; answers 429", "#fault-hint")
    page.driver.switch_to.active_element.send_keys(Keys.SHIFT, Keys.TAB)
    page.wait_for_text(before, "#fault-hint")


@pytest.mark.parametrize("fault", [HttpFault("throttle", "SendMessage"), HttpFault("drop", "SendMessage")])
def test_a_message_sent_again_after_an_error_is_stored_once(
    open_page: Page, customer: Customer, service: RunningEmulator, fault: HttpFault
) -> None:
    service.emulator.plan(fault)
    open_page.find("#message").send_keys("again", Keys.ENTER)
    open_page.wait_for_text("Not sent.", "#error")
    service.emulator.clear_faults()
    open_page.find("#message").send_keys(Keys.ENTER)
    customer.receive(lambda item: item.get("Content") == "again")
    open_page.wait_until(lambda: open_page.text("#error") == "")
    items = customer.client.get_transcript(ConnectionToken=customer.token, MaxResults=100)["Transcript"]
    assert sum(item.get("Content") == "again" for item in items) == 1


def test_the_agent_reconnects_and_catches_up(open_page: Page, customer: Customer, service: RunningEmulator) -> None:
    both = SocketFault("expire", topic="aws/chat", contact_id=customer.chat.contact_id, count=2)
    service.emulator.plan(both)
    customer.send_message("unheard")
    open_page.wait_for_text("unheard")
    assert service.emulator.faults() == ()
    open_page.wait_until(lambda: open_page.text("#subtitle").startswith("connected"))
    customer.send_message("heard")
    open_page.wait_for_text("heard")


def open_sockets_of_agent(service: RunningEmulator, chat: StartedChat) -> int:
    return service.emulator.read(lambda state: len(state.chats[chat.contact_id].participants[chat.agent_id].sockets))


def test_an_agent_that_fails_to_catch_up_closes_its_websocket(page: Page, service: RunningEmulator) -> None:
    chat = service.start_chat(customer="Ada")
    service.plan(HttpFault("throttle", "GetTranscript", chat.contact_id, count=2))
    page.load(chat.contact_id)
    assert service.faults() == ()
    page.wait_until(lambda: open_sockets_of_agent(service, chat) == 1)


@pytest.mark.parametrize("step", ["/chats", "/connection", "aws/subscribe", "aws/heartbeat", "/transcript"])
def test_an_agent_that_is_stopped_while_it_connects_has_no_websocket(
    page: Page, service: RunningEmulator, step: str
) -> None:
    chat = service.start_chat(customer="Ada")
    page.load()
    page.driver.execute_async_script(STOP_AT_STEP, chat.contact_id, chat.agent_id, step)  # type: ignore[no-untyped-call]
    page.wait_until(lambda: open_sockets_of_agent(service, chat) == 0)


def test_the_page_follows_another_emulator_at_its_address(page: Page) -> None:
    with running() as first:
        other_page = Page(page.driver, first.base_url).load(first.start_chat(customer="Eve").contact_id)
    other_page.wait_for_text("does not answer", "#connection")
    with running(port=urlsplit(first.base_url).port or 0) as second:
        second.start_chat(customer="Bob")
        other_page.wait_for_text("Bob", "#chat-list")
        assert "Eve" not in other_page.text("#chat-list")
        other_page.wait_until(lambda: other_page.text("#title") == "No chat open")


def test_the_page_plays_anew_in_another_emulator_with_the_same_seed(page: Page) -> None:
    with running(Emulator(seed="one")) as first:
        chat = first.start_chat()
        other_page = Page(page.driver, first.base_url).load(chat.contact_id)
        other_page.find("#transfer").click()
        other_page.wait_for_text("Agent 2", "#subtitle")
        other_page.wait_until(lambda: "Agent 2 joined" in other_page.text("#subtitle"))
        first.say(chat.contact_id, "of the first")
        other_page.wait_for_text("of the first")
    second = Emulator(seed="one")
    assert second.start_chat().contact_id == chat.contact_id
    with running(second, port=urlsplit(first.base_url).port or 0):
        second.say(chat.contact_id, "of the second")
        other_page.wait_for_text("of the second")
        other_page.wait_until(lambda: other_page.text("#subtitle").startswith("connected"))
        assert "of the first" not in other_page.text("#log")


def test_an_agent_that_cannot_connect_gives_up_and_connects_again_on_demand(
    open_page: Page, customer: Customer, service: RunningEmulator
) -> None:
    page = open_page
    page.driver.execute_script(SHORTER_WAITS)
    assert not page.find("#not-connected").is_displayed()
    service.plan(HttpFault("error", "CreateParticipantConnection"), SocketFault("expire", topic="aws/chat", count=2))
    customer.send_message("unheard")
    page.wait_until(lambda: page.text("#problem").startswith("Not connected. 500 InternalServerException"))
    assert page.text("#subtitle").startswith("not connected")
    assert not page.find("#message").is_enabled()
    service.clear_faults()
    page.find("#connect-again").send_keys(Keys.ENTER)
    page.wait_for_text("unheard")
    page.wait_until(lambda: page.text("#subtitle").startswith("connected"))
    assert not page.find("#not-connected").is_displayed()


def test_after_many_changes_the_page_shows_what_a_fresh_one_shows(page: Page) -> None:
    random = Random(14)
    with running() as service:
        contact_ids = [service.start_chat(customer=f"Ada {number}").contact_id for number in range(8)]
        first, second = (Page(page.driver, service.base_url) for _ in range(2))
        first.load(contact_ids[0])
        changes: list[Callable[[str], object]] = [
            lambda contact_id: service.say(contact_id, f"Hello {random.random()}"),
            lambda contact_id: service.add_participant(contact_id, "AGENT", f"Eve {random.random()}"),
            lambda _: contact_ids.append(service.start_chat(customer=f"Bob {random.random()}").contact_id),
            lambda _: service.plan(HttpFault("delay", seconds=random.randrange(9), contact_id="none")),
            lambda _: service.clear_faults(),
            lambda _: service.stop_chat(random.choice(contact_ids[1:])),
        ]
        for _ in range(100):
            random.choice(changes)(random.choice(contact_ids))
            if random.random() < 0.2:
                first.text("#connection")  # a round trip to the page, so that the feed sends the changes in parts
        service.plan(HttpFault("delay", contact_id="none"))
        tab = page.driver.current_window_handle
        page.driver.switch_to.new_window("tab")
        second.load(contact_ids[0])
        second.wait_until(lambda: len(second.find_all(".chat")) == len(contact_ids))
        shown = ("#chat-list", "#planned-faults", "#items", "#subtitle")
        second.wait_until(lambda: second.text("#items").count("Hello") == len(messages_of(service, contact_ids[0])))
        expected = [second.text(css) for css in shown]
        page.driver.switch_to.window(tab)
        first.wait_until(lambda: [first.text(css) for css in shown] == expected)
        assert {"ended", "new", "active"} <= {*expected[0].split()}
        assert "delay" in expected[1]


def messages_of(service: RunningEmulator, contact_id: str) -> list[Item]:
    return [item for item in service.items(contact_id) if item.type == "MESSAGE"]


def test_a_long_chat_shows_its_newest_items_and_earlier_ones_on_demand(page: Page, service: RunningEmulator) -> None:
    contact_id = service.start_chat().contact_id
    for number in range(450):
        service.say(contact_id, f"message {number}.")
    page.load(contact_id)
    page.wait_for_text("message 449.")
    page.wait_until(lambda: len(page.find_all("#items > li")) == 200)
    assert "message 249." not in page.text("#log")
    page.driver.execute_script("document.getElementById('log').scrollTop = -1e9")
    page.wait_until(lambda: page.driver.execute_script("return document.getElementById('log').scrollTop") < -60)
    before = page.find("#items > li").location
    page.find("#earlier").click()
    page.wait_until(lambda: len(page.find_all("#items > li")) == 400)
    assert page.find("#items > li:nth-last-child(200)").location["y"] == pytest.approx(before["y"], abs=1)
    service.say(contact_id, "unseen below")
    page.wait_until(lambda: len(page.find_all("#items > li")) == 401)
    assert page.find("#items > li:nth-last-child(201)").location["y"] == pytest.approx(before["y"], abs=1)
    page.driver.execute_script("document.getElementById('earlier').click()")
    page.wait_until(lambda: page.find("#earlier").get_attribute("hidden"))
    assert "message 0." in str(page.find("#log").get_attribute("textContent"))
    page.driver.execute_script("document.getElementById('log').scrollTop = 0")
    service.say(contact_id, "followed")
    page.wait_for_text("followed")
    page.wait_until(lambda: len(page.find_all("#items > li")) == 200)
    assert page.console_messages() == []


def test_a_message_adds_its_item_and_changes_nothing_else(open_page: Page, customer: Customer) -> None:
    for number in range(30):
        customer.send_message(f"message {number}.")
    last = customer.send_message("the last one")
    open_page.wait_for_text("the last one")
    customer.receive(lambda item: '"ReadTimestamp"' in json.dumps(item) and last in json.dumps(item))
    open_page.driver.execute_script(COUNT_MUTATIONS)
    message_id = customer.send_message("one more")
    customer.receive(lambda item: '"ReadTimestamp"' in json.dumps(item) and message_id in json.dumps(item))
    customer.send_message("and its successor")
    open_page.wait_for_text("and its successor")
    changes = open_page.driver.execute_script("return changes")
    assert changes == ["items +", "items +"]
    assert open_page.driver.execute_script("return document.getElementById('log').scrollTop") == 0


COUNT_MUTATIONS = """
changes = [];
const sign = (node, record) => `${node.id} ${record.addedNodes.length ? "+" : ""}${record.removedNodes.length ? "-" : ""}`;
for (const panel of document.querySelectorAll("header, .chats, .conversation"))
  new MutationObserver((records) => changes.push(...records.map((record) => sign(record.target, record).trim())))
    .observe(panel, { childList: true, subtree: true, attributes: true, characterData: true });
"""


def test_the_traffic_panel_shows_its_newest_entries_and_earlier_ones_on_demand(page: Page) -> None:
    with running() as service:  # a log of its own, as more than a hundred entries come in parts
        for _ in range(60):
            fetched("GET", f"{service.base_url}/_emulator/faults")
        other_page = Page(page.driver, service.base_url).load()

        def count() -> int:
            return len(other_page.find_all("#traffic > li"))

        other_page.wait_until(lambda: count() == 50)
        page.driver.execute_script("document.querySelector('#traffic > li:last-child summary').click()")
        for _ in range(5):
            fetched("GET", f"{service.base_url}/_emulator/chats")
        other_page.wait_until(lambda: count() == 51)
        assert len(other_page.find_all("#traffic > li:last-child details[open]")) == 1
        page.driver.execute_script("document.getElementById('earlier-traffic').click()")
        other_page.wait_until(lambda: count() > 51)


def test_the_traffic_panel_masks_secrets(
    open_page: Page, customer: Customer, service: RunningEmulator, tmp_path: Path
) -> None:
    page = open_page
    token = customer.token
    customer.client.send_message(
        ConnectionToken=token, ContentType="text/plain", Content="x", ClientToken=f"mine is {token}"
    )
    customer.client.describe_view(ConnectionToken=token, ViewToken=customer.chat.view_token)
    file = tmp_path / "a.txt"
    file.write_bytes(b"x")
    page.find("#file").send_keys(str(file))
    page.wait_for_text("a.txt\n1 bytes")
    page.find("#copy-token").click()
    summaries = (
        "SendMessage",
        "PUT Upload",
        "DescribeView",
        "aws/subscribe",
        "aws/chat text/plain",
        "WebSocket opened",
    )
    for summary in summaries:
        page.wait_for_text(summary, "#traffic")
    secrets = service.emulator.read(
        lambda state: [
            *state.tokens,
            *state.view_owners,
            *state.tickets,
            *state.uploads,
            *state.downloads,
            customer.url,
        ]
    )
    with connect(f"{service.base_url.replace('http', 'ws')}/_emulator/feed", proxy=None) as feed:
        received = ""
        while "mine is connection-***" not in received:
            received += str(feed.recv(timeout=20))
    assert '"Traffic"' in received
    assert "participant-***" in received
    assert len(secrets) >= 8
    assert not [secret for secret in secrets if secret in received]
    page.wait_until(lambda: "mine is connection-***" in page.html())
    source = page.html()
    assert not [secret for secret in secrets if secret in source]


def test_hostile_text_is_shown_as_text(page: Page, service: RunningEmulator) -> None:
    with connected_customer(service, service.start_chat(customer=HOSTILE, agent=HOSTILE)) as customer:
        page.load(customer.chat.contact_id)
        customer.send_message(HOSTILE)
        customer.send_message(
            json.dumps({"templateIdentifier": HOSTILE, "listTitle": HOSTILE, "selectionText": HOSTILE})
        )
        customer.send_message(json.dumps({"a": HOSTILE}), "application/json")
        customer.send_message(json.dumps({"action": HOSTILE, "data": {HOSTILE: HOSTILE}}), f"{INTERACTIVE}.response")
        hostile: Any = {"title": HOSTILE, "subtitle": HOSTILE, "imageData": HOSTILE, "elements": [{"title": HOSTILE}]}
        content = json.dumps({"templateType": HOSTILE, "data": {"content": hostile}})
        service.emulator.say(customer.chat.contact_id, content, content_type=INTERACTIVE)
        service.emulator.say(customer.chat.contact_id, "{}", content_type=INTERACTIVE, display_name=HOSTILE)
        upload = customer.client.start_attachment_upload(
            ConnectionToken=customer.token,
            ContentType="text/html",
            AttachmentSizeInBytes=len(HOSTILE),
            AttachmentName=f"{HOSTILE}.txt",
        )
        target = upload["UploadMetadata"]
        fetched("PUT", target["Url"], HOSTILE.encode(), target["HeadersToInclude"])
        customer.client.complete_attachment_upload(
            ConnectionToken=customer.token, AttachmentIds=[upload["AttachmentId"]]
        )
        page.wait_for_text(f"{HOSTILE}.txt\n{len(HOSTILE)} bytes")
        customer.send_event("typing")
        page.wait_for_text(f"{HOSTILE} is typing…", "#typing")
        assert page.text("#title") == HOSTILE
        assert page.find_all("img") == []
        assert page.driver.title != "caught"
        assert page.console_messages() == []
        inline = customer.client.get_attachment(
            ConnectionToken=customer.token, AttachmentId=upload["AttachmentId"], UrlContentDisposition="INLINE"
        )
        assert fetched("GET", inline["Url"]).headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 900, 1400])
def test_the_layout_fits_each_width_with_enough_contrast(
    open_page: Page, customer: Customer, scheme: str, width: int
) -> None:
    page = open_page
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    customer.send_message("long" * 400)
    page.wait_for_text("longlong")
    assert page.driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert page.driver.execute_script(CONTRAST) == []


CONTRAST = """
const shown = (node) => node.checkVisibility() && [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (color) => {
  const [r, g, b] = color.map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (node) => {
  for (; node; node = node.parentElement) {
    const color = rgb(getComputedStyle(node).backgroundColor);
    if (color.length === 3 || color[3] > 0) return color.slice(0, 3);
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll("body *")].filter(shown).filter((node) => !node.matches(":disabled, option")).map((node) => {
  const [a, b] = [light(rgb(getComputedStyle(node).color).slice(0, 3)), light(behind(node))];
  return [node.tagName + "." + node.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
}).filter(([, ratio]) => ratio < 4.5);
"""
