"""One WebSocket of a client: pass its frames to the emulator, and the emulator's frames to it, in order.

The emulator calls from any thread: the actions are queued there and carried out in the server's event loop.
When more frames wait than the options `socket_queue_bytes` and `socket_queue_frames` allow, because the client does
not read, they are dropped and the connection is lost: without a close frame, which the client would not read either.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from lensconnect.emulator.agent_ui.traffic_log import Direction, TrafficLog
from lensconnect.emulator.chat.outbox import SocketAction, SocketClose
from lensconnect.emulator.chat.state import Membership
from lensconnect.emulator.embedded import Emulator
from lensconnect.http import HttpResponse

TRANSPORT: Final = "lensconnect.transport"
"""The scope's extension with the asyncio transport of the connection, to close it at once."""

CLOSE_SECONDS: float = 10.0
"""The time for which a client may leave a close frame unanswered."""

_INTERNAL_ERROR: Final = 1011


async def serve_websocket(emulator: Emulator, traffic: TrafficLog, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one handshake, and serve the WebSocket until either side closes it."""
    await receive()
    session = _Session(emulator, traffic, scope["extensions"][TRANSPORT].abort)
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

    def __init__(self, emulator: Emulator, traffic: TrafficLog, abort: Callable[[], None]) -> None:
        self._emulator = emulator
        self._traffic = traffic
        self._loop = asyncio.get_running_loop()
        self._actions: deque[SocketAction] = deque()
        self._queued_bytes = 0  # changed by `put` alone
        self._taken_bytes = 0  # changed by the event loop alone
        self._filled = asyncio.Event()
        self._abort = abort
        self._is_lost = False
        self._caller: Membership | None = None
        self._closed = False

    def put(self, action: SocketAction) -> None:
        """Queue an action, or drop it and all others if too many wait.

        Any thread may call it, one at a time: the emulator does so while it is locked.
        """
        options = self._emulator.options
        self._queued_bytes += _size(action)
        waiting = self._queued_bytes - self._taken_bytes
        full = waiting > options.socket_queue_bytes or len(self._actions) >= options.socket_queue_frames
        self._is_lost = self._is_lost or full
        if self._is_lost:
            self._actions.clear()
        else:
            self._actions.append(action)
        with suppress(RuntimeError):  # the event loop is closed
            if isinstance(action, SocketClose):
                self._loop.call_soon_threadsafe(self._loop.call_later, CLOSE_SECONDS, self._abort)
            self._loop.call_soon_threadsafe(self._abort if self._is_lost else self._filled.set)

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
            self._taken_bytes += _size(action)
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
            self._log("close", "lost: not read" if self._is_lost else f"by the client, {message.get('code')}")


def _size(action: SocketAction) -> int:
    return 0 if isinstance(action, SocketClose) else len(action.text.encode("utf-8", "replace"))


async def _refuse(response: HttpResponse, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers]
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
