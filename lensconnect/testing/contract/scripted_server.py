"""A server on loopback that sends scripted raw bytes, plain or behind TLS.

    with ScriptedServer(script) as server: ...          script(connection) runs in a thread for each connection
    with ScriptedServer(script, context) as server: ... the same behind TLS

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")

A server gives up on a client after `patience` seconds, so that a transport without a deadline fails a check and
does not block the suite.  Standard library only.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final, TypeAlias

_PATIENCE: Final = 3.0
_CHUNK_SIZE: Final = 65536


class ServerConnection:
    """One connection, as its script sees it.  Its methods raise `OSError` when the client has closed."""

    def __init__(self, connected: socket.socket, server: ScriptedServer) -> None:
        self.socket, self._server = connected, server
        self._unread = b""

    def read_request(self) -> bytes:
        """Read one whole request; return its head and body."""
        read = self._unread
        while b"\r\n\r\n" not in read:
            read += self.receive()
        head, _, body = read.partition(b"\r\n\r\n")
        size = _content_length(head)
        while len(body) < size:
            body += self.receive()
        self._unread = body[size:]
        self._server.requests.append(head + b"\r\n\r\n" + body[:size])
        return self._server.requests[-1]

    def read_body(self) -> bytes:
        """Read one whole request; return its body."""
        return self.read_request().partition(b"\r\n\r\n")[2]

    def receive(self) -> bytes:
        """Read what has come, at least a byte."""
        try:
            received = self.socket.recv(_CHUNK_SIZE)
        except ConnectionError:
            received = b""
        if not received:
            self._server.closed_by_client += 1
            raise ConnectionError
        return received

    def send(self, *pieces: bytes, pause: float = 0.0) -> None:
        """Send the pieces, with a pause of so many seconds between two of them."""
        for index, piece in enumerate(pieces):
            if index and pause:
                time.sleep(pause)
            self.socket.sendall(piece)

    def drip(self, pieces: Iterable[bytes], every: float = 0.02) -> None:
        """Send a piece every so many seconds until there are no more, or the server is closed or out of patience."""
        end = time.monotonic() + (self._server.patience or float("inf"))
        for piece in pieces:
            self.socket.sendall(piece)
            if self._server.closing.wait(every) or time.monotonic() > end:
                return

    def hang(self) -> None:
        """Send nothing more; read until the client closes."""
        with suppress(ConnectionError):
            while True:
                self.receive()

    def ignore(self) -> None:
        """Neither read nor send until the server is closed or out of patience."""
        self._server.closing.wait(self._server.patience)

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def finish(self) -> None:
        """Close our side, then read until the client closes its own, so that the client can read all that was sent."""
        self.socket.shutdown(socket.SHUT_WR)
        self.hang()


def _content_length(head: bytes) -> int:
    values = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(values[0]) if values else 0


Script: TypeAlias = Callable[[ServerConnection], None]


class ScriptedServer:
    """Runs the script for each connection, counts the connections and records the requests.

    `context` is a server's TLS context; `family` is `AF_INET` or `AF_INET6`.
    """

    patience: float | None = _PATIENCE
    """Seconds after which the server gives up on a client; None to wait for as long as it takes."""

    def __init__(self, script: Script, context: ssl.SSLContext | None = None, *, family: int = socket.AF_INET) -> None:
        self.script, self.context = script, context
        self.requests: list[bytes] = []
        self.connections = self.closed_by_client = 0
        self.closing = threading.Event()
        self._accepted: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._listener = socket.socket(family)
        self._listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        self._listener.listen(64)
        self.port: int = self._listener.getsockname()[1]

    def url(
        self, target: str = "/participant/canary?canary", *, host: str = "127.0.0.1", scheme: str | None = None
    ) -> str:
        """Return a URL of the server; the scheme is https behind TLS unless given."""
        return f"{scheme or ('https' if self.context else 'http')}://{host}:{self.port}{target}"

    def is_left(self) -> bool:
        """Return whether each client has closed its connection."""
        return self.closed_by_client >= self.connections > 0

    def __enter__(self) -> ScriptedServer:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for accepted in self._accepted:  # its thread closes it: closed here, its number might be another socket's
            with suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(self.patience)

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                accepted, _ = self._listener.accept()
                self.connections += 1
                if self.context is not None:
                    accepted = self.context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
            except OSError:  # the client has closed, the server is closing, or no file descriptor is left
                self.closing.wait(0.01)
                continue
            self._accepted.append(accepted)
            self._threads.append(threading.Thread(target=self._serve, args=(accepted,), daemon=True))
            self._threads[-1].start()

    def _serve(self, accepted: socket.socket) -> None:
        with suppress(OSError, ValueError):
            accepted.settimeout(self.patience)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if isinstance(accepted, ssl.SSLSocket):
                accepted.do_handshake()
            self.script(ServerConnection(accepted, self))
        with suppress(OSError):
            accepted.close()


class UnresponsiveListener:
    """An address where connecting does not end: its queue of connections is full.  It closes after 3 seconds.

    Fact (listen(2), observed): Linux leaves further connections unanswered then; other systems may refuse or accept
    them.
    """

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._fillers = [socket.socket() for _ in range(8)]
        self._end = threading.Timer(_PATIENCE, self._listener.close)
        self._end.daemon = True

    def __enter__(self) -> UnresponsiveListener:
        for filler in self._fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
        self._end.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.cancel()
        for each in (self._listener, *self._fillers):
            each.close()
