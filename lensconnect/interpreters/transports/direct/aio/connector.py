"""A TCP connection to the first address of a host that answers, on asyncio (`happy_eyeballs`).

Fact: the task of an attempt owns its socket and closes it when it is cancelled, so no attempt that lost stays
open.
"""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Sequence
from contextlib import suppress

from lensconnect.interpreters.transports.direct.happy_eyeballs import AddressInfo, AttemptSchedule, new_socket


def finite(seconds: float) -> float | None:
    """Return a time limit as asyncio takes it: None for no limit."""
    return None if seconds == math.inf else seconds


async def connect(addresses: Sequence[AddressInfo]) -> socket.socket:
    """Return a connected, non-blocking socket; raise `AttemptFailed` if no address answers.  The caller limits the time."""
    schedule = AttemptSchedule(addresses)
    connecting: set[asyncio.Task[socket.socket]] = set()
    try:
        while True:
            address = schedule.next(is_connecting=bool(connecting))
            if address is not None:
                connecting.add(asyncio.create_task(_attempt(address)))
            done, connecting = await asyncio.wait(
                connecting, timeout=finite(schedule.delay), return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                error = task.exception()
                if error is None:
                    connecting |= done - {task}
                    return task.result()
                if isinstance(error, OSError):
                    schedule.fail(error)
    finally:
        for task in connecting:
            task.cancel()
            task.add_done_callback(_close_late)


async def _attempt(address: AddressInfo) -> socket.socket:
    created = new_socket(address)
    try:
        await asyncio.get_running_loop().sock_connect(created, address[4])
    except BaseException:
        created.close()
        raise
    return created


def _close_late(late: asyncio.Task[socket.socket]) -> None:
    """Close the socket of an attempt that connected after the first one."""
    with suppress(OSError, asyncio.CancelledError):
        late.result().close()
