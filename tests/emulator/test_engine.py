"""The engine is deterministic: one seed makes two runs identical."""

from __future__ import annotations

from .helpers.harness import Harness


def test_a_seed_makes_runs_identical() -> None:
    def once() -> list[str]:
        harness = Harness()
        token = harness.connect()
        harness.say(token, "hello")
        return [frame.text for frame in harness.frames] + [token]

    assert once() == once()
