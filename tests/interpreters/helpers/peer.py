"""A peer that does as it is told: a real listening socket and a script for each connection it gets.

    with Peer(script) as peer: ...      script(talk) runs in a thread per connection
    with Peer(script, certificate.server()) as peer: ...     the same behind TLS

Nothing in here sleeps for a guessed time: a script that hangs waits until its client has gone.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import TypeAlias

__all__ = ["Peer", "Script", "Talk"]


class Talk:
    """One connection as its script sees it."""

    def __init__(self, connected: socket.socket, gone: threading.Event) -> None:
        self.socket = connected
        self._gone = gone

    def request(self) -> bytes:
        """Read one whole request; empty when the client has closed."""
        read = b""
        while b"\r\n\r\n" not in read:
            read += self._some()
        head, _, body = read.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while len(body) < int((lengths or [b"0"])[0]):
            body += self._some()
        return head + b"\r\n\r\n" + body

    def _some(self) -> bytes:
        some = self.socket.recv(65536)
        if not some:
            raise ConnectionError
        return some

    def say(self, *pieces: bytes) -> None:
        """Send the pieces, one after the other."""
        for piece in pieces:
            self.socket.sendall(piece)

    def drip(self, pieces: Iterable[bytes], every: float = 0.01) -> None:
        """Send the pieces slowly, until they or the client are gone."""
        for piece in pieces:
            self.say(piece)
            if self._gone.wait(every):
                return

    def hang(self) -> None:
        """Say nothing more, until the client has gone."""
        while self.socket.recv(65536):
            pass

    def sit(self) -> None:
        """Neither read nor say anything, until the peer is closed."""
        self._gone.wait()

    def reset(self) -> None:
        """Break the connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def finish(self) -> None:
        """End our side and wait for the client to end its own, so that what was said is not lost."""
        self.socket.shutdown(socket.SHUT_WR)
        self.hang()


Script: TypeAlias = Callable[[Talk], None]


class Peer:
    """Listens on loopback and runs the script for every connection."""

    def __init__(self, script: Script, context: ssl.SSLContext | None = None, *, family: int = socket.AF_INET) -> None:
        self.script, self.context = script, context
        self.connections = 0
        self.gone = threading.Event()
        self._accepted: list[socket.socket] = []
        self._talking: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._listening = socket.socket(family)
        self._listening.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        self._listening.listen(64)
        self.port: int = self._listening.getsockname()[1]

    def url(self, target: str = "/participant/message", *, host: str = "127.0.0.1") -> str:
        """Where to find it."""
        return f"{'https' if self.context else 'http'}://{host}:{self.port}{target}"

    def __enter__(self) -> Peer:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gone.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()
        for one in self._accepted:  # each is closed by its own thread, or its number could be another's by then
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._talking:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                accepted, _ = self._listening.accept()
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                if self.context is not None:
                    accepted = self.context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
                self._accepted.append(accepted)
                self._talking.append(threading.Thread(target=self._talk, args=(accepted,), daemon=True))
                self._talking[-1].start()

    def _talk(self, accepted: socket.socket) -> None:
        with suppress(OSError, ValueError):
            if isinstance(accepted, ssl.SSLSocket):
                accepted.do_handshake()
            self.script(Talk(accepted, self.gone))
        with suppress(OSError):
            accepted.close()
