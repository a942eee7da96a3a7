"""Watching a transport, of either kind: each request as it leaves, each outcome as it comes back.

    new_env(transport=traced(print)(transport))

A trace is of the wire: one for each attempt, with the whole HTTP of it.  What a logical call does
(retries, waits, why) is told by `observed`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, Protocol, TypeAlias, overload

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.contract import AsyncTransport, Transport
from lensconnect.optics import Lens
from lensconnect.record import Record
from lensconnect.results import Result

__all__ = [
    "Outcome",
    "Trace",
    "TransportWrapper",
    "trace_at",
    "trace_budget",
    "trace_outcome",
    "trace_request",
    "trace_seconds",
    "traced",
    "watched",
]

Outcome: TypeAlias = Result[HttpResponse, TransportError]
"""What a transport gives."""


class TransportWrapper(Protocol):
    """From a transport to one of the same kind."""

    @overload
    def __call__(self, transport: Transport, /) -> Transport: ...
    @overload
    def __call__(self, transport: AsyncTransport, /) -> AsyncTransport: ...


class Trace(Record, frozen=True):
    """One exchange: it began `at` that time, might have taken `budget` seconds and took `seconds`.

    It holds the whole request and outcome; its text shows them masked, and of a body only the size.
    """

    request: HttpRequest
    outcome: Outcome
    budget: float
    at: float
    seconds: float

    def __str__(self) -> str:
        return f"{self.request!r} within {self.budget!r} -> {self.outcome} after {self.seconds!r}"


class _Watched:
    """The wrapper that calls `begin` before each request, and what that gives with its outcome."""

    def __init__(self, begin: Callable[[HttpRequest, float], Callable[[Outcome], object]]) -> None:
        self.begin = begin

    @overload
    def __call__(self, transport: Transport, /) -> Transport: ...
    @overload
    def __call__(self, transport: AsyncTransport, /) -> AsyncTransport: ...
    def __call__(self, transport: Transport | AsyncTransport, /) -> Transport | AsyncTransport:
        def perform(request: HttpRequest, seconds: float, /) -> Any:
            end = self.begin(request, seconds)
            outcome = transport(request, seconds)
            if isawaitable(outcome):
                return _awaited(outcome, end)
            end(outcome)
            return outcome

        return perform


async def _awaited(coming: Awaitable[Outcome], end: Callable[[Outcome], object]) -> Outcome:
    outcome = await coming
    end(outcome)
    return outcome


def watched(begin: Callable[[HttpRequest, float], Callable[[Outcome], object]]) -> TransportWrapper:
    """`begin` is called with each request and its seconds, what it gives with the outcome.

    A request that is cancelled, or whose transport raises, has no outcome.
    """
    return _Watched(begin)


def traced(tell: Callable[[Trace], object], clock: Callable[[], float] = time.monotonic) -> TransportWrapper:
    """Tell of every exchange once it is over; times are the clock's.

    >>> from lensconnect import Success
    >>> quiet = traced(print, clock=lambda: 0.0)(lambda request, seconds: Success(HttpResponse(200)))
    >>> _ = quiet(HttpRequest("GET", "https://h.example/participant/views/secret"), 5.0)
    HttpRequest(method='GET', url='https://h.example/participant/views/***', headers=(), body=<0 bytes>)
    within 5.0 -> <Success: HttpResponse(status=200, headers=(), body=<0 bytes>)> after 0.0
    """

    def begin(request: HttpRequest, budget: float) -> Callable[[Outcome], object]:
        at = clock()
        return lambda outcome: tell(Trace(request, outcome, budget, at, clock() - at))

    return watched(begin)


trace_request: Lens[Trace, HttpRequest] = Lens("request")
trace_outcome: Lens[Trace, Outcome] = Lens("outcome")
trace_budget: Lens[Trace, float] = Lens("budget")
trace_at: Lens[Trace, float] = Lens("at")
trace_seconds: Lens[Trace, float] = Lens("seconds")
