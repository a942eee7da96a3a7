"""Measure the CPU that concurrent calls on one event loop take in the client: 1, 32 and 256 at once.

aiobotocore   `send_message`, unsigned, no retries, with a pool of as many connections as there are concurrent calls
transport     the same HTTP request, described once in advance, through `AsyncDirectTransport`

aiobotocore pins an older botocore than the other questions measure.  `.ci/run` shows how to make an environment for
it; run `python -m benchmarks at_once` there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Final

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore import UNSIGNED

from benchmarks.harness import OURS, Batch, Case, Side, cheaper, within
from benchmarks.message import PARAMS, REQUEST, WHOLE
from benchmarks.server import running
from lensconnect import Endpoint, describe, new_async_env, or_raise, send
from lensconnect.interpreters.direct import AsyncDirectTransport

TITLE = "Concurrent calls on one event loop, CPU of the client for each"
AIMS: Final = {1: cheaper(4), 32: cheaper(5), 256: cheaper(5)}


def cases() -> Iterator[Case]:
    with running() as served, asyncio.Runner() as runner:
        for at_once, aim in AIMS.items():
            stack = AsyncExitStack()
            sides = runner.run(_open(stack, runner, served.url, at_once))
            yield Case(f"{at_once} at once", sides, {"aiobotocore": aim, "transport": within(1.4)}, share=1 / 2)
            runner.run(stack.aclose())


async def _open(stack: AsyncExitStack, runner: asyncio.Runner, url: str, at_once: int) -> dict[str, Side]:
    env = await stack.enter_async_context(new_async_env(endpoint_url=url, max_connections=at_once))
    transport = await stack.enter_async_context(AsyncDirectTransport(max_connections=at_once))
    config = AioConfig(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, max_pool_connections=at_once)
    created = get_session().create_client(
        "connectparticipant", region_name="eu-central-1", endpoint_url=url, config=config
    )
    client = await stack.enter_async_context(created)
    described = or_raise(describe(WHOLE, Endpoint(url)))
    assert or_raise(await send(REQUEST)(env)).id == (await client.send_message(**PARAMS))["Id"]
    assert (await transport(described, 60.0)).unwrap().status == 200
    return {
        OURS: Batch(runner, at_once, lambda: send(REQUEST)(env)),
        "aiobotocore": Batch(runner, at_once, lambda: client.send_message(**PARAMS)),
        "transport": Batch(runner, at_once, lambda: transport(described, 60.0)),
    }
