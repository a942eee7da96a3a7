"""GetAuthenticationUrl and CancelParticipantAuthentication."""

from __future__ import annotations

from lensconnect import (
    new_cancel_participant_authentication,
    new_get_authentication_url,
)

from ..helpers.harness import Harness

INVALID = (400, "ValidationException")

HOME = "https://example.com/back"


def test_an_authentication_url_is_returned_once_within_a_minute() -> None:
    harness = Harness()
    token = harness.connect()
    request = new_get_authentication_url(harness.chat.session_id, HOME, token)
    assert harness.send(request).unwrap().authentication_url
    assert harness.error_of(request) == INVALID
    late = Harness()
    late.now += 60
    assert late.error_of(new_get_authentication_url(late.chat.session_id, HOME, late.connect())) == INVALID
    assert harness.error_of(new_get_authentication_url("x" * 36, HOME, token)) == INVALID
    assert harness.error_of(new_get_authentication_url("short", HOME, token)) == INVALID


def test_a_cancellation_may_be_repeated() -> None:
    harness = Harness()
    token = harness.connect()
    harness.frames.clear()
    for _ in range(2):
        harness.send(new_cancel_participant_authentication(harness.chat.session_id, token)).unwrap()
    assert sum("authentication.cancelled" in frame.text for frame in harness.frames) == 2
    assert harness.error_of(new_get_authentication_url(harness.chat.session_id, HOME, token)) == INVALID
    assert harness.error_of(new_cancel_participant_authentication("x" * 36, token)) == INVALID
