"""The transports that are shipped, each to be asked from a test that is not asynchronous.

with SHIPPED["httpx2 on trio"](ssl_context=..., max_body=...) as ask: ask(request, seconds)
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeAlias
from warnings import catch_warnings, simplefilter

from anyio.from_thread import start_blocking_portal

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.aiohttp import AiohttpTransport
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.interpreters.httpx2 import Httpx2Transport
from lensconnect.results import Result

__all__ = ["family", "SHIPPED", "Asking", "Opening", "collect_what_a_client_left"]

Asking: TypeAlias = Callable[[HttpRequest, float], Result[HttpResponse, TransportError]]
Opening: TypeAlias = Callable[..., AbstractContextManager[Asking]]


def _on(loop: str, make: Callable[..., Any]) -> Opening:
    @contextmanager
    def opened(**options: Any) -> Iterator[Asking]:
        async def create() -> Any:
            return make(**options)

        with start_blocking_portal(loop) as portal:
            transport = portal.call(create)
            try:
                yield lambda request, seconds: portal.call(transport, request, seconds)
            finally:
                portal.call(transport.close)

    return opened


SHIPPED: dict[str, Opening] = {
    "direct": DirectTransport,
    "direct on asyncio": _on("asyncio", AsyncDirectTransport),
    "aiohttp": _on("asyncio", AiohttpTransport),
    "httpx2 on asyncio": _on("asyncio", Httpx2Transport),
    "httpx2 on trio": _on("trio", Httpx2Transport),
}


def collect_what_a_client_left(name: str) -> None:
    """A client of somebody else's, cut off at the wrong moment, may leave a socket to the garbage collector.

    That closes it, with a warning that would be an error in whichever test runs by then.  Of ours it is one.
    """
    if family(name) != "direct":
        with catch_warnings():
            simplefilter("ignore", ResourceWarning)
            gc.collect()


def family(name: str) -> str:
    """Which of them behave alike: `direct`, `aiohttp`, `httpx2`."""
    return name.split()[0]
