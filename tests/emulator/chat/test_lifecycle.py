"""Chats are isolated from each other."""

from __future__ import annotations

import pytest

from lensconnect import (
    new_get_transcript,
)

from ..helpers.harness import Harness


@pytest.mark.parametrize("other", ["start", "seed"])
def test_chats_are_isolated_from_each_other(other: str) -> None:
    harness = Harness()
    token = harness.connect()
    harness.say(token, "mine")
    stranger = harness.emulator.start_chat() if other == "start" else Harness().emulator.start_chat()
    assert stranger.participant_token != harness.chat.participant_token
    if other == "start":
        theirs = harness.connect(stranger.participant_token)
        contents = [item.content for item in harness.send(new_get_transcript(theirs)).unwrap().transcript or ()]
        assert contents == [None]
