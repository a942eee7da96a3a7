"""A peer on loopback that does as it is told: raw bytes, from a script that runs once per connection.

    with Peer(script) as peer: ...   script(talk) reads with talk.request() and answers with talk.say()

Nothing outlives `LIFE`: a script that hangs lets its client go after that, so that a transport without
a deadline fails a check instead of hanging the suite.  Standard library only.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final, TypeAlias

__all__ = ["LIFE", "Deaf", "Peer", "Script", "Talk"]

LIFE: Final = 3.0
"""Seconds after which a peer gives a client up."""
_SOME: Final = 65536


class Talk:
    """One connection as its script sees it."""

    def __init__(self, connected: socket.socket, peer: Peer) -> None:
        self.socket, self._peer = connected, peer
        self._unread = b""

    def request(self) -> bytes:
        """Read one whole request; raises `OSError` when the client has closed."""
        read = self._unread
        while b"\r\n\r\n" not in read:
            read += self._some()
        head, _, body = read.partition(b"\r\n\r\n")
        size = _length(head)
        while len(body) < size:
            body += self._some()
        self._unread = body[size:]
        self._peer.requests.append(head + b"\r\n\r\n" + body[:size])
        return body[:size]

    def _some(self) -> bytes:
        some = self.socket.recv(_SOME)
        if not some:
            self._peer.left += 1
            raise ConnectionError
        return some

    def say(self, *pieces: bytes, pause: float = 0.03) -> None:
        """Send the pieces, with a pause after each but the last."""
        for at, piece in enumerate(pieces):
            if at:
                time.sleep(pause)
            self.socket.sendall(piece)

    def drip(self, pieces: Iterable[bytes], every: float = 0.02) -> None:
        """Send the pieces slowly, until they, the client or the time are at an end."""
        end = time.monotonic() + LIFE
        for piece in pieces:
            self.socket.sendall(piece)
            if self._peer.gone.wait(every) or time.monotonic() > end:
                return

    def hang(self) -> None:
        """Say nothing more, until the client has gone."""
        with suppress(ConnectionError):
            while True:
                self._some()

    def sit(self) -> None:
        """Neither read nor say anything."""
        self._peer.gone.wait(LIFE)

    def reset(self) -> None:
        """Break the connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def finish(self) -> None:
        """End our side, and wait for the client to end its own, so that what was said is not lost."""
        self.socket.shutdown(socket.SHUT_WR)
        self.hang()


def _length(head: bytes) -> int:
    named = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(named[0]) if named else 0


Script: TypeAlias = Callable[[Talk], None]


class Peer:
    """Listens on loopback, and keeps what it was sent: every request whole, every connection counted."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[bytes] = []
        self.connections = self.left = 0
        self.gone = threading.Event()
        self._accepted: list[socket.socket] = []
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(64)
        self.port: int = self._listening.getsockname()[1]

    def url(self, target: str = "/participant/canary?canary", *, scheme: str = "http") -> str:
        """Where to find it."""
        return f"{scheme}://127.0.0.1:{self.port}{target}"

    def is_left(self) -> bool:
        """Whether every client has closed its connection."""
        return self.left >= self.connections > 0

    def __enter__(self) -> Peer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gone.set()
        for one in (self._listening, *self._accepted):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                accepted, _ = self._listening.accept()
                self.connections += 1
                self._accepted.append(accepted)
                threading.Thread(target=self._talk, args=(accepted,), daemon=True).start()

    def _talk(self, accepted: socket.socket) -> None:
        with accepted, suppress(OSError, ValueError):
            accepted.settimeout(LIFE)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.script(Talk(accepted, self))


class Deaf:
    """An address where connecting does not end: its queue of connections is full.

    Fact: Linux leaves further connections unanswered then; other systems may refuse or accept them.
    """

    def __init__(self) -> None:
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(0)
        self.port: int = self._listening.getsockname()[1]
        self._fillers = [socket.socket() for _ in range(8)]
        self._end = threading.Timer(LIFE, self._listening.close)
        self._end.daemon = True

    def __enter__(self) -> Deaf:
        for filler in self._fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
        self._end.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.cancel()
        for one in (self._listening, *self._fillers):
            one.close()
