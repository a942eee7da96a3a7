"""Timers: sessions, scans, the end of a chat, and expired tokens."""

from __future__ import annotations

import json

import pytest

from lensconnect import (
    EVENT_AUTHENTICATION_INITIATED,
    new_get_authentication_url,
    new_get_transcript,
)
from lensconnect.emulator import Options

from .helpers.harness import Harness, kinds
from .helpers.uploads import Upload

DENIED = (403, "AccessDeniedException")


def test_an_announced_session_times_out() -> None:
    harness = Harness()
    client, token = harness.open_socket().subscribe(), harness.connect()
    client.frames()
    harness.advance(100)
    assert client.frames() == []
    session = harness.emulator.announce_session(harness.chat.contact_id)
    (announced,) = client.items()
    assert announced["ContentType"] == EVENT_AUTHENTICATION_INITIATED
    assert json.loads(announced["Content"]) == {"SessionId": session}
    harness.advance(60)
    assert kinds(client.items()) == ["authentication.timeout"]
    assert harness.error_of(new_get_authentication_url(session or "", "https://x.invalid", token))[0] == 400
    harness.advance(600)
    assert client.items() == []


@pytest.mark.parametrize(("rejects", "status"), [(False, "APPROVED"), (True, "REJECTED")])
def test_the_result_of_a_scan_is_pushed(rejects: bool, status: str) -> None:
    upload = Upload(Options(scan_seconds=10.0, scan_rejects=rejects))
    client = upload.harness.open_socket().subscribe()
    client.frames()
    upload.shared()
    (before,) = client.items()
    assert before["Attachments"][0]["Status"] == "IN_PROGRESS"
    upload.harness.advance(9.9)
    assert client.items() == []
    upload.harness.advance(0.1)
    (after,) = client.items()
    assert (after["Id"], after["Attachments"][0]["Status"]) == (before["Id"], status)


def test_a_chat_ends_after_chat_seconds() -> None:
    harness = Harness(Options(chat_seconds=100, unseen_seconds=10))
    client = harness.open_socket().subscribe()
    client.frames()
    harness.advance(99.9)
    assert client.frames() == []
    harness.advance(0.1)
    assert kinds(client.items()) == ["chat.ended"]


def test_a_chat_ends_when_its_customer_does_not_join() -> None:
    harness = Harness(Options(unseen_seconds=300))
    agent = harness.connect(harness.chat.agent_token)
    harness.advance(299)
    harness.say(agent, "anybody?")
    harness.advance(1)
    assert harness.error_of(new_get_transcript(agent)) == DENIED


def test_expired_tickets_and_tokens_are_removed() -> None:
    harness = Harness()
    for _ in range(10):
        harness.socket_url()
        harness.connect()
    harness.advance(90_001)
    state = vars(harness.emulator)["_state"]
    assert not state.tickets
    assert {grant.kind for grant in state.tokens.values()} == {"participant"}
    assert state.timers.next_due() is None
