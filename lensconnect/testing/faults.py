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

The faults of WebSockets wrap a socket driver in the same way, synchronous or asynchronous.  Those that come by chance
take a probability for each frame that comes, and a source of random numbers, such as `Random(7).random`.

frames_planned     a fault for each frame in order: "drop", "duplicate", "reorder", "corrupt", "cut" or "none"
frames_dropped     by chance a frame is lost
frames_duplicated  by chance a frame comes twice
frames_reordered   by chance a frame comes after the next one
frames_corrupted   by chance a frame comes without its second half
frames_delayed     each frame takes some seconds
socket_silenced    by chance nothing comes any more, as on a link that is dead
socket_expired     by chance the service closes the WebSocket with 1001
socket_cut_after   the connection ends after so many frames
handshake_refused  the handshake is answered with this status
handshake_cut      the connection ends in the handshake
slow_opening       the opening takes some seconds; if that is too long it times out
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar, cast

from lensconnect.arguments import expect, expect_number
from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.contract import Transport
from lensconnect.results import Failure, Result, Success
from lensconnect.testing.socket_faults import (
    FrameChange,
    FrameFault,
    SocketDriverFault,
    changing_frames,
    frames_corrupted,
    frames_delayed,
    frames_dropped,
    frames_duplicated,
    frames_planned,
    frames_reordered,
    handshake_cut,
    handshake_refused,
    slow_opening,
    socket_cut_after,
    socket_expired,
    socket_silenced,
)
from lensconnect.testing.socket_wrappers import SocketDriverWrapper, awaited, is_asynchronous, with_clock_of

T = TypeVar("T")
C = TypeVar("C", bound=Callable[..., Any])

__all__ = [
    "FrameChange",
    "FrameFault",
    "SocketDriverFault",
    "SocketDriverWrapper",
    "TransportFault",
    "answered",
    "changing_frames",
    "delivered_twice",
    "frames_corrupted",
    "frames_delayed",
    "frames_dropped",
    "frames_duplicated",
    "frames_planned",
    "frames_reordered",
    "handshake_cut",
    "handshake_refused",
    "healthy",
    "lost_reply",
    "lost_request",
    "scheduled",
    "slow",
    "slow_opening",
    "socket_cut_after",
    "socket_expired",
    "socket_silenced",
    "throttled",
    "unavailable",
]

TransportFault: TypeAlias = Callable[[Transport], Transport]
"""A function from a transport to one with a fault."""


def healthy(transport: T) -> T:
    """Return the transport, or the socket driver, unchanged."""
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
    expect("answered: response", response, HttpResponse, "an HttpResponse")
    return lambda _: lambda request, seconds: Success(response)


throttled: TransportFault = answered(
    HttpResponse(429, (("x-amzn-ErrorType", "ThrottlingException"),), b'{"message":"Rate exceeded"}')
)
"""Return a ThrottlingException; the service never sees the request."""

unavailable: TransportFault = answered(HttpResponse(503))
"""Return a 503 with an empty body, as a gateway does; the service never sees the request."""


def slow(seconds: float, wait: Callable[[float], object]) -> TransportFault:
    """Let the service act, then `wait` this many seconds: a "timeout", sent "maybe", if the attempt has fewer."""
    expect_number("slow: seconds", seconds, 0)

    def fault(transport: Transport) -> Transport:
        def perform(request: HttpRequest, budget: float, /) -> Result[HttpResponse, TransportError]:
            outcome = transport(request, budget)
            wait(min(seconds, max(budget, 0.0)))
            return outcome if seconds < budget else Failure(TransportError("timeout", "no reply in time", "maybe"))

        return perform

    return fault


def scheduled(faults: Iterable[Callable[[C], C]]) -> Callable[[C], C]:
    """Apply one fault to each request, or to each opening of a WebSocket, in order, and none after the last."""
    remaining = iter(faults)

    def fault(transport: C) -> C:
        def perform(*arguments: object) -> Any:
            return next(remaining, healthy)(transport)(*arguments)

        async def perform_on_a_loop(*arguments: object) -> Any:
            return await awaited(perform(*arguments))

        return cast("C", with_clock_of(transport, perform_on_a_loop if is_asynchronous(transport) else perform))

    return fault
