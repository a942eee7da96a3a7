"""The event loops that an `AsyncEnv` runs on, asyncio and trio: waiting, and running side by side.

Which loop is running is asked at each call, so one environment works on either.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar, cast

from lensconnect.record import Record

T = TypeVar("T")


def in_trio() -> bool:
    """Return whether trio runs this code."""
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())


def require_asyncio() -> None:
    """Raise `RuntimeError` on trio."""
    if in_trio():
        raise RuntimeError("this transport runs on asyncio: on trio use transport='httpx2'")


def running_loop() -> object:
    """Return the asyncio loop, or the token of the trio run, that runs this code."""
    if in_trio():
        return sys.modules["trio"].lowlevel.current_trio_token()
    import asyncio  # a caller on its loop has imported it; `import lensconnect` is quick without it

    return asyncio.get_running_loop()


def _is_ended(loop: Any) -> bool:
    if hasattr(loop, "is_closed"):
        return bool(loop.is_closed())
    try:
        loop.run_sync_soon(int)  # any function; `int()` does nothing
    except sys.modules["trio"].RunFinishedError:
        return True
    return False


class PerLoop(Generic[T]):
    """One value for each event loop: made at its first use there, closed when that loop ends.

    `close` awaits what closing needs.  `abandon` closes a value whose loop was closed without that.

    Fact (Python's documentation of `asyncio.run` and `loop.shutdown_asyncgens`, trio's of asynchronous generators;
    observed with uvloop too): before a loop ends, it closes the asynchronous generators that were begun on it.  So a
    generator that waits there closes the value while its loop still runs.  A loop that its owner has only closed,
    without `shutdown_asyncgens`, does not.
    """

    def __init__(self, close: Callable[[T], Awaitable[object]], abandon: Callable[[T], object]) -> None:
        self._close, self._abandon = close, abandon
        self._by_loop: dict[object, tuple[T, AsyncGenerator[None]]] = {}

    async def get(self, make: Callable[[], T]) -> T:
        """Return the value of the running loop, made if there is none."""
        loop = running_loop()
        entry = self._by_loop.get(loop)
        if entry is None:
            self._abandon_ended()
            value = make()
            closing = _close_at_end(value, self._close)
            await anext(closing)
            entry = self._by_loop[loop] = value, closing
        return entry[0]

    def _abandon_ended(self) -> None:
        for loop in tuple(self._by_loop):
            if _is_ended(loop):
                self._abandon(self._by_loop.pop(loop)[0])

    async def close(self) -> None:
        """Close the values of the running loop and of ended ones; another loop that is open closes its own."""
        self._abandon_ended()
        entry = self._by_loop.pop(running_loop(), None)
        if entry is not None:
            await entry[1].aclose()


async def _close_at_end(value: T, close: Callable[[T], Awaitable[object]]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await close(value)


async def sleep(seconds: float) -> None:
    """Wait without blocking the loop."""
    if in_trio():
        await sys.modules["trio"].sleep(seconds)
    else:
        import asyncio  # a caller on its loop has imported it; `import lensconnect` is quick without it

        await asyncio.sleep(seconds)


class LoopEvent:
    """An event of the running loop that any thread may set."""

    def __init__(self) -> None:
        loop: Any = running_loop()
        self._loop = loop
        self._soon: Callable[[Callable[[], None]], object] = (
            loop.run_sync_soon if in_trio() else loop.call_soon_threadsafe
        )
        self._is_set = False
        self._waiting: Any = None

    def set(self) -> None:
        """Set it, and wake the task that waits; after the end of the loop it does nothing."""
        self._is_set = True
        try:
            self._soon(self._wake)
        except RuntimeError:
            if not _is_ended(self._loop):
                raise

    def _wake(self) -> None:
        if self._waiting is not None:
            self._waiting.set()

    def clear(self) -> None:
        """Unset it."""
        self._is_set = False

    async def wait(self, seconds: float) -> None:
        """Wait until it is set, at most so many seconds; one task at a time."""
        if self._is_set:
            return
        try:
            if in_trio():
                trio = sys.modules["trio"]
                self._waiting = trio.Event()
                with trio.move_on_after(seconds):
                    await self._waiting.wait()
            else:
                import asyncio  # as above

                self._waiting = asyncio.Event()
                with suppress(TimeoutError):
                    async with asyncio.timeout(None if seconds == math.inf else seconds):
                        await self._waiting.wait()
        finally:
            self._waiting = None


class LoopClock(Record, frozen=True):
    """The machine's monotonic clock, with a wait that does not block the loop."""

    def now(self) -> float:
        """Return seconds since an arbitrary time before the program started."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> Awaitable[None]:
        """Wait, on whichever loop runs."""
        return sleep(seconds)


class _Stopped(Exception):
    """Cancels the other tasks."""


async def run_side_by_side(
    starts: tuple[Callable[[], Awaitable[T]], ...], limit: int | None, is_last: Callable[[T], bool]
) -> list[T]:
    """Await all, at most `limit` at a time, and return their values in order.

    The first value for which `is_last` holds cancels the others and is returned alone.  The first exception
    cancels the others and is raised.
    """
    done: dict[int, T] = {}
    last: list[T] = []
    waiting = iter(enumerate(starts))

    async def work() -> None:
        for index, start in waiting:
            value = await start()
            if is_last(value):
                last.append(value)
                raise _Stopped
            done[index] = value

    try:
        await (_trio_tasks if in_trio() else _asyncio_tasks)(work, min(limit or len(starts), len(starts)))
    except BaseExceptionGroup as group:
        _raise_first(group)
    return last[:1] or [done[index] for index in range(len(starts))]


async def run_as_they_come(
    next_start: Callable[[], Awaitable[Callable[[], Awaitable[T]] | None]], limit: int, is_last: Callable[[T], bool]
) -> T | None:
    """Await what `next_start` gives, at most `limit` at a time beside `next_start` itself, until it gives None.

    The first value for which `is_last` holds cancels the others and is returned; None otherwise, when all are done.
    The first exception cancels the others and is raised.
    """
    last: list[T] = []

    async def work(start: Callable[[], Awaitable[T]]) -> None:
        value = await start()
        if is_last(value):
            last.append(value)
            raise _Stopped
        slots.release()

    try:
        if in_trio():
            trio = sys.modules["trio"]
            slots = trio.Semaphore(limit)
            async with trio.open_nursery() as nursery:
                await _start_all(next_start, slots, lambda start: nursery.start_soon(work, start))
        else:
            import asyncio  # as above

            slots = asyncio.Semaphore(limit)
            async with asyncio.TaskGroup() as tasks:
                await _start_all(next_start, slots, lambda start: tasks.create_task(work(start)))
    except BaseExceptionGroup as group:
        _raise_first(group)
    return last[0] if last else None


async def _start_all(
    next_start: Callable[[], Awaitable[Callable[[], Awaitable[T]] | None]],
    slots: Any,
    begin: Callable[[Callable[[], Awaitable[T]]], object],
) -> None:
    while (start := await next_start()) is not None:
        await slots.acquire()
        begin(start)


def _raise_first(group: BaseExceptionGroup[BaseException]) -> None:
    """Raise the first exception that is not `_Stopped`; return if there is none."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            _raise_first(cast("BaseExceptionGroup[BaseException]", error))
        elif not isinstance(error, _Stopped):
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
