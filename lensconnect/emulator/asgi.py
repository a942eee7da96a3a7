"""The HTTP shell: ASGI in, HttpRequest through the emulator, ASGI out.  Owner of starlette and uvicorn.

It keeps the path as it came, escapes included, bounds bodies, writes no log, and turns an accident
inside the emulator into a 500 that says nothing.
"""

from __future__ import annotations

import socket
from threading import Event, Thread
from typing import Final

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lensconnect.emulator.inprocess import Emulator
from lensconnect.emulator.refusals import broken, refused
from lensconnect.emulator.respond import of_error
from lensconnect.errors import ModelledError
from lensconnect.http import HttpRequest, HttpResponse

__all__ = ["Server", "application"]

_SPARE: Final = 1024 * 1024
_TOO_LARGE: Final = ModelledError("RequestEntityTooLargeException", 413)


def application(emulator: Emulator, largest: int) -> ASGIApp:
    """The emulator as an ASGI application; `largest` bounds a body, in bytes."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        response = await _answer(emulator, Request(scope, receive), largest)
        await response(scope, receive, send)

    return serve


async def _answer(emulator: Emulator, request: Request, largest: int) -> Response:
    body = await _body(request, largest)
    if body is None:
        return _response(of_error(refused(_TOO_LARGE, "Body too large"), emulator.options, "none"))
    try:
        return _response(emulator.handle(_described(request, body)))
    except Exception:
        return _response(of_error(broken(), emulator.options, "none"))


async def _body(request: Request, largest: int) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
    return b"".join(parts)


def _described(request: Request, body: bytes) -> HttpRequest:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    target = raw.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return HttpRequest(request.method, f"http://127.0.0.1{target}", headers, body)


def _response(answer: HttpResponse) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers.extend((name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers)
    return response


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
    """A uvicorn in a thread of its own."""

    def __init__(self, emulator: Emulator, host: str, port: int, largest: int) -> None:
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            application(emulator, largest + _SPARE),
            http="httptools",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level=60,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Signalling(config)
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


class _Signalling(uvicorn.Server):
    """A server that says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()
