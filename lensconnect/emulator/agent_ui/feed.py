"""Push chats, planned faults and traffic to the agent page, over a WebSocket.

{"Chats": [...], "Faults": [...]}      whenever either changed
{"Traffic": [...]}                     new entries of the traffic log; first those it still holds

A snapshot of many chats takes a while.  After each one the feed pauses nine times as long, so that a page
takes at most a tenth of the emulator's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from time import perf_counter
from typing import Any, Final, TypeAlias

from lensconnect.emulator.agent_ui.traffic_log import TrafficLog
from lensconnect.emulator.api.snapshots import overview
from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.server.websocket import run_until_first_ends
from lensconnect.jsontext import dumps

__all__ = ["serve_feed"]

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]

_POLL_SECONDS: Final = 0.25
"""The pause between two snapshots while there is no traffic."""

_PAUSE_FACTOR: Final = 9
"""The pause after a snapshot, in multiples of the time it took."""


async def serve_feed(emulator: Emulator, traffic: TrafficLog, receive: _Receive, send: _Send) -> None:
    """Accept the WebSocket of one page, and push to it until it is closed."""
    await receive()
    await send({"type": "websocket.accept"})
    await run_until_first_ends(_push(emulator, traffic, send), _wait_for_close(receive))


async def _wait_for_close(receive: _Receive) -> None:
    while (await receive())["type"] == "websocket.receive":
        pass


async def _push(emulator: Emulator, traffic: TrafficLog, send: _Send) -> None:
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
                await send({"type": "websocket.send", "text": snapshot.decode()})
                last_snapshot = snapshot
            if entries:
                await send({"type": "websocket.send", "text": update.decode()})
            await asyncio.sleep(pause)
            if number == traffic.count:
                with suppress(TimeoutError):
                    await asyncio.wait_for(new_entries.wait(), _POLL_SECONDS)
    finally:
        unsubscribe()
