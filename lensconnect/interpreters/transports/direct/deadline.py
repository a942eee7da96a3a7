"""The time limit of an attempt, and the exception that ends an attempt.

Deadline(clock, seconds).left("connecting")  ->  the seconds that are left, or raises AttemptFailed
AttemptFailed(kind, message)                 ->  the transport catches it and returns a TransportError
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable

from lensconnect.errors import Kind


class AttemptFailed(Exception):
    """Ends an attempt from the inside.  The transport catches it: no caller ever sees it."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(kind, message)
        self.kind: Kind = kind
        self.message = message

    @classmethod
    def timed_out(cls, phase: object) -> AttemptFailed:
        """Return the failure of an attempt whose time ended in this phase: "out of time connecting"."""
        return cls("timeout", f"out of time {phase}")

    @classmethod
    def closed(cls) -> AttemptFailed:
        """Return the failure of a request to a closed transport."""
        return cls("closed", "the transport was closed")

    @classmethod
    def of(cls, error: OSError, kind: Kind) -> AttemptFailed:
        """Return the failure for an error of the operating system or of OpenSSL.

        `kind` is used where the error's class is not more precise.
        """
        if isinstance(error, ssl.SSLCertVerificationError):
            return cls("tls", f"the certificate is not trusted: {error.verify_message}")
        if isinstance(error, ssl.SSLError):
            return cls("tls", f"TLS failed: {error.reason or 'the connection ended'}")
        if isinstance(error, socket.gaierror):
            return cls("name", f"the name could not be looked up: {error.strerror}")
        return cls(kind, os.strerror(error.errno).lower() if error.errno else "the connection failed")

    def during(self, phase: object) -> AttemptFailed:
        """Return the failure with the phase in its message."""
        return AttemptFailed(self.kind, f"{self.message} {phase}")


class Deadline:
    """The time at which one attempt has to be over."""

    __slots__ = ("_clock", "_end")

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self, phase: object) -> float:
        """Return the seconds that are left, `math.inf` for no limit; raise `AttemptFailed` if there are none."""
        left = self._end - self._clock()
        if left > 0:
            return left
        raise AttemptFailed.timed_out(phase)
