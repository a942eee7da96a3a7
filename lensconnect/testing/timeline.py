"""Timeline: the simulated time, and what happens in it: planned actions, timers of the emulator, the ends of waits.

A synchronous wait moves the time from one event to the next.  On asyncio the time moves when no task can go on: a task
that waits here is in a heap, and when the loop has nothing else to run, the earliest event of all happens.  So a program
without `gather` does the same at the same times in both.  Waits that end at the same time end one by one, each when the
task of the one before can go on no more; `choose` decides which is next.

Facts (asyncio of CPython 3.11 to 3.14): a loop runs its callbacks in the order in which they became ready, and keeps
them in `_ready`.  A loop without that list, such as uvloop's, is taken to have nothing to run after some rounds.
Work in other threads and real timers are not waited for.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final, NamedTuple

from lensconnect.emulator import Emulator

_ROUNDS: Final = 25
_MOST_READS: Final = 20_000
"""Reads in a row: a long history that is handed out at once takes fewer."""
_EPOCH: Final = 1.7e9
"""The time of the emulator's clock, in seconds since 1970, at the simulated time 0."""
_AHEAD: Final = 1e-6
"""Added to it, so that rounding never makes it earlier than the millisecond of a timer."""


class EndlessWaitError(AssertionError):
    """The client waits or goes on for ever, where waits take no time."""


class CountedClock:
    """A clock that ends a program which reads it for ever and does nothing else, busily."""

    def __init__(self) -> None:
        self._reads = 0

    def note_progress(self) -> None:
        """Begin to count anew: the program has made a request, got a frame, or waited."""
        self._reads = 0

    def note_read(self) -> None:
        """Count a read; `EndlessWaitError` if that is one too many."""
        self._reads += 1
        if self._reads > _MOST_READS:
            self._reads = 0
            raise EndlessWaitError(
                f"the program goes on for ever: it has read the clock {_MOST_READS} times, without a request, a frame or "
                "a wait in between; a loop over receive has to end at ChatEnded"
            )


class SimulatedClock(CountedClock):
    """A clock whose time passes only in `sleep`; `waits` lists every wait in seconds."""

    def __init__(self, now: float = 0.0) -> None:
        super().__init__()
        self.time: float = now
        self.waits: list[float] = []
        self._read_at = now

    def now(self) -> float:
        """Return the simulated time in seconds."""
        if self.time != self._read_at:
            self._read_at = self.time
            self.note_progress()
        self.note_read()
        return self.time

    def sleep(self, seconds: float, /) -> None:
        """Advance the time, without waiting."""
        self.time += seconds
        self.waits.append(seconds)


class _Planned(NamedTuple):
    """An action, or the end of a wait, at a time; `number` keeps those of one time in order."""

    time: float
    number: int
    content: Any


class Timeline:
    """The events to come.  `connect` names the emulator whose timers it runs.

    `choose(most)` returns which of the waits that end at the same time ends next: 0 is the one that began first.
    """

    def __init__(self, clock: SimulatedClock, choose: Callable[[int], int] = lambda _: 0) -> None:
        self.clock = clock
        self._choose = choose
        self._service: Emulator | None = None
        self._numbers = count()
        self._actions: list[_Planned] = []
        self._waits: list[_Planned] = []
        self._turning: asyncio.AbstractEventLoop | None = None
        self._rounds = 0
        self._failed: BaseException | None = None

    def connect(self, service: Emulator) -> None:
        """Run the timers of this emulator, whose clock must be `emulator_time`."""
        self._service = service

    def emulator_time(self) -> float:
        """Return the simulated time as seconds since 1970."""
        return _EPOCH + self.clock.time + _AHEAD

    def at(self, time: float, action: Callable[[], object]) -> None:
        """Plan an action for a simulated time; for one that has passed, at the next event."""
        heappush(self._actions, _Planned(time, next(self._numbers), action))

    def _next_event(self) -> float:
        """Return the time of the next action or timer of the emulator; `math.inf` if there is none."""
        action = self._actions[0].time if self._actions else math.inf
        timer = math.inf if self._service is None else self._service.next_timer()
        return min(action, round(timer - _EPOCH, 3) if timer < math.inf else timer)

    def _move_to(self, time: float) -> None:
        """Set the time, which never goes back, and let happen what is due."""
        self.clock.time = max(self.clock.time, time)
        if self._service is not None:
            self._service.tick()
        while self._actions and self._actions[0].time <= self.clock.time:
            try:
                heappop(self._actions).content()
            except (StopIteration, asyncio.CancelledError) as error:
                # no future takes a StopIteration, and a generator that it leaves ends; the other looks like the end of a run
                raise RuntimeError(f"a planned action raised {type(error).__name__}") from error

    def step(self, until: float) -> None:
        """Go to the next event, at most to `until`."""
        self._move_to(min(self._next_event(), until))

    def go_to(self, time: float) -> None:
        """Go to a time, from event to event."""
        while self.clock.time < time:
            self.step(time)

    def pass_time(self, seconds: float) -> None:
        """Go so many seconds ahead, from event to event."""
        self.go_to(self.clock.time + seconds)

    async def wait(self, until: float, wake: Callable[[Callable[[], None]], None] | None = None) -> None:
        """Wait on asyncio until a time; `wake` gets a function that ends the wait earlier."""
        if self._failed is not None:
            error, self._failed = self._failed, None
            raise error
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        heappush(self._waits, _Planned(until, next(self._numbers), future))
        if wake is not None:
            wake(lambda: None if future.done() else future.set_result(None))
        self._turn_soon(loop)
        await future

    def _turn_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._turning is not loop:
            self._turning = loop
            self._rounds = 0
            loop.call_soon(self._turn, loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the next event happen if the loop has nothing else to run; else try again after that."""
        self._rounds += 1
        if _has_work(loop, self._rounds):
            loop.call_soon(self._turn, loop)
            return
        self._turning = None
        if self._first_wait() is None:
            return
        try:
            self.step(self._waits[0].time)
        except BaseException as error:  # of pytest.fail too
            future = self._first_wait()  # the action may have ended a wait before it failed
            if future is None:
                self._failed = error  # for the next wait
                raise  # to the exception handler of the loop
            future.set_exception(error)
        self._end_a_wait()
        if self._waits:
            self._turn_soon(loop)

    def _end_a_wait(self) -> None:
        due: list[_Planned] = []
        while self._first_wait() is not None and self._waits[0].time <= self.clock.time:
            due.append(heappop(self._waits))
        if due:
            due.pop(self._choose(len(due) - 1) if len(due) > 1 else 0).content.set_result(None)
        for each in due:
            heappush(self._waits, each)

    def _first_wait(self) -> asyncio.Future[None] | None:
        """Return the wait that ends first, and forget those that are over."""
        while self._waits and _is_over(self._waits[0].content):
            heappop(self._waits)
        return self._waits[0].content if self._waits else None


def _has_work(loop: asyncio.AbstractEventLoop, rounds: int) -> bool:
    """Return whether the loop has anything to run beside the turns of timelines: several may share a loop."""
    ready = getattr(loop, "_ready", None)
    if ready is None:
        return rounds < _ROUNDS
    turn = Timeline._turn  # pyright: ignore[reportPrivateUsage]
    return any(getattr(handle._callback, "__func__", None) is not turn for handle in ready)


def _is_over(future: asyncio.Future[None]) -> bool:
    return future.done() or future.get_loop().is_closed()
