"""ClientTokens: repeated requests return the first reply."""

from __future__ import annotations

from lensconnect import (
    new_send_message,
    send_message_client_token,
)
from lensconnect.emulator import Options

from ..helpers.harness import Harness

INVALID = (400, "ValidationException")


def test_a_repeated_client_token_posts_one_message() -> None:
    harness = Harness()
    token, agent = harness.connect(), harness.connect(harness.chat.agent_token)
    first = harness.say(token, "one", "t")
    harness.frames.clear()
    assert harness.say(token, "one", "t") == first
    assert harness.say(harness.connect(), "another body", "t") == first
    assert not harness.frames
    assert len({first, harness.say(token, "one", "u"), harness.say(agent, "one", "t"), harness.say(token, "one")}) == 4
    assert harness.say(token, "one", "") != harness.say(token, "one", "")
    assert len(harness.transcript(token)) == 2 + 6


def test_the_option_idempotency_refuses_or_ignores_repeats() -> None:
    harness = Harness(Options(idempotency="off"))
    token = harness.connect()
    assert harness.say(token, "one", "t") != harness.say(token, "one", "t")
    strict = Harness(Options(idempotency="refuse"))
    token = strict.connect()
    assert strict.say(token, "one", "t") == strict.say(token, "one", "t")
    other = send_message_client_token.put("t", new_send_message("text/plain", "two", token))
    assert strict.error_of(other) == INVALID


def test_an_error_is_not_stored() -> None:
    harness = Harness()
    token = harness.connect()
    wrong = send_message_client_token.put("t", new_send_message("image/png", "x", token))
    assert harness.error_of(wrong) == INVALID
    assert harness.say(token, "x", "t")
