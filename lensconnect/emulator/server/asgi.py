"""The emulator as an ASGI application.  Owner of starlette.

A request passes the guard, then the emulator; the traffic log records it; the response is delivered as the planned
faults say.  The path stays as it was sent, with its escapes.  A body is bounded.  Nothing is logged to the console.
An exception in the emulator becomes a 500 without details.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final, cast
from uuid import uuid4

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lensconnect.emulator.agent_ui.feed import push_updates
from lensconnect.emulator.agent_ui.guard import page_file, refuse_foreign_page
from lensconnect.emulator.agent_ui.traffic_log import TrafficLog
from lensconnect.emulator.api.object_storage import announced_size
from lensconnect.emulator.embedded import Emulator
from lensconnect.emulator.faults.responses import WHOLE, Delivery
from lensconnect.emulator.server.websocket import TRANSPORT, run_until_first_ends, serve_websocket
from lensconnect.emulator.wire.cors import with_cors_headers
from lensconnect.emulator.wire.errors import internal_error, modelled_error
from lensconnect.emulator.wire.responses import of_error
from lensconnect.emulator.wire.routes import Route, route_of
from lensconnect.errors import ModelledError, ServiceError
from lensconnect.http import HttpRequest, HttpResponse

TARGET: Final = "lensconnect.target"
"""The scope's extension with the request target as it was sent; ASGI leaves out a `?` that nothing follows."""

_TOO_LARGE: Final = modelled_error(ModelledError("RequestEntityTooLargeException", 413), "Body too large")
_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with a time of 0: closing the socket resets the connection."""


class Application:
    """The ASGI application of one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._traffic = TrafficLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request or one WebSocket (ASGI 3)."""
        if scope["type"] == "websocket":
            await self._serve_websocket(scope, receive, send)
            return
        try:
            response, delivery = await self._answer(Request(scope, receive))
        except ClientDisconnect:
            return
        if delivery.seconds:
            await run_until_first_ends(asyncio.sleep(delivery.seconds), _wait_for_close(receive))
        await _deliver(response, delivery, scope, receive, send)

    async def _serve_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        handshake = _http_request(HTTPConnection(scope), "GET", b"")
        route = route_of("GET", handshake.url)
        if route.api != "feed":
            await serve_websocket(self._emulator, self._traffic, scope, receive, send)
        elif self._refuse(handshake, route) is None:
            await self._serve_feed(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _serve_feed(self, receive: Receive, send: Send) -> None:
        async def send_text(text: str) -> None:
            await send({"type": "websocket.send", "text": text})

        await receive()
        await send({"type": "websocket.accept"})
        await run_until_first_ends(push_updates(self._emulator, self._traffic, send_text), _wait_for_close(receive))

    async def _answer(self, request: Request) -> tuple[HttpResponse, Delivery]:
        head = _http_request(request, request.method, b"")
        route = route_of(head.method, head.url)
        own = self._refuse(head, route) or page_file(self._emulator.origin_for(head.header("host")), head, route)
        if own is not None:
            return own, WHOLE
        body = await _read_body(request, self._largest_body(head, route))
        if body is None:
            return self._error(head, _TOO_LARGE), WHOLE
        return self._perform(HttpRequest(head.method, head.url, head.headers, body), route)

    def _refuse(self, head: HttpRequest, route: Route) -> HttpResponse | None:
        if self._emulator.options.any_origin:
            return None
        return refuse_foreign_page(self._emulator.base_url, self._emulator.host, head, route)

    def _perform(self, http_request: HttpRequest, route: Route) -> tuple[HttpResponse, Delivery]:
        try:
            response, delivery, caller, _ = self._emulator.exchange(http_request, route)
        except Exception:
            response, delivery, caller = self._error(http_request, internal_error()), WHOLE, None
        self._traffic.add_exchange(http_request, route, response, delivery, caller)
        return response, delivery

    def _largest_body(self, head: HttpRequest, route: Route) -> int:
        announced = self._emulator.read(lambda state: announced_size(state, head.url)) if route.api == "storage" else 0
        return self._emulator.options.body_bytes + announced

    def _error(self, http_request: HttpRequest, error: ServiceError) -> HttpResponse:
        return with_cors_headers(http_request, of_error(error, self._emulator.options, str(uuid4())))


async def _read_body(request: Request, largest: int) -> bytes | None:
    """Return the body, `None` if it has more bytes than `largest`."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
    return b"".join(parts)


async def _wait_for_close(receive: Receive) -> None:
    while (await receive())["type"] in ("http.request", "websocket.receive"):
        pass


def _http_request(connection: HTTPConnection, method: str, body: bytes) -> HttpRequest:
    target = _target(connection.scope)
    raw = connection.headers.raw
    headers = tuple((name.decode("latin-1"), _text(value).strip(" \t")) for name, value in raw)
    return HttpRequest(method, f"http://127.0.0.1{target}", headers, body)


def _text(value: bytes) -> str:
    """Return a header's value as UTF-8; a byte that is none becomes U+FFFD, so that the value equals no signed one."""
    return value.decode(errors="replace")


def _target(scope: Scope) -> str:
    sent: bytes = scope.get("extensions", {}).get(TARGET, b"")
    if sent.startswith(b"/"):
        return sent.decode("latin-1")
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")


async def _deliver(http_response: HttpResponse, delivery: Delivery, scope: Scope, receive: Receive, send: Send) -> None:
    response = Response(http_response.body, http_response.status)
    headers = http_response.headers
    response.raw_headers.extend((name.lower().encode(), value.encode()) for name, value in headers)
    transport = cast("asyncio.Transport | None", scope.get("extensions", {}).get(TRANSPORT))
    if transport is None or delivery.mode == "whole":
        await response(scope, receive, send)
    elif delivery.mode == "truncate":
        await _send_half(response, send)
    elif delivery.mode == "drop":
        transport.close()
    else:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()


async def _send_half(response: Response, send: Send) -> None:
    """Send the head of the response and half of its body; uvicorn then closes the incomplete response."""
    body = bytes(response.body)
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
