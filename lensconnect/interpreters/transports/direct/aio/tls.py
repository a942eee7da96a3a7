"""TLS between two heaps of bytes: what arrives is taken in, what is to leave is given out.  No socket, no loop.

    tls.take(ciphertext)    tls.read() -> plaintext     tls.write(plaintext) -> count    tls.leaving() -> ciphertext

Facts: each of shaking hands, reading and writing may need bytes from the peer first and may leave bytes
for it, so `leaving()` is asked after every one of them.
"""

from __future__ import annotations

import ssl
from typing import Final

from lensconnect.interpreters.transports.direct.deadline import Stop, broken

__all__ = ["Tls"]

_RECORD: Final = 16 * 1024


class Tls:
    """The client's side of one TLS connection."""

    __slots__ = ("_incoming", "_outgoing", "_tls", "secure")

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host.rstrip("."))
        except ValueError:
            raise Stop("tls", "the host is no name a certificate can have") from None
        self.secure = False

    def shake_hands(self) -> None:
        """Go on with the handshake as far as possible; `secure` once it is over.  Raises `Stop`."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except OSError as error:
            raise broken(error, "reset") from None
        self.secure = True

    def take(self, ciphertext: memoryview) -> None:
        """What the peer has sent."""
        self._incoming.write(ciphertext)

    def read(self) -> bytes | None:
        """What has been decrypted; empty is the end, None "not yet"."""
        try:
            return self._tls.read(_RECORD)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def write(self, plaintext: memoryview) -> int:
        """How many bytes were encrypted; 0 is "not before something was read"."""
        try:
            return self._tls.write(plaintext)
        except ssl.SSLWantReadError:
            return 0

    def leaving(self) -> bytes:
        """What is to be sent to the peer now."""
        return self._outgoing.read()
