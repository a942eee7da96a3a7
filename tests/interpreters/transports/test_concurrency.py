"""Many callers share few connections; each gets its own reply or an error."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from random import Random

import anyio
import anyio.lowlevel
import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import Outcome
from lensconnect.http import HttpRequest
from lensconnect.interpreters.aiohttp import AiohttpTransport
from lensconnect.interpreters.contract import AsyncTransport
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.interpreters.httpx2 import Httpx2Transport


def echo(connection: ServerConnection) -> None:
    """Answer each request with its body, in two pieces; stray bytes follow each seventh reply."""
    while True:
        body = connection.read_body()
        stray = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray" if int(body) % 7 == 0 else b""
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body + stray)


def ask(peer: PatientServer, number: int) -> HttpRequest:
    """Return a request whose reply is unique."""
    return HttpRequest("POST", peer.url(), (), b"%d" % number)


def is_own_reply(outcome: Outcome, number: int) -> bool:
    """Return whether the request succeeded; raise if the reply is another request's."""
    if outcome.map(lambda reply: reply.body).value_or(b"%d" % number) != b"%d" % number:
        raise AssertionError(f"{number} got another's answer")
    return outcome.map(lambda _: True).value_or(False)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_32_threads(secure: bool) -> None:
    with (
        PatientServer(echo, serving() if secure else None) as peer,
        DirectTransport(ssl_context=trusting(), max_connections=8) as call,
        ThreadPoolExecutor(32) as pool,
    ):
        answered = pool.map(lambda number: is_own_reply(call(ask(peer, number), 20.0), number), range(640))
        assert sum(answered) > 600


Make = Callable[[], AbstractAsyncContextManager[AsyncTransport]]
"""Makes a transport with at most 16 connections."""


def direct() -> AsyncDirectTransport:
    return AsyncDirectTransport(ssl_context=trusting(), max_connections=16)


def over_aiohttp() -> AiohttpTransport:
    return AiohttpTransport(ssl_context=trusting(), max_connections=16)


def over_httpx2() -> Httpx2Transport:
    return Httpx2Transport(ssl_context=trusting(), max_connections=16)


async def call_and_cancel(make: Make, peer: PatientServer, seed: int) -> None:
    """Run 1,000 concurrent calls and cancel 300 of them at random moments, on the running loop."""
    chance = Random(seed)
    cancelled = set(chance.sample(range(1000), 300))
    scopes = [anyio.CancelScope() for _ in range(1000)]
    answered: list[bool] = []

    async def one(number: int) -> None:
        with scopes[number]:
            answered.append(is_own_reply(await call(ask(peer, number), 30.0), number))

    async with make() as call:
        async with anyio.create_task_group() as tasks:
            for number in range(1000):
                tasks.start_soon(one, number)
            for number in chance.sample(sorted(cancelled), 300):
                for _ in range(chance.randrange(4)):
                    await anyio.lowlevel.checkpoint()
                scopes[number].cancel()
        assert {number for number in range(1000) if scopes[number].cancelled_caught} <= cancelled
        assert sum(answered) > 650
        assert is_own_reply(await call(ask(peer, 1001), 30.0), 1001)


LOOPS: dict[str, tuple[str, Make]] = {
    "direct": ("asyncio", direct),
    "aiohttp": ("asyncio", over_aiohttp),
    "httpx2 on asyncio": ("asyncio", over_httpx2),
    "httpx2 on trio": ("trio", over_httpx2),
}


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("where", LOOPS)
def test_1000_tasks_of_which_300_are_cancelled(where: str, secure: bool, seed: int) -> None:
    loop, make = LOOPS[where]
    with PatientServer(echo, serving() if secure else None) as peer:
        anyio.run(call_and_cancel, make, peer, seed, backend=loop)
