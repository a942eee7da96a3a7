"""Idle timeouts: idle, returned, disconnected."""

from __future__ import annotations

from lensconnect import (
    new_get_transcript,
    new_send_event,
)
from lensconnect.emulator import Options

from ..helpers.idle_chat import IdleChat

TYPING = "application/vnd.amazonaws.connect.event.typing"

DENIED = (403, "AccessDeniedException")


def test_silence_makes_a_customer_idle_and_then_ends_the_chat() -> None:
    chat = IdleChat()
    assert chat.after(9.9) == []
    assert chat.after(0.1) == ["participant.idle"]
    assert chat.after(19.9) == []
    assert chat.after(0.1) == ["participant.autodisconnection", "participant.left", "chat.ended"]
    assert chat.harness.error_of(new_get_transcript(chat.token)) == DENIED


def test_one_leap_of_the_clock_has_the_same_effect() -> None:
    chat = IdleChat()
    kinds_seen = chat.after(1000)
    assert kinds_seen == ["participant.idle", "participant.autodisconnection", "participant.left", "chat.ended"]


def test_a_message_resets_the_timer_and_typing_does_not() -> None:
    chat = IdleChat()
    chat.after(9)
    chat.harness.say(chat.token, "still here")
    assert chat.after(9) == ["text/plain"]
    chat.harness.send(new_send_event(TYPING, chat.token)).unwrap()
    assert chat.after(1) == ["typing", "participant.idle"]
    chat.harness.say(chat.agent, "are you?")
    chat.after(19)
    chat.harness.say(chat.token, "yes")
    assert chat.after(9) == ["participant.returned", "text/plain"]
    assert chat.after(1) == ["participant.idle"]
    stored = [item.content_type for item in chat.harness.send(new_get_transcript(chat.token)).unwrap().transcript or ()]
    assert not [kind for kind in stored if "idle" in (kind or "") or "returned" in (kind or "")]


def test_a_disconnect_limit_alone_counts_from_the_start() -> None:
    chat = IdleChat(Options(agent_disconnect_seconds=30))
    assert chat.after(29.9) == []
    assert chat.after(0.1) == ["participant.autodisconnection", "participant.left", "chat.ended"]
