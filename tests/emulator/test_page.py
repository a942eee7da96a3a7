"""The page to play the agent, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from websockets.sync.client import connect

from lensconnect import emulator
from lensconnect.emulator import HttpFault, RunningEmulator

from .browser import Customer, Page, chromium, customer_of
from .test_boto3 import fetched

INTERACTIVE = "application/vnd.amazonaws.connect.message.interactive"
HOSTILE = '<img src=x onerror="document.title=`caught`">'


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def service() -> Iterator[RunningEmulator]:
    with emulator.running() as served:
        yield served


@pytest.fixture
def page(browser: Chrome, service: RunningEmulator) -> Iterator[Page]:
    """The page in a tab of its own.  Whatever happens in it, nothing leaves the machine, and no secret shows."""
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
    with customer_of(service, service.start_chat(customer="Ada")) as made:
        yield made


@pytest.fixture
def open_page(page: Page, customer: Customer) -> Page:
    """The page with the customer's chat open."""
    return page.load(customer.chat.contact_id)


def test_a_chat_appears_and_lives(page: Page, service: RunningEmulator) -> None:
    page.load()
    begun = json.loads(fetched("POST", f"{service.base_url}/_emulator/chats", b'{"CustomerName":"Zo\xc3\xab"}').content)
    page.shows("Zoë", "#chat-list")
    page.until(lambda: page.find("#chat-list button").is_displayed())
    next(one for one in page.all("#chat-list button") if begun["ContactId"] in one.text).click()
    page.shows("Agent joined")
    chat = service.emulator.look(lambda state: state.chats[begun["ContactId"]])
    assert [one.standing for one in chat.participants.values()] == ["invited", "joined"]
    page.find("#new-chat").click()
    page.until(lambda: begun["ContactId"] not in page.driver.current_url and "connected" in page.text("#subtitle"))
    assert page.console() == []


def test_messages_typing_and_receipts(open_page: Page, customer: Customer) -> None:
    page = open_page
    said = customer.say("Where is my parcel?")
    page.shows("Where is my parcel?")
    receipt = customer.hears(lambda item: item["Type"] == "MESSAGEMETADATA")["MessageMetadata"]
    assert receipt["MessageId"] == said
    assert receipt["Receipts"][0]["ReadTimestamp"]
    customer.event("typing")
    page.shows("Ada is typing…", "#typing")
    page.find("#text").send_keys("Let me look.")
    assert customer.hears_event("typing")["ParticipantRole"] == "AGENT"
    page.find("#text").send_keys(Keys.ENTER)
    heard = customer.hears(lambda item: item["Type"] == "MESSAGE")
    assert (heard["Content"], heard["ContentType"]) == ("Let me look.", "text/plain")
    page.until(lambda: page.text(".receipt") == "Sent")
    customer.event("message.delivered", heard["Id"])
    page.until(lambda: page.text(".receipt").startswith("Delivered"))
    customer.event("message.read", heard["Id"])
    page.until(lambda: page.text(".receipt").startswith("Read"))
    assert page.find("#text").get_attribute("value") == ""
    assert page.console() == []


def test_unread_messages_are_counted_and_delivered(open_page: Page, customer: Customer) -> None:
    page = open_page
    page.find("#new-chat").click()
    page.until(lambda: customer.chat.contact_id not in page.driver.current_url)
    customer.say("one")
    assert (
        "DeliveredTimestamp"
        in customer.hears(lambda item: item["Type"] == "MESSAGEMETADATA")["MessageMetadata"]["Receipts"][0]
    )
    last = customer.say("two")
    page.shows("2 unread", "#chat-list")
    assert page.driver.title.startswith("(2) ")
    next(one for one in page.all("#chat-list button") if customer.chat.contact_id in one.text).click()
    page.until(lambda: "unread" not in page.text("#chat-list"))
    read = customer.hears(lambda item: "ReadTimestamp" in json.dumps(item))["MessageMetadata"]
    assert read["MessageId"] == last


@pytest.mark.parametrize("name", ["List picker", "Time picker", "Panel", "Quick reply", "Carousel"])
def test_interactive_samples(open_page: Page, customer: Customer, name: str) -> None:
    page = open_page
    page.choose("#sample", name)
    heard = customer.hears(lambda item: item["Type"] == "MESSAGE")
    assert (heard["ContentType"], heard["ParticipantRole"], heard["DisplayName"]) == (INTERACTIVE, "SYSTEM", "BOT")
    content = json.loads(heard["Content"])
    assert (content["templateType"].lower(), content["version"]) == (name.replace(" ", "").lower(), "1.0")
    page.shows(content["data"]["content"]["title"])
    assert page.console() == []


