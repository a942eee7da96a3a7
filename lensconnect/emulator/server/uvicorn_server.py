"""Run uvicorn in a thread; ten times a second it runs the emulator's due timers.  Owner of uvicorn."""

from __future__ import annotations

import asyncio
import logging
import socket
from threading import Event, Thread
from typing import Any, Final, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.flows import keep_exceptions_of_flows
from lensconnect.emulator.options import Options
from lensconnect.emulator.server.asgi import TARGET, Application
from lensconnect.emulator.server.websocket import TRANSPORT

_log = logging.getLogger("lensconnect.emulator")

_LARGEST_FRAME: Final = 128 * 1024

_HEAD_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
"""RFC 6585, section 5."""

_KEEP_ALIVE_SECONDS: Final = 120
"""Longer than clients keep an idle connection, so that a client never sends on one that is being closed."""

_GRACE_SECONDS: int = 1
"""The time that a client has to read what it was sent before the server stopped."""

_HEADER_OVERHEAD: Final = 4
"""The bytes of a header beside its name and value: a colon, a space, CR and LF."""


class _Config(uvicorn.Config):
    """The configuration, with the emulator's options for the protocols below."""

    options: Options = Options()


class _TooLargeError(Exception):
    """Raised within the parser to stop it: the head of a request is larger than `head_bytes`."""


class _HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 with bounds, and with the connection's transport and the whole target in the scope of each request.

    Facts (observed with uvicorn 0.54.0): with httptools it bounds neither the head of a request nor the time that it takes, and
    closes no connection on which nothing was ever sent.  The parser keeps a header until it is complete; its
    callbacks then count it.  Bytes that arrive without a callback are what it keeps.
    """

    def __init__(self, config: _Config, *rest: Any, **named: Any) -> None:
        super().__init__(config, *rest, **named)
        self._options = config.options
        self._head_bytes = self._kept_bytes = self._callbacks = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._reply_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_keepalive_if_required()
        self._stop_deadline()
        self._stop_reply_deadline()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        self.transport.close()  # also within a request, for whose end uvicorn would wait

    def pause_writing(self) -> None:
        self._stop_reply_deadline()
        self._reply_deadline = self.loop.call_later(self._options.request_seconds, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stop_reply_deadline()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        callbacks = self._callbacks
        super().data_received(data)
        if self._callbacks == callbacks:
            self._kept_bytes += len(data)
            if self._kept_bytes > self._options.head_bytes and not self.transport.is_closing():
                self._refuse_head()

    def send_400_response(self, msg: str) -> None:
        if self._head_bytes > self._options.head_bytes:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def _refuse_head(self) -> None:
        self.transport.write(_HEAD_TOO_LARGE)
        self.transport.close()

    def _count(self, head_bytes: int) -> None:
        self._callbacks += 1
        self._kept_bytes = 0
        self._head_bytes += head_bytes
        if self._head_bytes > self._options.head_bytes:
            raise _TooLargeError

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_reply_deadline(self) -> None:
        if self._reply_deadline is not None:
            self._reply_deadline.cancel()
            self._reply_deadline = None

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + _HEADER_OVERHEAD)
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._count(0)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:  # uvicorn reads on, so that each response would let more requests in than it takes out
            self.flow.pause_reading()

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        self._count(0)
        self._stop_deadline()
        self._deadline = self.loop.call_later(self._options.request_seconds, self.transport.abort)
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {TRANSPORT: self.transport}

    def on_headers_complete(self) -> None:
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"][TARGET] = self.url
        super().on_headers_complete()


class _WebSocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket with the connection's transport in its scope, which reads nothing while its client does not read."""

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:  # else the handshake was refused, and there is no scope
            cast("dict[str, Any]", self.scope)["extensions"][TRANSPORT] = self.transport

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    dual = host == "::" and socket.has_dualstack_ipv6()
    created = socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=dual)
    # asyncio sets TCP_NODELAY only where the socket names its protocol.
    return socket.socket(created.family, created.type, socket.IPPROTO_TCP, created.detach())


class Server(uvicorn.Server):
    """A server of one emulator, in a thread; it listens from its construction on, OSError if it cannot."""

    def __init__(self, emulator: Emulator, host: str, port: int) -> None:
        self._emulator = emulator
        self._listener = _listen(host, port)
        self.port: int = self._listener.getsockname()[1]
        config = _Config(
            Application(emulator),
            http=_HttpProtocol,
            loop="asyncio",
            ws=_WebSocketProtocol,
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
            timeout_graceful_shutdown=_GRACE_SECONDS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        config.options = emulator.options
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
        keep_exceptions_of_flows()
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
        try:
            self._emulator.tick()
        except Exception:  # as of `on_frame`
            _log.exception("the emulator's timers failed")
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
