"""What performs the effects of a check: threads for a synchronous transport, tasks for an asynchronous one.

Every call of a synchronous transport runs in a thread of its own, so that one that never returns fails
its check after `PATIENCE` seconds and holds up nothing else.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from typing import Final, TypeVar, cast

from lensconnect.interpreters.contract import AsyncTransport, Transport
from lensconnect.testing.contract.checks import CallOutcome, CheckEffect, CheckSteps, MakeCalls, TransportCall, WaitFor

__all__ = ["PATIENCE", "drive", "drive_async", "opened", "opened_async"]

T = TypeVar("T")

PATIENCE: Final = 8.0
"""Seconds after which a call counts as one that never returns."""
_TICK: Final = 0.005


def opened(made: T | AbstractContextManager[T]) -> AbstractContextManager[T]:
    """A transport to be left again, whether or not it has a way to be left."""
    if isinstance(made, AbstractContextManager):
        return cast("AbstractContextManager[T]", made)
    return nullcontext(made)


def opened_async(made: T | AbstractAsyncContextManager[T]) -> AbstractAsyncContextManager[T]:
    """The same of an asynchronous one."""
    if isinstance(made, AbstractAsyncContextManager):
        return cast("AbstractAsyncContextManager[T]", made)
    return nullcontext(made)


def drive(steps: CheckSteps[None], transport: Transport) -> None:
    """Run a check to its end."""
    try:
        effect = next(steps)
        while True:
            effect = steps.send(_perform(effect, transport))
    except StopIteration:
        return
    finally:
        steps.close()


async def drive_async(steps: CheckSteps[None], transport: AsyncTransport) -> None:
    """The same on an event loop."""
    try:
        effect = next(steps)
        while True:
            effect = steps.send(await _perform_async(effect, transport))
    except StopIteration:
        return
    finally:
        steps.close()


def _perform(effect: CheckEffect, transport: Transport) -> tuple[CallOutcome, ...]:
    if isinstance(effect, WaitFor):
        _wait(effect)
        return ()
    answers = [CallOutcome(None, PATIENCE)] * len(effect.calls)

    def make(at: int, call: TransportCall) -> None:
        answers[at] = _make(call, transport)

    threads = [threading.Thread(target=make, args=at, daemon=True) for at in enumerate(effect.calls)]
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return tuple(answers)


def _wait(wait: WaitFor) -> None:
    end = time.monotonic() + wait.seconds
    while not wait.condition() and time.monotonic() < end:
        time.sleep(_TICK)


def _make(call: TransportCall, transport: Transport) -> CallOutcome:
    begun = time.monotonic()
    try:
        outcome = transport(call.request, call.seconds)
    except BaseException as error:
        return CallOutcome(None, time.monotonic() - begun, error)
    return CallOutcome(outcome, time.monotonic() - begun)


async def _perform_async(effect: CheckEffect, transport: AsyncTransport) -> tuple[CallOutcome, ...]:
    loop = AsyncioLoop() if _on_asyncio() else AnyLoop()
    if isinstance(effect, WaitFor):
        end = time.monotonic() + effect.seconds
        while not effect.condition() and time.monotonic() < end:
            await loop.sleep(_TICK)
        return ()
    return await loop.together(effect, transport)


async def _make_async(call: TransportCall, transport: AsyncTransport, cancellation: type[BaseException]) -> CallOutcome:
    begun = time.monotonic()
    try:
        outcome = await transport(call.request, call.seconds)
    except cancellation:
        raise
    except BaseException as error:
        return CallOutcome(None, time.monotonic() - begun, error)
    return CallOutcome(outcome, time.monotonic() - begun)


def _on_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class AsyncioLoop:
    """Tasks of asyncio."""

    async def sleep(self, seconds: float) -> None:
        """Let others go on."""
        await asyncio.sleep(seconds)

    async def together(self, effect: MakeCalls, transport: AsyncTransport) -> tuple[CallOutcome, ...]:
        """Every call as a task."""
        return tuple(await asyncio.gather(*(self._task(call, transport) for call in effect.calls)))

    async def _task(self, call: TransportCall, transport: AsyncTransport) -> CallOutcome:
        begun = time.monotonic()
        task = asyncio.ensure_future(_make_async(call, transport, asyncio.CancelledError))
        patience = PATIENCE if call.cancel_after is None else call.cancel_after
        done, _ = await asyncio.wait([task], timeout=patience)
        if done:
            return task.result()
        task.cancel()
        await asyncio.wait([task], timeout=1.0)
        return CallOutcome(None, time.monotonic() - begun, cancelled=task.cancelled())


class AnyLoop:
    """Tasks of any other loop that anyio knows: trio."""

    async def sleep(self, seconds: float) -> None:
        """Let others go on."""
        from anyio import sleep

        await sleep(seconds)

    async def together(self, effect: MakeCalls, transport: AsyncTransport) -> tuple[CallOutcome, ...]:
        """Every call as a task."""
        from anyio import create_task_group

        answers = [CallOutcome(None, PATIENCE)] * len(effect.calls)

        async def make(at: int, call: TransportCall) -> None:
            answers[at] = await self._task(call, transport)

        async with create_task_group() as group:
            for at, call in enumerate(effect.calls):
                group.start_soon(make, at, call)
        return tuple(answers)

    async def _task(self, call: TransportCall, transport: AsyncTransport) -> CallOutcome:
        from anyio import get_cancelled_exc_class, move_on_after

        begun = time.monotonic()
        with move_on_after(PATIENCE if call.cancel_after is None else call.cancel_after):
            return await _make_async(call, transport, get_cancelled_exc_class())
        return CallOutcome(None, time.monotonic() - begun, cancelled=True)
