"""Measure one frame of 300 bytes over a WebSocket, CPU of the client, and the memory of an idle WebSocket.

many waiting      frames that have come already, as after a slow handler
one at a time     a frame is sent, and the next one is waited for, as in a chat: the system's calls are most of it
idle              resident memory of each of 300 open WebSockets, without TLS
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from websockets.asyncio.client import connect as connect_on_asyncio
from websockets.sync.client import connect

from benchmarks.harness import OURS, ROOT, Case, Effort, Reading, Sample, measure, outcome, within
from benchmarks.socket_peer import SIZE, running
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.interpreters.sockets.async_sockets import AsyncDirectSockets
from lensconnect.interpreters.sockets.sync_socket import DirectSockets
from lensconnect.programs.effects import OpenSocket

TITLE = "One frame of a WebSocket, and an idle WebSocket"
MEGABYTE = 1 << 20
_WAITING, _ONE_AT_A_TIME = 4000, 200
"""Frames of one sample; websockets parses up to a thousand at once, ahead of those that it returns."""
_IDLE = 300


class Repeated:
    """A side that calls a function many times."""

    def __init__(self, count: int, call: Callable[[], object]) -> None:
        self.count, self.call = count, call

    def sampler(self, seconds: float, /) -> Sample:  # noqa: ARG002
        return self.sample

    def sample(self) -> float:
        call, started = self.call, time.process_time()
        for _ in range(self.count):
            call()
        return (time.process_time() - started) / self.count


class Awaited:
    """A side that awaits a function many times."""

    def __init__(self, runner: asyncio.Runner, count: int, call: Callable[[], Awaitable[object]]) -> None:
        self.runner, self.count, self.call = runner, count, call

    def sampler(self, seconds: float, /) -> Sample:  # noqa: ARG002
        return lambda: self.runner.run(self.sample())

    async def sample(self) -> float:
        call, started = self.call, time.process_time()
        for _ in range(self.count):
            await call()
        return (time.process_time() - started) / self.count


def outcomes(effort: Effort) -> Iterator[dict[str, Any]]:
    with running() as url, asyncio.Runner() as runner, asyncio.Runner() as theirs, asyncio.Runner() as unlimited:
        yield from (measure(case, effort) for case in _cases(url, runner, theirs, unlimited))
        samples = {side: [_idle_memory(side, url) for _ in range(3)] for side in _OPENINGS}
        for ours, rival in (("sync", "websockets sync"), ("asyncio", "websockets asyncio")):
            reading = {name: samples[name] for name in (ours, rival)}
            yield outcome(Reading(f"idle, {ours}", reading, "KiB", ours, {rival: within(1.2)}))


def _cases(url: str, runner: asyncio.Runner, theirs: asyncio.Runner, unlimited: asyncio.Runner) -> Iterator[Case]:
    """Each side has a loop of its own: websockets reads ahead while its loop runs."""

    def ours(path: str) -> Any:
        return DirectSockets(DirectTransport())(OpenSocket(url + path, 10.0, MEGABYTE)).unwrap()

    async def ours_on_asyncio(path: str) -> Any:
        return (await AsyncDirectSockets(AsyncDirectTransport())(OpenSocket(url + path, 10.0, MEGABYTE))).unwrap()

    async def received(connection: Any) -> str:
        return (await connection.receive(10.0)).unwrap()

    async def theirs_on_asyncio(path: str) -> Any:
        return await connect_on_asyncio(url + path, compression=None)

    flood, their_flood = ours("/flood"), connect(f"{url}/flood", compression=None)
    assert len(flood.receive(10.0).unwrap()) == len(their_flood.recv()) == SIZE
    sides = {
        OURS: Repeated(_WAITING, lambda: flood.receive(10.0).unwrap()),
        "websockets": Repeated(_WAITING, lambda: their_flood.recv(10.0)),
    }
    yield Case("many waiting, sync", sides, {"websockets": within(1.0)})
    flood.close(1000)
    their_flood.close_socket()
    echo, their_echo = ours("/echo"), connect(f"{url}/echo", compression=None)
    sides = {
        OURS: Repeated(_ONE_AT_A_TIME, lambda: (echo.send("x", 10.0), echo.receive(10.0).unwrap())),
        "websockets": Repeated(_ONE_AT_A_TIME, lambda: (their_echo.send("x"), their_echo.recv(10.0))),
    }
    yield Case("one at a time, sync", sides, {"websockets": within(1.0)})
    echo.close(1000)
    their_echo.close_socket()

    aflood, their_aflood = runner.run(ours_on_asyncio("/flood")), theirs.run(theirs_on_asyncio("/flood"))
    unlimited_flood = unlimited.run(theirs_on_asyncio("/flood"))
    on_asyncio = {
        OURS: Awaited(runner, _WAITING, lambda: received(aflood)),
        "websockets": Awaited(theirs, _WAITING, lambda: asyncio.wait_for(their_aflood.recv(), 10.0)),
        "websockets, no time limit": Awaited(unlimited, _WAITING, unlimited_flood.recv),
    }
    aims = {"websockets": within(1.0), "websockets, no time limit": within()}
    yield Case("many waiting, asyncio", on_asyncio, aims)
    runner.run(aflood.close(1000))
    their_aflood.transport.abort()
    unlimited_flood.transport.abort()
    aecho, their_aecho = runner.run(ours_on_asyncio("/echo")), theirs.run(theirs_on_asyncio("/echo"))

    async def ask() -> None:
        await aecho.send("x", 10.0)
        await received(aecho)

    async def ask_them() -> None:
        await their_aecho.send("x")
        await asyncio.wait_for(their_aecho.recv(), 10.0)

    on_asyncio = {OURS: Awaited(runner, _ONE_AT_A_TIME, ask), "websockets": Awaited(theirs, _ONE_AT_A_TIME, ask_them)}
    yield Case("one at a time, asyncio", on_asyncio, {"websockets": within(1.0)})
    runner.run(aecho.close(1000))
    their_aecho.transport.abort()


_OPENINGS = {
    "sync": "opened.append(DirectSockets(transport)(OpenSocket(url, 10.0, 1 << 20)).unwrap())",
    "websockets sync": "opened.append(connect(url))",
    "asyncio": "opened.append((await AsyncDirectSockets(other)(OpenSocket(url, 10.0, 1 << 20))).unwrap())",
    "websockets asyncio": "opened.append(await connect_on_asyncio(url))",
}

_PROGRAM = """
import asyncio, gc, os
from benchmarks.sockets import *
opened, url = [], {url!r} + "/echo"
transport, other = DirectTransport(), AsyncDirectTransport()

def resident():
    gc.collect()
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Rss")) * 1024

async def main():
    for _ in range(20):
        {opening}
    before = resident()
    for _ in range({count}):
        {opening}
    print((resident() - before) / {count}, flush=True)
    os._exit(0)

asyncio.run(main())
"""


def _idle_memory(side: str, url: str) -> float:
    source = _PROGRAM.format(url=url, opening=_OPENINGS[side], count=_IDLE)
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)
