"""The two event loops an `AsyncEnv` may run on, asyncio and trio: waiting, and running side by side.

Which one is running is asked when it matters, so one environment works on either.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from lensconnect.record import Record

T = TypeVar("T")

__all__ = ["LoopClock", "in_trio", "side_by_side", "sleep"]


def in_trio() -> bool:
    """Whether trio runs this code."""
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())


async def sleep(seconds: float) -> None:
    """Wait, letting others run."""
    if in_trio():
        await sys.modules["trio"].sleep(seconds)
    else:
        import asyncio  # whoever runs on it has it; `import lensconnect` is quick without

        await asyncio.sleep(seconds)


class LoopClock(Record, frozen=True):
    """The machine's time, and a wait that lets others run."""

    def now(self) -> float:
        """Seconds since some time before the program started."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> Awaitable[None]:
        """Wait, on whichever loop runs."""
        return sleep(seconds)


class Stopped(Exception):
    """Ends what runs side by side."""


async def side_by_side(
    starts: tuple[Callable[[], Awaitable[T]], ...], limit: int | None, is_last: Callable[[T], bool]
) -> list[T]:
    """Await all, at most `limit` at a time.  The first for which `is_last` holds ends it, alone in the
    list, and cancels the others; so does an exception, which goes on.
    """
    done: dict[int, T] = {}
    last: list[T] = []
    waiting = iter(enumerate(starts))

    async def work() -> None:
        for index, start in waiting:
            value = await start()
            if is_last(value):
                last.append(value)
                raise Stopped
            done[index] = value

    try:
        await (_trio_tasks if in_trio() else _asyncio_tasks)(work, min(limit or len(starts), len(starts)))
    except BaseExceptionGroup as group:
        raise_first_of(group)
    return last[:1] or [done[index] for index in range(len(starts))]


def raise_first_of(group: BaseExceptionGroup[BaseException]) -> None:
    """Raise the first exception that is not how a failure leaves; nothing where there is none."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            raise_first_of(cast("BaseExceptionGroup[BaseException]", error))
        elif not isinstance(error, Stopped):
            raise error


async def _asyncio_tasks(work: Callable[[], Any], workers: int) -> None:
    import asyncio  # as above

    async with asyncio.TaskGroup() as tasks:
        for _ in range(workers):
            tasks.create_task(work())


async def _trio_tasks(work: Callable[[], Any], workers: int) -> None:
    async with sys.modules["trio"].open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(work)
