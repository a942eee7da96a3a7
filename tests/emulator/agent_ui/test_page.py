"""The agent page in Chromium: chats, messages, receipts, files, the end of a chat, keyboard, reload, two tabs."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys

import lensconnect as lc
from lensconnect.emulator import RunningEmulator

from ..by_boto3.clients import fetched
from ..helpers.browser import EVENT, INTERACTIVE, Customer, Page


def test_a_new_chat_is_listed_and_joined(page: Page, service: RunningEmulator) -> None:
    page.load()
    answer = fetched("POST", f"{service.base_url}/_emulator/chats", b'{"CustomerName":"Zo\xc3\xab"}')
    contact_id = json.loads(answer.content)["ContactId"]
    page.wait_for_text("Zoë", "#chat-list")
    page.wait_until(lambda: page.find("#chat-list button").is_displayed())
    page.open_chat(contact_id)
    page.wait_for_text("Agent joined")
    chat = service.emulator.read(lambda state: state.chats[contact_id])
    assert [participant.status for participant in chat.participants.values()] == ["invited", "joined"]
    page.find("#new-chat").click()
    page.wait_until(lambda: contact_id not in page.driver.current_url and "connected" in page.text("#subtitle"))
    assert page.console_messages() == []


def test_messages_typing_and_receipts_go_both_ways(open_page: Page, customer: Customer) -> None:
    page = open_page
    message_id = customer.send_message("Where is my parcel?")
    page.wait_for_text("Where is my parcel?")
    receipt = customer.receive(lambda item: item["Type"] == "MESSAGEMETADATA")["MessageMetadata"]
    assert receipt["MessageId"] == message_id
    assert receipt["Receipts"][0]["ReadTimestamp"]
    customer.send_event("typing")
    page.wait_for_text("Ada is typing…", "#typing")
    page.find("#message").send_keys("Let me look.")
    customer.receive(lambda item: item["ContentType"] == EVENT + "typing" and item["ParticipantRole"] == "AGENT")
    page.find("#message").send_keys(Keys.ENTER)
    item = customer.receive(lambda item: item["Type"] == "MESSAGE")
    assert (item["Content"], item["ContentType"]) == ("Let me look.", "text/plain")
    page.wait_until(lambda: page.text(".receipt") == "Sent")
    customer.send_event("message.delivered", item["Id"])
    page.wait_until(lambda: page.text(".receipt").startswith("Delivered"))
    customer.send_event("message.read", item["Id"])
    page.wait_until(lambda: page.text(".receipt").startswith("Read"))
    assert page.find("#message").get_attribute("value") == ""
    assert page.console_messages() == []


def test_unread_messages_are_counted_and_delivered(open_page: Page, customer: Customer) -> None:
    page = open_page
    page.find("#new-chat").click()
    page.wait_until(lambda: customer.chat.contact_id not in page.driver.current_url)
    customer.send_message("one")
    assert (
        "DeliveredTimestamp"
        in customer.receive(lambda item: item["Type"] == "MESSAGEMETADATA")["MessageMetadata"]["Receipts"][0]
    )
    last = customer.send_message("two")
    page.wait_for_text("2 unread", "#chat-list")
    assert page.driver.title.startswith("(2) ")
    page.open_chat(customer.chat.contact_id)
    page.wait_until(lambda: "unread" not in page.text("#chat-list"))
    read = customer.receive(lambda item: "ReadTimestamp" in json.dumps(item))["MessageMetadata"]
    assert read["MessageId"] == last


@pytest.mark.parametrize("name", ["List picker", "Time picker", "Panel", "Quick reply", "Carousel"])
def test_an_interactive_sample_is_sent_and_shown(open_page: Page, customer: Customer, name: str) -> None:
    page = open_page
    page.choose("#sample", name)
    item = customer.receive(lambda item: item["Type"] == "MESSAGE")
    assert (item["ContentType"], item["ParticipantRole"], item["DisplayName"]) == (INTERACTIVE, "SYSTEM", "BOT")
    content = json.loads(item["Content"])
    assert (content["templateType"].lower(), content["version"]) == (name.replace(" ", "").lower(), "1.0")
    page.wait_for_text(content["data"]["content"]["title"])
    assert page.console_messages() == []


def test_responses_to_interactive_messages_are_shown_as_text(open_page: Page, customer: Customer) -> None:
    customer.send_message(json.dumps({"templateIdentifier": "m", "listTitle": "Drinks", "selectionText": "Water"}))
    open_page.wait_for_text("Water (Drinks)")
    answer = {"action": "Confirm", "data": {"Size": "L"}, "templateType": "ViewResource", "version": "1.0"}
    customer.send_message(json.dumps(answer), f"{INTERACTIVE}.response")
    open_page.wait_for_text("Confirm")
    open_page.wait_for_text('"Size": "L"')
    customer.send_message("**bold**", "text/markdown")
    open_page.wait_for_text("**bold**")


def test_a_message_is_sent_as_the_system(open_page: Page, customer: Customer) -> None:
    open_page.choose("#sender", "system")
    open_page.choose("#format", "text/markdown")
    open_page.find("#message").send_keys("*Closed* on Sundays", Keys.ENTER)
    item = customer.receive(lambda item: item["Type"] == "MESSAGE")
    assert (item["ContentType"], item["ParticipantRole"]) == ("text/markdown", "SYSTEM")
    open_page.wait_for_text("*Closed* on Sundays", ".message.system")


def test_attachments_go_both_ways(
    open_page: Page, customer: Customer, tmp_path: Path, service: RunningEmulator
) -> None:
    page = open_page
    file = tmp_path / "price list ü.csv"
    file.write_bytes(b"a,b\n" * 1000)
    page.find("#file").send_keys(str(file))
    item = customer.receive(lambda item: item["Type"] == "ATTACHMENT")
    assert [(file_item["AttachmentName"], file_item["Status"]) for file_item in item["Attachments"]] == [
        (file.name, "APPROVED")
    ]
    found = customer.client.get_attachment(
        ConnectionToken=customer.token, AttachmentId=item["Attachments"][0]["AttachmentId"]
    )
    assert fetched("GET", found["Url"]).content == file.read_bytes()
    page.wait_for_text(f"{file.name}\n4.0 kB · text/csv · approved")
    upload = customer.client.start_attachment_upload(
        ConnectionToken=customer.token, ContentType="text/plain", AttachmentSizeInBytes=5, AttachmentName="mine.txt"
    )
    target = upload["UploadMetadata"]
    assert fetched("PUT", target["Url"], b"hello", target["HeadersToInclude"]).status == 200
    customer.client.complete_attachment_upload(ConnectionToken=customer.token, AttachmentIds=[upload["AttachmentId"]])
    page.wait_for_text("mine.txt\n5 bytes · text/plain · approved")
    folder = tmp_path / "down"
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    page.find_all("#log .attachment button")[-1].click()
    page.wait_until(lambda: (folder / "mine.txt").exists())
    page.wait_until(lambda: (folder / "mine.txt").read_bytes() == b"hello")
    assert page.console_messages() == []


def test_a_live_customer_goes_on_with_the_agent_to_whom_the_page_transfers(
    page: Page, service: RunningEmulator
) -> None:
    chat = service.start_chat(customer="Ada", agent="Bea")

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[list[tuple[str | None, str | None]]]:
        heard: list[tuple[str | None, str | None]] = []
        # The event is in the transcript, with which the chat compares: the agent alone hears of it.
        while not {lc.EVENT_TRANSFER_SUCCEEDED, "Hello again"} <= {text for _, text in heard}:
            note = yield from lc.receive(chat)
            if isinstance(note, lc.ItemReceived):
                heard.append((note.item.contact_id, note.item.content or note.item.content_type))
                if note.item.content == "I am the next one.":
                    yield from lc.say(chat, "Hello again")
        return heard

    options = lc.LiveOptions(reconcile=1.0)
    with ThreadPoolExecutor(1) as pool, lc.new_env(endpoint_url=service.base_url) as env:
        walk = pool.submit(lambda: lc.converse(chat.participant_token, customer, options=options)(env))
        page.load(chat.contact_id)
        page.wait_for_text("Ada joined")
        page.find("#message").send_keys("One moment.", Keys.ENTER)
        page.wait_for_text("One moment.", "#items")
        page.find("#transfer").click()
        page.wait_for_text("Agent 2 joined")
        page.wait_for_text("The transfer succeeded")
        page.wait_until(lambda: page.text("#subtitle") == "connected · Ada joined, Bea left, Agent 2 joined")
        page.find("#message").send_keys("I am the next one.", Keys.ENTER)
        page.wait_for_text("Hello again", ".message.other:last-child")
        heard = lc.or_raise(walk.result(20))
    moved = service.emulator.read(lambda state: state.chats[chat.contact_id].current_contact_id)
    assert [contact for contact, text in heard if text == "One moment."] == [chat.contact_id] != [moved]
    assert [contact for contact, text in heard if text in ("I am the next one.", "Hello again")] == [moved, moved]
    assert (chat.contact_id, lc.EVENT_TRANSFER_SUCCEEDED) in heard
    page.wait_for_text(f"now {moved}", "#chat-list [aria-current]")
    page.driver.refresh()
    page.wait_until(lambda: page.text("#subtitle").startswith("connected"))
    page.wait_for_text("I am the next one.", ".message.own:nth-last-child(2 of .message)")
    assert page.console_messages() == []


def test_ending_a_chat_disables_the_composer(open_page: Page, customer: Customer) -> None:
    open_page.find("#end").click()
    customer.receive_event("participant.left")
    customer.receive_event("chat.ended")
    open_page.wait_for_text("The chat ended")
    open_page.wait_until(lambda: not open_page.find("#message").is_enabled())
    buttons = open_page.find_all("#composer button, #leave, #end")
    open_page.wait_until(lambda: [button.is_enabled() for button in buttons] == [False] * 3)
    open_page.wait_until(
        lambda: [
            node for node in open_page.find_all(".chat") if {customer.chat.contact_id, "ended"} <= {*node.text.split()}
        ]
    )
    open_page.driver.refresh()
    open_page.wait_for_text("The chat ended")
    assert open_page.console_messages() == []


def test_the_chat_continues_after_the_agent_leaves(open_page: Page, customer: Customer) -> None:
    open_page.find("#leave").click()
    assert customer.receive_event("participant.left")["ParticipantRole"] == "AGENT"
    open_page.wait_until(lambda: not open_page.find("#message").is_enabled())
    customer.send_message("still here")


def test_the_page_works_by_keyboard_alone(page: Page, customer: Customer) -> None:
    page.load()

    def press(*keys: str) -> None:
        ActionChains(page.driver).send_keys(*keys).perform()

    def has_focus(css: str) -> bool:
        """Ask in one step: an update replaces a node and gives its focus to the new one."""
        return bool(page.driver.execute_script("return document.activeElement.matches(arguments[0])", css))

    def tab_to(css: str) -> None:
        for _ in range(80):
            press(Keys.TAB)
            if has_focus(css):
                return
        raise AssertionError(f"the Tab key does not reach {css}")

    page.wait_for_text(customer.chat.contact_id, "#chat-list")
    tab_to("#new-chat")
    while customer.chat.contact_id not in page.driver.switch_to.active_element.text:
        press(Keys.TAB)
    press(Keys.ENTER)
    page.wait_until(lambda: page.text("#subtitle").startswith("connected"))
    assert has_focus(".chat"), "the focus stays where it was"
    tab_to("#message")
    outline = page.driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    press("From the keyboard", Keys.ENTER)
    customer.receive(lambda item: item.get("Content") == "From the keyboard")
    tab_to("#sample")
    press("P")
    customer.receive(lambda item: item.get("ContentType") == INTERACTIVE)
    tab_to("#http-faults button")
    press(Keys.SPACE)
    page.wait_for_text("throttle", "#planned-faults")
    tab_to("#clear-faults")
    press(Keys.ENTER)
    page.wait_until(lambda: page.text("#planned-faults") == "")


def test_a_reload_restores_the_page(open_page: Page, customer: Customer) -> None:
    page = open_page
    customer.send_message("first")
    page.find("#message").send_keys("second", Keys.ENTER)
    item = customer.receive(lambda item: item.get("Content") == "second")
    customer.send_event("message.read", item["Id"])
    page.wait_until(lambda: page.text(".receipt").startswith("Read"))
    log = page.text("#log")
    page.driver.refresh()
    page.wait_until(lambda: page.text("#log") == log)
    assert "unread" not in page.text("#chat-list")
    page.wait_for_text("POST SendMessage", "#traffic")
    customer.send_message("third")
    page.wait_for_text("third")
    assert page.console_messages() == []


def test_two_tabs_show_the_same_chat(open_page: Page, customer: Customer) -> None:
    page = open_page
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.load(customer.chat.contact_id)
    page.find("#message").send_keys("from the second", Keys.ENTER)
    customer.receive(lambda item: item.get("Content") == "from the second")
    customer.send_message("to both")
    for handle in (page.driver.current_window_handle, first):
        page.driver.switch_to.window(handle)
        page.wait_for_text("from the second")
        page.wait_for_text("to both")
    assert page.console_messages() == []
