"""AsyncDirectSockets: the asynchronous socket driver, on asyncio or trio, as `AsyncDirectTransport` connects.

Each event loop's WebSockets are closed when it ends, if nobody has closed them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.websocket import WebSocket, new_websocket
from lensconnect.interpreters.transports.direct.aio.transport import AsyncDirectTransport
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed, Deadline
from lensconnect.interpreters.transports.event_loops import PerLoop, in_trio
from lensconnect.live.orders import GOING_AWAY
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success

if TYPE_CHECKING:
    from lensconnect.interpreters.sockets.asyncio_socket import AsyncioSocket
    from lensconnect.interpreters.sockets.trio_socket import TrioSocket

_Socket: TypeAlias = "AsyncioSocket | TrioSocket"


class AsyncDirectSockets:
    """An `AsyncSocketDriver` that connects as a transport does: the same TLS context, proxies and resolver.

    `unusable` is the reason why no WebSocket can be opened, such as a CA bundle that cannot be read.
    """

    def __init__(self, transport: AsyncDirectTransport, unusable: str | None = None) -> None:
        self._transport, self._unusable = transport, unusable
        self._open = PerLoop[set[_Socket]](_close_all, _abandon_all)

    async def __call__(self, opening: OpenSocket, /) -> Result[_Socket, TransportError | ServiceError]:
        """Open a WebSocket; a ServiceError for a refused handshake, else a TransportError."""
        web = new_websocket(opening, self._unusable)
        if isinstance(web, TransportError):
            return Failure(web)
        try:
            of_this_loop = await self._open.get(set[_Socket])
            opened = await self._open_here(web, opening.seconds)
        except AttemptFailed as failure:
            return Failure(web.unopened(failure))
        if isinstance(opened, ServiceError | TransportError):
            return Failure(opened)
        opened.forget = partial(self._forget, of_this_loop)
        of_this_loop.add(opened)
        return Success(opened)

    def _forget(self, of_its_loop: set[_Socket], socket: _Socket) -> None:
        """Forget a closed WebSocket.  An open one refers to this method, and so to `_open`, which would close it."""
        of_its_loop.discard(socket)

    async def close(self) -> None:
        """Close the WebSockets of this event loop."""
        await self._open.close()

    async def _open_here(self, web: WebSocket, seconds: float) -> Any:
        if in_trio():
            from lensconnect.interpreters.sockets.trio_socket import open_on_trio  # it needs trio

            return await open_on_trio(self._transport, web, seconds)
        from lensconnect.interpreters.sockets.asyncio_socket import open_on_asyncio

        return await open_on_asyncio(self._transport, web, Deadline(self._transport.clock, seconds))


async def _close_all(sockets: set[_Socket]) -> None:
    for socket in tuple(sockets):
        await socket.close(GOING_AWAY)


def _abandon_all(sockets: set[_Socket]) -> None:
    for socket in tuple(sockets):
        socket.abandon()
