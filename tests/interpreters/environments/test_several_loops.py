"""One AsyncEnv over several event loops, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import anyio
import httpx2
import pytest
import uvloop

from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import post
from lensconnect.interpreters.aiohttp import AiohttpTransport
from lensconnect.interpreters.contract import AsyncTransport
from lensconnect.interpreters.direct import AsyncDirectTransport
from lensconnect.interpreters.httpx2 import Httpx2Transport
from lensconnect.results import is_ok

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Run = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]


def answer(connection: ServerConnection) -> None:
    """Answer each request."""
    while True:
        connection.read_request()
        connection.send(OK)


def wait_until_left(peer: PatientServer, still_open: int = 0) -> None:
    """Wait until the client has closed its connections."""
    end = time.monotonic() + 20.0
    while peer.closed_by_client < peer.connections - still_open:
        assert time.monotonic() < end, "a connection was left open"
        time.sleep(0.001)


def on_asyncio(function: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run on a new asyncio loop."""
    return asyncio.run(function())


def on_uvloop(function: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run on a new loop of uvloop."""
    return uvloop.run(function())


def on_trio(function: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run on trio."""
    return anyio.run(function, backend="trio")


OWN: dict[str, tuple[Callable[[], Any], Run]] = {
    "direct": (AsyncDirectTransport, on_asyncio),
    "direct on uvloop": (AsyncDirectTransport, on_uvloop),
    "aiohttp": (AiohttpTransport, on_asyncio),
    "httpx2": (Httpx2Transport, on_asyncio),
    "httpx2 on trio": (Httpx2Transport, on_trio),
}


@pytest.mark.parametrize("name", OWN)
def test_each_loop_has_its_own_client(name: str) -> None:
    """Each run succeeds over a connection of its own, which is closed when the run is over."""
    make, run = OWN[name]
    transport = make()

    async def twice() -> None:
        for _ in range(2):
            assert is_ok(await transport(post(peer.url()), 5.0))

    with PatientServer(answer) as peer:
        for number in range(1, 4):
            run(twice)
            assert peer.connections == number
            wait_until_left(peer)
        run(transport.close)


def test_a_loop_that_is_closed_without_its_shutdown() -> None:
    """The next loop closes the sockets of one that was closed without `shutdown_asyncgens`."""
    transport = AsyncDirectTransport()

    async def call() -> None:
        assert is_ok(await transport(post(peer.url()), 5.0))

    with PatientServer(answer) as peer:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(call())
        loop.close()
        asyncio.run(call())
        assert peer.connections == 2
        wait_until_left(peer, 1)


def test_two_loops_at_the_same_time() -> None:
    """A loop that is open keeps its connections while another one runs."""
    transport = AsyncDirectTransport()

    async def call() -> None:
        assert is_ok(await transport(post(peer.url()), 5.0))

    with PatientServer(answer) as peer, asyncio.Runner() as first, asyncio.Runner() as second:
        for _ in range(3):
            first.run(call())
            second.run(call())
        assert peer.connections == 2


async def _session() -> tuple[AsyncTransport, Callable[[], Any]]:
    session = aiohttp.ClientSession()
    return AiohttpTransport(session), session.close


async def _client() -> tuple[AsyncTransport, Callable[[], Any]]:
    client = httpx2.AsyncClient()
    return Httpx2Transport(client), client.aclose


@pytest.mark.parametrize("make", [_session, _client])
def test_a_given_client_belongs_to_its_loop(make: Callable[[], Any]) -> None:
    """On another loop than that of the given client every call fails as closed and unsent."""
    with PatientServer(answer) as peer, asyncio.Runner() as runner:
        transport, close = runner.run(make())

        async def call() -> Any:
            return await transport(post(peer.url()), 5.0)

        assert is_ok(runner.run(call()))
        for _ in range(2):
            error = asyncio.run(call()).failure()
            assert (error.kind, error.sent) == ("closed", "no")
        assert is_ok(runner.run(call()))
        runner.run(close())