def test_answers_are_readable(open_page: Page, customer: Customer) -> None:
    customer.say(json.dumps({"templateIdentifier": "m", "listTitle": "Drinks", "selectionText": "Water"}))
    open_page.shows("Water (Drinks)")
    answer = {"action": "Confirm", "data": {"Size": "L"}, "templateType": "ViewResource", "version": "1.0"}
    customer.say(json.dumps(answer), f"{INTERACTIVE}.response")
    open_page.shows("Confirm")
    open_page.shows('"Size": "L"')
    customer.say("**bold**", "text/markdown")
    open_page.shows("**bold**")


def test_as_system(open_page: Page, customer: Customer) -> None:
    open_page.choose("#as", "system")
    open_page.choose("#format", "text/markdown")
    open_page.find("#text").send_keys("*Closed* on Sundays", Keys.ENTER)
    heard = customer.hears(lambda item: item["Type"] == "MESSAGE")
    assert (heard["ContentType"], heard["ParticipantRole"]) == ("text/markdown", "SYSTEM")
    open_page.shows("*Closed* on Sundays", ".message.system")


def test_attachments_both_ways(open_page: Page, customer: Customer, tmp_path: Path, service: RunningEmulator) -> None:
    page = open_page
    file = tmp_path / "price list ü.csv"
    file.write_bytes(b"a,b\n" * 1000)
    page.find("#file").send_keys(str(file))
    item = customer.hears(lambda item: item["Type"] == "ATTACHMENT")
    assert [(one["AttachmentName"], one["Status"]) for one in item["Attachments"]] == [(file.name, "APPROVED")]
    found = customer.client.get_attachment(
        ConnectionToken=customer.token, AttachmentId=item["Attachments"][0]["AttachmentId"]
    )
    assert fetched("GET", found["Url"]).content == file.read_bytes()
    page.shows(f"{file.name}\n4.0 kB · text/csv · approved")
    begun = customer.client.start_attachment_upload(
        ConnectionToken=customer.token, ContentType="text/plain", AttachmentSizeInBytes=5, AttachmentName="mine.txt"
    )
    target = begun["UploadMetadata"]
    assert fetched("PUT", target["Url"], b"hello", target["HeadersToInclude"]).status == 200
    customer.client.complete_attachment_upload(ConnectionToken=customer.token, AttachmentIds=[begun["AttachmentId"]])
    page.shows("mine.txt\n5 bytes · text/plain · approved")
    folder = tmp_path / "down"
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    page.all("#log .attachment button")[-1].click()
    page.until(lambda: (folder / "mine.txt").exists())
    page.until(lambda: (folder / "mine.txt").read_bytes() == b"hello")
    assert page.console() == []


def test_the_end(open_page: Page, customer: Customer) -> None:
    open_page.find("#end").click()
    customer.hears_event("participant.left")
    customer.hears_event("chat.ended")
    open_page.shows("The chat ended")
    open_page.until(lambda: not open_page.find("#text").is_enabled())
    assert [one.is_enabled() for one in open_page.all("#composer button, #leave, #end")] == [False] * 3
    assert "ended" in next(one.text for one in open_page.all(".chat") if customer.chat.contact_id in one.text)
    open_page.driver.refresh()
    open_page.shows("The chat ended")
    assert open_page.console() == []


def test_leaving_does_not_end(open_page: Page, customer: Customer) -> None:
    open_page.find("#leave").click()
    assert customer.hears_event("participant.left")["ParticipantRole"] == "AGENT"
    open_page.until(lambda: not open_page.find("#text").is_enabled())
    customer.say("still here")


def test_a_fault_at_the_press_of_a_button(open_page: Page, customer: Customer) -> None:
    page = open_page
    page.choose("#operation", "SendMessage")
    page.find("#this-chat").click()
    page.all("#http-faults button")[0].click()
    page.shows("throttle: SendMessage, once, one chat", "#planned")
    with pytest.raises(customer.client.exceptions.ThrottlingException) as refused:
        customer.say("one too many")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    page.until(lambda: page.text("#planned") == "")
    customer.say("now it goes")
    page.shows("now it goes")
    page.shows("429", "#traffic .bad .mark")
    page.all("#socket-faults button")[1].click()
    page.shows("duplicate: frames, once, one chat", "#planned")
    page.find("#clear-faults").click()
    page.shows("Nothing is to go wrong.", "#no-faults")


