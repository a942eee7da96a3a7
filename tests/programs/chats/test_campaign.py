"""Simulated chats under seeded faults: everything arrives, once and in order.

The same tests find what is lost without catching up, without comparing, and with a wrong anchor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import NamedTuple

import pytest
from helpers.lanes import searched

import lensconnect as lc
from lensconnect.emulator import SocketFault
from lensconnect.emulator.chat.fault_plan import AnyFault
from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import SocketConnection, SocketDriver
from lensconnect.live import orders
from lensconnect.live.delivery import Confirmation, ItemDelivery
from lensconnect.live.transcript import items_of, place_of
from lensconnect.programs.chats import performing
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result, Success
from lensconnect.testing.faults import SocketDriverFault, handshake_refused, healthy, slow_opening
from lensconnect.testing.simulate import Simulation
from lensconnect.types.item import Item
from programs.chats.helpers.campaign import (
    Heard,
    OtherSide,
    Pace,
    check,
    conversation,
    missing,
    random_faults,
)

PACE = Pace(gap=12.0, calm=40.0, limit=90.0)
OPTIONS = lc.LIVE & lc.live_options_reconcile.set(60.0) & lc.live_options_socket_seconds.set(150.0)
TEXTS = tuple(f"Message {number} — été" for number in range(4))
STORM = 110.0
"""Seconds until the faults end."""


def opening_faults(random: Random, wait: Callable[[float], object], calm: Sequence[bool]) -> SocketDriverFault:
    """Make some openings slow, too slow, or refused, until it is calm."""

    def fault(driver: SocketDriver) -> SocketDriver:
        def open_socket(opening: OpenSocket, /) -> Result[SocketConnection, TransportError | ServiceError]:
            faults = (healthy, healthy, slow_opening(2.0, wait), slow_opening(12.0, wait), handshake_refused(403))
            return (healthy if calm else random.choice(faults))(driver)(opening)

        return open_socket

    return fault


class Simulated(NamedTuple):
    """One simulated chat: what was heard, what the service has stored, and the trace."""

    heard: Heard
    stored: tuple[Item, ...]
    trace: list[str]


def simulated(
    seed: int,
    options: lc.LiveOptions = OPTIONS,
    faults: Sequence[AnyFault] | None = None,
    *,
    asynchronous: bool = False,
) -> Simulated:
    """Run one simulated chat, under random faults or these."""
    random = Random(seed)
    calm: list[bool] = []
    fault = opening_faults(Random(seed), lambda seconds: simulation.sleep(seconds), calm) if seed % 2 else healthy
    simulation = Simulation(seed, socket_fault=fault)
    other = OtherSide(simulation.service, simulation.service.start_chat())
    simulation.service.plan(*(random_faults(random, delay=12.0) if faults is None else faults))
    for _ in range(8):
        simulation.at(random.uniform(0, STORM), partial(other.say, random.randint(1, 4)))
    simulation.at(STORM, lambda: (simulation.service.clear_faults(), calm.append(True)))
    program = conversation(other, TEXTS, PACE, options, lambda: bool(calm))

    async def run() -> lc.IOResult[Heard, lc.Error]:
        return await program(simulation.async_env)

    heard = lc.or_raise(asyncio.run(run()) if asynchronous else program(simulation.env))
    return Simulated(heard, other.items(), simulation.trace)


THOUSANDS = range(1000, 11_000, 1000)
"""The first seeds of ten thousand chats, in parts that several processes can share."""


@pytest.mark.parametrize("first", [0, *(pytest.param(first, marks=pytest.mark.slow) for first in THOUSANDS)])
def test_a_simulated_chat_under_faults_loses_nothing(first: int) -> None:
    chats = 1000 if first else 100
    losses = late = 0
    for seed in range(first, first + chats):
        heard, stored, _ = simulated(seed)
        check(heard, stored, TEXTS)
        losses += sum(isinstance(note, lc.ConnectionLost) for note in heard.notes)
        late += sum(note.late for note in heard.received)
    assert losses > chats / 2
    assert late > 0


@searched("chats", fast=10, slow=300)
def test_a_chat_has_one_trace_in_both_simulations(chats: int) -> None:
    for seed in range(chats):
        assert simulated(seed).trace == simulated(seed, asynchronous=True).trace


DROPPED = (SocketFault("drop", topic="aws/chat", probability=0.1),)
LONG_SOCKET = OPTIONS & lc.live_options_socket_seconds.set(3540.0)


def _chats_with_a_loss(options: lc.LiveOptions = LONG_SOCKET) -> int:
    return sum(bool(missing(*simulated(seed, options, DROPPED)[:2])) for seed in range(20))


def test_the_faults_of_the_next_tests_lose_nothing_for_the_library() -> None:
    assert _chats_with_a_loss() == 0


def test_the_campaign_finds_what_is_lost_without_catching_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask_page(*_: object) -> lc.Steps[Result[orders.PageFound, lc.Error]]:
        return Success(orders.PageFound((), None, None))
        yield

    monkeypatch.setattr(performing, "_ask_page", ask_page)
    assert _chats_with_a_loss() > 5


def test_the_campaign_finds_what_is_lost_without_comparing() -> None:
    assert _chats_with_a_loss(LONG_SOCKET & lc.live_options_reconcile.set(None)) > 5


def test_the_campaign_finds_what_is_lost_after_the_last_item_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(delivery: ItemDelivery) -> Confirmation | None:
        seen = items_of(delivery.transcript)
        if not seen:
            return delivery.anchor
        assert seen[-1].id is not None
        assert seen[-1].absolute_time is not None
        return Confirmation(seen[-1].id, seen[-1].absolute_time, place_of(seen[-1]))

    monkeypatch.setattr(ItemDelivery, "start", property(start))
    assert _chats_with_a_loss() > 5
