"""The repr of the state shows no token."""

from __future__ import annotations

from ..helpers.harness import Harness


def test_no_repr_shows_a_token() -> None:
    harness = Harness()
    token = harness.connect()
    secrets = [token, harness.chat.participant_token, harness.chat.agent_token, harness.chat.view_token]
    harness.say(token, "a secret of mine")
    shown = repr((harness.chat, harness.frames, harness.emulator, vars(harness.emulator)))
    assert not [secret for secret in [*secrets, "a secret of mine"] if secret in shown]
