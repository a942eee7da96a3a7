"""Run programs at once in one environment, on threads, on asyncio, or on trio; nothing may be left of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import trio

import lensconnect as lc

__all__ = ["RUNTIMES", "RunAll", "live_tables"]

RunAll: TypeAlias = Callable[[Sequence[lc.Program[Any, lc.Error]], str], list[Any]]
"""From programs and the URL of a service to the values of the programs, in order."""


def live_tables(env: lc.Env | lc.AsyncEnv) -> tuple[int, int]:
    """Return how many chats and WebSockets an environment holds."""
    tables = env.handle.live
    return len(tables._chats), len(tables._connections)


def _on_threads(programs: Sequence[lc.Program[Any, lc.Error]], url: str) -> list[Any]:
    with lc.new_env(endpoint_url=url) as env:
        with ThreadPoolExecutor(len(programs)) as pool:
            found = [lc.or_raise(outcome) for outcome in pool.map(lambda program: program(env), programs)]
        assert live_tables(env) == (0, 0)
    return found


def _on_asyncio(programs: Sequence[lc.Program[Any, lc.Error]], url: str) -> list[Any]:
    async def run() -> list[Any]:
        async with lc.new_async_env(endpoint_url=url) as env:
            outcomes = await asyncio.gather(*(program(env) for program in programs))
            assert live_tables(env) == (0, 0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return [lc.or_raise(outcome) for outcome in outcomes]

    return asyncio.run(run())


def _on_trio(programs: Sequence[lc.Program[Any, lc.Error]], url: str) -> list[Any]:
    async def run() -> list[Any]:
        outcomes: dict[int, Any] = {}
        async with lc.new_async_env(endpoint_url=url, transport="httpx2") as env:

            async def run_one(number: int) -> None:
                outcomes[number] = await programs[number](env)

            async with trio.open_nursery() as nursery:
                for number in range(len(programs)):
                    nursery.start_soon(run_one, number)
            assert live_tables(env) == (0, 0)
        return [lc.or_raise(outcomes[number]) for number in range(len(programs))]

    return trio.run(run)


RUNTIMES: dict[str, RunAll] = {"sync": _on_threads, "asyncio": _on_asyncio, "trio": _on_trio}
