"""The asynchronous twin of `connecting`: the first of several addresses that answers.

Fact: a socket whose connecting is cancelled is closed by the task that made it, so no loser is left open.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress

from lensconnect.interpreters.transports.direct.deadline import broken
from lensconnect.interpreters.transports.direct.resolver import AddressInfo
from lensconnect.interpreters.transports.direct.sync.connector import STAGGER, interleaved

__all__ = ["race"]


async def race(addresses: Sequence[AddressInfo]) -> socket.socket:
    """A connected, non-blocking socket; raises `Stop`.  Its time is bounded by whoever awaits it."""
    left = interleaved(addresses)
    error = OSError("no address")
    running: set[asyncio.Task[socket.socket]] = set()
    try:
        while left or running:
            if left:
                running.add(asyncio.create_task(_attempt(left.pop(0))))
            done, running = await asyncio.wait(
                running, timeout=STAGGER if left else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                failure = task.exception()
                if failure is None:
                    running |= done - {task}
                    return task.result()
                error = failure if isinstance(failure, OSError) else error
        raise broken(error, "connect")
    finally:
        for task in running:
            task.cancel()
            task.add_done_callback(_close)


async def _attempt(address: AddressInfo) -> socket.socket:
    family, kind, protocol, _, where = address
    started = socket.socket(family, kind, protocol)
    try:
        started.setblocking(False)
        await asyncio.get_running_loop().sock_connect(started, where)
        started.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        started.close()
        raise
    return started


def _close(late: asyncio.Task[socket.socket]) -> None:
    """Close the socket of one that came in second."""
    with suppress(OSError, asyncio.CancelledError):
        late.result().close()
