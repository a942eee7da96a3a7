"""Measure the CPU that lensconnect adds to aiohttp: `send` over the adapter, with 1, 32 and 256 concurrent calls.

aiohttp       `session.post` of the same bytes and headers, and the body of the reply read: no client token, no
              checks, nothing described or decoded, no deadline; it keeps cookies and silently repeats a GET
transport     the same HTTP request through `AiohttpTransport`, which keeps no cookies and repeats nothing
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import AsyncExitStack

import aiohttp

from benchmarks.harness import OURS, Batch, Case, Side, within
from benchmarks.message import REQUEST, WHOLE
from benchmarks.server import running
from lensconnect import Endpoint, HttpRequest, describe, new_async_env, or_raise, send
from lensconnect.interpreters.aiohttp import AiohttpTransport

TITLE = "Calls over aiohttp, CPU of the client for each"


def cases() -> Iterator[Case]:
    with running() as served, asyncio.Runner() as runner:
        for at_once in (1, 32, 256):
            stack = AsyncExitStack()
            sides = runner.run(_open(stack, runner, served.url, at_once))
            yield Case(f"{at_once} at once", sides, {"aiohttp": within(1.7), "transport": within()}, share=1 / 2)
            runner.run(stack.aclose())


async def _open(stack: AsyncExitStack, runner: asyncio.Runner, url: str, at_once: int) -> dict[str, Side]:
    env = await stack.enter_async_context(new_async_env(endpoint_url=url, transport="aiohttp", max_connections=at_once))
    transport = await stack.enter_async_context(AiohttpTransport(max_connections=at_once))
    session = await open_session(stack, at_once)
    described = or_raise(describe(WHOLE, Endpoint(url)))
    assert or_raise(await send(REQUEST)(env)).http_status == await post(session, described) == 200
    assert (await transport(described, 60.0)).unwrap().status == 200
    return {
        OURS: Batch(runner, at_once, lambda: send(REQUEST)(env)),
        "aiohttp": Batch(runner, at_once, lambda: post(session, described)),
        "transport": Batch(runner, at_once, lambda: transport(described, 60.0)),
    }


async def open_session(
    stack: AsyncExitStack, at_once: int, context: ssl.SSLContext | None = None
) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=at_once, ssl=context or True)
    return await stack.enter_async_context(aiohttp.ClientSession(connector=connector))


async def post(session: aiohttp.ClientSession, request: HttpRequest) -> int:
    async with session.post(request.url, data=request.body, headers=request.headers, allow_redirects=False) as reply:
        await reply.read()
        return reply.status
