"""Quotas: a burst, then a rate; messages and events out of one bucket."""

from __future__ import annotations

import json

import pytest

from lensconnect import (
    ConnectionToken,
    HttpRequest,
    Reply,
    Request,
    new_complete_attachment_upload,
    new_get_attachment,
    new_get_transcript,
    new_send_event,
    new_send_message,
    new_start_attachment_upload,
)
from lensconnect.emulator import Options

from .talk import Talk, described

TYPING = "application/vnd.amazonaws.connect.event.typing"
START = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "Ada"}}


def statuses(talk: Talk, request: HttpRequest, times: int) -> list[int]:
    return [talk.raw(request).status for _ in range(times)]


def asked(token: ConnectionToken) -> list[tuple[Request[Reply], int, int]]:
    return [
        (new_send_message("text/plain", "x", token), 10, 15),
        (new_get_transcript(token), 8, 12),
        (new_get_attachment("a", token), 8, 12),
        (new_start_attachment_upload("text/plain", 1, "a.txt", "t", token), 2, 5),
        (new_complete_attachment_upload(("a",), "t", token), 2, 5),
    ]


@pytest.mark.parametrize("which", range(5))
def test_a_burst_and_then_a_rate(which: int) -> None:
    talk = Talk(Options(quotas=True, idempotency="off"))
    request, rate, burst = asked(talk.connect())[which]
    for allowed in (burst, rate, rate):
        found = statuses(talk, described(request), burst + 5)
        assert (found.count(429), set(found[allowed:])) == (burst + 5 - allowed, {429})
        talk.now += 1
    talk.now += 100
    assert statuses(talk, described(request), burst + 1).count(429) == 1


def test_messages_and_events_share() -> None:
    talk = Talk(Options(quotas=True))
    token, agent = talk.connect(), talk.connect(talk.chat.agent_token)
    assert statuses(talk, described(new_send_message("text/plain", "x", token)), 10) == [200] * 10
    assert statuses(talk, described(new_send_event(TYPING, agent)), 6) == [200] * 5 + [429]
    assert talk.refusal(new_send_message("text/plain", "x", token)) == (429, "ThrottlingException")


def test_chats_start_at_a_rate() -> None:
    talk = Talk(Options(quotas=True))
    request = HttpRequest("PUT", "http://emulator.invalid/contact/chat", (), json.dumps(START).encode())
    assert statuses(talk, request, 9) == [200] * 8 + [429]
    assert talk.raw(request).header("x-amzn-errortype") == "TooManyRequestsException"


def test_there_are_none_unless_asked_for() -> None:
    talk = Talk()
    assert set(statuses(talk, described(new_get_transcript(talk.connect())), 100)) == {200}
