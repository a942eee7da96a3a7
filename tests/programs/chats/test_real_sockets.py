"""Chats on real sockets under seeded faults, many at once: everything arrives, once and in order."""

from __future__ import annotations

import threading
from random import Random

import pytest
from helpers.lanes import searched

import lensconnect as lc
from lensconnect.emulator import Emulator, running
from programs.chats.helpers.campaign import OtherSide, Pace, check, conversation, random_faults
from programs.chats.helpers.runtimes import RUNTIMES

PACE = Pace(gap=0.2, calm=2.0, limit=60.0)
OPTIONS = lc.LiveOptions(
    heartbeat=0.8,
    settle=0.05,
    reconcile=1.0,
    socket_seconds=3.0,
    open_timeout=5.0,
    subscribe_timeout=1.5,
    backoff=lc.Backoff(first=0.1, longest=1.0),
)
TEXTS = tuple(f"Message {number} — été" for number in range(3))
AT_ONCE = 25


def run_at_once(runtime: str, chats: int, seed: int, storm: float) -> int:
    """Run so many chats at once, under faults for `storm` seconds; check each; return how many connections were lost."""
    random, calm = Random(seed), threading.Event()
    service = Emulator(seed=str(seed))
    others = [OtherSide(service, service.start_chat()) for _ in range(chats)]
    service.plan(*random_faults(random, delay=0.5))

    def speak() -> None:
        for _ in range(6):
            for other in others:
                other.say(random.randint(0, 3))
            if calm.wait(storm / 6):
                return
        service.clear_faults()
        calm.set()

    speaking = threading.Thread(target=speak)
    with running(service) as server:
        speaking.start()
        try:
            programs = [conversation(other, TEXTS, PACE, OPTIONS, calm.is_set) for other in others]
            found = RUNTIMES[runtime](programs, server.base_url)
        finally:
            calm.set()
            speaking.join()
    for other, heard in zip(others, found, strict=True):
        check(heard, other.items(), TEXTS, may_be_denied=True)
    return sum(isinstance(note, lc.ConnectionLost) for heard in found for note in heard.notes)


@searched("chats", fast=5, slow=200)
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_chat_on_real_sockets_under_faults_loses_nothing(runtime: str, chats: int) -> None:
    if chats < AT_ONCE:
        run_at_once(runtime, chats, chats, storm=1.0)
    else:
        assert sum(run_at_once(runtime, AT_ONCE, seed, storm=3.0) for seed in range(chats // AT_ONCE)) > 0
