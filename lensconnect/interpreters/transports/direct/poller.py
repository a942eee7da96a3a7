"""Poller: wait until one socket is readable or writable, within a time limit.

    Poller(fileno).wait(READ, seconds)  ->  READ, WRITE, both, or 0 if the time ended first

Facts (Python's `selectors` and `select` documentation): `poll` waits for whole milliseconds in a C int, so
Python rounds a wait up and a long wait has to be cut; callers loop on their own deadline.  Unlike `epoll`,
`poll` needs no file descriptor of its own and no system call to register.  Windows has `select` alone.
"""

from __future__ import annotations

import selectors
from typing import Final

READ: Final = selectors.EVENT_READ
WRITE: Final = selectors.EVENT_WRITE
LONGEST_WAIT: Final = 86_400.0
"""Seconds."""


def new_selector() -> selectors.BaseSelector:
    """Return a selector that costs no file descriptor."""
    return selectors.PollSelector() if hasattr(selectors, "PollSelector") else selectors.SelectSelector()


class Poller:
    """A selector for one socket."""

    __slots__ = ("_events", "_fileno", "_selector")

    def __init__(self, fileno: int) -> None:
        self._fileno, self._events = fileno, READ
        self._selector = new_selector()
        self._selector.register(fileno, READ)

    def wait(self, events: int, seconds: float) -> int:
        """Wait at most `seconds`; return which of `events` are possible, 0 for none yet.

        A broken connection counts as readable and writable.
        """
        if events != self._events:
            self._selector.modify(self._fileno, events)
            self._events = events
        ready = self._selector.select(min(seconds, LONGEST_WAIT))
        return ready[0][1] if ready else 0
