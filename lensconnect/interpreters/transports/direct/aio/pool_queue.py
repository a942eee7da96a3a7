"""PoolQueue: callers that wait for a free connection on one event loop, first come, first served, per origin.

A released slot goes to the caller that has waited longest for one of that origin.  A slot that was handed to a
caller cancelled at that moment returns to the pool at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from itertools import chain
from typing import Generic, TypeVar

from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.pool import ConnectionPool, PooledConnection, Slot

C = TypeVar("C", bound=PooledConnection)


class PoolQueue(Generic[C]):
    """A pool and the callers that wait for it."""

    def __init__(self, pool: ConnectionPool[C], clock: Callable[[], float]) -> None:
        self.pool = pool
        self._clock = clock
        self._waiting: dict[Hashable, deque[asyncio.Future[Slot[C]]]] = {}

    def acquire(self, key: Hashable) -> Slot[C] | None:
        """Return a slot, None if there is no room or other callers wait for the same key."""
        return None if self._waiting.get(key) else self.pool.acquire(key, self._clock())

    async def wait(self, key: Hashable) -> Slot[C]:
        """Return a slot as soon as there is one; raise `AttemptFailed` if the transport is closed."""
        future: asyncio.Future[Slot[C]] = asyncio.get_running_loop().create_future()
        queue = self._waiting.setdefault(key, deque())
        queue.append(future)
        try:
            return await future
        except BaseException:
            self._withdraw(future, queue)
            raise

    def _withdraw(self, future: asyncio.Future[Slot[C]], queue: deque[asyncio.Future[Slot[C]]]) -> None:
        if future.done() and not future.cancelled() and future.exception() is None:
            self.release(future.result(), keep=future.result().connection is not None)
        else:
            with suppress(ValueError):
                queue.remove(future)

    def release(self, slot: Slot[C], *, keep: bool) -> None:
        """Return the slot to the pool and serve the callers that wait; keep=False closes its connection."""
        self.pool.release(slot, self._clock(), keep=keep)
        for key, queue in list(self._waiting.items()):
            self._serve(key, queue)
            if not queue:
                del self._waiting[key]

    def _serve(self, key: Hashable, queue: deque[asyncio.Future[Slot[C]]]) -> None:
        while queue:
            if queue[0].done():  # its caller was cancelled and has not run since
                queue.popleft()
                continue
            free = self.pool.acquire(key, self._clock())
            if free is None:
                return
            queue.popleft().set_result(free)

    def close(self) -> None:
        """Fail all callers that wait: the transport is closed."""
        for future in chain(*self._waiting.values()):
            if not future.done():
                future.set_exception(AttemptFailed.closed())
        self._waiting.clear()
