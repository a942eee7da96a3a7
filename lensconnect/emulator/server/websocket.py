"""One WebSocket of a client: pass its frames to the emulator, and the emulator's frames to it, in order.

The emulator calls from any thread: the actions are queued there and carried out in the server's event loop.
A client that does not read is disconnected when 10,000 actions wait for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from lensconnect.emulator.agent_ui.traffic_log import Direction, TrafficLog
from lensconnect.emulator.chat.outbox import SocketAction, SocketClose
from lensconnect.emulator.chat.state import Membership
from lensconnect.emulator.embedded import Emulator
from lensconnect.http import HttpResponse

_LONGEST_QUEUE: Final = 10_000
_TOO_SLOW: Final = SocketClose("", 1008, "too slow")
_INTERNAL_ERROR: Final = 1011


async def serve_websocket(emulator: Emulator, traffic: TrafficLog, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one handshake, and serve the WebSocket until either side closes it."""
    await receive()
    session = _Session(emulator, traffic)
    target = f"{scope.get('raw_path', b'').decode('latin-1')}?{scope['query_string'].decode('latin-1')}"
    outcome = emulator.open_socket(f"ws://127.0.0.1{target}", session.put)
    if isinstance(outcome, HttpResponse):
        traffic.add_frame("close", f"refused with {outcome.status}", None)
        await _refuse(outcome, send)
        return
    try:
        await send({"type": "websocket.accept"})
        await session.run(outcome, receive, send)
    finally:
        emulator.close_socket(outcome)


class _Session:
    """One WebSocket: the emulator's actions wait in a queue, which any thread may fill, for the server's event loop."""

    def __init__(self, emulator: Emulator, traffic: TrafficLog) -> None:
        self._emulator = emulator
        self._traffic = traffic
        self._loop = asyncio.get_running_loop()
        self._actions: deque[SocketAction] = deque()
        self._filled = asyncio.Event()
        self._caller: Membership | None = None
        self._closed = False

    def put(self, action: SocketAction) -> None:
        """Queue an action; thread-safe."""
        self._actions.append(action if len(self._actions) < _LONGEST_QUEUE else _TOO_SLOW)
        with suppress(RuntimeError):  # the event loop is closed
            self._loop.call_soon_threadsafe(self._filled.set)

    async def run(self, socket_id: str, receive: Receive, send: Send) -> None:
        """Send and receive until either side closes the WebSocket."""
        self._caller = self._emulator.read(
            lambda state: state.sockets[socket_id].membership if socket_id in state.sockets else None
        )
        self._log("open", "")
        await run_until_first_ends(self._write(send), self._read(socket_id, receive))

    def _log(self, direction: Direction, text: str) -> None:
        self._traffic.add_frame(direction, text, self._caller)

    async def _write(self, send: Send) -> None:
        while True:
            while not self._actions:
                self._filled.clear()
                await self._filled.wait()
            action = self._actions.popleft()
            if isinstance(action, SocketClose):
                self._closed = True
                self._log("close", f"{action.code} {action.reason}")
                await send({"type": "websocket.close", "code": action.code, "reason": action.reason})
                return
            self._log("out", action.text)
            await send({"type": "websocket.send", "text": action.text})

    async def _read(self, socket_id: str, receive: Receive) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            text: str | None = message.get("text")
            self._log("in", "(not text)" if text is None else text)
            try:
                self._emulator.receive_frame(socket_id, text)
            except Exception:
                self.put(SocketClose(socket_id, _INTERNAL_ERROR, "internal error"))
                await asyncio.sleep(1)
                return
        if not self._closed:
            self._log("close", f"by the client, {message.get('code')}")


async def _refuse(response: HttpResponse, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "websocket.http.response.start", "status": response.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": response.body})


async def run_until_first_ends(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run coroutines concurrently until the first one ends, then cancel the others; their exceptions are dropped."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
