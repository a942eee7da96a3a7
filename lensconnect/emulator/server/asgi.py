"""The shell: HTTP and WebSocket by ASGI in, the emulator in the middle, ASGI out.  Owner of starlette.

It keeps the path as it came, escapes included, bounds bodies, writes no log, and turns an accident
inside the emulator into a 500 that says nothing.  A connection that a fault is to cut is cut here.
Beside the service stand the page to play its agent (`site`) and the traffic that page shows.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Final, cast
from uuid import uuid4

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lensconnect.emulator.agent_ui.feed import serve_feed
from lensconnect.emulator.agent_ui.guard import is_feed, page_file, refusal
from lensconnect.emulator.agent_ui.traffic_log import Traffic
from lensconnect.emulator.api.snapshots import origin_of, who_asks
from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.faults.responses import WHOLE, Delivery
from lensconnect.emulator.server.websocket import serve_socket
from lensconnect.emulator.wire.cors import with_cors_headers
from lensconnect.emulator.wire.errors import broken, refused
from lensconnect.emulator.wire.responses import of_error
from lensconnect.emulator.wire.routes import segments_of
from lensconnect.errors import ModelledError, ServiceError
from lensconnect.http import HttpRequest, HttpResponse

__all__ = ["TRANSPORT", "application"]

TRANSPORT: Final = "lensconnect.transport"
"""The extension of a scope under which the server puts the connection, for faults to cut."""

_TOO_LARGE: Final = ModelledError("RequestEntityTooLargeException", 413)
_HARD: Final = struct.pack("ii", 1, 0)


def application(emulator: Emulator, largest: int) -> ASGIApp:
    """The emulator as an ASGI application; `largest` bounds a body, in bytes."""

    traffic = Traffic()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await _serve_websocket(emulator, traffic, scope, receive, send)
            return
        try:
            answer, delivery = await _answer(emulator, traffic, Request(scope, receive), largest)
        except ClientDisconnect:
            return
        if delivery.seconds:
            await asyncio.sleep(delivery.seconds)
        await _deliver(delivery, scope)(_response(answer), scope, receive, send)

    return serve


async def _serve_websocket(emulator: Emulator, traffic: Traffic, scope: Scope, receive: Receive, send: Send) -> None:
    handshake = _described(HTTPConnection(scope), "GET", b"")
    if not is_feed(segments_of(handshake.url)):
        await serve_socket(emulator, traffic, scope, receive, send)
    elif refusal(emulator.read(origin_of), handshake) is None:
        await serve_feed(emulator, traffic, receive, send)
    else:
        await send({"type": "websocket.close"})


async def _answer(
    emulator: Emulator, traffic: Traffic, request: Request, largest: int
) -> tuple[HttpResponse, Delivery]:
    body = await _body(request, largest)
    if body is None:
        return _apart(emulator, _described(request, request.method, b""), refused(_TOO_LARGE, "Body too large"))
    http_request = _described(request, request.method, body)
    origin = emulator.read(origin_of)
    own = refusal(origin, http_request) or page_file(origin, http_request)
    if own is not None:
        return own, WHOLE
    who = emulator.read(lambda state: who_asks(state, http_request))
    try:
        answer, delivery = emulator.perform(http_request)
    except Exception:
        answer, delivery = _apart(emulator, http_request, broken())
    traffic.exchange(http_request, answer, delivery, who)
    return answer, delivery


def _apart(emulator: Emulator, http_request: HttpRequest, error: ServiceError) -> tuple[HttpResponse, Delivery]:
    """A refusal that the emulator knows nothing of."""
    return with_cors_headers(http_request, of_error(error, emulator.options, str(uuid4()))), WHOLE


async def _body(request: Request, largest: int) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
    return b"".join(parts)


def _described(request: HTTPConnection, method: str, body: bytes) -> HttpRequest:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    target = raw.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    headers = tuple((name.decode("latin-1"), value.decode("latin-1").strip()) for name, value in request.headers.raw)
    return HttpRequest(method, f"http://127.0.0.1{target}", headers, body)


def _response(answer: HttpResponse) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers.extend((name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers)
    return response


_Way = Callable[[Response, Scope, Receive, Send], Awaitable[None]]


def _deliver(delivery: Delivery, scope: Scope) -> _Way:
    transport = cast("asyncio.Transport | None", scope.get("extensions", {}).get(TRANSPORT))
    if transport is None or delivery.mode == "whole":
        return _whole
    return {"drop": _drop(transport), "reset": _reset(transport), "truncate": _truncate}[delivery.mode]


async def _whole(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    await response(scope, receive, send)


def _drop(transport: asyncio.Transport) -> _Way:
    async def drop(_response: Response, _scope: Scope, _receive: Receive, _send: Send) -> None:
        transport.close()

    return drop


def _reset(transport: asyncio.Transport) -> _Way:
    async def reset(_response: Response, _scope: Scope, _receive: Receive, _send: Send) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD)
        transport.abort()

    return reset


async def _truncate(response: Response, _scope: Scope, _receive: Receive, send: Send) -> None:
    """The head of the whole, and half the body: the server then closes what it cannot complete."""
    body = bytes(response.body)
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
