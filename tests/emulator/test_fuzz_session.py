"""A hundred thousand requests and frames: no unexpected status, no exception, and no secret in a log."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections import Counter

import pytest

from lensconnect import HttpRequest
from lensconnect.emulator.operations import HANDLERS
from lensconnect.emulator.wire.routes import CONNECT_OPERATIONS

from .helpers.fuzz_session import FuzzSession
from .helpers.request_generator import SECRET_TEXT

STEPS = 1_000
FIXED_SEEDS = [f"2026 {number}" for number in range(60)]
"""Sessions that are the same in every run, so that their coverage can be asserted."""

FRESH_SEEDS = [str(random.randrange(2**32)) for _ in range(40)]
"""Sessions that are new in every run; a failure names its seed."""


@pytest.mark.slow
def test_a_hundred_thousand_requests_and_frames(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    fixed, fresh = run_sessions(FIXED_SEEDS), run_sessions(FRESH_SEEDS)
    assert (fixed + fresh).total() >= (len(FIXED_SEEDS) + len(FRESH_SEEDS)) * STEPS
    assert fixed["frame", 0] >= len(FIXED_SEEDS) * STEPS / 10
    statuses = {status for name, status in fixed if name != "frame"}
    assert statuses >= {200, 302, 400, 402, 403, 404, 405, 409, 410, 413, 429, 500}
    succeeded = {name for (name, status), times in fixed.items() if status == 200 and times >= 10}
    assert succeeded >= {request.__name__ for request in HANDLERS} | {*CONNECT_OPERATIONS} | {"Upload", "Download"}
    output = "".join(capfd.readouterr()) + caplog.text
    assert SECRET_TEXT not in output
    assert not re.search("[0-9a-f]{64}|Traceback", output)


def run_sessions(seeds: list[str]) -> Counter[tuple[str, int]]:
    """Return how often each operation had each status in sessions with these seeds."""
    return sum((run_session(FuzzSession(seed)) for seed in seeds), Counter())


def run_session(session: FuzzSession) -> Counter[tuple[str, int]]:
    """Run a session, check that the emulator still serves, and return its counts."""
    try:
        asyncio.run(session.run(STEPS))
        session.check_recovery()
    except BaseException as failure:
        request = session.last
        failure.add_note(f"FuzzSession({session.seed!r}) failed at {request!r}")
        if isinstance(request, HttpRequest):
            failure.add_note(f"{request.method} {request.url} {request.headers} {request.body[:2000]!r}")
        raise
    return session.counts
