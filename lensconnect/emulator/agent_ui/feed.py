"""Push chats, planned faults and traffic to the agent page, over a WebSocket.

{"Emulator": "...", "Chats": [...], "Faults": [...]}    first: the id of this server, every chat and every planned fault
{"Changed": [...], "Faults": [...]}    later: the new and the changed chats, and every planned fault if these changed
{"Traffic": [...]}                     new entries of the traffic log; first those it still holds

A page that connects again starts anew with the first message.  It tells by the id whether another emulator runs now,
whose chats may have the same ids.

To look at many chats takes a while.  After each look the feed pauses nine times as long, so that a page
takes at most a tenth of the emulator's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from typing import Final

from lensconnect.emulator.agent_ui.traffic_log import TrafficLog
from lensconnect.emulator.api.snapshots import difference, overview
from lensconnect.emulator.embedded import Emulator
from lensconnect.jsontext import JsonObject, dumps

_POLL_SECONDS: Final = 0.25
"""The pause between two looks while there is no traffic."""

_BURST_SECONDS: Final = 0.1
"""The pause between an entry of the traffic log and the look that it causes.

A message, its frames and its read receipt are entries of one burst: the page renders them once.
"""

_PAUSE_FACTOR: Final = 9
"""The pause after a look, in multiples of the time it took."""


async def push_updates(emulator: Emulator, traffic: TrafficLog, send: Callable[[str], Awaitable[None]]) -> None:
    """Send each update as a text frame, until cancelled."""
    new_entries = asyncio.Event()
    unsubscribe = traffic.subscribe(new_entries.set)
    number, sent = 0, None
    try:
        while True:
            new_entries.clear()
            start = perf_counter()
            shown = emulator.read(overview)
            number, entries = traffic.entries_after(number)
            first: JsonObject = {"Emulator": traffic.id} if sent is None else {}
            updates = {**first, **difference(sent, shown)}, {"Traffic": entries} if entries else {}
            texts = [dumps(update).decode() for update in updates if update]
            pause = _PAUSE_FACTOR * (perf_counter() - start)
            for text in texts:
                await send(text)
            sent = shown
            await asyncio.sleep(pause)
            if number == traffic.count:
                with suppress(TimeoutError):
                    await asyncio.wait_for(new_entries.wait(), _POLL_SECONDS)
                    await asyncio.sleep(_BURST_SECONDS)
    finally:
        unsubscribe()
