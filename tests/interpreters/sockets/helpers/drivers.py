"""Every socket driver of the package, to be called from a test that is not asynchronous.

    with DRIVERS["trio"](ssl_context=..., proxies=...) as driver:
        socket = driver.open(url).unwrap()
        frame = socket.receive(1.0)

The loops of asyncio run only during a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeAlias

import uvloop
from anyio.from_thread import start_blocking_portal

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.interpreters.sockets.async_sockets import AsyncDirectSockets
from lensconnect.interpreters.sockets.protocol import AsyncSocketConnection, SocketConnection
from lensconnect.interpreters.sockets.sync_socket import DirectSockets
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result

MEGABYTE = 1 << 20
Run: TypeAlias = Callable[[Coroutine[Any, Any, Any]], Any]


class OpenedSocket:
    """A connection whose calls are run to their end."""

    def __init__(self, run: Run, connection: AsyncSocketConnection) -> None:
        self.run, self.connection = run, connection

    def send(self, text: str, seconds: float = 10.0) -> Result[None, TransportError]:
        return self.run(_awaited(self.connection.send, text, seconds))

    def receive(self, seconds: float = 10.0) -> Result[str | bytes | None, TransportError]:
        return self.run(_awaited(self.connection.receive, seconds))

    def close(self, code: int = 1000) -> None:
        self.run(_awaited(self.connection.close, code))


class SyncOpenedSocket:
    """The same for a synchronous connection."""

    def __init__(self, connection: SocketConnection) -> None:
        self.connection = connection

    def send(self, text: str, seconds: float = 10.0) -> Result[None, TransportError]:
        return self.connection.send(text, seconds)

    def receive(self, seconds: float = 10.0) -> Result[str | bytes | None, TransportError]:
        return self.connection.receive(seconds)

    def close(self, code: int = 1000) -> None:
        self.connection.close(code)


Opened: TypeAlias = OpenedSocket | SyncOpenedSocket


async def _awaited(function: Callable[..., Any], *arguments: object) -> Any:
    return await function(*arguments)


class Driver:
    """Opens WebSockets; those that are left are closed with it."""

    def __init__(self, open_one: Callable[[OpenSocket], Any], wrap: Callable[[Any], Opened]) -> None:
        self._open, self._wrap = open_one, wrap
        self.opened: list[Opened] = []

    def open(
        self, url: str, seconds: float = 10.0, frame_bytes: int = MEGABYTE
    ) -> Result[Opened, TransportError | ServiceError]:
        outcome = self._open(OpenSocket(url, seconds, frame_bytes)).map(self._wrap)
        self.opened += [outcome.unwrap()] if outcome.value_or(None) else []
        return outcome

    def close(self) -> None:
        for socket in self.opened:
            socket.close()


OpenDriver: TypeAlias = Callable[..., AbstractContextManager[Driver]]


@contextmanager
def _sync(**options: Any) -> Iterator[Driver]:
    driver = Driver(DirectSockets(DirectTransport(**options)), SyncOpenedSocket)
    try:
        yield driver
    finally:
        driver.close()


def _on_asyncio(loop_factory: Callable[[], asyncio.AbstractEventLoop] | None) -> OpenDriver:
    @contextmanager
    def opened(**options: Any) -> Iterator[Driver]:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            sockets = AsyncDirectSockets(AsyncDirectTransport(**options))
            driver = Driver(
                lambda opening: runner.run(_awaited(sockets, opening)),
                lambda connection: OpenedSocket(runner.run, connection),
            )
            try:
                yield driver
            finally:
                driver.close()
                assert len(asyncio.all_tasks(runner.get_loop())) == 0

    return opened


@contextmanager
def _on_trio(**options: Any) -> Iterator[Driver]:
    with start_blocking_portal("trio") as portal:
        sockets = AsyncDirectSockets(AsyncDirectTransport(**options))

        async def wait_for(coroutine: Coroutine[Any, Any, Any]) -> Any:
            return await coroutine

        driver = Driver(
            lambda opening: portal.call(sockets, opening),
            lambda connection: OpenedSocket(lambda coroutine: portal.call(wait_for, coroutine), connection),
        )
        try:
            yield driver
        finally:
            driver.close()
            portal.call(sockets.close)


DRIVERS: dict[str, OpenDriver] = {
    "sync": _sync,
    "asyncio": _on_asyncio(None),
    "uvloop": _on_asyncio(uvloop.new_event_loop),
    "trio": _on_trio,
}
