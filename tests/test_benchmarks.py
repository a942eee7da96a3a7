"""Questions are measured, and the comparison of two trees prints a line for each case of a question."""

from __future__ import annotations

import subprocess
import sys

import pytest
from helpers.introspection import ROOT


@pytest.mark.slow
def test_a_tree_compared_with_itself_has_ratios_near_one() -> None:
    command = [sys.executable, "-m", "benchmarks.compare", str(ROOT), "optics", "--rounds=9", "--restarts=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["question", "before", "after", "ratio", "quartiles"]
    assert len(lines) == 6
    assert all(line.startswith("optics: ") and 0.3 < float(line.split()[-2]) < 3 for line in lines)


@pytest.mark.slow
def test_live_chats_are_measured_beside_bare_sockets_and_websockets() -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "live", "receive"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "not measured" not in done.stdout
    for row in (
        "live: frame to item                                  msgspec",
        "receive: receive, paced                              poll + recv",
        "receive: receive on asyncio, paced                   websockets",
        "receive: receive on asyncio, paced, many chats       20 chats",
        "receive: memory of an idle chat, 200 in one AsyncEnv receiving",
    ):
        assert row in done.stdout
