"""A uvicorn in a thread of its own, and the clock that ticks beside it.  Owner of uvicorn."""

from __future__ import annotations

import asyncio
import socket
from threading import Event, Thread
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.server.asgi import TRANSPORT, application

__all__ = ["Server"]

_SPARE: Final = 1024 * 1024
_TICK: Final = 0.05
_LARGEST_FRAME: Final = 128 * 1024
# Longer than clients keep an idle connection: the server's closing must not meet their next request.
_KEPT: Final = 120


class _Protocol(HttpToolsProtocol):
    """HTTP/1.1, whose application can reach the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {TRANSPORT: self.transport}


def _listening(host: str, port: int) -> socket.socket:
    """A listening socket; asyncio switches Nagle's delay off only where the protocol is named."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(1024)
    except OSError:
        listening.close()
        raise
    return listening


class Server:
    """Serves one emulator."""

    def __init__(self, emulator: Emulator, host: str, port: int, largest: int) -> None:
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            application(emulator, largest + _SPARE),
            http=_Protocol,
            loop="asyncio",
            ws="websockets-sansio",
            ws_max_size=_LARGEST_FRAME,
            ws_ping_interval=None,
            ws_ping_timeout=None,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            log_level=60,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=_KEPT,
        )
        self._server = _Ticking(config, emulator)
        self._thread = Thread(target=self._run, name="lensconnect-emulator", daemon=True)

    def start(self) -> None:
        """Serve; returns when it does."""
        self._thread.start()
        self._server.ready.wait()

    def stop(self) -> None:
        """Stop serving; returns when the thread has ended."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._server.ready.set()


class _Ticking(uvicorn.Server):
    """A server that says when it serves, and lets the emulator's time pass."""

    def __init__(self, config: uvicorn.Config, emulator: Emulator) -> None:
        super().__init__(config)
        self.ready = Event()
        self._emulator = emulator
        self._ticking: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(_unsaid)
        await super().startup(sockets)
        self._ticking = asyncio.ensure_future(self._tick())
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
        await super().shutdown(sockets)
        # uvicorn closes a connection when everything is written; if the client does not read, that never happens.
        for connection in self.server_state.connections:
            connection.transport.abort()
        await asyncio.sleep(0)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            self._emulator.tick()


def _unsaid(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """A client's nonsense is no news: nothing is logged."""
