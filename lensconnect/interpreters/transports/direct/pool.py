"""Which connections are open, which are idle, and who may have one.  No socket is touched in here.

    take(key, now)         lends a place: with an idle connection of that key, newest first, or an empty one
    give(place, now, keep) takes it back: to be kept, or to be closed

Rule: a place exists as long as somebody holds it, the shelf or the one it is lent to.  They are counted
by weak references and never in a counter, so no exception, wherever it strikes, can lose one.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar
from weakref import WeakSet

__all__ = ["Kept", "Place", "Shelf"]


class Kept(Protocol):
    """What the shelf asks of a connection."""

    def is_stale(self) -> bool:
        """Whether anything was received, or its end, since it was put by."""
        ...

    def close(self) -> None:
        """Close it at once."""
        ...


C = TypeVar("C", bound=Kept)


class Place(Generic[C]):
    """Room for one connection to one origin; `connection` is None until it is opened."""

    __slots__ = ("__weakref__", "connection", "key", "since")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.since = 0.0
        self.connection: C | None = None

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Shelf(Generic[C]):
    """The places there are, and the idle among them by key."""

    def __init__(self, most: int, most_per_key: int, idle_seconds: float) -> None:
        self._most, self._most_per_key, self._idle_seconds = most, most_per_key, idle_seconds
        self._swept = 0.0
        self._idle: dict[Hashable, list[Place[C]]] = {}
        self._places: WeakSet[Place[C]] = WeakSet()

    def take(self, key: Hashable, now: float) -> Place[C] | None:
        """A place, if there is one now."""
        stack = self._idle.get(key)
        while stack:
            place = stack.pop()
            connection = place.connection
            if connection is not None and now - place.since <= self._idle_seconds and not connection.is_stale():
                return place
            self._drop(place)
        if not self._has_room_for(key):
            return None
        fresh: Place[C] = Place(key)
        self._places.add(fresh)
        return fresh

    def give(self, place: Place[C], now: float, *, keep: bool) -> None:
        """The end of a loan."""
        if keep:
            place.since = now
            self._idle.setdefault(place.key, []).append(place)
            if now - self._swept > self._idle_seconds:
                self._close_expired(now)
        else:
            self._drop(place)

    def _drop(self, place: Place[C]) -> None:
        self._places.discard(place)
        place.close()

    def _has_room_for(self, key: Hashable) -> bool:
        """Room for one more, by closing the longest idle of the other keys if need be."""
        if sum(place.key == key for place in self._places) >= self._most_per_key:
            return False
        if len(self._places) < self._most:
            return True
        stacks = [stack for stack in self._idle.values() if stack]
        if not stacks:
            return False
        self._drop(min(stacks, key=lambda stack: stack[0].since).pop(0))
        return True

    def _close_expired(self, now: float) -> None:
        """Close what has been idle for too long and nobody has asked for."""
        self._swept = now
        for key, stack in list(self._idle.items()):
            while stack and now - stack[0].since > self._idle_seconds:
                self._drop(stack.pop(0))
            if not stack:
                del self._idle[key]

    def close_idle(self) -> list[C]:
        """Close everything that is not lent out."""
        closed: list[C] = []
        while self._idle:
            for place in self._idle.popitem()[1]:
                closed += [] if place.connection is None else [place.connection]
                self._drop(place)
        return closed

    def forget(self) -> None:
        """After a fork: what the parent has lent out is not ours, and its idle ones are not either."""
        self.close_idle()
        self._places = WeakSet()

    @property
    def idle(self) -> int:
        """How many connections are put by."""
        return sum(map(len, self._idle.values()))
