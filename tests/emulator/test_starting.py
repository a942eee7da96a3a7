"""StartChatContact without a client of AWS's: what a chat starts with, how many may go on, how often one may ask."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lensconnect import (
    EVENT_CHAT_REHYDRATED,
    HttpRequest,
    ParticipantToken,
    Reply,
    Request,
    new_get_transcript,
    new_send_event,
    new_send_message,
)
from lensconnect.emulator import Options

from .talk import HOME, Talk, described

ASKED = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "Ada"}}
INVALID = (400, "ValidationException")
TYPING = "application/vnd.amazonaws.connect.event.typing"


def start(talk: Talk, **more: Any) -> tuple[int, dict[str, Any]]:
    """A chat started as the neighbouring service starts one."""
    response = talk.raw(HttpRequest("PUT", f"{HOME.url}/contact/chat", (), json.dumps({**ASKED, **more}).encode()))
    return response.status, {"error": response.header("x-amzn-errortype"), **json.loads(response.body)}


def test_without_a_wish_only_plain_text_is_taken() -> None:
    talk = Talk()
    token = talk.connect(ParticipantToken(start(talk)[1]["ParticipantToken"]))
    assert talk.say(token, "plain")
    assert talk.refusal(new_send_message("text/markdown", "*x*", token)) == INVALID


def test_a_persistent_chat_is_announced_when_its_customer_joins() -> None:
    talk = Talk()
    talk.say(talk.connect(), "before")
    past = {"RehydrationType": "ENTIRE_PAST_SESSION", "SourceContactId": talk.chat.contact_id}
    again = start(talk, PersistentChat=past)[1]
    talk.frames.clear()
    talk.connect(ParticipantToken(again["ParticipantToken"]))
    assert [frame.contact_id for frame in talk.frames if EVENT_CHAT_REHYDRATED in frame.text] == [
        again["ContactId"]
    ] * 2


def test_a_client_token_is_of_its_operation() -> None:
    talk = Talk()
    begun = start(talk)[1]
    wish = {
        "InstanceId": "i",
        "ContactId": begun["ContactId"],
        "ClientToken": "t",
        "ParticipantDetails": {"ParticipantRole": "AGENT", "DisplayName": "x"},
    }
    talk.raw(HttpRequest("POST", f"{HOME.url}/contact/create-participant", (), json.dumps(wish).encode()))
    assert start(talk, ClientToken=f"{begun['ContactId']} t")[0] == 200


def test_so_many_chats_at_once() -> None:
    talk = Talk(Options(concurrent_chats=2))
    assert start(talk, ClientToken="once")[0] == 200
    status, refused = start(talk)
    assert (status, refused["error"]) == (429, "LimitExceededException")
    assert start(talk, ClientToken="once")[0] == 200
    talk.emulator.stop_chat(talk.chat.contact_id)
    assert start(talk)[0] == 200


def test_chats_are_started_so_often() -> None:
    talk = Talk(Options(quotas=True))
    assert [start(talk)[0] for _ in range(9)] == [200] * 8 + [429]
    assert start(talk)[1]["error"] == "TooManyRequestsException"
    talk.now += 0.2
    assert [start(talk)[0] for _ in range(2)] == [200, 429]


def statuses(talk: Talk, *requests: Request[Reply]) -> list[int]:
    return [talk.raw(described(request)).status for request in requests]


def test_messages_and_events_share_a_quota() -> None:
    talk = Talk(Options(quotas=True))
    token = talk.connect()
    message, typing = new_send_message("text/plain", "x", token), new_send_event(TYPING, token)
    assert statuses(talk, *[message, typing] * 8) == [200] * 15 + [429]
    assert talk.refusal(typing) == (429, "ThrottlingException")
    assert statuses(talk, new_get_transcript(token)) == [200]
    talk.now += 0.1
    assert statuses(talk, message, message) == [200, 429]


@pytest.mark.parametrize("asked", [13, 100])
def test_quotas_are_off_unless_asked_for(asked: int) -> None:
    talk = Talk()
    token = talk.connect()
    assert set(statuses(talk, *[new_get_transcript(token)] * asked)) == {200}
    strict = Talk(Options(quotas=True))
    assert statuses(strict, *[new_get_transcript(strict.connect())] * asked).count(200) == 12
