"""The content of an item as a record: every kind of the service, and whatever else comes."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from helpers.law_strategies import DELICATE_TEXT, values_of
from hypothesis import given, settings
from hypothesis import strategies as st

import lensconnect as lc
from content.samples import KNOWN, text_of
from lensconnect.content.types import EVENT_PREFIX
from lensconnect.emulator import Emulator
from lensconnect.testing.laws import check_prism

EVENTS = [value for name, value in vars(lc).items() if name.startswith("EVENT_")]
MESSAGES = [value for name, value in vars(lc).items() if name.startswith("CONTENT_")]


def content(content_type: str | None, text: str | None = None, **fields: Any) -> lc.Content:
    return lc.content_of(lc.Item(content_type=content_type, content=text, **fields))


def test_text_is_plain_or_markdown() -> None:
    assert content("text/plain", "Hello!") == lc.Text("Hello!", lc.CONTENT_TEXT_PLAIN)
    assert content("text/markdown", "*Hello!*") == lc.Text("*Hello!*", lc.CONTENT_TEXT_MARKDOWN)


@pytest.mark.parametrize(("text", "value"), [('{"a":[1]}', {"a": [1]}), ("null", None), ("7", 7), ('"x"', "x")])
def test_json_is_a_value(text: str, value: Any) -> None:
    assert content("application/json", text) == lc.JsonValue(value)


@pytest.mark.parametrize("name", KNOWN)
def test_an_interactive_message(name: str) -> None:
    text = text_of(KNOWN[name])
    assert content(lc.CONTENT_INTERACTIVE, text) == lc.interactive.unpack(text)


def test_an_interactive_answer() -> None:
    text = '{"action":"Confirm","data":{"Size":"L"},"templateType":"ViewResource","version":"1.0","new":1}'
    found = content(lc.CONTENT_INTERACTIVE_RESPONSE, text)
    assert found == lc.InteractiveAnswer("Confirm", {"Size": "L"}, "ViewResource", "1.0", others={"new": 1})
    assert content(lc.CONTENT_INTERACTIVE_RESPONSE, "{}") == lc.InteractiveAnswer()


@pytest.mark.parametrize("kind", [lc.EVENT_MESSAGE_DELIVERED, lc.EVENT_MESSAGE_READ])
def test_a_receipt_of_a_client(kind: str) -> None:
    assert content(kind, '{"messageId":"m-1","disableThrottle":true}') == lc.ReceiptFor("m-1", kind)
    for text in (None, "", "m-1", "{}", '{"messageId":1}'):
        assert content(kind, text) == lc.ChatEvent(kind, text)


def test_a_receipt_of_the_service() -> None:
    kind = lc.EVENT_MESSAGE_METADATA
    metadata = lc.MessageMetadata(message_id="m-7", receipts=(lc.Receipt(recipient_participant_id="p"),))
    assert content(kind, None, message_metadata=metadata) == lc.ReceiptFor("m-7", kind)
    assert content(kind) == content(kind, message_metadata=lc.MessageMetadata()) == lc.ChatEvent(kind)


def test_an_event_that_is_no_receipt_has_no_message() -> None:
    assert content(lc.EVENT_TYPING, '{"messageId":"m-1"}') == lc.ChatEvent(lc.EVENT_TYPING, '{"messageId":"m-1"}')


def test_an_event_names_its_kind() -> None:
    assert len(EVENTS) == 25
    for kind in [*EVENTS, EVENT_PREFIX + "new.kind"]:
        assert content(kind) == lc.ChatEvent(kind)


def test_an_authentication_that_begins_has_a_session() -> None:
    kind = lc.EVENT_AUTHENTICATION_INITIATED
    text = '{"SessionId":"123456789012345678901234567890123456"}'
    assert content(kind, text) == lc.ChatEvent(kind, text, session_id="123456789012345678901234567890123456")
    assert content(kind, "no JSON") == lc.ChatEvent(kind, "no JSON")
    assert content(lc.EVENT_AUTHENTICATION_FAILED, text) == lc.ChatEvent(lc.EVENT_AUTHENTICATION_FAILED, text)


def test_a_new_name_is_in_the_event() -> None:
    kind = lc.EVENT_PARTICIPANT_DISPLAYNAME_UPDATED
    assert content(kind, "Ada") == lc.ChatEvent(kind, "Ada", display_name="Ada")


def test_an_item_of_attachments_has_no_content() -> None:
    assert content(None, attachments=(lc.AttachmentItem(attachment_id="a"),)) == lc.UnknownContent(None, None)


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("text/html", "<p>"),
        (None, "text"),
        ("", ""),
        ("text/plain", None),
        ("application/json", "{"),
        ("application/json", None),
        (lc.CONTENT_INTERACTIVE, "{}"),
        (lc.CONTENT_INTERACTIVE_RESPONSE, "[]"),
    ],
)
def test_other_content_is_kept(content_type: str | None, text: str | None) -> None:
    assert content(content_type, text) == lc.UnknownContent(content_type, text)


@settings(max_examples=200)
@given(
    item=values_of(lc.Item),
    content_type=st.none() | st.sampled_from([*EVENTS, *MESSAGES]) | DELICATE_TEXT,
    text=st.none() | DELICATE_TEXT,
)
def test_every_item_has_a_content(item: lc.Item, content_type: str | None, text: str | None) -> None:
    found = content_of_changed(item, content_type, text)
    assert isinstance(found, get_args(lc.Content))
    repr(found)


def content_of_changed(item: lc.Item, content_type: str | None, text: str | None) -> lc.Content:
    return lc.content_of(item & lc.item_content_type.set(content_type) & lc.item_content.set(text))


def test_a_receipt_is_built_and_changed() -> None:
    assert lc.receipt_content.construct("m-1") == '{"messageId":"m-1"}'
    text = '{ "messageId": "m-1", "disableThrottle": true }'
    assert text & lc.receipt_content.set("m-1") == text
    assert text & lc.receipt_content.set("m-2") == '{"messageId":"m-2","disableThrottle":true}'


@given(ids=st.lists(DELICATE_TEXT, max_size=2))
def test_the_laws_of_receipts(ids: list[str]) -> None:
    texts = ['{"messageId":"m-1","disableThrottle":true}', "{}", "", '{"messageId":null}']
    check_prism(lc.receipt_content, [*texts, *map(lc.receipt_content.construct, ids)], ids, exact=False)


class TestTheEmulator:
    """Items of the emulator: what a flow says, and the answers of the customer."""

    @pytest.mark.parametrize("name", KNOWN)
    def test_a_message_of_the_flow_is_read_and_each_choice_is_accepted(self, name: str) -> None:
        emulator = Emulator(seed="content")
        chat = emulator.start_chat()
        posted = emulator.say(chat.contact_id, text_of(KNOWN[name]), content_type=lc.CONTENT_INTERACTIVE)
        with lc.new_env(endpoint_url="https://emulator.invalid", transport=emulator.transport) as env:
            token = lc.or_raise(lc.get_connection_token(chat.participant_token)(env))
            page = lc.or_raise(lc.send(lc.new_get_transcript(token))(env))
            (asked,) = [lc.content_of(item) for item in page.transcript or () if item.id == (posted and posted.id)]
            assert isinstance(asked, lc.Interactive)
            choices = [*lc.choices_of(asked), "ActionSelected"] if name == "ViewResource" else lc.choices_of(asked)
            assert choices
            for choice in choices:
                draft = lc.or_raise(lc.reply_to(asked, choice))
                lc.or_raise(lc.send(lc.new_send_message(draft.content_type, draft.content, token))(env))
        *_, last = emulator.items(chat.contact_id)
        assert isinstance(
            lc.content_of(last), lc.InteractiveAnswer if name == "ViewResource" else lc.Text | lc.InteractiveAnswer
        )

    def test_the_events_of_a_chat(self) -> None:
        emulator = Emulator(seed="content")
        chat = emulator.start_chat()
        with lc.new_env(endpoint_url="https://emulator.invalid", transport=emulator.transport) as env:
            lc.or_raise(lc.get_connection_token(chat.participant_token)(env))
        emulator.say(chat.contact_id, "*Hello!*", content_type=lc.CONTENT_TEXT_MARKDOWN)
        emulator.say(chat.contact_id, '{"a":1}', content_type=lc.CONTENT_APPLICATION_JSON)
        emulator.stop_chat(chat.contact_id)
        found = [lc.content_of(item) for item in emulator.items(chat.contact_id)]
        assert lc.Text("*Hello!*", lc.CONTENT_TEXT_MARKDOWN) in found
        assert lc.JsonValue({"a": 1}) in found
        assert found[-1] == lc.ChatEvent(lc.EVENT_CHAT_ENDED)
