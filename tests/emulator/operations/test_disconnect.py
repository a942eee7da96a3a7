"""DisconnectParticipant, and the chat after an agent leaves."""

from __future__ import annotations

from lensconnect import (
    new_disconnect_participant,
    new_get_transcript,
)
from lensconnect.emulator import Options

from ..helpers.harness import Harness

DENIED = (403, "AccessDeniedException")


def test_the_chat_continues_after_an_agent_leaves() -> None:
    harness = Harness()
    customer, agent = harness.connect(), harness.connect(harness.chat.agent_token)
    harness.send(new_disconnect_participant(agent)).unwrap()
    assert harness.error_of(new_get_transcript(agent)) == DENIED
    kinds = [item.content_type for item in harness.send(new_get_transcript(customer)).unwrap().transcript or ()]
    assert [(kind or "").rpartition(".")[2] for kind in kinds] == ["left", "joined", "joined"]


def test_an_agent_ends_the_chat_with_agent_ends_chat() -> None:
    harness = Harness(Options(agent_ends_chat=True))
    customer, agent = harness.connect(), harness.connect(harness.chat.agent_token)
    harness.send(new_disconnect_participant(agent)).unwrap()
    assert harness.error_of(new_get_transcript(customer)) == DENIED
