"""The whole contract of a socket driver: a function that opens a WebSocket, and the three methods of an open one.

Nothing is raised for what the network does.  No message of an error shows a URL or the text of a frame.  The URL is
a secret: it comes in an `OpenSocket`, which does not show it, so that no traceback with local variables does.
`seconds` is the limit of the one call; `math.inf` is no limit.

open      name look-up, connecting, TLS, proxy and handshake; no redirect is followed, no compression is offered.
          A refused handshake is a `ServiceError` with its status and no code, another failure a `TransportError`
send      a text frame; a `TransportError` means that the WebSocket is lost
receive   the next frame, bytes if it is binary; None if none came in time; with 0 it looks once without waiting.
          A frame of more than `frame_bytes` or that is not UTF-8 ends the WebSocket, as a close frame does: a
          `TransportError` whose message names the close code.  Pings are answered.  Frames that nobody has received
          stay with the peer, apart from one buffer.  A cancelled call loses no byte
close     a close frame if it can be sent at once, and the end of the connection, without waiting for the peer.
          A call that waits in another thread or task ends with kind "closed", and so does any later one
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final, Protocol

from lensconnect.errors import ServiceError, TransportError
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result

SOCKET_CLOSED: Final = TransportError("closed", "the WebSocket was closed", "yes")
"""The error of a WebSocket that its own side has closed."""


class SocketConnection(Protocol):
    """An open WebSocket."""

    def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        """Send a text frame within so many seconds; a TransportError means that the WebSocket is lost."""
        ...

    def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        """Return the next frame, or None if none came within so many seconds; a TransportError for a lost WebSocket."""
        ...

    def close(self, code: int, /) -> None:
        """Close it with a close code (RFC 6455, 7.4.1); it may be repeated."""
        ...


class SocketDriver(Protocol):
    """Opens WebSockets."""

    def __call__(self, opening: OpenSocket, /) -> Result[SocketConnection, TransportError | ServiceError]:
        """Open a WebSocket by its URL within its seconds; frames of more than its `frame_bytes` end it.

        A refused handshake is a ServiceError, another failure a TransportError.
        """
        ...


class AsyncSocketConnection(Protocol):
    """An open WebSocket of an event loop; each method acts when awaited."""

    def send(self, text: str, seconds: float, /) -> Awaitable[Result[None, TransportError]]:
        """Send a text frame within so many seconds; a TransportError means that the WebSocket is lost."""
        ...

    def receive(self, seconds: float, /) -> Awaitable[Result[str | bytes | None, TransportError]]:
        """Return the next frame, or None if none came within so many seconds; a TransportError for a lost WebSocket."""
        ...

    def close(self, code: int, /) -> Awaitable[None]:
        """Close it with a close code (RFC 6455, 7.4.1); it may be repeated.  It is closed before the first wait."""
        ...


class AsyncSocketDriver(Protocol):
    """Opens WebSockets on an event loop; cancelling a call closes what it has opened."""

    def __call__(
        self, opening: OpenSocket, /
    ) -> Awaitable[Result[AsyncSocketConnection, TransportError | ServiceError]]:
        """Open a WebSocket by its URL within its seconds; frames of more than its `frame_bytes` end it.

        A refused handshake is a ServiceError, another failure a TransportError.
        """
        ...
