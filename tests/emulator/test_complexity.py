"""An operation takes as many instructions among many chats as among few, and in a long chat as in a short one."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from lensconnect import new_get_transcript, new_send_event, new_send_message

from .helpers.harness import Harness, described

TYPING = "application/vnd.amazonaws.connect.event.typing"


def instructions_of(act: Callable[[], object]) -> int:
    """Return how many bytecode instructions a call takes; none of those that the collector runs meanwhile."""
    taken, before = 0, sys.gettrace()

    def count(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal taken
        frame.f_trace_opcodes = True
        taken += event == "opcode"
        return count

    gc.disable()
    sys.settrace(count)
    try:
        act()
    finally:
        sys.settrace(before)
        gc.enable()
    return taken


class House:
    """A service with other chats, and one chat with a WebSocket and some messages, which is measured."""

    def __init__(self, *, others: int = 0, messages: int = 1) -> None:
        self.harness = Harness()
        self.client = self.harness.open_socket().subscribe()
        self.token = self.harness.connect()
        for _ in range(messages):
            self.harness.say(self.token, "before")
        for _ in range(others):
            chat = self.harness.emulator.start_chat()
            self.harness.open_socket(chat.agent_token).subscribe()
            self.harness.say(self.harness.connect(chat.participant_token), "elsewhere")

    def message(self) -> None:
        self.harness.handle(described(new_send_message("text/plain", "now", self.token)))

    def event(self) -> None:
        self.harness.handle(described(new_send_event(TYPING, self.token)))

    def page(self) -> None:
        self.harness.handle(described(new_get_transcript(self.token)))

    def heartbeat(self) -> None:
        self.harness.emulator.receive_frame(self.client.id, '{"topic":"aws/heartbeat"}')

    def tick(self) -> None:
        self.harness.emulator.tick()


@pytest.fixture(scope="module")
def houses() -> tuple[House, House, House]:
    """Return one with a short chat, one with other chats, and one with a long chat; each act happens in all three."""
    return House(messages=20), House(messages=20, others=30), House(messages=400)


@pytest.mark.parametrize("act", [House.message, House.event, House.page, House.heartbeat, House.tick])
def test_many_chats_or_a_long_chat_take_no_more_instructions(
    act: Callable[[House], None], houses: tuple[House, House, House]
) -> None:
    for house in houses:
        instructions_of(lambda: act(house))  # noqa: B023 - what is done once only is done, by the counter too
    small, full, long = (instructions_of(lambda: act(house)) for house in houses)  # noqa: B023
    assert small == full == long


def test_instructions_are_counted() -> None:
    assert (
        instructions_of(lambda: None)
        < instructions_of(lambda: [None for _ in range(10)])
        < instructions_of(lambda: [None for _ in range(20)])
    )
