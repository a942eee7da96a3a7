"""Waiting for one socket to become readable or writable, for a bounded time.

    waiter(fileno).wait(READ, seconds)  ->  what is possible now: READ, WRITE, both, or 0 at the end of the time

Facts: `poll` waits for whole milliseconds in a C int: Python rounds a wait up, and a long one is cut;
callers loop on their own deadline.  Windows has no `poll`; its `select` takes any socket number, and
tells of a failed connection only among the exceptional ones.
"""

from __future__ import annotations

import select
from typing import Final, Protocol

__all__ = ["READ", "WRITE", "PollWaiter", "SelectWaiter", "Waiter", "waiter"]

READ: Final = 1
WRITE: Final = 4
_LONGEST: Final = 86_400.0


class Waiter(Protocol):
    """Waits for one socket."""

    def wait(self, events: int, seconds: float) -> int:
        """What of READ and WRITE is possible; a broken connection is both, 0 means not yet."""
        ...


class PollWaiter:
    """By `poll`, registered once."""

    __slots__ = ("_events", "_fileno", "_poll")

    def __init__(self, fileno: int) -> None:
        self._fileno, self._events = fileno, READ
        self._poll = select.poll()
        self._poll.register(fileno, READ)

    def wait(self, events: int, seconds: float) -> int:
        """See `Waiter`."""
        if events != self._events:
            self._poll.modify(self._fileno, events)
            self._events = events
        ready = self._poll.poll(min(seconds, _LONGEST) * 1000)
        return (ready[0][1] & events or events) if ready else 0


class SelectWaiter:
    """By `select`, where there is no `poll`."""

    __slots__ = ("_fileno",)

    def __init__(self, fileno: int) -> None:
        self._fileno = fileno

    def wait(self, events: int, seconds: float) -> int:
        """See `Waiter`."""
        one = [self._fileno]
        readable, writable, broken = select.select(
            one if events & READ else [], one if events & WRITE else [], one, min(seconds, _LONGEST)
        )
        if broken:
            return events
        return (READ if readable else 0) | (WRITE if writable else 0)


def waiter(fileno: int) -> Waiter:
    """The better of the two this system has."""
    return PollWaiter(fileno) if hasattr(select, "poll") else SelectWaiter(fileno)
