"""One WebSocket between the network and the emulator: it only shuttles frames, in order.

What is to be sent may arise in any thread; it is queued where it arises and sent by the server's loop.
A client that does not read is cut off when too much waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any, Final

from starlette.types import Message, Receive, Scope, Send

from lensconnect.emulator.agent_ui.traffic_log import Traffic, Way
from lensconnect.emulator.api.snapshots import Who, who_listens
from lensconnect.emulator.chat.outbox import SocketAction, SocketClose
from lensconnect.emulator.embedded import Emulator
from lensconnect.http import HttpResponse

__all__ = ["serve_socket", "until_one_ends"]

_LONGEST_QUEUE: Final = 10_000
_TOO_SLOW: Final = SocketClose("", 1008, "too slow")
_BROKEN: Final = 1011


class _Outbox:
    """What waits to be sent, filled from any thread and emptied by the loop it was made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[SocketAction] = deque()
        self._some = asyncio.Event()

    def put(self, one: SocketAction) -> None:
        """Queue it; thread-safe, in order."""
        self._waiting.append(one if len(self._waiting) < _LONGEST_QUEUE else _TOO_SLOW)
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            self._some.set()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._some.set)

    async def get(self) -> SocketAction:
        """The next one."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        return self._waiting.popleft()


class _Line:
    """One open socket: its id, what waits for it, and who listens, for the traffic."""

    def __init__(self, emulator: Emulator, traffic: Traffic, socket_id: str, outbox: _Outbox) -> None:
        self.emulator = emulator
        self.socket_id = socket_id
        self.outbox = outbox
        self.closed = False
        self._traffic = traffic
        self._who: Who | None = emulator.read(lambda state: who_listens(state, socket_id))

    def note(self, way: Way, text: str) -> None:
        self._traffic.frame(way, text, self._who)


async def serve_socket(emulator: Emulator, traffic: Traffic, scope: Scope, receive: Receive, send: Send) -> None:
    """Take one handshake, and what follows it."""
    await receive()
    outbox = _Outbox()
    target = f"{scope.get('raw_path', b'').decode('latin-1')}?{scope['query_string'].decode('latin-1')}"
    outcome = emulator.open_socket(f"ws://127.0.0.1{target}", outbox.put)
    if isinstance(outcome, HttpResponse):
        traffic.frame("close", f"refused with {outcome.status}", None)
        await _refuse(outcome, send)
        return
    line = _Line(emulator, traffic, outcome, outbox)
    try:
        await send({"type": "websocket.accept"})
        line.note("open", "")
        await until_one_ends(_write(line, send), _read(line, receive))
    finally:
        emulator.close_socket(outcome)


async def _refuse(response: HttpResponse, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "websocket.http.response.start", "status": response.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": response.body})


async def until_one_ends(*running: Coroutine[Any, Any, None]) -> None:
    """Run them side by side until the first ends; the others are cancelled then."""
    tasks = [asyncio.ensure_future(one) for one in running]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _write(line: _Line, send: Send) -> None:
    while True:
        one = await line.outbox.get()
        if isinstance(one, SocketClose):
            line.closed = True
            line.note("close", f"{one.code} {one.reason}")
            await send({"type": "websocket.close", "code": one.code, "reason": one.reason})
            return
        line.note("out", one.text)
        await send({"type": "websocket.send", "text": one.text})


async def _read(line: _Line, receive: Receive) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        text = _text(message)
        line.note("in", "(not text)" if text is None else text)
        try:
            line.emulator.receive_frame(line.socket_id, text)
        except Exception:
            line.outbox.put(SocketClose(line.socket_id, _BROKEN, "internal error"))
            await asyncio.sleep(1)
            return
    if not line.closed:
        line.note("close", f"by the client, {message.get('code')}")


def _text(message: Message) -> str | None:
    text = message.get("text")
    return text if isinstance(text, str) else None
