"""Measure the CPU that concurrent calls on one event loop take in the client: 1, 32 and 256 at once, and 32 over TLS.

aiobotocore   `send_message`, unsigned, no retries, with a pool of as many connections as there are concurrent calls
aiohttp       over TLS: `session.post` of the same bytes and headers, as in the question `adapter`
transport     the same HTTP request, described once in advance, through `AsyncDirectTransport`

A rival that is not installed is left out.  aiobotocore pins an older botocore than the other questions measure.
`.ci/run` shows how to make an environment for it; run `python -m benchmarks at_once` there.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from importlib.util import find_spec
from typing import Final

from benchmarks.harness import OURS, Aim, Batch, Case, cheaper, within
from benchmarks.message import PARAMS, REQUEST, WHOLE
from benchmarks.server import Served, running
from lensconnect import Endpoint, describe, new_async_env, or_raise, send
from lensconnect.interpreters.direct import AsyncDirectTransport

TITLE = "Concurrent calls on one event loop, CPU of the client for each"
AIMS: Final = {1: cheaper(4), 32: cheaper(5), 256: cheaper(5)}
TLS_AIM: Final = within(0.9)

Call = Callable[[], Awaitable[object]]


def cases() -> Iterator[Case]:
    with asyncio.Runner() as runner:
        with running() as served:
            for at_once, aim in AIMS.items():
                yield from _case(runner, f"{at_once} at once", served, at_once, {"aiobotocore": aim})
        if find_spec("trustme") is not None:
            with running(tls=True) as served:
                yield from _case(runner, "32 at once over TLS", served, 32, {"aiohttp": TLS_AIM})


def _case(runner: asyncio.Runner, name: str, served: Served, at_once: int, aims: dict[str, Aim]) -> Iterator[Case]:
    stack = AsyncExitStack()
    aims = {rival: aim for rival, aim in aims.items() if find_spec(rival) is not None}
    calls = runner.run(_open(stack, served, at_once, aims))
    sides = {side: Batch(runner, at_once, call) for side, call in calls.items()}
    yield Case(name, sides, {**aims, "transport": within(1.4)}, share=1 / 2)
    runner.run(stack.aclose())


async def _open(stack: AsyncExitStack, served: Served, at_once: int, rivals: dict[str, Aim]) -> dict[str, Call]:
    context = None if served.ca is None else ssl.create_default_context(cafile=served.ca)
    transport = await stack.enter_async_context(AsyncDirectTransport(ssl_context=context, max_connections=at_once))
    env = await stack.enter_async_context(new_async_env(endpoint_url=served.url, transport=transport))
    described = or_raise(describe(WHOLE, Endpoint(served.url)))
    assert or_raise(await send(REQUEST)(env)).http_status == (await transport(described, 60.0)).unwrap().status == 200
    calls: dict[str, Call] = {OURS: lambda: send(REQUEST)(env), "transport": lambda: transport(described, 60.0)}
    if "aiobotocore" in rivals:
        calls["aiobotocore"] = await _aiobotocore(stack, served.url, at_once)
    if "aiohttp" in rivals:
        from benchmarks.adapter import open_session, post  # here, since aiohttp may not be installed

        session = await open_session(stack, at_once, context)
        calls["aiohttp"] = lambda: post(session, described)
    return calls


async def _aiobotocore(stack: AsyncExitStack, url: str, at_once: int) -> Call:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session
    from botocore import UNSIGNED

    config = AioConfig(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, max_pool_connections=at_once)
    created = get_session().create_client(
        "connectparticipant", region_name="eu-central-1", endpoint_url=url, config=config
    )
    client = await stack.enter_async_context(created)
    return lambda: client.send_message(**PARAMS)
