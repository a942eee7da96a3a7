"""DeadlineTimer: one timer of an event loop, moved from one wait to the next instead of made anew.

    timer.move(end, act)    call `act` at `end`, and what was to be called before not at all

Most waits end before their time, and the next one ends later: so the timer that is set stays, and when it fires too
early, it is set again.  Measured (CPython 3.11): a new timer for each exchange costs a twentieth of it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable


class DeadlineTimer:
    """Calls a function once, at a time of the loop that may be moved."""

    __slots__ = ("_act", "_end", "_fires_at", "_handle", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None
        self._act: Callable[[], object] | None = None
        self._end = self._fires_at = math.inf

    def move(self, end: float, act: Callable[[], object]) -> None:
        """Call `act` at this time of the loop, `math.inf` for never; forget the time before."""
        self._end, self._act = end, act
        if end < self._fires_at:
            self._set()

    def cancel(self) -> None:
        """Call nothing any more, and refer to nothing."""
        self._act = None
        self._unset()

    def _set(self) -> None:
        self._unset()
        if self._end < math.inf:
            self._fires_at = self._end
            self._handle = self._loop.call_at(self._end, self._fire)

    def _unset(self) -> None:
        self._fires_at = math.inf
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        act, fired_at = self._act, self._fires_at
        self._unset()
        if fired_at < self._end:
            self._set()
        elif act is not None:
            self._act = None
            act()
