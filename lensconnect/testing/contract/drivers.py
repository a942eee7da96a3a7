"""Drivers perform the effects of a check: threads for a synchronous transport, tasks for an asynchronous one.

Every call of a synchronous transport runs in its own thread, so a call that never returns fails its check
after `PATIENCE` seconds and blocks nothing else.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, closing, nullcontext, suppress
from itertools import count
from traceback import TracebackException
from types import FrameType
from typing import Any, Final, TypeVar, cast

from lensconnect.interpreters.contract import AsyncTransport, Transport
from lensconnect.interpreters.sockets.protocol import AsyncSocketDriver, SocketDriver
from lensconnect.results import Success
from lensconnect.testing.contract.checks import (
    CallOutcome,
    CheckEffect,
    CheckSteps,
    InterruptCall,
    MakeCalls,
    SocketCall,
    TransportCall,
    WaitFor,
)

T = TypeVar("T")

PATIENCE: Final = 8.0
"""Seconds after which a call is given up as one that never returns."""
_TICK: Final = 0.005


def opened(made: T | AbstractContextManager[T]) -> AbstractContextManager[T]:
    """Return a context manager around a transport, which may be one itself."""
    if isinstance(made, AbstractContextManager):
        return cast("AbstractContextManager[T]", made)
    return nullcontext(made)


def opened_async(made: T | AbstractAsyncContextManager[T]) -> AbstractAsyncContextManager[T]:
    """Return an asynchronous context manager around a transport, which may be one itself."""
    if isinstance(made, AbstractAsyncContextManager):
        return cast("AbstractAsyncContextManager[T]", made)
    return nullcontext(made)


def drive(steps: CheckSteps[None], transport: Transport | SocketDriver) -> None:
    """Run a check on a synchronous transport or socket driver.  Raises what the check raises."""
    left = list[SocketCall]()
    try:
        with suppress(StopIteration), closing(steps):
            effect = next(steps)
            while True:
                outcomes = _perform(effect, transport)
                left += _closing_calls(effect, outcomes)
                effect = steps.send(outcomes)
    finally:
        _perform(MakeCalls(tuple(left)), transport)


async def drive_async(steps: CheckSteps[None], transport: AsyncTransport | AsyncSocketDriver) -> None:
    """Run a check on an asynchronous transport or socket driver, on the running loop.  Raises what the check raises."""
    left = list[SocketCall]()
    try:
        with suppress(StopIteration), closing(steps):
            effect = next(steps)
            while True:
                outcomes = await _perform_async(effect, transport)
                left += _closing_calls(effect, outcomes)
                effect = steps.send(outcomes)
    finally:
        await _perform_async(MakeCalls(tuple(left)), transport)


def _closing_calls(effect: CheckEffect, outcomes: tuple[CallOutcome, ...]) -> Iterator[SocketCall]:
    """Return the calls that close the WebSockets that these calls have opened: a check that fails leaves them open."""
    if isinstance(effect, MakeCalls):
        for call, ended in zip(effect.calls, outcomes, strict=True):
            opened: Any = ended.outcome
            if isinstance(call, SocketCall) and call.method == "open" and isinstance(ended.outcome, Success):
                yield SocketCall("close", (1000,), opened.unwrap())


def _perform(effect: CheckEffect, transport: Any) -> tuple[CallOutcome, ...]:
    if isinstance(effect, WaitFor):
        end = time.monotonic() + effect.seconds
        while not effect.condition() and time.monotonic() < end:
            time.sleep(_TICK)
        return ()
    if isinstance(effect, InterruptCall):
        return _make_inside(effect, transport)
    outcomes = [CallOutcome(None, PATIENCE)] * len(effect.calls)

    def make(index: int, call: TransportCall | SocketCall) -> None:
        outcomes[index] = _make(call, transport)

    threads = [threading.Thread(target=make, args=each, daemon=True) for each in enumerate(effect.calls)]
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return tuple(outcomes)


def _make_inside(effect: InterruptCall, transport: Any) -> tuple[CallOutcome, ...]:
    outer, inner, lines = CallOutcome(None, PATIENCE), list[CallOutcome](), count(1)

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line" and next(lines) == effect.line:
            sys.settrace(None)
            inner.append(CallOutcome(None, PATIENCE))
            inner[0] = _make(effect.inner, transport)
        return trace

    def make() -> None:
        nonlocal outer
        sys.settrace(trace)
        try:
            outer = _make(effect.outer, transport)
        finally:
            sys.settrace(None)

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return outer, *inner


def _make(call: TransportCall | SocketCall, transport: Any) -> CallOutcome:
    begun = time.monotonic()
    try:
        outcome = call.make(transport)
    except BaseException as error:
        return CallOutcome(None, time.monotonic() - begun, error)
    return CallOutcome(outcome, time.monotonic() - begun)


async def _perform_async(effect: CheckEffect, transport: Any) -> tuple[CallOutcome, ...]:
    on_asyncio = _runs_asyncio()
    if isinstance(effect, WaitFor):
        end = time.monotonic() + effect.seconds
        while not effect.condition() and time.monotonic() < end:
            await (asyncio.sleep(_TICK) if on_asyncio else _sleep_on_anyio(_TICK))
        return ()
    if isinstance(effect, InterruptCall):
        raise TypeError("a signal handler cannot await")
    if on_asyncio:
        return tuple(await asyncio.gather(*(_make_on_asyncio(call, transport) for call in effect.calls)))
    return await _make_on_anyio(effect.calls, transport)


def _runs_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _make_async(
    call: TransportCall | SocketCall, transport: Any, cancellation: type[BaseException], frames: list[str]
) -> CallOutcome:
    begun = time.monotonic()
    try:
        pending: Any = call.make(transport)
        outcome = await pending
    except cancellation as error:
        frames += TracebackException.from_exception(error, capture_locals=True).format()
        raise
    except BaseException as error:
        return CallOutcome(None, time.monotonic() - begun, error)
    return CallOutcome(outcome, time.monotonic() - begun)


def _patience(call: TransportCall | SocketCall) -> float:
    return PATIENCE if call.cancel_after is None else call.cancel_after


def _given_up(call: TransportCall | SocketCall, begun: float, frames: list[str], *, is_cancelled: bool) -> CallOutcome:
    """Return the outcome of a call that has exceeded its patience: one with no `cancel_after` never returns."""
    cancelled = is_cancelled and call.cancel_after is not None
    return CallOutcome(None, time.monotonic() - begun, cancelled=cancelled, frames="".join(frames))


async def _make_on_asyncio(call: TransportCall | SocketCall, transport: Any) -> CallOutcome:
    begun = time.monotonic()
    frames = list[str]()
    task = asyncio.ensure_future(_make_async(call, transport, asyncio.CancelledError, frames))
    done, _ = await asyncio.wait([task], timeout=_patience(call))
    if done:
        return task.result()
    task.cancel()
    await asyncio.wait([task], timeout=1.0)
    return _given_up(call, begun, frames, is_cancelled=task.cancelled())


async def _sleep_on_anyio(seconds: float) -> None:
    from anyio import sleep

    await sleep(seconds)


async def _make_on_anyio(calls: tuple[TransportCall | SocketCall, ...], transport: Any) -> tuple[CallOutcome, ...]:
    """Make the calls on any loop that anyio knows: trio."""
    from anyio import create_task_group, get_cancelled_exc_class, move_on_after

    begun = time.monotonic()
    outcomes = [CallOutcome(None, PATIENCE)] * len(calls)

    async def make(index: int, call: TransportCall | SocketCall) -> None:
        frames = list[str]()
        with move_on_after(_patience(call)):
            outcomes[index] = await _make_async(call, transport, get_cancelled_exc_class(), frames)
            return
        outcomes[index] = _given_up(call, begun, frames, is_cancelled=True)

    async with create_task_group() as group:
        for index, call in enumerate(calls):
            group.start_soon(make, index, call)
    return tuple(outcomes)
