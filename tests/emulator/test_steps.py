"""What the service does takes as many steps in a full house as in an empty one, and in a long chat as in a short one.

A step is one instruction of Python's machine, counted as it is carried out: no clock is looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from lensconnect import new_get_transcript, new_send_event, new_send_message

from .talk import Talk, described

TYPING = "application/vnd.amazonaws.connect.event.typing"


def steps(act: Callable[[], object]) -> int:
    """How many instructions it takes."""
    taken, before = 0, sys.gettrace()

    def count(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal taken
        frame.f_trace_opcodes = True
        taken += event == "opcode"
        return count

    sys.settrace(count)
    try:
        act()
    finally:
        sys.settrace(before)
    return taken


class House:
    """A service with one chat that is watched, which has a socket and some messages, and others."""

    def __init__(self, *, others: int = 0, messages: int = 1) -> None:
        self.talk = Talk()
        self.ear = self.talk.ear().subscribe()
        self.token = self.talk.connect()
        for _ in range(messages):
            self.talk.say(self.token, "before")
        for _ in range(others):
            chat = self.talk.emulator.start_chat()
            self.talk.ear(chat.agent_token).subscribe()
            self.talk.say(self.talk.connect(chat.participant_token), "elsewhere")

    def message(self) -> None:
        self.talk.raw(described(new_send_message("text/plain", "now", self.token)))

    def event(self) -> None:
        self.talk.raw(described(new_send_event(TYPING, self.token)))

    def page(self) -> None:
        self.talk.raw(described(new_get_transcript(self.token)))

    def heartbeat(self) -> None:
        self.talk.emulator.receive_frame(self.ear.id, '{"topic":"aws/heartbeat"}')

    def tick(self) -> None:
        self.talk.emulator.tick()


@pytest.mark.parametrize("act", [House.message, House.event, House.page, House.heartbeat, House.tick])
def test_a_full_house_or_a_long_chat_takes_no_more_steps(act: Callable[[House], None]) -> None:
    small, full, long = House(messages=20), House(messages=20, others=30), House(messages=400)
    for house in (small, full, long):
        steps(lambda: act(house))  # noqa: B023 - what is done once only is done, by the counter too
    assert steps(lambda: act(small)) == steps(lambda: act(full)) == steps(lambda: act(long))


def test_steps_are_counted() -> None:
    assert steps(lambda: None) < steps(lambda: [None for _ in range(10)]) < steps(lambda: [None for _ in range(20)])
