"""SendMessage: content types, limits and order."""

from __future__ import annotations

import pytest

from lensconnect import (
    new_send_message,
)
from lensconnect.emulator import Emulator, Options
from lensconnect.wire.limits import CLASSIC

from ..helpers.harness import Harness, connected, described

INVALID = (400, "ValidationException")


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\U0001f44b" * 4096, "\u2028"])
def test_any_text_is_kept_unchanged(text: str) -> None:
    harness = Harness()
    token = harness.connect()
    harness.say(token, text)
    assert harness.transcript(token)[0].content == text
    assert harness.pushed_items()[-1][1]["Content"] == text


def test_only_enabled_content_types_are_accepted() -> None:
    harness = Harness()
    chat = harness.emulator.start_chat(content_types=())
    token = harness.connect(chat.participant_token)
    assert harness.say(token, "plain")
    assert harness.error_of(new_send_message("text/markdown", "*x*", token)) == INVALID
    everything = harness.connect()
    harness.send(new_send_message("text/markdown", "*x*", everything)).unwrap()
    interactive = "application/vnd.amazonaws.connect.message.interactive"
    harness.send(new_send_message(interactive + ".response", "{}", everything)).unwrap()
    assert harness.error_of(new_send_message(interactive, "{}", everything)) == INVALID


def test_content_is_measured_in_bytes() -> None:
    harness = Harness()
    token = harness.connect()
    assert harness.say(token, "ü" * 8192)
    assert harness.error_of(new_send_message("text/plain", "ü" * 8193, token)) == INVALID


def test_classic_limits_can_be_chosen() -> None:
    harness = Harness(Options(limits=CLASSIC))
    token = harness.connect()
    assert harness.say(token, "ü" * 1024)
    assert harness.error_of(new_send_message("text/plain", "x" * 1025, token)) == INVALID
    harness.send(new_send_message("application/json", "x" * 12_000, token)).unwrap()


def test_a_frame_is_pushed_before_the_reply() -> None:
    order: list[str] = []
    emulator = Emulator(on_frame=lambda _: order.append("frame"))
    token = connected(emulator, emulator.start_chat().participant_token)
    order.clear()
    emulator.handle(described(new_send_message("text/plain", "x", token)))
    order.append("reply")
    assert order == ["frame", "frame", "reply"]
