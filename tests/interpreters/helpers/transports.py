"""Every transport of the package, to be called from a test that is not asynchronous.

    with TRANSPORTS["httpx2 on trio"](ssl_context=..., max_body=...) as call:
        outcome = call(post(url), seconds)

The loops of asyncio run only during a call: what a peer sends between two calls is read at the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, TypeAlias

import uvloop
from anyio.from_thread import start_blocking_portal

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.aiohttp import AiohttpTransport
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.interpreters.httpx2 import Httpx2Transport
from lensconnect.results import Result

__all__ = ["DIRECT", "SHIPPED", "TRANSPORTS", "Caller", "OpenTransport", "Outcome", "family", "post", "timed"]

Outcome: TypeAlias = Result[HttpResponse, TransportError]
Caller: TypeAlias = Callable[[HttpRequest, float], Outcome]
LoopFactory: TypeAlias = Callable[[], asyncio.AbstractEventLoop]
OpenTransport: TypeAlias = Callable[..., AbstractContextManager[Caller]]


class _AsyncioCaller:
    """Calls an asynchronous transport on a loop of its own; when that is closed, on a new loop for each call."""

    def __init__(self, make: Callable[..., Any], loop_factory: LoopFactory | None = None, **options: Any) -> None:
        self._transport, self._runner, self._is_open = make(**options), asyncio.Runner(loop_factory=loop_factory), True

    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        run = self._runner.run if self._is_open else asyncio.run
        return run(self._transport(request, seconds))

    def __enter__(self) -> _AsyncioCaller:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_open:
            for _ in range(2):  # a transport may be closed twice
                self._runner.run(self._transport.close())
            self._runner.close()
            self._is_open = False


def _on_trio(make: Callable[..., Any]) -> OpenTransport:
    @contextmanager
    def opened(**options: Any) -> Iterator[Caller]:
        with start_blocking_portal("trio") as portal:
            transport = make(**options)
            try:
                yield lambda request, seconds: portal.call(transport, request, seconds)
            finally:
                portal.call(transport.close)

    return opened


TRANSPORTS: dict[str, OpenTransport] = {
    "direct": DirectTransport,
    "direct on asyncio": partial(_AsyncioCaller, AsyncDirectTransport),
    "direct on uvloop": partial(_AsyncioCaller, AsyncDirectTransport, uvloop.new_event_loop),
    "aiohttp": partial(_AsyncioCaller, AiohttpTransport),
    "httpx2 on asyncio": partial(_AsyncioCaller, Httpx2Transport),
    "httpx2 on trio": _on_trio(Httpx2Transport),
}
SHIPPED = tuple(name for name in TRANSPORTS if "uvloop" not in name)
DIRECT = tuple(name for name in TRANSPORTS if name.startswith("direct"))


def family(name: str) -> str:
    """Return the column of the fault table: "direct", "aiohttp" or "httpx2"."""
    return name.split()[0]


def post(url: str, body: bytes = b"{}") -> HttpRequest:
    """Return a request like those of the service."""
    headers = (("Content-Type", "application/json"), ("X-Amz-Bearer", "a-secret-token"))
    return HttpRequest("POST", url, headers, body)


def timed(call: Caller, request: HttpRequest, seconds: float) -> tuple[Outcome, float]:
    """Return the outcome, and the seconds it took."""
    begun = time.monotonic()
    outcome = call(request, seconds)
    return outcome, time.monotonic() - begun
