"""The page to play the agent, in a real browser: what an agent does all day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys

from lensconnect.emulator import RunningEmulator

from .browser import EVENT, INTERACTIVE, Customer, Page
from .by_boto3.clients import fetched


def test_a_chat_appears_and_lives(page: Page, service: RunningEmulator) -> None:
    page.load()
    begun = json.loads(fetched("POST", f"{service.base_url}/_emulator/chats", b'{"CustomerName":"Zo\xc3\xab"}').content)
    page.shows("Zoë", "#chat-list")
    page.until(lambda: page.find("#chat-list button").is_displayed())
    page.pick(begun["ContactId"])
    page.shows("Agent joined")
    chat = service.emulator.read(lambda state: state.chats[begun["ContactId"]])
    assert [one.status for one in chat.participants.values()] == ["invited", "joined"]
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
    customer.hears(lambda item: item["ContentType"] == EVENT + "typing" and item["ParticipantRole"] == "AGENT")
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
    page.pick(customer.chat.contact_id)
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
    open_page.until(
        lambda: [one for one in open_page.all(".chat") if {customer.chat.contact_id, "ended"} <= {*one.text.split()}]
    )
    open_page.driver.refresh()
    open_page.shows("The chat ended")
    assert open_page.console() == []


def test_leaving_does_not_end(open_page: Page, customer: Customer) -> None:
    open_page.find("#leave").click()
    assert customer.hears_event("participant.left")["ParticipantRole"] == "AGENT"
    open_page.until(lambda: not open_page.find("#text").is_enabled())
    customer.say("still here")


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
