"""Measure what receiving takes: from the socket to the notification, with one chat and with many; and an idle chat's memory.

poll + recv      a plain socket: bytes, and nothing that reads them
sans-IO          `websockets.client.ClientProtocol` on a plain socket: frames, nothing that reads their text
websockets       `websockets.asyncio.client.connect` and a bare loop over its frames
held 0.2 s       ours with the default `settle`: a second wait for each item, which is put in order with others meanwhile

A peer in another process, on the core of this one, sends frames of some 300 bytes.  Paced means one in a millisecond,
so that each is waited for; in a burst all are there at once.  The clock is the CPU time of this process.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import process_time
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.uri import parse_uri

from benchmarks.emulator_process import allow_descriptors, running_emulator
from benchmarks.harness import (
    FULL,
    OURS,
    QUICK,
    ROOT,
    Aim,
    Case,
    Effort,
    Reading,
    Sample,
    Side,
    measure,
    outcome,
    within,
)
from benchmarks.live_peer import FRAME_LENGTH, Order, running
from lensconnect import (
    LIVE,
    AsyncEnv,
    Chat,
    HttpRequest,
    HttpResponse,
    LiveOptions,
    ParticipantToken,
    Result,
    Steps,
    Success,
    live_options_heartbeat,
    live_options_settle,
    new_async_env,
    new_env,
    notifications,
    open_chat,
    or_raise,
    program,
    receive,
)

TITLE = "Receiving, CPU of the client for each frame"
FRAMES_IN_A_SECOND = 10_000
"""The frames of one sample for each second of CPU that a sample of a statement takes."""
PACE: Final = 0.001
AT_ONCE: Final = LIVE & live_options_settle.set(0.0)
SYNC_AIM, ASYNC_AIM = within(1.8), within(1.2)
QUIET: Final = AT_ONCE & live_options_heartbeat.set(3600.0)
CHATS: Final = {FULL: (100, 2_000), QUICK: (20, 200)}
SPARE: Final = 200
MOST_MEMORY: Final = 20 * 1024
"""Bytes."""


class Feed:
    """A side that receives frames from the peer: `receive` takes `frames` of them from the WebSocket `path`."""

    def __init__(self, order: Order, path: str, interval: float, receive: Callable[[int], object]) -> None:
        self.order, self.path, self.interval, self.receive = order, path, interval, receive

    def sampler(self, seconds: float, /) -> Sample:
        frames = round(seconds * FRAMES_IN_A_SECOND)
        self.sample(frames)
        return lambda: self.sample(frames)

    def sample(self, frames: int) -> float:
        self.order(self.path, frames, self.interval)
        began = process_time()
        self.receive(frames)
        return (process_time() - began) / frames


# --- ours


def reply_of_the_service(url: str) -> HttpResponse:
    """Return a reply to CreateParticipantConnection and GetTranscript alike."""
    body = {
        "Websocket": {"Url": url, "ConnectionExpiry": "2026-11-03T11:00:00.000Z"},
        "ConnectionCredentials": {"ConnectionToken": "t", "Expiry": "2026-11-04T10:00:00.000Z"},
        "InitialContactId": "c-1",
        "Transcript": [],
        "NextToken": "",
    }
    return HttpResponse(200, (), json.dumps(body).encode())


@program
def receive_many(chat: Chat, count: int) -> Steps[None]:
    for _ in range(count):
        yield from receive(chat)


def sync_chat(stack: ExitStack, url: str, options: LiveOptions) -> Callable[[int], object]:
    reply: Result[HttpResponse, Any] = Success(reply_of_the_service(url))
    env = stack.enter_context(new_env(endpoint_url="https://chat.invalid", transport=lambda _, __: reply))
    chat = or_raise(open_chat(ParticipantToken("p"), options=options)(env))
    return lambda count: or_raise(receive_many(chat, count)(env))


def async_env(url: str) -> AsyncEnv:
    async def transport(_: HttpRequest, __: float) -> Result[HttpResponse, Any]:
        return Success(reply_of_the_service(url))

    return new_async_env(endpoint_url="https://chat.invalid", transport=transport)


def async_chat(stack: ExitStack, runner: asyncio.Runner, url: str, options: LiveOptions) -> Callable[[int], object]:
    env = async_env(url)
    stack.callback(lambda: runner.run(env.close()))

    async def open_it() -> Chat:
        return or_raise(await open_chat(ParticipantToken("p"), options=options)(env))

    async def take(chat: Chat, count: int) -> None:
        or_raise(await receive_many(chat, count)(env))

    chat = runner.run(open_it())
    return lambda count: runner.run(take(chat, count))


# --- rivals


class PlainSocket:
    """A socket on which a WebSocket was opened by hand; waits with `poll` for each `recv`."""

    def __init__(self, stack: ExitStack, url: str) -> None:
        parts = urlsplit(url)
        self.socket = stack.enter_context(socket.create_connection((parts.hostname, parts.port)))
        key = base64.b64encode(os.urandom(16)).decode()
        head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.socket.sendall(f"{head}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        assert self.socket.recv(4096).startswith(b"HTTP/1.1 101 ")
        self.socket.setblocking(False)
        self.poll = select.poll()
        self.poll.register(self.socket, select.POLLIN)

    def receive(self, count: int) -> None:
        left, poll, read = count * FRAME_LENGTH, self.poll.poll, self.socket.recv
        while left:
            poll(10_000)
            left -= len(read(65536))


class SansIo(PlainSocket):
    """`websockets` without I/O, on that socket."""

    def __init__(self, stack: ExitStack, url: str) -> None:
        super().__init__(stack, url)
        self.protocol = ClientProtocol(parse_uri(url))
        self.protocol.state = self.protocol.state.OPEN
        self.protocol.parser = self.protocol.parse()  # after the handshake
        next(self.protocol.parser)

    def receive(self, count: int) -> None:
        left, protocol = count, self.protocol
        while left:
            self.poll.poll(10_000)
            protocol.receive_data(self.socket.recv(65536))
            for event in protocol.events_received():
                assert isinstance(event, Frame)
                str(event.data, "utf-8")
                left -= 1


def bare_loop(stack: ExitStack, runner: asyncio.Runner, url: str) -> Callable[[int], object]:
    async def take(connection: ClientConnection, count: int) -> None:
        for _ in range(count):
            await connection.recv()

    async def open_it() -> ClientConnection:
        return await connect(url, compression=None, ping_interval=None, proxy=None)

    connection = runner.run(open_it())
    stack.callback(lambda: runner.run(connection.close()))
    return lambda count: runner.run(take(connection, count))


# --- many chats


class Crowd:
    """Chats of one environment, each with a task that receives."""

    def __init__(self, runner: asyncio.Runner, url: str, chats: int) -> None:
        self.runner = runner
        self.left = 0
        self.arrived = asyncio.Event()
        self.env = async_env(url)
        self.tasks = [runner.get_loop().create_task(self.listen(runner.run(self.open()))) for _ in range(chats)]

    async def open(self) -> Chat:
        return or_raise(await open_chat(ParticipantToken("p"), options=QUIET)(self.env))

    async def listen(self, chat: Chat) -> None:
        async for _ in notifications(chat)(self.env):
            self.left -= 1
            if not self.left:
                self.arrived.set()

    def receive(self, count: int) -> None:
        self.left += count
        self.runner.run(self.until_received())

    async def until_received(self) -> None:
        while self.left:
            self.arrived.clear()
            await self.arrived.wait()

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.wait(self.tasks)
        await self.env.close()


def many_chats(stack: ExitStack, sizes: tuple[int, ...]) -> Case:
    url, order = stack.enter_context(running())
    runner = stack.enter_context(asyncio.Runner())
    sides: dict[str, Side] = {}
    for chats in sizes:
        crowd = Crowd(runner, f"{url}/{chats}", chats)
        stack.callback(lambda crowd=crowd: runner.run(crowd.close()))
        sides[f"{chats:,} chats"] = Feed(order, f"/{chats}", PACE, crowd.receive)
    fewest, *_, most = sides
    return Case("receive on asyncio, paced, many chats", sides, {fewest: within(1.25)}, share=1 / 2, ours=most)


def memory(chats: int) -> dict[str, Any]:
    """Return the resident memory of an idle chat; the aim is 20 KiB with a `receive` that waits."""
    with running_emulator() as emulator:
        command = [sys.executable, "-m", "benchmarks.idle_chats", emulator.base_url, str(chats)]
        taken = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    samples: dict[str, list[float]] = {"open": [taken[0]], "receiving": [taken[1]], "aim": [MOST_MEMORY]}
    name = f"memory of an idle chat, {chats:,} in one AsyncEnv"
    return outcome(Reading(name, samples, "KiB", "receiving", {"aim": within(1.0)}, note="no TLS"))


# --- cases


def one_chat(stack: ExitStack) -> Iterator[Case]:
    url, order = stack.enter_context(running())
    runner = stack.enter_context(asyncio.Runner())
    sync_sides = {
        OURS: sync_chat(stack, f"{url}/sync", AT_ONCE),
        "poll + recv": PlainSocket(stack, f"{url}/plain").receive,
        "sans-IO": SansIo(stack, f"{url}/sansio").receive,
        "held 0.2 s": sync_chat(stack, f"{url}/held", LIVE),
    }
    paths = dict(zip(sync_sides, ("/sync", "/plain", "/sansio", "/held"), strict=True))

    def case(name: str, interval: float, sides: dict[str, Callable[[int], object]], aims: dict[str, Aim]) -> Case:
        feeds: dict[str, Side] = {side: Feed(order, paths[side], interval, receive) for side, receive in sides.items()}
        return Case(name, feeds, aims, share=1 / 2)

    yield case("receive, paced", PACE, sync_sides, {"poll + recv": SYNC_AIM, "sans-IO": within()})
    yield case("receive, in a burst", 0, sync_sides, {"poll + recv": within(), "sans-IO": within()})
    async_sides = {
        OURS: async_chat(stack, runner, f"{url}/async", AT_ONCE),
        "websockets": bare_loop(stack, runner, f"{url}/websockets"),
        "held 0.2 s": async_chat(stack, runner, f"{url}/async_held", LIVE),
    }
    paths = dict(zip(async_sides, ("/async", "/websockets", "/async_held"), strict=True))
    yield case("receive on asyncio, paced", PACE, async_sides, {"websockets": ASYNC_AIM})
    yield case("receive on asyncio, in a burst", 0, async_sides, {"websockets": within()})


def outcomes(effort: Effort) -> Iterator[dict[str, Any]]:
    """Measure one chat, then many."""
    most = CHATS[effort][-1]
    allow_descriptors(4 * most + SPARE)
    with ExitStack() as stack:
        for case in one_chat(stack):
            yield measure(case, effort)
    with ExitStack() as stack:
        yield measure(many_chats(stack, CHATS[effort]), effort)
    yield memory(most)
