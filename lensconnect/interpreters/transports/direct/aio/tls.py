"""TlsLayer: TLS between two buffers, without a socket and without a loop.

    tls.feed(ciphertext)    tls.read() -> plaintext     tls.write(plaintext) -> count    tls.outgoing() -> ciphertext

Fact (Python's `ssl.SSLObject` documentation): the handshake, a read and a write may each need bytes from the peer
first and may each produce bytes for it, so `outgoing()` is called after every one of them.
"""

from __future__ import annotations

import ssl
from typing import Final

from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.tls_context import server_hostname

RECORD_SIZE: Final = 16 * 1024
"""Bytes of plaintext that one record holds at most (RFC 8446, 5.1)."""


class TlsLayer:
    """The client's side of one TLS connection."""

    __slots__ = ("_incoming", "_outgoing", "_tls", "secure")

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname(context, host))
        except ValueError:
            raise AttemptFailed("tls", "the host is no name a certificate can have") from None
        self.secure: bool = False

    def handshake(self) -> None:
        """Go on with the handshake as far as possible; set `secure` when it is over.  Raises `AttemptFailed`."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except OSError as error:
            raise AttemptFailed.of(error, "reset") from None
        self.secure = True

    def feed(self, ciphertext: memoryview) -> None:
        """Take bytes that the peer has sent."""
        self._incoming.write(ciphertext)

    def read(self) -> bytes | None:
        """Return decrypted bytes; empty for the end, None for "not yet".

        A read returns a whole record, and OpenSSL takes no byte of the next one before.  So once it has taken all that
        was fed, a read could only raise, which costs more than to decrypt a short reply.
        """
        if not self._incoming.pending:
            return None
        try:
            return self._tls.read(RECORD_SIZE)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def write(self, plaintext: memoryview) -> int:
        """Encrypt bytes; return how many were taken, 0 if bytes of the peer have to be read first."""
        try:
            return self._tls.write(plaintext[:RECORD_SIZE])
        except ssl.SSLWantReadError:
            return 0

    def outgoing(self) -> bytes:
        """Take the bytes to send to the peer now; the next call does not return them again."""
        return self._outgoing.read()
