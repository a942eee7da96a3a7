"""Run uvicorn in a thread; ten times a second it runs the emulator's due timers.  Owner of uvicorn."""

from __future__ import annotations

import asyncio
import socket
from threading import Event, Thread
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.server.asgi import TARGET, TRANSPORT, Application

_BEYOND_ATTACHMENT: Final = 1024 * 1024
"""Bytes that a body may have beyond the largest attachment."""

_LARGEST_FRAME: Final = 128 * 1024

_KEEP_ALIVE_SECONDS: Final = 120
"""Longer than clients keep an idle connection, so that a client never sends on one that is being closed."""


class _HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 with the connection's transport and the whole target in the scope of each request."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {TRANSPORT: self.transport}

    def on_headers_complete(self) -> None:
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"][TARGET] = self.url
        super().on_headers_complete()


def _listen(host: str, port: int) -> socket.socket:
    created = socket.create_server((host, port), backlog=1024)
    # asyncio sets TCP_NODELAY only where the socket names its protocol.
    return socket.socket(created.family, created.type, socket.IPPROTO_TCP, created.detach())


class Server(uvicorn.Server):
    """A server of one emulator, in a thread; it listens from its construction on, OSError if the port is taken."""

    def __init__(self, emulator: Emulator, host: str, port: int, largest_attachment: int) -> None:
        self._emulator = emulator
        self._listener = _listen(host, port)
        self.port: int = self._listener.getsockname()[1]
        config = uvicorn.Config(
            Application(emulator, largest_attachment + _BEYOND_ATTACHMENT),
            http=_HttpProtocol,
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
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        super().__init__(config)
        self._ready = Event()
        self._thread = Thread(target=self._run_in_thread, name="lensconnect-emulator", daemon=True)

    def start(self) -> None:
        """Start the thread; return when it serves."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Close every connection; return when the thread has ended."""
        self.should_exit = True
        self._thread.join()
        self._listener.close()

    def _run_in_thread(self) -> None:
        try:
            self.run(sockets=[self._listener])
        finally:
            self._ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, in the event loop (uvicorn)."""
        asyncio.get_running_loop().set_exception_handler(_ignore_exception)
        await super().startup(sockets)
        self._ready.set()

    async def on_tick(self, counter: int) -> bool:
        """Run the emulator's due timers (uvicorn calls this every 0.1 seconds); return whether to stop."""
        self._emulator.tick()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close every connection, also those whose client does not read.

        uvicorn closes a connection after its last byte is written, which then never happens.
        """
        await super().shutdown(sockets)
        for connection in self.server_state.connections:
            connection.transport.abort()
        await asyncio.sleep(0)


def _ignore_exception(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """Log nothing: malformed input from a client causes such exceptions."""