@pytest.mark.parametrize("fault", [HttpFault("throttle", "SendMessage"), HttpFault("drop", "SendMessage", count=1)])
def test_what_was_not_sent_can_be_sent_again_once(
    open_page: Page, customer: Customer, service: RunningEmulator, fault: HttpFault
) -> None:
    service.emulator.plan(fault)
    open_page.find("#text").send_keys("again", Keys.ENTER)
    open_page.shows("Not sent.", "#problem")
    service.emulator.clear_faults()
    open_page.find("#text").send_keys(Keys.ENTER)
    customer.hears(lambda item: item.get("Content") == "again")
    open_page.until(lambda: open_page.text("#problem") == "")
    items = customer.client.get_transcript(ConnectionToken=customer.token, MaxResults=100)["Transcript"]
    assert sum(item.get("Content") == "again" for item in items) == 1


def test_comes_back_when_its_socket_is_lost(open_page: Page, customer: Customer, service: RunningEmulator) -> None:
    both = emulator.SocketFault("expire", topic="aws/chat", contact_id=customer.chat.contact_id, count=2)
    service.emulator.plan(both)
    customer.say("unheard")
    open_page.shows("unheard")
    assert service.emulator.faults() == ()
    open_page.until(lambda: open_page.text("#subtitle").startswith("connected"))
    customer.say("heard")
    open_page.shows("heard")


def test_the_traffic_shows_everything_but_secrets(
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
    page.shows("POST CompleteAttachmentUpload", "#traffic")
    page.shows("a.txt\n1 bytes")
    page.find("#copy").click()
    seen = page.text("#traffic")
    for shown in ("SendMessage", "PUT Upload", "DescribeView", "aws/subscribe", "aws/chat text/plain", "socket opened"):
        assert shown in seen
    secrets = service.emulator.look(
        lambda state: (
            [*state.participant_tokens, *state.connection_tokens, *state.view_owners, *state.tickets]
            + [*state.uploads, *state.downloads, customer.url]
        )
    )
    with connect(f"{service.base_url.replace('http', 'ws')}/_emulator/feed", proxy=None) as feed:
        kept = "".join(str(feed.recv(timeout=20)) for _ in range(2))
    assert '"Traffic"' in kept
    assert "participant-***" in kept
    assert "mine is connection-***" in kept
    assert len(secrets) > 8
    assert not [secret for secret in secrets if secret in kept]
    source = page.source()
    assert "mine is connection-***" in source
    assert not [secret for secret in secrets if secret in source]


def test_hostile_text_stays_text(page: Page, service: RunningEmulator) -> None:
    with customer_of(service, service.start_chat(customer=HOSTILE, agent=HOSTILE)) as customer:
        page.load(customer.chat.contact_id)
        customer.say(HOSTILE)
        customer.say(json.dumps({"templateIdentifier": HOSTILE, "listTitle": HOSTILE, "selectionText": HOSTILE}))
        customer.say(json.dumps({"a": HOSTILE}), "application/json")
        customer.say(json.dumps({"action": HOSTILE, "data": {HOSTILE: HOSTILE}}), f"{INTERACTIVE}.response")
        hostile: Any = {"title": HOSTILE, "subtitle": HOSTILE, "imageData": HOSTILE, "elements": [{"title": HOSTILE}]}
        content = json.dumps({"templateType": HOSTILE, "data": {"content": hostile}})
        service.emulator.say(customer.chat.contact_id, content, content_type=INTERACTIVE)
        service.emulator.say(customer.chat.contact_id, "{}", content_type=INTERACTIVE, display_name=HOSTILE)
        customer.event("typing")
        begun = customer.client.start_attachment_upload(
            ConnectionToken=customer.token,
            ContentType="text/html",
            AttachmentSizeInBytes=len(HOSTILE),
            AttachmentName=f"{HOSTILE}.txt",
        )
        target = begun["UploadMetadata"]
        fetched("PUT", target["Url"], HOSTILE.encode(), target["HeadersToInclude"])
        customer.client.complete_attachment_upload(
            ConnectionToken=customer.token, AttachmentIds=[begun["AttachmentId"]]
        )
        page.shows(f"{HOSTILE}.txt\n{len(HOSTILE)} bytes")
        page.shows(f"{HOSTILE} is typing…", "#typing")
        assert page.text("#title") == HOSTILE
        assert page.all("img") == []
        assert page.driver.title != "caught"
        assert page.console() == []
        inline = customer.client.get_attachment(
            ConnectionToken=customer.token, AttachmentId=begun["AttachmentId"], UrlContentDisposition="INLINE"
        )
        assert fetched("GET", inline["Url"]).headers["content-security-policy"] == "sandbox"


def test_by_keyboard_alone(page: Page, customer: Customer) -> None:
    page.load()

    def press(*keys: str) -> None:
        ActionChains(page.driver).send_keys(*keys).perform()

    def tab_to(css: str) -> None:
        for _ in range(80):
            press(Keys.TAB)
            if page.driver.switch_to.active_element in page.all(css):
                return
        raise AssertionError(f"no way to {css} by the keyboard")

    page.shows(customer.chat.contact_id, "#chat-list")
    tab_to("#new-chat")
    while customer.chat.contact_id not in page.driver.switch_to.active_element.text:
        press(Keys.TAB)
    press(Keys.ENTER)
    page.until(lambda: page.text("#subtitle").startswith("connected"))
    assert page.driver.switch_to.active_element in page.all(".chat"), "the focus stays where it was"
    tab_to("#text")
    outline = page.driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    press("From the keyboard", Keys.ENTER)
    customer.hears(lambda item: item.get("Content") == "From the keyboard")
    tab_to("#sample")
    press("P")
    customer.hears(lambda item: item.get("ContentType") == INTERACTIVE)
    tab_to("#http-faults button")
    press(Keys.SPACE)
    page.shows("throttle", "#planned")
    tab_to("#clear-faults")
    press(Keys.ENTER)
    page.until(lambda: page.text("#planned") == "")


def test_a_reload_rebuilds_everything(open_page: Page, customer: Customer) -> None:
    page = open_page
    customer.say("first")
    page.find("#text").send_keys("second", Keys.ENTER)
    heard = customer.hears(lambda item: item.get("Content") == "second")
    customer.event("message.read", heard["Id"])
    page.until(lambda: page.text(".receipt").startswith("Read"))
    log = page.text("#log")
    page.driver.refresh()
    page.until(lambda: page.text("#log") == log)
    assert "unread" not in page.text("#chat-list")
    page.shows("POST SendMessage", "#traffic")
    customer.say("third")
    page.shows("third")
    assert page.console() == []


def test_two_tabs(open_page: Page, customer: Customer) -> None:
    page = open_page
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.load(customer.chat.contact_id)
    page.find("#text").send_keys("from the second", Keys.ENTER)
    customer.hears(lambda item: item.get("Content") == "from the second")
    customer.say("to both")
    for handle in (page.driver.current_window_handle, first):
        page.driver.switch_to.window(handle)
        page.shows("from the second")
        page.shows("to both")
    assert page.console() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 900, 1400])
