"""The bridge against the emulator, a stub and a bad network; the test plays SNS."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

import lensconnect as lc
from lensconnect.emulator import Emulator, HttpFault, StartedChat
from lensconnect.testing.stub import stub

from .bridge import Message, Tables, Tokens, on_items, on_message, send_message, text_of

HELLO = Message("+49 1", "wamid.1", "Where is my parcel?")


@pytest.fixture
def tables() -> Tables:
    return Tables()


class Bridge:
    """The bridge with its tables, its environment and the emulator behind it."""

    def __init__(self, env: lc.Env, service: Emulator, tables: Tables) -> None:
        self.env, self.service, self.tables = env, service, tables

    def carry(self, message: Message) -> None:
        lc.or_raise(on_message(self.start, self.tables, message)(self.env))

    def start(self, _message: Message) -> StartedChat:
        return self.service.start_chat()

    def chats(self) -> list[str]:
        return list(self.tables.numbers)

    def texts(self, contact_id: str) -> list[str]:
        return [item.content for item in self.service.items(contact_id) if item.content]


@pytest.fixture
def bridge(lensconnect_env: lc.Env, lensconnect_emulator: Emulator, tables: Tables) -> Bridge:
    return Bridge(lensconnect_env, lensconnect_emulator, tables)


def published(item: lc.Item) -> Mapping[str, list[Mapping[str, object]]]:
    """Return an event as SNS sends it to a function of AWS Lambda."""
    members = {"Id": item.id, "Type": item.type, "ContentType": item.content_type, "Content": item.content}
    message = json.dumps({**members, "ContactId": item.contact_id, "ParticipantRole": item.participant_role})
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Type": "Notification", "Message": message}}]}


def test_a_message_delivered_twice_is_one_message(bridge: Bridge) -> None:
    bridge.carry(HELLO)
    bridge.carry(HELLO)
    (chat,) = bridge.chats()
    assert bridge.texts(chat) == [HELLO.text]


@pytest.mark.parametrize("lost", ["drop", "truncate", "throttle"])
def test_a_bad_network_makes_no_second_message(lost: str, bridge: Bridge) -> None:
    faults = {
        "drop": HttpFault("drop", operation="SendMessage", count=2),
        "truncate": HttpFault("truncate", operation="SendMessage", count=2),
        "throttle": HttpFault("throttle", operation="CreateParticipantConnection", count=2),
    }
    bridge.service.plan(faults[lost])
    bridge.carry(HELLO)
    (chat,) = bridge.chats()
    assert bridge.texts(chat) == [HELLO.text]


def test_a_message_after_the_end_starts_a_second_chat(bridge: Bridge) -> None:
    bridge.carry(HELLO)
    (first,) = bridge.chats()
    bridge.service.stop_chat(first)
    bridge.carry(HELLO._replace(id="wamid.2", text="Are you there?"))
    _, second = bridge.chats()
    assert bridge.texts(second) == ["Are you there?"]


def test_what_the_other_side_says_is_shown_once(bridge: Bridge) -> None:
    bridge.carry(HELLO)
    (chat,) = bridge.chats()
    bridge.service.say(chat, "One moment, please.")
    bridge.service.say(chat, "It is on its way.", as_agent=True)
    shown = [
        text
        for item in bridge.service.items(chat)
        for _ in ("delivered", "delivered again")
        for text in on_items(bridge.tables, published(item))
    ]
    assert shown == [("+49 1", "One moment, please."), ("+49 1", "It is on its way.")]


def test_items_of_an_unknown_chat_are_shown_to_nobody(tables: Tables) -> None:
    item = lc.Item(id="m-1", contact_id="another", content_type=lc.CONTENT_TEXT_PLAIN, content="Hello")
    assert list(on_items(tables, published(item))) == []


def test_choices_are_shown_as_a_list() -> None:
    template = lc.QuickReply(
        title="Which?", elements=(lc.TemplateElement(title="One"), lc.TemplateElement(title="Two"))
    )
    content = lc.interactive.construct(lc.interactive_of(template))
    assert text_of(lc.Item(content_type=lc.CONTENT_INTERACTIVE, content=content)) == "- One\n- Two"
    assert text_of(lc.Item(content_type=lc.EVENT_CHAT_ENDED)) is None


def test_the_id_of_the_message_is_the_client_token() -> None:
    request = lc.SendMessage(
        content_type=lc.CONTENT_TEXT_PLAIN,
        content=HELLO.text,
        client_token=HELLO.id,
        connection_token=lc.ConnectionToken("c"),
    )
    reply = lc.SendMessageResponse(http_status=200, id="m-1")
    tokens = Tokens(lc.ParticipantToken("p"), lc.ConnectionToken("c"))
    with stub([(request, reply)]) as stubbed, lc.new_env(region="us-east-1", transport=stubbed.transport) as env:
        lc.or_raise(send_message(tokens, HELLO)(env))
