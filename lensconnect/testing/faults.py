"""A catalogue of transport faults.  Each wraps a `Transport`, so they compose as functions do.

lost_request      the request never arrives
lost_reply        the request arrives and is acted on; the reply is lost
delivered_twice   the request arrives twice; the second reply comes back
answered          this response comes back; the service never sees the request
throttled         answered with a ThrottlingException
unavailable       answered with an empty 503
slow              the reply takes some seconds; if that is too long the attempt times out
scheduled         a different fault for each request in order, then none
healthy           no fault
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.contract import Transport
from lensconnect.results import Failure, Result, Success

__all__ = [
    "TransportFault",
    "answered",
    "delivered_twice",
    "healthy",
    "lost_reply",
    "lost_request",
    "scheduled",
    "slow",
    "throttled",
    "unavailable",
]

TransportFault: TypeAlias = Callable[[Transport], Transport]
"""A function from a transport to one with a fault."""


def healthy(transport: Transport) -> Transport:
    """Return the transport unchanged."""
    return transport


def lost_request(_: Transport) -> Transport:
    """Refuse the connection: a "connect" error, sent "no"."""
    return lambda request, seconds: Failure(TransportError("connect", "the connection was refused", "no"))


def lost_reply(transport: Transport) -> Transport:
    """Let the service act, then break the connection: a "reset" error, sent "maybe"."""

    def perform(request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        transport(request, seconds)
        return Failure(TransportError("reset", "the connection broke before the reply", "maybe"))

    return perform


def delivered_twice(transport: Transport) -> Transport:
    """Deliver the request twice, as a network that duplicates it does, and return the second reply."""

    def perform(request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        transport(request, seconds)
        return transport(request, seconds)

    return perform


def answered(response: HttpResponse) -> TransportFault:
    """Return this response to every request; the service never sees it."""
    return lambda _: lambda request, seconds: Success(response)


throttled: TransportFault = answered(
    HttpResponse(429, (("x-amzn-ErrorType", "ThrottlingException"),), b'{"message":"Rate exceeded"}')
)
"""Return a ThrottlingException; the service never sees the request."""

unavailable: TransportFault = answered(HttpResponse(503))
"""Return a 503 with an empty body, as a gateway does; the service never sees the request."""


def slow(seconds: float, wait: Callable[[float], object]) -> TransportFault:
    """Let the service act, then `wait` this many seconds: a "timeout", sent "maybe", if the attempt has fewer."""

    def fault(transport: Transport) -> Transport:
        def perform(request: HttpRequest, budget: float, /) -> Result[HttpResponse, TransportError]:
            outcome = transport(request, budget)
            wait(min(seconds, max(budget, 0.0)))
            return outcome if seconds < budget else Failure(TransportError("timeout", "no reply in time", "maybe"))

        return perform

    return fault


def scheduled(faults: Iterable[TransportFault]) -> TransportFault:
    """Apply one fault to each request in order, and none after the last."""
    remaining = iter(faults)

    def fault(transport: Transport) -> Transport:
        return lambda request, seconds: next(remaining, healthy)(transport)(request, seconds)

    return fault
