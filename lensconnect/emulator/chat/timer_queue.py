"""What is due when: a heap of moments, each with a kind and the ids of what it is about.

A moment may be out of date when it comes: whoever handles it looks again, and asks for a later one.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Due", "Kind", "Timers"]

Kind: TypeAlias = Literal[
    "away", "chat", "held", "idle", "quiet", "scan", "session", "socket", "ticket", "token", "unseen"
]


class Due(NamedTuple):
    """One moment, in milliseconds; the number keeps the order in which equal ones were asked for."""

    time: int
    number: int
    kind: Kind
    about: tuple[str, ...]


class Timers:
    """The moments to come.

    >>> timers = Timers()
    >>> timers.at(20, "ticket", "b"), timers.at(10, "token", "a")
    (None, None)
    >>> timers.pop(15).about, timers.pop(15), timers.next_due()
    (('a',), None, 20)
    """

    __slots__ = ("_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._count = 0

    def at(self, time: int, kind: Kind, *about: str) -> None:
        """Ask to be told at a time."""
        self._count += 1
        heappush(self._heap, Due(time, self._count, kind, about))

    def pop(self, time: int) -> Due | None:
        """The earliest moment that has come, `None` if none has."""
        return heappop(self._heap) if self._heap and self._heap[0].time <= time else None

    def next_due(self) -> int | None:
        """When the next moment comes, `None` for never."""
        return self._heap[0].time if self._heap else None
