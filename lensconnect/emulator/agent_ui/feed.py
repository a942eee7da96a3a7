"""The page's feed: all chats, the planned faults and the traffic, as they change, over a WebSocket of its own.

{"Chats": [...], "Faults": [...]}      whenever either changed
{"Traffic": [...]}                     what passed, after what was kept from before

A look at many chats takes a while, so after each the feed rests in proportion: watching a busy service
does not slow it down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any, Final, TypeAlias

from lensconnect.emulator.agent_ui.traffic_log import Traffic
from lensconnect.emulator.api.snapshots import overview
from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.server.websocket import until_one_ends
from lensconnect.jsontext import dumps

__all__ = ["serve_feed"]

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]

_LOOK: Final = 0.25
"""How often to look for what changed without traffic, in seconds."""

_REST: Final = 9
"""How many times longer than a look the rest after it is at least."""


async def serve_feed(emulator: Emulator, traffic: Traffic, receive: _Receive, send: _Send) -> None:
    """Tell one page, until it is gone."""
    await receive()
    await send({"type": "websocket.accept"})
    await until_one_ends(_tell(emulator, traffic, send), _gone(receive))


async def _gone(receive: _Receive) -> None:
    while (await receive())["type"] == "websocket.receive":
        pass


async def _tell(emulator: Emulator, traffic: Traffic, send: _Send) -> None:
    some = asyncio.Event()
    forget = traffic.hear(some.set)
    number, before = 0, b""
    try:
        while True:
            some.clear()
            began = perf_counter()
            now = dumps(emulator.read(overview))
            number, passed = traffic.since(number)
            told = dumps({"Traffic": passed})
            rest = _REST * (perf_counter() - began)
            if now != before:
                await send({"type": "websocket.send", "text": now.decode()})
                before = now
            if passed:
                await send({"type": "websocket.send", "text": told.decode()})
            await asyncio.sleep(rest)
            if number == traffic.count:
                await _wait(some)
    finally:
        forget()


async def _wait(some: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(some.wait(), _LOOK)
    except TimeoutError:
        return
