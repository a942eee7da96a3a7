"""ConnectionPool: which connections are open, which of them are idle, and whether one more may be opened.

    acquire(key, now)           -> Slot: with the idle connection of that key used last, or empty; None if all are taken
    release(slot, now, keep=)   returns the slot to the pool

Rule: a slot exists while the pool or a caller refers to it.  Slots are counted by weak references and never by
a counter, so no exception, wherever it strikes, can lose one.  The pool itself does no I/O and takes no lock.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, Generic, Protocol, TypeVar
from weakref import WeakSet

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
    """Room for one connection to one origin; `connection` is None until it is opened."""

    __slots__ = ("__weakref__", "connection", "idle_since", "key")

    def __init__(self, key: Hashable) -> None:
        self.key: Hashable = key
        self.idle_since: float = 0.0
        self.connection: C | None = None

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class ConnectionPool(Generic[C]):
    """All slots, and the idle ones by key.

    At most `max_connections` slots exist, at most `max_per_key` of one key; a connection that was idle for
    longer than `idle_seconds` is closed.
    """

    def __init__(self, max_connections: int, max_per_key: int, idle_seconds: float) -> None:
        self._max_connections, self._max_per_key, self._idle_seconds = max_connections, max_per_key, idle_seconds
        self._last_sweep = 0.0
        self._idle: dict[Hashable, list[Slot[C]]] = {}
        self._slots: WeakSet[Slot[C]] = WeakSet()

    def acquire(self, key: Hashable, now: float) -> Slot[C] | None:
        """Return a slot for the caller alone, None if there is no room."""
        stack = self._idle.get(key)
        while stack:
            slot = stack.pop()
            connection = slot.connection
            if connection is not None and now - slot.idle_since <= self._idle_seconds and not connection.is_stale():
                return slot
            self._drop(slot)
        if not self._has_room_for(key):
            return None
        empty: Slot[C] = Slot(key)
        self._slots.add(empty)
        return empty

    def release(self, slot: Slot[C], now: float, *, keep: bool) -> None:
        """Return the slot to the pool; keep=False closes its connection."""
        if keep:
            slot.idle_since = now
            self._idle.setdefault(slot.key, []).append(slot)
            if now - self._last_sweep > self._idle_seconds:
                self._close_expired(now)
        else:
            self._drop(slot)

    def _drop(self, slot: Slot[C]) -> None:
        self._slots.discard(slot)
        slot.close()

    def _has_room_for(self, key: Hashable) -> bool:
        """Return whether one more slot may be made; close the longest idle one of another key if need be."""
        if sum(slot.key == key for slot in self._slots) >= self._max_per_key:
            return False
        if len(self._slots) < self._max_connections:
            return True
        stacks = [stack for stack in self._idle.values() if stack]
        if not stacks:
            return False
        self._drop(min(stacks, key=lambda stack: stack[0].idle_since).pop(0))
        return True

    def _close_expired(self, now: float) -> None:
        self._last_sweep = now
        for key, stack in list(self._idle.items()):
            while stack and now - stack[0].idle_since > self._idle_seconds:
                self._drop(stack.pop(0))
            if not stack:
                del self._idle[key]

    def close_idle(self) -> list[C]:
        """Close the idle connections and return them."""
        closed: list[C] = []
        while self._idle:
            for slot in self._idle.popitem()[1]:
                closed += [] if slot.connection is None else [slot.connection]
                self._drop(slot)
        return closed

    def reset_after_fork(self) -> None:
        """Close this process's copies of the idle sockets, and forget the slots that the parent has acquired."""
        self.close_idle()
        self._slots = WeakSet()

    @property
    def idle_count(self) -> int:
        """The number of idle connections."""
        return sum(map(len, self._idle.values()))
