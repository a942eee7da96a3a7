"""A hundred thousand requests and frames: nothing breaks that nobody asked to break, and nothing is said in a log."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import re
from collections import Counter

import pytest

from lensconnect import HttpRequest
from lensconnect.emulator.wire.routes import CONNECT_OPERATIONS
from lensconnect.operations import OPERATIONS

from .asking import SAID
from .storm import Storm

EPISODES = 100
STEPS = 1_000
SEED = 2026 if os.environ.get("CI") else random.randrange(2**32)


@pytest.mark.slow
def test_a_hundred_thousand_requests_and_frames(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    counts: Counter[tuple[str, int]] = Counter()
    for episode in range(EPISODES):
        counts += weathered(Storm(f"{SEED} {episode}"))
    answered = Counter(status for (name, status), times in counts.items() for _ in range(times) if name != "frame")
    frames = counts["frame", 0]
    assert answered.total() + frames >= EPISODES * STEPS
    assert frames >= EPISODES * STEPS / 10
    assert answered.keys() >= {200, 302, 400, 402, 403, 404, 405, 409, 410, 413, 429, 500}
    served = {name for (name, status), times in counts.items() if status == 200 and times >= 10}
    assert served >= {row.name for row in OPERATIONS} | {*CONNECT_OPERATIONS} | {"Upload", "Download"}
    said = "".join(capfd.readouterr()) + caplog.text
    assert SAID not in said
    assert not re.search("[0-9a-f]{64}|Traceback", said)


def weathered(storm: Storm) -> Counter[tuple[str, int]]:
    """What came of a storm, after which the emulator still serves."""
    try:
        asyncio.run(storm.blow(STEPS))
        storm.settle()
    except BaseException as broken:
        asked = storm.last
        broken.add_note(f"Storm({storm.seed!r}) broke at {asked!r}")
        if isinstance(asked, HttpRequest):
            broken.add_note(f"{asked.method} {asked.url} {asked.headers} {asked.body[:2000]!r}")
        raise
    return storm.counts
