"""ConnectionPool: which connections are open, which of them are idle, and whether one more may be opened.

    acquire(slot, now) -> bool   count the slot as in use, with the idle connection of its key used last if there is one
    release(slot, now)           its connection is idle now
    discard(slot)                its connection is not used again
    close_dropped()              close the connections that these calls have dropped

Rules.  Each call has a slot of its own, which it makes before it asks for room and hands back whatever happened:
an interrupt at any line leaves a slot that the pool knows.  Slots in use are counted by weak references and never
by a counter, so a slot that is handed back by nobody ends with its call.  Every line leaves a state that counts, so
a signal handler may use the pool in the middle of a call.  The pool takes no lock and makes no system call, except
in `close_dropped`, which needs no lock.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from math import inf
from typing import Final, Generic, Protocol, TypeVar
from weakref import ref

MAX_CONNECTIONS: Final = 64
"""The default limit of open connections; a request above it waits for a free one."""
IDLE_SECONDS: Final = 55.0
"""The default time that an unused connection is kept: below the idle timeout of the service (assumed: 60 s)."""


class PooledConnection(Protocol):
    """The part of a connection that the pool uses."""

    def is_stale(self) -> bool:
        """Return whether the peer has sent anything, or closed, since the last exchange."""
        ...

    def close(self) -> None:
        """Close the connection at once."""
        ...


C = TypeVar("C", bound=PooledConnection)


class Slot(Generic[C]):
    """The room of one call for one connection to one origin; `connection` is None until it is opened.

    `thread` is the identifier of the thread that makes the call.  `wake` is called when a waiting call may try again.
    """

    __slots__ = ("__weakref__", "connection", "idle_since", "key", "thread", "wake")

    def __init__(self, key: Hashable, thread: int = 0) -> None:
        self.key: Hashable = key
        self.thread: int = thread
        self.connection: C | None = None

    idle_since: float
    wake: Callable[[], object]

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class ConnectionPool(Generic[C]):
    """The slots in use, and those with an idle connection by key.

    At most `max_connections` connections are open or being opened, at most `max_per_key` of one key; one that was
    idle for longer than `idle_seconds` is closed.
    """

    def __init__(self, max_connections: int, max_per_key: int, idle_seconds: float) -> None:
        self._max_connections, self._max_per_key, self._idle_seconds = max_connections, max_per_key, idle_seconds
        self._last_sweep = 0.0
        self._idle: dict[Hashable, list[Slot[C]]] = {}
        self._in_use: set[ref[Slot[C]]] = set()
        self.dropped: list[C] = []
        """Connections that `close_dropped` has to close."""

    def acquire(self, slot: Slot[C], now: float) -> bool:
        """Give the slot its room, and an idle connection if there is one; False if all room is taken."""
        self._in_use.add(ref(slot))
        self.take_idle(slot, now)
        if slot.connection is not None:
            return True
        if self.has_room(slot.key, more=0):
            self._evict()
            return True
        self._in_use.discard(ref(slot))
        return False

    def take_idle(self, slot: Slot[C], now: float) -> None:
        """Give a slot in use the idle connection of its key used last, if there is one."""
        stack = self._idle.get(slot.key)
        while stack and slot.connection is None:
            try:
                idle = stack.pop()
            except IndexError:
                return
            if now - idle.idle_since > self._idle_seconds:
                self._drop(idle)
            else:
                slot.connection, idle.connection = idle.connection, None
                return

    def release(self, slot: Slot[C], now: float) -> None:
        """Return the slot to the pool, its connection idle."""
        slot.idle_since = now
        self._idle.setdefault(slot.key, []).append(slot)
        self._in_use.discard(ref(slot))
        if now - self._last_sweep > self._idle_seconds:
            self._last_sweep = now
            self._drop_idle_since(until=now - self._idle_seconds)

    def discard(self, slot: Slot[C]) -> None:
        """Return the slot to the pool; drop its connection, if it still has one."""
        self._drop(slot)
        self._in_use.discard(ref(slot))

    def has_room(self, key: Hashable, *, more: int = 1) -> bool:
        """Return whether so many more slots of this key may be in use; idle connections make room."""
        in_use = self.in_use()
        return len(in_use) + more <= self._max_connections and (
            sum(slot.key == key for slot in in_use) + more <= self._max_per_key
        )

    def in_use(self) -> list[Slot[C]]:
        """Return the slots in use."""
        references = tuple(self._in_use)
        slots = [slot for slot in [reference() for reference in references] if slot is not None]
        if len(slots) < len(references):
            self._in_use.difference_update([reference for reference in references if reference() is None])
        return slots

    def _evict(self) -> None:
        """Drop idle connections, the longest idle first, until the open ones are within the limit."""
        while self.idle_count and len(self._in_use) + self.idle_count > self._max_connections:
            stacks = [stack for stack in tuple(self._idle.values()) if stack]
            with suppress(IndexError):  # a signal handler has emptied it
                self._drop(min(stacks, key=lambda stack: stack[0].idle_since, default=list[Slot[C]]()).pop(0))

    def _drop_idle_since(self, *, until: float) -> None:
        """Drop the connections that have been idle since before this time."""
        for stack in tuple(self._idle.values()):
            with suppress(IndexError):
                while stack[0].idle_since < until:
                    self._drop(stack.pop(0))

    def _drop(self, slot: Slot[C]) -> None:
        if slot.connection is not None:
            self.dropped.append(slot.connection)
            slot.connection = None

    def drop_idle(self) -> None:
        """Drop all idle connections."""
        self._drop_idle_since(until=inf)

    def close_dropped(self) -> list[C]:
        """Close the connections that were dropped, and return them."""
        closed: list[C] = []
        for connection in tuple(self.dropped):
            connection.close()
            closed.append(connection)
            with suppress(ValueError):  # another thread has closed it too
                self.dropped.remove(connection)
        return closed

    def reset_after_fork(self) -> None:
        """Close this process's copies of the idle sockets, and forget the slots that the parent has acquired."""
        self.drop_idle()
        self.close_dropped()
        self._in_use = set()

    @property
    def idle_count(self) -> int:
        """The number of idle connections."""
        return sum(map(len, tuple(self._idle.values())))
