"""What messages and events do: idempotency, receipts, frames."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lensconnect import (
    ConnectionToken,
    Item,
    new_disconnect_participant,
    new_get_transcript,
    new_send_event,
    new_send_message,
    send_event_client_token,
    send_event_content,
    send_message_client_token,
)
from lensconnect.emulator import Emulator, Options
from lensconnect.wire.limits import CLASSIC

from .talk import Talk, connected, described

EVENT = "application/vnd.amazonaws.connect.event."
INVALID = (400, "ValidationException")


def transcript(talk: Talk, token: ConnectionToken) -> tuple[Item, ...]:
    return talk.ask(new_get_transcript(token)).unwrap().transcript or ()


def heard(talk: Talk) -> list[tuple[str, dict[str, Any]]]:
    """Who heard what since the last time; the frames are JSON inside JSON."""
    frames = []
    for frame in talk.frames:
        outer = json.loads(frame.text)
        assert (outer["topic"], outer["contentType"]) == ("aws/chat", "application/json")
        frames.append((frame.participant_id, json.loads(outer["content"])))
    talk.frames.clear()
    return frames


def test_a_client_token_makes_one_message() -> None:
    talk = Talk()
    token, agent = talk.connect(), talk.connect(talk.chat.agent_token)
    first = talk.say(token, "one", "t")
    talk.frames.clear()
    assert talk.say(token, "one", "t") == first
    assert talk.say(talk.connect(), "another body", "t") == first
    assert not talk.frames
    assert len({first, talk.say(token, "one", "u"), talk.say(agent, "one", "t"), talk.say(token, "one")}) == 4
    assert talk.say(token, "one", "") != talk.say(token, "one", "")
    assert len(transcript(talk, token)) == 2 + 6


def test_idempotency_has_a_switch() -> None:
    talk = Talk(Options(idempotency="off"))
    token = talk.connect()
    assert talk.say(token, "one", "t") != talk.say(token, "one", "t")
    strict = Talk(Options(idempotency="refuse"))
    token = strict.connect()
    assert strict.say(token, "one", "t") == strict.say(token, "one", "t")
    other = send_message_client_token.put("t", new_send_message("text/plain", "two", token))
    assert strict.refusal(other) == INVALID


def test_a_refusal_is_not_remembered() -> None:
    talk = Talk()
    token = talk.connect()
    wrong = send_message_client_token.put("t", new_send_message("image/png", "x", token))
    assert talk.refusal(wrong) == INVALID
    assert talk.say(token, "x", "t")


def test_typing_is_heard_and_not_kept() -> None:
    talk = Talk()
    token = talk.connect()
    talk.frames.clear()
    reply = talk.ask(new_send_event(EVENT + "typing", token)).unwrap()
    everyone = heard(talk)
    assert {who for who, _ in everyone} == {talk.chat.participant_id, talk.chat.agent_id}
    item = everyone[0][1]
    assert (item["Id"], item["Type"], item["ContentType"]) == (reply.id, "EVENT", EVENT + "typing")
    assert item["InitialContactId"] == item["ContactId"] == talk.chat.contact_id
    assert len(transcript(talk, token)) == 1


def test_receipts_reach_the_author_and_the_transcript() -> None:
    talk = Talk()
    token, agent = talk.connect(), talk.connect(talk.chat.agent_token)
    message = talk.say(token, "read me")
    talk.frames.clear()
    for kind in ("message.delivered", "message.read", "message.read"):
        content = json.dumps({"messageId": message, "disableThrottle": True})
        event = send_event_content.put(content, new_send_event(EVENT + kind, agent))
        talk.ask(send_event_client_token.put("constant", event)).unwrap()
    frames = heard(talk)
    assert [who for who, _ in frames] == [talk.chat.participant_id] * 2
    last = frames[-1][1]
    assert (last["Type"], last["ContentType"]) == ("MESSAGEMETADATA", EVENT + "message.metadata")
    newest = transcript(talk, token)[0]
    assert newest.id == message
    assert newest.message_metadata is not None
    (receipt,) = newest.message_metadata.receipts or ()
    assert receipt.recipient_participant_id == talk.chat.agent_id
    assert (receipt.delivered_timestamp or "") < (receipt.read_timestamp or "")
    assert last["MessageMetadata"]["MessageId"] == message
    assert last["MessageMetadata"]["Receipts"][0]["ReadTimestamp"] == receipt.read_timestamp


def test_the_first_delivery_and_reading_stay() -> None:
    talk = Talk()
    token, agent = talk.connect(), talk.connect(talk.chat.agent_token)
    content = json.dumps({"messageId": talk.say(token, "read me")})
    seen = []
    for kind in ("message.delivered", "message.read") * 2:
        talk.now += 1
        talk.ask(send_event_content.put(content, new_send_event(EVENT + kind, agent))).unwrap()
        metadata = transcript(talk, token)[0].message_metadata
        assert metadata is not None
        seen.append((metadata.receipts or ())[0])
    assert len(set(seen)) == 2
    assert seen[1] == seen[2] == seen[3]


@pytest.mark.parametrize("content", [None, "{}", "[]", "not json", '{"messageId":1}', '{"messageId":"nobody"}'])
def test_receipts_name_a_message(content: str | None) -> None:
    talk = Talk()
    event = send_event_content.put(content, new_send_event(EVENT + "message.read", talk.connect()))
    assert talk.refusal(event) == INVALID


def test_receipts_are_for_messages_of_others() -> None:
    talk = Talk()
    token = talk.connect()
    joined, message = transcript(talk, token)[0].id, talk.say(token, "mine")
    talk.frames.clear()
    event = new_send_event(EVENT + "message.read", token)
    assert talk.refusal(send_event_content.put(json.dumps({"messageId": joined}), event)) == INVALID
    talk.ask(send_event_content.put(json.dumps({"messageId": message}), event)).unwrap()
    assert not talk.frames
    assert transcript(talk, token)[0].message_metadata is None


def test_receipts_conflict_among_three() -> None:
    talk = Talk()
    token, agent = talk.connect(), talk.connect(talk.chat.agent_token)
    message = talk.say(token, "hello")
    talk.connect(talk.emulator.add_participant(talk.chat.contact_id, "SUPERVISOR", "Third"))
    event = send_event_content.put(json.dumps({"messageId": message}), new_send_event(EVENT + "message.read", agent))
    assert talk.refusal(event) == (409, "ConflictException")


def test_receipts_conflict_with_a_supervisor() -> None:
    talk = Talk()
    token = talk.connect()
    message = talk.say(token, "hello")
    supervisor = talk.connect(talk.emulator.add_participant(talk.chat.contact_id, "SUPERVISOR", "Third"))
    content = json.dumps({"messageId": message})
    event = send_event_content.put(content, new_send_event(EVENT + "message.read", supervisor))
    assert talk.refusal(event) == (409, "ConflictException")
    talk.ask(new_disconnect_participant(supervisor)).unwrap()
    agent = send_event_content.put(content, new_send_event(EVENT + "message.read", talk.connect(talk.chat.agent_token)))
    talk.ask(agent).unwrap()


def test_the_newest_receipt_comes_first() -> None:
    talk = Talk()
    token = talk.connect()
    message = talk.say(token, "hello")
    for name in ("first", "second"):
        agent = talk.connect(talk.emulator.add_participant(talk.chat.contact_id, "AGENT", name))
        event = send_event_content.put(
            json.dumps({"messageId": message}), new_send_event(EVENT + "message.read", agent)
        )
        talk.ask(event).unwrap()
        newest = heard(talk)[-1][1]["MessageMetadata"]["Receipts"][0]["RecipientParticipantId"]
        talk.ask(new_disconnect_participant(agent)).unwrap()
        assert heard(talk)[0][1]["ParticipantId"] == newest


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\U0001f44b" * 4096, "\u2028"])
def test_any_text_goes_through(text: str) -> None:
    talk = Talk()
    token = talk.connect()
    talk.say(token, text)
    assert transcript(talk, token)[0].content == text
    assert heard(talk)[-1][1]["Content"] == text


@pytest.mark.parametrize("kind", ["chat.ended", "participant.left", "message.metadata", "typing "])
def test_only_client_events_are_taken(kind: str) -> None:
    talk = Talk()
    assert talk.refusal(new_send_event(EVENT + kind, talk.connect())) == INVALID


def test_only_enabled_content_is_taken() -> None:
    talk = Talk()
    chat = talk.emulator.start_chat(content_types=())
    token = talk.connect(chat.participant_token)
    assert talk.say(token, "plain")
    assert talk.refusal(new_send_message("text/markdown", "*x*", token)) == INVALID
    everything = talk.connect()
    talk.ask(new_send_message("text/markdown", "*x*", everything)).unwrap()
    interactive = "application/vnd.amazonaws.connect.message.interactive"
    talk.ask(new_send_message(interactive + ".response", "{}", everything)).unwrap()
    assert talk.refusal(new_send_message(interactive, "{}", everything)) == INVALID


def test_content_is_measured_in_bytes() -> None:
    talk = Talk()
    token = talk.connect()
    assert talk.say(token, "ü" * 8192)
    assert talk.refusal(new_send_message("text/plain", "ü" * 8193, token)) == INVALID


def test_the_limits_of_before_can_be_had() -> None:
    talk = Talk(Options(limits=CLASSIC))
    token = talk.connect()
    assert talk.say(token, "ü" * 1024)
    assert talk.refusal(new_send_message("text/plain", "x" * 1025, token)) == INVALID
    talk.ask(new_send_message("application/json", "x" * 12_000, token)).unwrap()


def test_times_rise_though_the_clock_stands() -> None:
    talk = Talk()
    token = talk.connect()
    for n in range(5):
        talk.say(token, str(n))
    talk.now -= 3600
    talk.say(token, "the clock went back")
    times = [item.absolute_time or "" for item in transcript(talk, token)]
    assert times == sorted(set(times), reverse=True)
    assert all(len(time) == 24 and time.endswith("Z") for time in times)


def test_a_frame_comes_before_the_reply() -> None:
    order: list[str] = []
    emulator = Emulator(on_frame=lambda _: order.append("frame"))
    token = connected(emulator, emulator.start_chat().participant_token)
    order.clear()
    emulator.handle(described(new_send_message("text/plain", "x", token)))
    order.append("reply")
    assert order == ["frame", "frame", "reply"]


def test_the_end_is_told_in_order() -> None:
    talk = Talk()
    token = talk.connect()
    talk.frames.clear()
    talk.ask(new_disconnect_participant(token)).unwrap()
    mine = [item for who, item in heard(talk) if who == talk.chat.participant_id]
    assert [item["ContentType"] for item in mine] == [EVENT + "participant.left", EVENT + "chat.ended"]
    assert "ParticipantRole" not in mine[-1]


def test_one_seed_does_the_same_every_time() -> None:
    def once() -> list[str]:
        talk = Talk()
        token = talk.connect()
        talk.say(token, "hello")
        return [frame.text for frame in talk.frames] + [token]

    assert once() == once()
