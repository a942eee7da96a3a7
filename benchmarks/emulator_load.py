"""Measure the emulator under load: chats with a WebSocket on both sides, and all participants sending.

    10, 100 ... chats    one server for each size, run by `lensconnect emulator`; this process makes the load,
                         by `send` on an AsyncEnv and by `websockets`

All servers stay up and are loaded in turn, so that a ratio between sizes is taken within one round.  A
delay lasts from the call of `send` to the frame at the other participant's WebSocket, and includes the time
spent in this process.  A lost, duplicated or reordered message aborts the question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

from benchmarks.crowd import AT_ONCE, Crowd, Participant
from benchmarks.emulator_process import EmulatorProcess, allow_descriptors, running_emulator
from benchmarks.harness import FULL, QUICK, Effort, Reading, frozen, outcome, within

TITLE = "The emulator under load"
SPARE = 200


class Load(NamedTuple):
    """The sizes in chats, and the messages sent to each size in one round."""

    sizes: tuple[int, ...]
    messages: int


LOADS = {FULL: Load((10, 100, 300, 1000), 2000), QUICK: Load((10, 100), 400)}
SHARE = 0.2
"""The part of the usual rounds to take, since these rounds are long."""


class LoadedServer:
    """One server, its crowd, and the samples taken there."""

    def __init__(self, chats: int, server: EmulatorProcess) -> None:
        self.chats = chats
        self.name = f"{chats:,} chats"
        self.server = server
        self.crowd = Crowd(server.base_url)
        self.cpu: list[float] = []
        self.cpu_page_open: list[float] = []
        self.rate: list[float] = []
        self.memory: list[float] = []
        self.busy: list[float] = []
        self.alone: list[float] = []

    async def fill(self) -> None:
        """Start the chats; the first five pay for what a server allocates once."""
        await self.crowd.join(5)
        before = self.server.memory()
        await self.crowd.join(self.chats - 5)
        self.memory.append((self.server.memory() - before) / (self.chats - 5))

    async def round(self, messages: int) -> None:
        """Let all participants send concurrently, also with the agent's page open; then some of them one at a time."""
        crowd, senders = self.crowd, self.crowd.participants
        each = max(1, messages // len(senders))
        crowd.delays = self.busy
        cpu, seconds = await self._send(senders, each)
        self.cpu.append(cpu)
        self.rate.append(each * len(senders) / seconds)
        crowd.delays = []
        async with crowd.page_open():
            cpu, _ = await self._send(senders, each)
        self.cpu_page_open.append(cpu)
        crowd.delays = self.alone
        await crowd.send_messages(senders[:: len(senders) // 20], messages // 200, at_once=1)

    async def _send(self, senders: list[Participant], each: int) -> tuple[float, float]:
        """Return the CPU seconds of the server for one send, and the duration of all sends."""
        began = self.server.cpu()
        seconds = await self.crowd.send_messages(senders, each)
        return (self.server.cpu() - began) / each / len(senders), seconds


def outcomes(effort: Effort) -> Iterator[dict[str, Any]]:
    """Load every size and yield the outcomes."""
    load = LOADS[effort]
    allow_descriptors(2 * sum(load.sizes) + SPARE)
    with ExitStack() as servers:
        loaded = asyncio.run(_load(load, round(effort.rounds * SHARE), servers))
    smallest, largest = loaded[0].name, loaded[-1].name

    def reading(
        name: str, unit: str, attribute: str, *flat: float, tail: bool = False, note: str = ""
    ) -> dict[str, Any]:
        samples = {server.name: getattr(server, attribute) for server in loaded}
        aims = {smallest: within(*flat)} if flat else {}
        return outcome(Reading(name, samples, unit, largest, aims, tail, note))

    yield reading("CPU of the server for a send", "us", "cpu", 1.25)
    yield reading("CPU of the server for a send, the page open", "us", "cpu_page_open", 1.5)
    yield reading(f"sends in a second, {AT_ONCE} at a time", "/s", "rate")
    yield reading(f"delay of a message, {AT_ONCE} at a time", "ms", "busy", tail=True)
    yield reading("delay of a message, one at a time", "ms", "alone", tail=True)
    yield reading("memory of the server for a chat", "KiB", "memory", note="with few chats the fixed share is larger")


async def _load(load: Load, rounds: int, servers: ExitStack) -> list[LoadedServer]:
    loaded = [LoadedServer(chats, servers.enter_context(running_emulator())) for chats in load.sizes]
    for server in loaded:
        await server.fill()
    with frozen():
        for turn in range(rounds):
            at = turn % len(loaded)
            for server in loaded[at:] + loaded[:at]:
                await server.round(load.messages)
    for server in loaded:
        await server.crowd.check()
        await server.crowd.leave()
    return loaded
