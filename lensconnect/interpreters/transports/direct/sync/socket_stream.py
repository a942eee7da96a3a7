"""A connected socket that never blocks, plain or TLS, and the buffer it reads into.

Every operation does what is possible now: `send` and `receive` say "not yet" by 0 and None, and
`wait` waits for that, bounded.  `socket.settimeout` is not used: it bounds one call, not a phase.

Facts: TLS may hold decrypted bytes while its socket has none (`pending`); a readable TLS socket may
have nothing for us (a session ticket); a TLS read may want to write and the other way about.
"""

from __future__ import annotations

import socket
import ssl
from types import TracebackType
from typing import Final

from lensconnect.interpreters.transports.direct.deadline import Deadline, Stop, broken
from lensconnect.interpreters.transports.direct.poller import READ, WRITE, waiter

__all__ = ["Stream"]

_BUFFER: Final = 64 * 1024
_HANDSHAKE: Final = "in the TLS handshake"


class Stream:
    """One connection."""

    __slots__ = ("_buffer", "_crossed", "_socket", "_tls", "_wait")

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._tls: ssl.SSLSocket | None = None
        self._wait = waiter(connected.fileno()).wait
        self._crossed = 0
        self._buffer = memoryview(bytearray(_BUFFER))

    def send(self, data: memoryview) -> int:
        """How many bytes have left; 0 is "not yet"."""
        try:
            return self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0
        except ssl.SSLWantReadError:
            self._crossed = READ
            return 0

    def receive(self) -> memoryview | None:
        """What has arrived, good until the next call: empty is the end, None "not yet"."""
        try:
            return self._buffer[: self._socket.recv_into(self._buffer)]
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except ssl.SSLWantWriteError:
            self._crossed = WRITE
            return None

    def wait(self, events: int, seconds: float) -> int:
        """What of `events` is possible within the time; once, what a crossed call waits for instead."""
        if self._tls is not None:
            if events & READ and self._tls.pending():
                return READ
            events, self._crossed = self._crossed or events, 0
        return self._wait(events, seconds)

    def secure(self, context: ssl.SSLContext, host: str, deadline: Deadline) -> None:
        """The TLS handshake, every byte of it within the time."""
        try:
            self._socket = self._tls = _wrapped(context, self._socket, host.rstrip("."))
            self._shake_hands(self._tls, deadline)
        except OSError as error:
            raise broken(error, "reset") from None
        except ValueError:
            raise Stop("tls", "the host is no name a certificate can have") from None

    def _shake_hands(self, tls: ssl.SSLSocket, deadline: Deadline) -> None:
        while True:
            try:
                return tls.do_handshake()
            except ssl.SSLWantReadError:
                events = READ
            except ssl.SSLWantWriteError:
                events = WRITE
            self._wait(events, deadline.left(_HANDSHAKE))

    def is_stale(self) -> bool:
        """Whether anything was received, or the end of it, while nothing was expected."""
        if not self.wait(READ, 0):
            return False
        try:
            return self._tls is None or self.receive() is not None
        except OSError:
            return True

    def close(self) -> None:
        """Close it at once, without a farewell: another process may share the socket."""
        self._socket.close()


def _wrapped(context: ssl.SSLContext, connected: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return context.wrap_socket(connected, server_hostname=host, do_handshake_on_connect=False)
    except (OSError, ValueError) as error:
        _close_what_it_took(error.__traceback__)
        raise


def _close_what_it_took(trace: TracebackType | None) -> None:
    """`wrap_socket` takes a socket over before it sees that it is broken, and then loses it unclosed."""
    while trace is not None:
        taken = trace.tb_frame.f_locals.get("self")
        if isinstance(taken, ssl.SSLSocket):
            taken.close()
        trace = trace.tb_next
