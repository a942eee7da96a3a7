"""Which connections are open, which are idle, and who may have one.  No socket is touched in here.

    take(lease, key, now)   lends an idle connection of that key, newest first, or the right to open one
    give(lease, keep, now)  takes it back: to be kept, or to be closed

Rule: what is open is counted from what is held and what is idle, never in a counter of its own, and
leases are held weakly, so no exception, wherever it strikes, can lose a place.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar
from weakref import WeakSet

__all__ = ["Kept", "Lease", "Shelf"]


class Kept(Protocol):
    """What the shelf asks of a connection."""

    def is_stale(self) -> bool:
        """Whether anything was received, or its end, since it was put by."""
        ...

    def close(self) -> None:
        """Close it at once."""
        ...


C = TypeVar("C", bound=Kept)


class Lease(Generic[C]):
    """The right to one connection for one exchange; `connection` is None until it is opened."""

    __slots__ = ("__weakref__", "connection", "key", "reused")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.reused = False
        self.connection: C | None = None


class Shelf(Generic[C]):
    """The idle connections by key, and the leases that are out."""

    def __init__(self, most: int, most_per_key: int, idle_seconds: float) -> None:
        self._most, self._most_per_key, self._idle_seconds = most, most_per_key, idle_seconds
        self._idle: dict[Hashable, list[tuple[float, C]]] = {}
        self._swept = 0.0
        self._held: WeakSet[Lease[C]] = WeakSet()

    def take(self, lease: Lease[C], now: float) -> bool:
        """Whether the lease is granted now."""
        stack = self._idle.get(lease.key)
        while stack:
            since, connection = stack.pop()
            if now - since <= self._idle_seconds and not connection.is_stale():
                lease.connection, lease.reused = connection, True
                self._held.add(lease)
                return True
            connection.close()
        if not self._has_room_for(lease.key):
            return False
        self._held.add(lease)
        return True

    def give(self, lease: Lease[C], now: float, *, keep: bool) -> None:
        """The end of a lease, whether or not it was granted."""
        connection, lease.connection = lease.connection, None
        if connection is not None and keep:
            self._idle.setdefault(lease.key, []).append((now, connection))
            if now - self._swept > self._idle_seconds:
                self._close_expired(now)
        elif connection is not None:
            connection.close()
        self._held.discard(lease)

    def _has_room_for(self, key: Hashable) -> bool:
        """Room for one more, by closing the longest idle of the other keys if need be."""
        if sum(held.key == key for held in self._held) >= self._most_per_key:
            return False
        if len(self._held) + sum(map(len, self._idle.values())) < self._most:
            return True
        return self._close_oldest()

    def _close_oldest(self) -> bool:
        stacks = [stack for stack in self._idle.values() if stack]
        if not stacks:
            return False
        min(stacks, key=lambda stack: stack[0][0]).pop(0)[1].close()
        return True

    def _close_expired(self, now: float) -> None:
        """Close what has been idle for too long and nobody has asked for."""
        self._swept = now
        for key, stack in list(self._idle.items()):
            while stack and now - stack[0][0] > self._idle_seconds:
                stack.pop(0)[1].close()
            if not stack:
                del self._idle[key]

    def close_idle(self) -> None:
        """Close everything that is not lent out."""
        while self._idle:
            for _, connection in self._idle.popitem()[1]:
                connection.close()

    def forget(self) -> None:
        """After a fork: what the parent has lent out is not ours, and its idle ones are not either."""
        self._held.clear()
        self.close_idle()

    @property
    def idle(self) -> int:
        """How many connections are put by."""
        return sum(map(len, self._idle.values()))
