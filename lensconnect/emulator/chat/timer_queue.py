"""Timers: a heap of times, each with a kind and the ids it concerns.

A timer is never cancelled.  Its handler checks the state again, and sets a later timer if it was too early.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Literal, NamedTuple, TypeAlias

TimerKind: TypeAlias = Literal[
    "away",
    "chat",
    "chunk",
    "files",
    "flow",
    "held",
    "idle",
    "process",
    "quiet",
    "scan",
    "session",
    "socket",
    "ticket",
    "token",
    "unseen",
]


class Due(NamedTuple):
    """A timer that is due at `time` (milliseconds); `number` keeps timers of one time in the order they were set."""

    time: int
    number: int
    kind: TimerKind
    about: tuple[str, ...]


class Timers:
    """The timers that have not run.

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

    def at(self, time: int, kind: TimerKind, *about: str) -> None:
        """Set a timer for a time in milliseconds."""
        self._count += 1
        heappush(self._heap, Due(time, self._count, kind, about))

    def pop(self, time: int) -> Due | None:
        """Remove and return the earliest timer that is due by `time`, `None` if there is none."""
        return heappop(self._heap) if self._heap and self._heap[0].time <= time else None

    def next_due(self) -> int | None:
        """Return the time of the earliest timer, `None` if there is none."""
        return self._heap[0].time if self._heap else None
