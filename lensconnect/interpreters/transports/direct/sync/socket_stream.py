"""SocketStream: a connected socket that never blocks, plain or TLS, and the buffer it reads into.

Every operation does what is possible now: `send` returns 0 and `receive` returns None for "not yet", and `wait`
waits for the socket within a time limit.  `socket.settimeout` is not used: it limits one call, not a phase.

Facts (Python's `ssl` documentation, "Notes on non-blocking sockets"): TLS may hold decrypted bytes while its
socket has none (`pending`); a readable TLS socket may hold no data (a session ticket); a TLS read may need to
write, and a TLS write may need to read.  A read decrypts one record (OpenSSL's SSL_read(3)), so TLS holds decrypted
bytes only after a read that filled its buffer.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from types import TracebackType
from typing import Final

from lensconnect.interpreters.transports.direct.deadline import AttemptFailed, Deadline
from lensconnect.interpreters.transports.direct.poller import READ, WRITE, new_poller
from lensconnect.interpreters.transports.tls_context import server_hostname

BUFFER_SIZE: Final = 64 * 1024
SMALL_BUFFER_SIZE: Final = 4 * 1024
"""Bytes of the buffer of a WebSocket, which is mostly idle and open for an hour."""
_PHASE: Final = "in the TLS handshake"


class SocketStream:
    """One connection."""

    __slots__ = ("_buffer", "_filled", "_socket", "_tls", "_tls_needs", "_wait")

    def __init__(self, connected: socket.socket, buffer_size: int = BUFFER_SIZE) -> None:
        self._socket = connected
        self._tls: ssl.SSLSocket | None = None
        self._wait = new_poller(connected.fileno()).wait
        self._tls_needs = 0
        self._buffer = memoryview(bytearray(buffer_size))
        self._filled = False

    def send(self, data: memoryview) -> int:
        """Send bytes; return how many were taken, 0 for "not yet"."""
        try:
            return self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0
        except ssl.SSLWantReadError:
            self._tls_needs = READ
            return 0

    def receive(self) -> memoryview | None:
        """Return received bytes, valid until the next call; empty for the end, None for "not yet"."""
        try:
            count = self._socket.recv_into(self._buffer)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except ssl.SSLWantWriteError:
            self._tls_needs = WRITE
            return None
        self._filled = count == len(self._buffer)
        return self._buffer[:count]

    def wait(self, events: int, seconds: float) -> int:
        """Wait at most `seconds`; return which of `events` are possible, 0 for none yet.

        After a TLS read that needs to write, or a write that needs to read, it waits once for that instead.
        """
        if self._tls is not None:
            events = self.needed(events)
        return self._wait(events, seconds) if events else READ

    def needed(self, events: int) -> int:
        """Return the events to wait for instead of these, 0 if TLS holds decrypted bytes that can be read now."""
        if self._tls is not None:
            if events & READ and self._filled and self._tls.pending():
                return 0
            events, self._tls_needs = self._tls_needs or events, 0
        return events

    def start_tls(self, context: ssl.SSLContext, host: str, deadline: Deadline) -> None:
        """Perform the TLS handshake, every byte of it within the deadline; raise `AttemptFailed`."""
        self.wrap(context, host)
        while events := self.go_on_with_handshake():
            self._wait(events, deadline.left(_PHASE))

    def wrap(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS, without sending anything yet; raise `AttemptFailed`."""
        try:
            self._socket = self._tls = _wrapped(context, self._socket, host)
        except OSError as error:
            raise AttemptFailed.of(error, "reset") from None
        except ValueError:
            raise AttemptFailed("tls", "the host is no name a certificate can have") from None

    def go_on_with_handshake(self) -> int:
        """Return the event that the TLS handshake has to wait for, 0 when it is over; raise `AttemptFailed`."""
        try:
            if self._tls is not None:
                self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return READ
        except ssl.SSLWantWriteError:
            return WRITE
        except OSError as error:
            raise AttemptFailed.of(error, "reset") from None
        return 0

    def is_stale(self) -> bool:
        """Return whether the peer has sent anything, or closed, while no exchange was under way."""
        if self._tls is None:
            return self._wait(READ, 0) != 0
        try:
            return self.wait(READ, 0) != 0 and self.receive() is not None
        except OSError:
            return True

    def fileno(self) -> int:
        """Return the number of the socket, to wait for it elsewhere."""
        return self._socket.fileno()

    def has_pending(self) -> bool:
        """Return whether TLS holds decrypted bytes."""
        return self._tls is not None and self._filled and self._tls.pending() > 0

    def shutdown(self) -> None:
        """End the connection, so that a wait for the socket in another thread ends too; TLS is not told."""
        with suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # SSLSocket's own drops TLS under another thread

    def close(self) -> None:
        """Close the socket at once, without TLS's close_notify: a forked process may share it."""
        self._socket.close()


def _wrapped(context: ssl.SSLContext, connected: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return context.wrap_socket(
            connected, server_hostname=server_hostname(context, host), do_handshake_on_connect=False
        )
    except (OSError, ValueError) as error:
        _close_taken_socket(error.__traceback__)
        raise


def _close_taken_socket(trace: TracebackType | None) -> None:
    """Close the SSLSocket that `wrap_socket` had made from our socket when it failed: nothing else refers to it."""
    while trace is not None:
        taken = trace.tb_frame.f_locals.get("self")
        if isinstance(taken, ssl.SSLSocket):
            taken.close()
        trace = trace.tb_next
