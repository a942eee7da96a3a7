"""What does the emulator bear: chats with a socket open on both sides, and everyone talking?

    10, 100 ... chats    each size at a server of its own, as `lensconnect emulator` runs; the load is in
                         this process, by `send` on an AsyncEnv and by `websockets`

All servers stay up and are talked to in turn, so that a ratio between sizes is of one round.  A delay
lasts from the call of `send` to the frame at the other side's socket, this process's share included.
A message that is lost, doubled or out of order ends the question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

from benchmarks.crowd import AT_ONCE, Crowd, Participant
from benchmarks.emulator_process import EmulatorProcess, allow_descriptors, emulating
from benchmarks.harness import FULL, QUICK, Effort, Reading, frozen, outcome, within

TITLE = "The emulator under load"
SPARE = 200


class Load(NamedTuple):
    """How much of it: sizes in chats, and messages in one round at each."""

    sizes: tuple[int, ...]
    messages: int


LOADS = {FULL: Load((10, 100, 300, 1000), 2000), QUICK: Load((10, 100), 400)}
SHARE = 0.2
"""Of the rounds to take, since these are long ones."""


class Slot:
    """One server and its crowd, and what is sampled there."""

    def __init__(self, chats: int, server: EmulatorProcess) -> None:
        self.chats = chats
        self.name = f"{chats:,} chats"
        self.server = server
        self.crowd = Crowd(server.base_url)
        self.cpu: list[float] = []
        self.cpu_watched: list[float] = []
        self.rate: list[float] = []
        self.memory: list[float] = []
        self.busy: list[float] = []
        self.alone: list[float] = []

    async def fill(self) -> None:
        """Bring the chats in; the first few bring what a server needs once."""
        await self.crowd.join(5)
        before = self.server.memory()
        await self.crowd.join(self.chats - 5)
        self.memory.append((self.server.memory() - before) / (self.chats - 5))

    async def round(self, messages: int) -> None:
        """Everyone talks, many at a time, also with the page open; then some of them, one at a time."""
        crowd, speakers = self.crowd, self.crowd.participants
        each = max(1, messages // len(speakers))
        crowd.delays = self.busy
        cpu, seconds = await self._talk(speakers, each)
        self.cpu.append(cpu)
        self.rate.append(each * len(speakers) / seconds)
        crowd.delays = []
        async with crowd.watched():
            cpu, _ = await self._talk(speakers, each)
        self.cpu_watched.append(cpu)
        crowd.delays = self.alone
        await crowd.talk(speakers[:: len(speakers) // 20], messages // 200, at_once=1)

    async def _talk(self, speakers: list[Participant], each: int) -> tuple[float, float]:
        """CPU seconds of the server for one send, and the seconds of them all."""
        began = self.server.cpu()
        seconds = await self.crowd.talk(speakers, each)
        return (self.server.cpu() - began) / each / len(speakers), seconds


def outcomes(effort: Effort) -> Iterator[dict[str, Any]]:
    """Load every size, and tell what was seen."""
    load = LOADS[effort]
    allow_descriptors(2 * sum(load.sizes) + SPARE)
    with ExitStack() as servers:
        places = asyncio.run(_loaded(load, round(effort.rounds * SHARE), servers))
    smallest, largest = places[0].name, places[-1].name

    def reading(name: str, unit: str, what: str, *flat: float, tail: bool = False, note: str = "") -> dict[str, Any]:
        samples = {place.name: getattr(place, what) for place in places}
        aims = {smallest: within(*flat)} if flat else {}
        return outcome(Reading(name, samples, unit, largest, aims, tail, note))

    yield reading("CPU of the server for a send", "us", "cpu", 1.25)
    yield reading("CPU of the server for a send, the page open", "us", "cpu_watched", 1.5)
    yield reading(f"sends in a second, {AT_ONCE} at a time", "/s", "rate")
    yield reading(f"delay of a message, {AT_ONCE} at a time", "ms", "busy", tail=True)
    yield reading("delay of a message, one at a time", "ms", "alone", tail=True)
    yield reading("memory of the server for a chat", "KiB", "memory", note="with few, what it takes anyway weighs more")


async def _loaded(load: Load, rounds: int, servers: ExitStack) -> list[Slot]:
    places = [Slot(chats, servers.enter_context(emulating())) for chats in load.sizes]
    for place in places:
        await place.fill()
    with frozen():
        for turn in range(rounds):
            at = turn % len(places)
            for place in places[at:] + places[:at]:
                await place.round(load.messages)
    for place in places:
        await place.crowd.check()
        await place.crowd.leave()
    return places
