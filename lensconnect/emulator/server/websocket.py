"""One WebSocket of a client: pass its frames to the emulator, and the emulator's frames to it, in order.

The emulator calls from any thread: the actions are queued there and carried out in the server's event loop.
A client that does not read is disconnected when 10,000 actions wait for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from lensconnect.emulator.agent_ui.traffic_log import Direction, TrafficLog
from lensconnect.emulator.chat.outbox import SocketAction, SocketClose
from lensconnect.emulator.chat.state import Membership
from lensconnect.emulator.embedded import Emulator
from lensconnect.http import HttpResponse

__all__ = ["run_until_first_ends", "serve_websocket"]

_LONGEST_QUEUE: Final = 10_000
_TOO_SLOW: Final = SocketClose("", 1008, "too slow")
_INTERNAL_ERROR: Final = 1011


class _SendQueue:
    """The actions that wait to be carried out, filled from any thread, emptied in the event loop that made it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._actions: deque[SocketAction] = deque()
        self._filled = asyncio.Event()

    def put(self, action: SocketAction) -> None:
        """Append an action; thread-safe."""
        self._actions.append(action if len(self._actions) < _LONGEST_QUEUE else _TOO_SLOW)
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            self._filled.set()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._filled.set)

    async def get(self) -> SocketAction:
        """Wait for the next action and remove it."""
        while not self._actions:
            self._filled.clear()
            await self._filled.wait()
        return self._actions.popleft()


class _Session:
    """One open WebSocket: its id, its queue, and the participant it belongs to, for the traffic log."""

    def __init__(self, emulator: Emulator, traffic: TrafficLog, socket_id: str, queue: _SendQueue) -> None:
        self.emulator = emulator
        self.socket_id = socket_id
        self.queue = queue
        self.closed = False
        self._traffic = traffic
        self._caller: Membership | None = emulator.read(
            lambda state: state.sockets[socket_id].membership if socket_id in state.sockets else None
        )

    def log(self, direction: Direction, text: str) -> None:
        self._traffic.add_frame(direction, text, self._caller)


async def serve_websocket(emulator: Emulator, traffic: TrafficLog, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one handshake, and serve the WebSocket until either side closes it."""
    await receive()
    queue = _SendQueue()
    target = f"{scope.get('raw_path', b'').decode('latin-1')}?{scope['query_string'].decode('latin-1')}"
    outcome = emulator.open_socket(f"ws://127.0.0.1{target}", queue.put)
    if isinstance(outcome, HttpResponse):
        traffic.add_frame("close", f"refused with {outcome.status}", None)
        await _refuse(outcome, send)
        return
    session = _Session(emulator, traffic, outcome, queue)
    try:
        await send({"type": "websocket.accept"})
        session.log("open", "")
        await run_until_first_ends(_write(session, send), _read(session, receive))
    finally:
        emulator.close_socket(outcome)


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


async def _write(session: _Session, send: Send) -> None:
    while True:
        action = await session.queue.get()
        if isinstance(action, SocketClose):
            session.closed = True
            session.log("close", f"{action.code} {action.reason}")
            await send({"type": "websocket.close", "code": action.code, "reason": action.reason})
            return
        session.log("out", action.text)
        await send({"type": "websocket.send", "text": action.text})


async def _read(session: _Session, receive: Receive) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        text: str | None = message.get("text")
        session.log("in", "(not text)" if text is None else text)
        try:
            session.emulator.receive_frame(session.socket_id, text)
        except Exception:
            session.queue.put(SocketClose(session.socket_id, _INTERNAL_ERROR, "internal error"))
            await asyncio.sleep(1)
            return
    if not session.closed:
        session.log("close", f"by the client, {message.get('code')}")
