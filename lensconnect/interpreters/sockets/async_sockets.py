"""AsyncDirectSockets: the asynchronous socket driver, on asyncio or trio, as `AsyncDirectTransport` connects.

Each event loop's WebSockets are closed when it ends, if nobody has closed them.
"""

from __future__ import annotations

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.asyncio_socket import AsyncioSocket, open_on_asyncio
from lensconnect.interpreters.sockets.websocket import WebSocket
from lensconnect.interpreters.transports.direct.aio.transport import AsyncDirectTransport
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed, Deadline
from lensconnect.interpreters.transports.event_loops import PerLoop
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success

_GOING_AWAY = 1001


class AsyncDirectSockets:
    """An `AsyncSocketDriver` that connects as a transport does: the same TLS context, proxies and resolver.

    `unusable` is the reason why no WebSocket can be opened, such as a CA bundle that cannot be read.
    """

    def __init__(self, transport: AsyncDirectTransport, unusable: str | None = None) -> None:
        self._transport, self._unusable = transport, unusable
        self._open = PerLoop[set[AsyncioSocket]](_close_all, _abandon_all)

    async def __call__(self, opening: OpenSocket, /) -> Result[AsyncioSocket, TransportError | ServiceError]:
        """Open a WebSocket; a ServiceError for a refused handshake, else a TransportError."""
        if self._unusable is not None:
            return Failure(TransportError("tls", self._unusable, "no"))
        host = ""
        try:
            web = WebSocket(opening)
            host = f"{web.origin.host}: "
            of_this_loop = await self._open.get(set[AsyncioSocket])
            opened = await open_on_asyncio(self._transport, web, Deadline(self._transport.clock, opening.seconds))
        except AttemptFailed as failure:
            return Failure(TransportError(failure.kind, host + failure.message, "no"))
        if isinstance(opened, ServiceError | TransportError):
            return Failure(opened)
        opened.forget = of_this_loop.discard
        of_this_loop.add(opened)
        return Success(opened)


async def _close_all(sockets: set[AsyncioSocket]) -> None:
    for socket in tuple(sockets):
        await socket.close(_GOING_AWAY)


def _abandon_all(sockets: set[AsyncioSocket]) -> None:
    for socket in tuple(sockets):
        socket.abandon()
