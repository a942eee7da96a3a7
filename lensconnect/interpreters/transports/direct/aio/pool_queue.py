"""Waiting for a place on one event loop: first come, first served, per origin.

A place that is given back is handed to whoever has waited longest for one it can be; a place handed to
somebody who was cancelled in that moment goes back at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from itertools import chain
from typing import Generic, TypeVar

from lensconnect.interpreters.transports.direct.deadline import Stop
from lensconnect.interpreters.transports.direct.pool import Kept, Place, Shelf

__all__ = ["Turns"]

C = TypeVar("C", bound=Kept)


class Turns(Generic[C]):
    """A shelf and those who wait at it."""

    def __init__(self, shelf: Shelf[C], clock: Callable[[], float]) -> None:
        self._shelf, self._clock = shelf, clock
        self._waiting: dict[Hashable, deque[asyncio.Future[Place[C]]]] = {}

    def take(self, key: Hashable) -> Place[C] | None:
        """A place, if there is one now and nobody waits for it."""
        return None if self._waiting.get(key) else self._shelf.take(key, self._clock())

    async def wait(self, key: Hashable) -> Place[C]:
        """A place, when there is one."""
        turn: asyncio.Future[Place[C]] = asyncio.get_running_loop().create_future()
        queue = self._waiting.setdefault(key, deque())
        queue.append(turn)
        try:
            return await turn
        except BaseException:
            self._withdraw(turn, queue)
            raise

    def _withdraw(self, turn: asyncio.Future[Place[C]], queue: deque[asyncio.Future[Place[C]]]) -> None:
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            self.give(turn.result(), keep=turn.result().connection is not None)
        else:
            with suppress(ValueError):
                queue.remove(turn)

    def give(self, place: Place[C], *, keep: bool) -> None:
        """The end of a loan, and the turn of the next."""
        self._shelf.give(place, self._clock(), keep=keep)
        for key, queue in list(self._waiting.items()):
            self._serve(key, queue)
            if not queue:
                del self._waiting[key]

    def _serve(self, key: Hashable, queue: deque[asyncio.Future[Place[C]]]) -> None:
        while queue:
            if queue[0].done():  # cancelled, and not yet told
                queue.popleft()
                continue
            free = self._shelf.take(key, self._clock())
            if free is None:
                return
            queue.popleft().set_result(free)

    def refuse(self, stop: Stop) -> None:
        """Send everybody away."""
        for turn in chain(*self._waiting.values()):
            if not turn.done():
                turn.set_exception(Stop(stop.kind, stop.message))
        self._waiting.clear()