def test_nothing_sticks_out_and_everything_can_be_read(
    open_page: Page, customer: Customer, scheme: str, width: int
) -> None:
    page = open_page
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    customer.say("long" * 400)
    page.shows("longlong")
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


@pytest.mark.parametrize("path", ["/", "/_emulator/chats", "/_emulator/faults", "/_emulator/page/main.js"])
def test_other_sites_are_kept_out(service: RunningEmulator, path: str) -> None:
    url, own = service.base_url + path, service.base_url

    def status(**headers: str) -> int:
        return int(fetched("GET", url, None, headers).status)

    assert status() == status(Origin=own) == 200
    assert status(Origin="https://evil.example") == status(Origin="null") == 403
    assert status(Host="evil.example:80") == status(Host="127.0.0.1.evil.example") == status(Host="[") == 403
    neighbour = status(Origin="http://localhost:5173")
    assert neighbour == (403 if path in ("/", "/_emulator/page/main.js") else 200)
    refused = fetched("GET", url, None, {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in refused.headers
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert fetched("OPTIONS", url, None, preflight).status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:5173", "null"])
def test_the_feed_is_for_the_page_alone(service: RunningEmulator, origin: Any) -> None:
    url = f"{service.base_url.replace('http', 'ws')}/_emulator/feed"
    with connect(url, origin=service.base_url, proxy=None) as feed:  # type: ignore[arg-type]
        assert "Chats" in str(feed.recv(timeout=20))
    with pytest.raises(Exception, match="403"), connect(url, origin=origin, proxy=None):
        pass


def test_the_page_is_found_and_guarded(service: RunningEmulator) -> None:
    page = fetched("GET", f"{service.base_url}/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"):
        assert rule in policy
    assert "unsafe" not in policy
    there = fetched("GET", f"{service.base_url}/", None, {"Host": "localhost:1"})
    assert (there.status, there.headers["location"]) == (307, f"{service.base_url}/")
    assert fetched("POST", f"{service.base_url}/").status == 405
    for nothing in ("nothing.js", "..%2Fsite.py", "../site.py", "__init__.py"):
        assert fetched("GET", f"{service.base_url}/_emulator/page/{nothing}").status == 404
