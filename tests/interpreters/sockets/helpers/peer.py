"""The server's side of a WebSocket by hand, on a server that waits for as long as it takes."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from interpreters.helpers.servers import PatientServer
from lensconnect.testing.contract.websocket_peer import BINARY as BINARY
from lensconnect.testing.contract.websocket_peer import CLOSE as CLOSE
from lensconnect.testing.contract.websocket_peer import CONTINUATION as CONTINUATION
from lensconnect.testing.contract.websocket_peer import PING as PING
from lensconnect.testing.contract.websocket_peer import PONG as PONG
from lensconnect.testing.contract.websocket_peer import TEXT as TEXT
from lensconnect.testing.contract.websocket_peer import Peer as Peer
from lensconnect.testing.contract.websocket_peer import accept_of as accept_of
from lensconnect.testing.contract.websocket_peer import close as close
from lensconnect.testing.contract.websocket_peer import frame as frame
from lensconnect.testing.contract.websocket_peer import talk
from lensconnect.testing.contract.websocket_peer import text as text

SECRET_TARGET = "/participant/socket?ticket=secret-ticket"


def talking(script: Callable[[Peer], object], context: ssl.SSLContext | None = None) -> PatientServer:
    """Return a server that accepts each handshake, runs the script, and then reads until the client closes."""
    return PatientServer(talk(script), context)


def wait_until_left(server: PatientServer) -> None:
    """Wait until the client has closed each of its connections."""
    for thread in server.serving():
        thread.join(20.0)
        assert not thread.is_alive(), "a connection was left open"


def url_of(server: PatientServer, *, host: str = "127.0.0.1") -> str:
    """Return the URL of a WebSocket of the server, with a secret in it."""
    return server.url(SECRET_TARGET, host=host, scheme="wss" if server.context else "ws")
