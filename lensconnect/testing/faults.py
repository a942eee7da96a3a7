"""A catalogue of faults: each wraps a transport, `Transport -> Transport`, and compose as functions do.

lost_request      never arrives
lost_reply        arrives and is acted on; the reply does not come back
delivered_twice   arrives twice, as a duplicating network does; one reply comes back
answered          the service answers this instead, without acting
slow              takes so many seconds of the clock; past the budget it is a timeout
scheduled         a different fault for each request, in order, then none
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
"""From a transport to one that fails in a certain way."""


def healthy(transport: Transport) -> Transport:
    """No fault at all."""
    return transport


def lost_request(_: Transport) -> Transport:
    """The connection is refused: nothing was sent."""
    return lambda request, seconds: Failure(TransportError("connect", "refused", "no"))


def lost_reply(transport: Transport) -> Transport:
    """The service acts; the connection breaks before the reply, so nobody knows."""

    def perform(request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        transport(request, seconds)
        return Failure(TransportError("reset", "broke before the reply", "maybe"))

    return perform


def delivered_twice(transport: Transport) -> Transport:
    """The service gets the request twice."""

    def perform(request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        transport(request, seconds)
        return transport(request, seconds)

    return perform


def answered(response: HttpResponse) -> TransportFault:
    """This answer, and the service never sees the request."""
    return lambda _: lambda request, seconds: Success(response)


throttled: TransportFault = answered(
    HttpResponse(429, (("x-amzn-ErrorType", "ThrottlingException"),), b'{"message":"Rate exceeded"}')
)
"""Refused for its rate."""

unavailable: TransportFault = answered(HttpResponse(503))
"""A gateway's 503 with an empty body."""


def slow(seconds: float, wait: Callable[[float], object]) -> TransportFault:
    """The service acts, but so many seconds pass, by `wait`; past the attempt's budget nobody hears."""

    def fault(transport: Transport) -> Transport:
        def perform(request: HttpRequest, budget: float, /) -> Result[HttpResponse, TransportError]:
            outcome = transport(request, budget)
            wait(min(seconds, max(budget, 0.0)))
            return outcome if seconds < budget else Failure(TransportError("timeout", "no reply in time", "maybe"))

        return perform

    return fault


def scheduled(faults: Iterable[TransportFault]) -> TransportFault:
    """One fault for each request in turn; after the last, none."""
    following = iter(faults)

    def fault(transport: Transport) -> Transport:
        def perform(request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
            return next(following, healthy)(transport)(request, seconds)

        return perform

    return fault
