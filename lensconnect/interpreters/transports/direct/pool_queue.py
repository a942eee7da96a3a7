"""PoolQueue: a pool and the calls that wait for a free connection, first come, first served, per origin.

    acquire(slot, now) -> bool         False while all connections are in use or other calls wait for the same key
    join(slot)                         wait in line: `slot.wake` is called when the call may try again
    release(slot, now, keep=...)       leave the line and the pool; wake the calls at the head of their lines

A released connection is not handed to a call: the call at the head of the line is woken and takes it.  So a call
that is cancelled or interrupted at that moment holds nothing, and its own `release` wakes the next.  The rules of
`pool` hold here too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from contextlib import suppress
from typing import Generic, TypeVar

from lensconnect.interpreters.transports.direct.pool import ConnectionPool, PooledConnection, Slot

C = TypeVar("C", bound=PooledConnection)


class PoolQueue(Generic[C]):
    """A pool and the calls that wait for it."""

    def __init__(self, pool: ConnectionPool[C]) -> None:
        self.pool = pool
        self._waiting: dict[Hashable, deque[Slot[C]]] = {}

    def acquire(self, slot: Slot[C], now: float) -> bool:
        """Give the slot its room, and an idle connection if there is one."""
        if not self._waiting:
            return self.pool.acquire(slot, now)
        line = self._waiting.get(slot.key)
        if line and line[0] is not slot:
            return False
        if not self.pool.acquire(slot, now):
            return False
        if line:
            self._leave(slot)
        return True

    def join(self, slot: Slot[C]) -> None:
        """Wait in line behind the calls for the same key."""
        self._waiting.setdefault(slot.key, deque()).append(slot)

    def release(self, slot: Slot[C], now: float, *, keep: bool) -> None:
        """Return the slot to the pool, in use or waiting; keep=False drops its connection.  May be repeated with that."""
        if keep:
            self.pool.release(slot, now)
        else:
            self.pool.discard(slot)
        if self._waiting:
            self._leave(slot)

    def _leave(self, slot: Slot[C]) -> None:
        """Leave the line; wake the calls that may find room now."""
        line = self._waiting.get(slot.key)
        if line:
            with suppress(ValueError):
                line.remove(slot)
        for others in tuple(self._waiting.values()):
            if others and self.pool.has_room(others[0].key) and others:
                others[0].wake()

    def wake_all(self) -> None:
        """Wake all calls that wait: the transport is closed."""
        for line in tuple(self._waiting.values()):
            for slot in tuple(line):
                slot.wake()

    def is_used_by(self, thread: int) -> bool:
        """Return whether a call of this thread has a connection or waits for one."""
        lines = tuple(self._waiting.values())
        return any(slot.thread == thread for slots in (self.pool.in_use(), *map(tuple, lines)) for slot in slots)

    def reset_after_fork(self) -> None:
        """Forget the calls of the parent."""
        self._waiting = {}
        self.pool.reset_after_fork()
