"""What is left of an attempt's time, and how an attempt stops.  Neither leaves this folder.

Deadline(clock, seconds).left("connecting")  ->  seconds still to go, or raises Stop
Stop(kind, message)                          ->  becomes the TransportError of the attempt
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable

from lensconnect.errors import Kind

__all__ = ["Deadline", "Stop", "broken"]


class Stop(Exception):
    """Ends an attempt from the inside; always caught by the transport."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(kind, message)
        self.kind: Kind = kind
        self.message = message


class Deadline:
    """The end of one attempt's time."""

    __slots__ = ("_clock", "_end")

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self, phase: object) -> float:
        """Seconds still to go; raises `Stop` when there are none.  `math.inf` is no limit."""
        left = self._end - self._clock()
        if left > 0:
            return left
        raise Stop("timeout", f"out of time {phase}")


def broken(error: OSError, kind: Kind) -> Stop:
    """The `Stop` for what an operating system or OpenSSL says; `kind` where nothing closer is known."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Stop("tls", f"the certificate is not trusted: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return Stop("tls", f"TLS failed: {error.reason or 'the connection ended'}")
    if isinstance(error, socket.gaierror):
        return Stop("name", f"the name could not be looked up: {error.strerror}")
    return Stop(kind, os.strerror(error.errno).lower() if error.errno else "the connection failed")
