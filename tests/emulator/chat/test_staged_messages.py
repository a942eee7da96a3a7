"""Messages in stages: the chunks of a bot's answer, and messages that are processed; and how a live chat takes them."""

from __future__ import annotations

from typing import Any

import pytest

import lensconnect as lc
from lensconnect.emulator import Options
from lensconnect.testing.simulate import Simulation

from ..helpers.harness import Harness


def metadata_of(item: dict[str, Any]) -> tuple[object, object]:
    metadata = item.get("MessageMetadata", {})
    return metadata.get("ChunkNumber"), metadata.get("MessageCompleted")


@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_a_bots_answer_comes_in_chunks_and_then_whole(seconds: float) -> None:
    harness = Harness(Options(bot_chunk_characters=5, bot_chunk_seconds=seconds))
    client = harness.open_socket().subscribe()
    client.items()
    harness.emulator.say(harness.chat.contact_id, "Hello world")
    items = client.items()
    for _ in range(3 if seconds else 0):
        assert len(items) < 4
        harness.advance(1.9)
        assert client.items() == []
        assert len(harness.emulator.items(harness.chat.contact_id)) == 1
        harness.advance(0.1)
        items += client.items()
    assert [item["Content"] for item in items] == ["Hello", " worl", "d", "Hello world"]
    assert [metadata_of(item) for item in items] == [(1, False), (2, False), (3, False), (None, True)]
    assert len({item["Id"] for item in items}) == 1
    assert [item["AbsoluteTime"] for item in items] == sorted({item["AbsoluteTime"] for item in items})
    stored = harness.emulator.items(harness.chat.contact_id)[-1]
    assert (stored.content, stored.message_metadata) == ("Hello world", None)


def test_short_answers_other_types_and_other_authors_have_no_chunks() -> None:
    harness = Harness(Options(bot_chunk_characters=5))
    contact = harness.chat.contact_id
    harness.emulator.say(contact, "Hello")
    harness.emulator.say(contact, '{"a": "long enough"}', content_type="application/json")
    harness.emulator.say(contact, "I am an agent", as_agent=True)
    harness.say(harness.connect(), "I am a customer")
    items = harness.emulator.items(contact)
    assert {item.content for item in items if item.content} == {
        "Hello", '{"a": "long enough"}', "I am an agent", "I am a customer",
    }  # fmt: skip


def test_the_end_of_the_chat_loses_the_chunks_that_are_left() -> None:
    harness = Harness(Options(bot_chunk_characters=5, bot_chunk_seconds=2.0, processing_seconds=2.0))
    harness.emulator.say(harness.chat.contact_id, "Hello world")
    harness.say(harness.connect(), "Hello")
    harness.emulator.stop_chat(harness.chat.contact_id)
    before = harness.emulator.items(harness.chat.contact_id)
    harness.advance(60.0)
    assert harness.emulator.items(harness.chat.contact_id) == before


CHUNKED = Options(bot_chunk_characters=4, bot_chunk_seconds=1.0)


def test_a_live_chat_puts_the_chunks_together() -> None:
    simulation = Simulation(1, service_options=CHUNKED)
    chat = simulation.service.start_chat()
    simulation.at(1.0, lambda: simulation.service.say(chat.contact_id, "Hello world"))

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[list[str | None]]:
        texts: list[str | None] = []
        while (note := (yield from lc.receive_within(chat, 10.0))) is not None:
            item = note.item if isinstance(note, (lc.ItemReceived, lc.ItemUpdated)) else None
            texts += [item.content] if item is not None and item.content else []
        return texts

    texts = lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    assert texts == ["Hell", "Hello wo", "Hello world", "Hello world"]


def status_of(item: dict[str, Any]) -> object:
    return item.get("MessageMetadata", {}).get("MessageProcessingStatus")


@pytest.mark.parametrize(
    ("result", "sender", "others"),
    [
        ("processed", [None], 1),
        ("failed", ["FAILED"], 0),
        ("failed_delivered", [None, "FAILED"], 1),
        ("rejected", ["REJECTED"], 0),
    ],
)
def test_a_message_is_processed_before_everyone_gets_it(result: Any, sender: list[object], others: int) -> None:
    harness = Harness(Options(processing_seconds=3.0, processing_result=result))
    own, other = harness.open_socket().subscribe(), harness.open_socket(harness.chat.agent_token).subscribe()
    own.items(), other.items()
    token = harness.connect()
    reply = harness.send(lc.new_send_message("text/plain", "Hello", token)).unwrap()
    assert reply.message_metadata == lc.MessageProcessingMetadata(
        message_processing_status=lc.MESSAGE_PROCESSING_STATUS_PROCESSING
    )
    (begun,) = own.items()
    assert (begun["Id"], status_of(begun)) == (reply.id, "PROCESSING")
    assert (other.items(), [item for item in harness.transcript(token) if item.content]) == ([], [])
    harness.advance(3.0)
    assert [(item["Id"], status_of(item)) for item in own.items()] == [(reply.id, status) for status in sender]
    assert [(item["Id"], item["Content"]) for item in other.items()] == [(reply.id, "Hello")] * others
    assert [item.content for item in harness.transcript(token) if item.content] == ["Hello"] * others


def test_a_flow_and_interactive_answers_are_not_processed() -> None:
    harness = Harness(Options(processing_seconds=3.0))
    harness.emulator.say(harness.chat.contact_id, "Welcome")
    request = lc.new_send_message(
        "application/vnd.amazonaws.connect.message.interactive.response", "{}", harness.connect()
    )
    assert harness.send(request).unwrap().message_metadata is None
    assert [item.content for item in harness.emulator.items(harness.chat.contact_id) if item.content] == [
        "Welcome",
        "{}",
    ]


@pytest.mark.parametrize(("result", "status"), [("processed", None), ("failed", "FAILED"), ("rejected", "REJECTED")])
def test_a_live_chat_tells_what_came_of_its_message(result: Any, status: str | None) -> None:
    simulation = Simulation(1, service_options=Options(processing_seconds=3.0, processing_result=result))
    chat = simulation.service.start_chat()

    @lc.program
    def customer(chat: lc.Chat) -> lc.Steps[lc.Item | None]:
        sent = yield from lc.say(chat, "Hello")
        yield from lc.replies(chat, within=10.0, quiet=10.0)
        return lc.find_item((yield from lc.transcript(chat)), sent.id or "")

    item = lc.or_raise(lc.converse(chat.participant_token, customer)(simulation.env))
    assert item is not None
    assert (item.message_metadata and item.message_metadata.message_processing_status) == status
