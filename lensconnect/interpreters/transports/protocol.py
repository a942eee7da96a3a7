"""The whole contract of a transport, the part that users plug in.

`seconds` is the time limit of this attempt (`math.inf` for none).  It covers every phase: name look-up, connecting,
TLS handshake, sending, and each byte of head and body.  Nothing is raised for what the network does.  A reply
counts only when it is complete and final: 1xx is never final (RFC 9110, 15.2).  No redirect is followed.
`sent` of an error is "no" until the first byte of the request is handed to an established connection, "maybe"
from then on, "yes" once a complete final response head was read.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.results import Result


class Transport(Protocol):
    """Performs one request, once."""

    def __call__(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """Perform the request within so many seconds; a TransportError if no complete reply came."""
        ...


class AsyncTransport(Protocol):
    """Performs one request, once, when awaited; cancelling it closes its connection."""

    def __call__(self, request: HttpRequest, seconds: float, /) -> Awaitable[Result[HttpResponse, TransportError]]:
        """Perform the request within so many seconds; a TransportError if no complete reply came."""
        ...
