"""SendEvent: typing and receipts."""

from __future__ import annotations

import json

import pytest

from lensconnect import (
    new_disconnect_participant,
    new_send_event,
    send_event_client_token,
    send_event_content,
)

from ..helpers.harness import Harness

EVENT = "application/vnd.amazonaws.connect.event."

INVALID = (400, "ValidationException")


def test_typing_is_pushed_and_not_stored() -> None:
    harness = Harness()
    token = harness.connect()
    harness.frames.clear()
    reply = harness.send(new_send_event(EVENT + "typing", token)).unwrap()
    everyone = harness.pushed_items()
    assert {participant_id for participant_id, _ in everyone} == {harness.chat.participant_id, harness.chat.agent_id}
    item = everyone[0][1]
    assert (item["Id"], item["Type"], item["ContentType"]) == (reply.id, "EVENT", EVENT + "typing")
    assert item["InitialContactId"] == item["ContactId"] == harness.chat.contact_id
    assert len(harness.transcript(token)) == 1


def test_receipts_reach_the_author_and_the_transcript() -> None:
    harness = Harness()
    token, agent = harness.connect(), harness.connect(harness.chat.agent_token)
    message = harness.say(token, "read me")
    harness.frames.clear()
    for kind in ("message.delivered", "message.read", "message.read"):
        content = json.dumps({"messageId": message, "disableThrottle": True})
        event = send_event_content.put(content, new_send_event(EVENT + kind, agent))
        harness.send(send_event_client_token.put("constant", event)).unwrap()
    frames = harness.pushed_items()
    assert [participant_id for participant_id, _ in frames] == [harness.chat.participant_id] * 2
    last = frames[-1][1]
    assert (last["Type"], last["ContentType"]) == ("MESSAGEMETADATA", EVENT + "message.metadata")
    newest = harness.transcript(token)[0]
    assert newest.id == message
    assert newest.message_metadata is not None
    (receipt,) = newest.message_metadata.receipts or ()
    assert receipt.recipient_participant_id == harness.chat.agent_id
    assert (receipt.delivered_timestamp or "") < (receipt.read_timestamp or "")
    assert last["MessageMetadata"]["MessageId"] == message
    assert last["MessageMetadata"]["Receipts"][0]["ReadTimestamp"] == receipt.read_timestamp


def test_the_first_delivered_and_read_times_stay() -> None:
    harness = Harness()
    token, agent = harness.connect(), harness.connect(harness.chat.agent_token)
    content = json.dumps({"messageId": harness.say(token, "read me")})
    seen = []
    for kind in ("message.delivered", "message.read") * 2:
        harness.now += 1
        harness.send(send_event_content.put(content, new_send_event(EVENT + kind, agent))).unwrap()
        metadata = harness.transcript(token)[0].message_metadata
        assert metadata is not None
        seen.append((metadata.receipts or ())[0])
    assert len(set(seen)) == 2
    assert seen[1] == seen[2] == seen[3]


@pytest.mark.parametrize("content", [None, "{}", "[]", "not json", '{"messageId":1}', '{"messageId":"nobody"}'])
def test_a_receipt_of_an_unknown_message_is_refused(content: str | None) -> None:
    harness = Harness()
    event = send_event_content.put(content, new_send_event(EVENT + "message.read", harness.connect()))
    assert harness.error_of(event) == INVALID


def test_a_receipt_for_an_own_message_has_no_effect() -> None:
    harness = Harness()
    token = harness.connect()
    joined, message = harness.transcript(token)[0].id, harness.say(token, "mine")
    harness.frames.clear()
    event = new_send_event(EVENT + "message.read", token)
    assert harness.error_of(send_event_content.put(json.dumps({"messageId": joined}), event)) == INVALID
    harness.send(send_event_content.put(json.dumps({"messageId": message}), event)).unwrap()
    assert not harness.frames
    assert harness.transcript(token)[0].message_metadata is None


def test_receipts_of_three_participants_are_a_conflict() -> None:
    harness = Harness()
    token, agent = harness.connect(), harness.connect(harness.chat.agent_token)
    message = harness.say(token, "hello")
    harness.connect(harness.emulator.add_participant(harness.chat.contact_id, "SUPERVISOR", "Third"))
    event = send_event_content.put(json.dumps({"messageId": message}), new_send_event(EVENT + "message.read", agent))
    assert harness.error_of(event) == (409, "ConflictException")


def test_receipts_with_a_supervisor_are_a_conflict() -> None:
    harness = Harness()
    token = harness.connect()
    message = harness.say(token, "hello")
    supervisor = harness.connect(harness.emulator.add_participant(harness.chat.contact_id, "SUPERVISOR", "Third"))
    content = json.dumps({"messageId": message})
    event = send_event_content.put(content, new_send_event(EVENT + "message.read", supervisor))
    assert harness.error_of(event) == (409, "ConflictException")
    harness.send(new_disconnect_participant(supervisor)).unwrap()
    agent = send_event_content.put(
        content, new_send_event(EVENT + "message.read", harness.connect(harness.chat.agent_token))
    )
    harness.send(agent).unwrap()


def test_the_newest_receipt_comes_first() -> None:
    harness = Harness()
    token = harness.connect()
    message = harness.say(token, "hello")
    for name in ("first", "second"):
        agent = harness.connect(harness.emulator.add_participant(harness.chat.contact_id, "AGENT", name))
        event = send_event_content.put(
            json.dumps({"messageId": message}), new_send_event(EVENT + "message.read", agent)
        )
        harness.send(event).unwrap()
        newest = harness.pushed_items()[-1][1]["MessageMetadata"]["Receipts"][0]["RecipientParticipantId"]
        harness.send(new_disconnect_participant(agent)).unwrap()
        assert harness.pushed_items()[0][1]["ParticipantId"] == newest


@pytest.mark.parametrize("kind", ["chat.ended", "participant.left", "message.metadata", "typing "])
def test_only_client_events_are_accepted(kind: str) -> None:
    harness = Harness()
    assert harness.error_of(new_send_event(EVENT + kind, harness.connect())) == INVALID
