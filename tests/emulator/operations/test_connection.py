"""CreateParticipantConnection: connection tokens, WebSockets and meetings."""

from __future__ import annotations

from lensconnect import (
    CONNECTION_TYPE_WEBRTC_CONNECTION,
    create_participant_connection_connect_participant,
    create_participant_connection_type,
    new_create_participant_connection,
    new_get_transcript,
)

from ..helpers.harness import Harness

DENIED = (403, "AccessDeniedException")


def test_a_connection_token_expires_after_a_day_and_survives_a_newer_one() -> None:
    harness = Harness()
    old, new = harness.connect(), harness.connect()
    assert old != new
    harness.now += 86_399
    assert harness.say(old, "still")
    harness.now += 1
    assert harness.error_of(new_get_transcript(old)) == DENIED
    assert harness.say(harness.connect(), "again")


def test_type_or_connect_participant_is_required() -> None:
    harness = Harness()
    nothing = new_create_participant_connection(harness.chat.participant_token)
    assert harness.error_of(nothing) == (400, "ValidationException")
    reply = harness.send(nothing & create_participant_connection_connect_participant.set(True)).unwrap()
    assert (reply.websocket, reply.connection_credentials, reply.web_rtc_connection) == (None, None, None)


def test_a_webrtc_connection_has_a_meeting() -> None:
    harness = Harness()
    wanted = create_participant_connection_type.set((CONNECTION_TYPE_WEBRTC_CONNECTION,))
    reply = harness.send(wanted(new_create_participant_connection(harness.chat.participant_token))).unwrap()
    assert (reply.websocket, reply.connection_credentials) == (None, None)
    assert reply.web_rtc_connection is not None
    assert reply.web_rtc_connection.meeting is not None
    assert len(reply.web_rtc_connection.meeting.meeting_id or "") == 36
