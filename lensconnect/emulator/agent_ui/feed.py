"""Push chats, planned faults and traffic to the agent page, over a WebSocket.

{"Chats": [...], "Faults": [...]}      whenever either changed
{"Traffic": [...]}                     new entries of the traffic log; first those it still holds

A snapshot of many chats takes a while.  After each one the feed pauses nine times as long, so that a page
takes at most a tenth of the emulator's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from typing import Final

from lensconnect.emulator.agent_ui.traffic_log import TrafficLog
from lensconnect.emulator.api.snapshots import overview
from lensconnect.emulator.embedded import Emulator
from lensconnect.jsontext import dumps

_POLL_SECONDS: Final = 0.25
"""The pause between two snapshots while there is no traffic."""

_PAUSE_FACTOR: Final = 9
"""The pause after a snapshot, in multiples of the time it took."""


async def push_updates(emulator: Emulator, traffic: TrafficLog, send: Callable[[str], Awaitable[None]]) -> None:
    """Send each update as a text frame, until cancelled."""
    new_entries = asyncio.Event()
    unsubscribe = traffic.subscribe(new_entries.set)
    number, last_snapshot = 0, b""
    try:
        while True:
            new_entries.clear()
            start = perf_counter()
            snapshot = dumps(emulator.read(overview))
            number, entries = traffic.entries_after(number)
            update = dumps({"Traffic": entries})
            pause = _PAUSE_FACTOR * (perf_counter() - start)
            if snapshot != last_snapshot:
                await send(snapshot.decode())
                last_snapshot = snapshot
            if entries:
                await send(update.decode())
            await asyncio.sleep(pause)
            if number == traffic.count:
                with suppress(TimeoutError):
                    await asyncio.wait_for(new_entries.wait(), _POLL_SECONDS)
    finally:
        unsubscribe()
