"""StartChatContact without an AWS client: content types, persistent chats, limits."""

from __future__ import annotations

import json
from typing import Any

from lensconnect import (
    EVENT_CHAT_REHYDRATED,
    HttpRequest,
    ParticipantToken,
    new_send_message,
)
from lensconnect.emulator import Options

from ..helpers.harness import HOME, Harness

ASKED = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "Ada"}}

INVALID = (400, "ValidationException")


def start(harness: Harness, **more: Any) -> tuple[int, dict[str, Any]]:
    """A chat started as the neighbouring service starts one."""
    response = harness.handle(
        HttpRequest("PUT", f"{HOME.url}/contact/chat", (), json.dumps({**ASKED, **more}).encode())
    )
    return response.status, {"error": response.header("x-amzn-errortype"), **json.loads(response.body)}


def test_only_plain_text_is_enabled_by_default() -> None:
    harness = Harness()
    token = harness.connect(ParticipantToken(start(harness)[1]["ParticipantToken"]))
    assert harness.say(token, "plain")
    assert harness.error_of(new_send_message("text/markdown", "*x*", token)) == INVALID


def test_chat_rehydrated_is_pushed_when_the_customer_joins() -> None:
    harness = Harness()
    harness.say(harness.connect(), "before")
    past = {"RehydrationType": "ENTIRE_PAST_SESSION", "SourceContactId": harness.chat.contact_id}
    again = start(harness, PersistentChat=past)[1]
    harness.frames.clear()
    harness.connect(ParticipantToken(again["ParticipantToken"]))
    assert [frame.contact_id for frame in harness.frames if EVENT_CHAT_REHYDRATED in frame.text] == [
        again["ContactId"]
    ] * 2


def test_a_client_token_belongs_to_one_operation() -> None:
    harness = Harness()
    begun = start(harness)[1]
    body = {
        "InstanceId": "i",
        "ContactId": begun["ContactId"],
        "ClientToken": "t",
        "ParticipantDetails": {"ParticipantRole": "AGENT", "DisplayName": "x"},
    }
    harness.handle(HttpRequest("POST", f"{HOME.url}/contact/create-participant", (), json.dumps(body).encode()))
    assert start(harness, ClientToken=f"{begun['ContactId']} t")[0] == 200


def test_concurrent_chats_are_limited() -> None:
    harness = Harness(Options(concurrent_chats=2))
    assert start(harness, ClientToken="once")[0] == 200
    status, refused = start(harness)
    assert (status, refused["error"]) == (429, "LimitExceededException")
    assert start(harness, ClientToken="once")[0] == 200
    harness.emulator.stop_chat(harness.chat.contact_id)
    assert start(harness)[0] == 200


def test_chats_start_within_the_quota() -> None:
    harness = Harness(Options(quotas=True))
    assert [start(harness)[0] for _ in range(9)] == [200] * 8 + [429]
    assert start(harness)[1]["error"] == "TooManyRequestsException"
    harness.now += 0.2
    assert [start(harness)[0] for _ in range(2)] == [200, 429]
