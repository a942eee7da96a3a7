"""Quotas: a burst, then a rate; messages and events share one bucket."""

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

from ..helpers.harness import Harness, described

TYPING = "application/vnd.amazonaws.connect.event.typing"

START = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "Ada"}}


def statuses(harness: Harness, request: HttpRequest, times: int) -> list[int]:
    return [harness.handle(request).status for _ in range(times)]


def asked(token: ConnectionToken) -> list[tuple[Request[Reply], int, int]]:
    return [
        (new_send_message("text/plain", "x", token), 10, 15),
        (new_get_transcript(token), 8, 12),
        (new_get_attachment("a", token), 8, 12),
        (new_start_attachment_upload("text/plain", 1, "a.txt", "t", token), 2, 5),
        (new_complete_attachment_upload(("a",), "t", token), 2, 5),
    ]


@pytest.mark.parametrize("which", range(5))
def test_a_quota_allows_a_burst_and_then_a_rate(which: int) -> None:
    harness = Harness(Options(quotas=True, idempotency="off"))
    request, rate, burst = asked(harness.connect())[which]
    for allowed in (burst, rate, rate):
        found = statuses(harness, described(request), burst + 5)
        assert (found.count(429), set(found[allowed:])) == (burst + 5 - allowed, {429})
        harness.now += 1
    harness.now += 100
    assert statuses(harness, described(request), burst + 1).count(429) == 1


def test_messages_and_events_share_one_bucket() -> None:
    harness = Harness(Options(quotas=True))
    token, agent = harness.connect(), harness.connect(harness.chat.agent_token)
    assert statuses(harness, described(new_send_message("text/plain", "x", token)), 10) == [200] * 10
    assert statuses(harness, described(new_send_event(TYPING, agent)), 6) == [200] * 5 + [429]
    assert harness.error_of(new_send_message("text/plain", "x", token)) == (429, "ThrottlingException")


def test_start_chat_contact_has_a_quota() -> None:
    harness = Harness(Options(quotas=True))
    request = HttpRequest("PUT", "http://emulator.invalid/contact/chat", (), json.dumps(START).encode())
    assert statuses(harness, request, 9) == [200] * 8 + [429]
    assert harness.handle(request).header("x-amzn-errortype") == "TooManyRequestsException"


def test_quotas_are_off_by_default() -> None:
    harness = Harness()
    assert set(statuses(harness, described(new_get_transcript(harness.connect())), 100)) == {200}


def statuses_of(harness: Harness, *requests: Request[Reply]) -> list[int]:
    return [harness.handle(described(request)).status for request in requests]


def test_messages_and_events_share_a_quota() -> None:
    harness = Harness(Options(quotas=True))
    token = harness.connect()
    message, typing = new_send_message("text/plain", "x", token), new_send_event(TYPING, token)
    assert statuses_of(harness, *[message, typing] * 8) == [200] * 15 + [429]
    assert harness.error_of(typing) == (429, "ThrottlingException")
    assert statuses_of(harness, new_get_transcript(token)) == [200]
    harness.now += 0.1
    assert statuses_of(harness, message, message) == [200, 429]


@pytest.mark.parametrize("asked", [13, 100])
def test_no_request_is_throttled_without_quotas(asked: int) -> None:
    harness = Harness()
    token = harness.connect()
    assert set(statuses_of(harness, *[new_get_transcript(token)] * asked)) == {200}
    strict = Harness(Options(quotas=True))
    assert statuses_of(strict, *[new_get_transcript(strict.connect())] * asked).count(200) == 12
