"""PoolQueue without sockets: first come, first served; nothing is lost by a call that gives up."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from unittest.mock import MagicMock

import pytest
from helpers.signal_handlers import interrupted_at
from hypothesis import given
from hypothesis import strategies as st

from interpreters.transports.direct.test_interrupts import HOME
from lensconnect.interpreters.transports.direct.pool import ConnectionPool, Slot
from lensconnect.interpreters.transports.direct.pool_queue import PoolQueue


class Line:
    """A queue over a pool of this size, and the calls that were woken, in order."""

    def __init__(self, size: int, per_key: int | None = None) -> None:
        self.queue: PoolQueue[Any] = PoolQueue(ConnectionPool(size, per_key or size, 55.0))
        self.woken: list[Slot[Any]] = []

    def call(self, key: str = "x", thread: int = 0) -> Slot[Any]:
        """Make a slot; it waits in line if there is no room."""
        slot: Slot[Any] = Slot(key, thread)
        slot.wake = lambda: self.woken.append(slot)
        if not self.queue.acquire(slot, 0.0):
            self.queue.join(slot)
        return slot

    def end(self, slot: Slot[Any]) -> list[Slot[Any]]:
        """Release a slot; return the calls that this has woken."""
        self.woken.clear()
        self.queue.release(slot, 0.0, keep=False)
        return list(self.woken)


def test_first_come_first_served() -> None:
    """Each released slot wakes the call that has waited longest, and a newcomer does not pass it."""
    line = Line(1)
    first, *waiting = [line.call() for _ in range(4)]
    held = first
    for each in waiting:
        assert line.end(held) == [each]
        assert not line.queue.acquire(Slot("x"), 0.0)
        assert line.queue.acquire(each, 0.0)
        held = each


def test_a_call_that_leaves_wakes_the_next() -> None:
    """A woken call that gives up before it takes its slot wakes the next; one that never was woken wakes nobody."""
    line = Line(1)
    held, second, third, fourth = [line.call() for _ in range(4)]
    assert line.end(third) == []
    assert line.end(held) == [second]
    assert line.end(second) == [fourth]
    assert line.queue.acquire(fourth, 0.0)


def test_a_call_for_another_origin_is_not_held_up() -> None:
    """The line of an origin at its own limit does not hold up the others."""
    line = Line(3, per_key=1)
    held, waiting = line.call("x"), line.call("x")
    other = line.call("y")
    assert line.queue.pool.in_use().count(other) == 1
    assert line.end(other) == []
    assert line.end(held) == [waiting]


def test_release_may_be_repeated() -> None:
    """A second release of the same slot changes nothing."""
    line = Line(1)
    held, waiting = line.call(), line.call()
    assert line.end(held) == [waiting]
    assert line.queue.acquire(waiting, 0.0)
    assert line.end(held) == []
    assert not line.queue.acquire(Slot("x"), 0.0)


@pytest.mark.parametrize("keep", [False, True])
def test_a_release_interrupted_at_any_line_and_repeated(keep: bool) -> None:
    """Repeating an interrupted release frees the slot and wakes the next call, whether or not the first has."""
    for number in range(1, 100):
        line = Line(1)
        held, waiting = line.call(), line.call()
        held.connection = MagicMock()
        with interrupted_at(number, HOME) as was_raised, suppress(KeyboardInterrupt):
            line.queue.release(held, 0.0, keep=keep)
        if not was_raised():
            break
        line.queue.release(held, 0.0, keep=False)
        line.queue.pool.close_dropped()
        assert waiting in line.woken
        assert line.queue.acquire(waiting, 0.0)
        assert waiting.connection in (None, held.connection)
    assert number > 8


def test_the_threads_that_use_it() -> None:
    """Calls in use and in line count for their threads."""
    line = Line(1)
    held, waiting = line.call(thread=1), line.call(thread=2)
    assert [line.queue.is_used_by(thread) for thread in (1, 2, 3)] == [True, True, False]
    line.end(waiting)
    line.end(held)
    assert not line.queue.is_used_by(1)
    assert not line.queue.is_used_by(2)


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 9), st.booleans()), max_size=60))
def test_no_call_waits_while_there_is_room(steps: list[tuple[str, int, bool]]) -> None:
    """After any calls and releases, a call at the head of its line that could have room was woken."""
    line = Line(4, per_key=2)
    calls: list[Slot[Any]] = []
    for key, index, begins in steps:
        if begins or not calls:
            calls.append(line.call(key))
        else:
            line.queue.release(calls.pop(index % len(calls)), 0.0, keep=False)
        while line.woken:
            woken = line.woken.pop(0)
            if woken in calls and woken not in line.queue.pool.in_use():
                line.queue.acquire(woken, 0.0)
        in_use = line.queue.pool.in_use()
        for key_of_line in "xyz":
            waits = [call for call in calls if call.key == key_of_line and call not in in_use]
            assert not (waits and line.queue.pool.has_room(key_of_line))
