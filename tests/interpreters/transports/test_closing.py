"""Closing a transport, or its client, ends each call under way at once, with an outcome."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import aiohttp
import anyio
import httpx2
import pytest

from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import Outcome, post
from lensconnect.errors import TransportError
from lensconnect.interpreters.aiohttp import AiohttpTransport
from lensconnect.interpreters.contract import AsyncTransport
from lensconnect.interpreters.direct import AsyncDirectTransport
from lensconnect.interpreters.httpx2 import Httpx2Transport
from lensconnect.results import is_ok

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Opened: TypeAlias = tuple[AsyncTransport, Callable[[], Any]]
Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Opened]]


def own(make: Callable[..., Any]) -> Open:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        transport = make(max_connections=1)
        yield transport, transport.close

    return opened


@asynccontextmanager
async def over_a_session() -> AsyncIterator[Opened]:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
    yield AiohttpTransport(session), session.close


@asynccontextmanager
async def over_a_client() -> AsyncIterator[Opened]:
    client = httpx2.AsyncClient(limits=httpx2.Limits(max_connections=1))
    yield Httpx2Transport(client), client.aclose


WAYS: dict[str, tuple[str, Open]] = {
    "direct": ("asyncio", own(AsyncDirectTransport)),
    "aiohttp": ("asyncio", own(AiohttpTransport)),
    "aiohttp's session": ("asyncio", over_a_session),
    "httpx2 on asyncio": ("asyncio", own(Httpx2Transport)),
    "httpx2 on trio": ("trio", own(Httpx2Transport)),
    "httpx2's client": ("asyncio", over_a_client),
}


@pytest.mark.parametrize("way", WAYS)
def test_closing_fails_waiting_calls_unsent(way: str) -> None:
    loop, opened = WAYS[way]
    arrived, closed = threading.Event(), threading.Event()
    waiting: list[Outcome] = []

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        arrived.set()
        closed.wait(20.0)
        connection.send(OK)
        connection.hang()

    async def closing(url: str) -> Outcome:
        first: list[Outcome] = []

        async def ask(outcomes: list[Outcome]) -> None:
            outcomes.append(await transport(post(url), 10.0))

        async with opened() as (transport, close), anyio.create_task_group() as tasks:
            tasks.start_soon(ask, first)
            await anyio.to_thread.run_sync(arrived.wait)
            for _ in range(3):
                tasks.start_soon(ask, waiting)
            await anyio.wait_all_tasks_blocked()
            try:
                await close()
            finally:
                closed.set()
        return first[0]

    with PatientServer(script) as peer:
        first = anyio.run(closing, peer.url(), backend=loop)
        assert peer.connections == 1
    assert is_ok(first) or first.failure().sent == "maybe"
    errors = [outcome.failure() for outcome in waiting]
    assert [(error.kind, error.sent) for error in errors if isinstance(error, TransportError)] == [("closed", "no")] * 3
