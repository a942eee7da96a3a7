"""traced, traced_sockets: observe a transport or a socket driver, synchronous or asynchronous.

    new_env(transport=traced(print)(transport), sockets=traced_sockets(print)(driver))

A trace is of one attempt, with the whole HTTP exchange, or of one frame of a WebSocket.  For the attempts, waits and
retries of a logical call use `lensconnect.observed`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from itertools import count
from typing import Annotated, Any, Literal, Protocol, TypeAlias, overload

from lensconnect.errors import ServiceError, TransportError, transport_error_message
from lensconnect.http import HttpRequest, HttpResponse, hiding, http_response_headers
from lensconnect.interpreters.contract import AsyncTransport, Transport
from lensconnect.live.frames import ChatFrame, parse
from lensconnect.marks import SECRET
from lensconnect.operations import operation_of
from lensconnect.optics import Lens
from lensconnect.record import Record
from lensconnect.results import Failure, Result, Success, is_ok
from lensconnect.testing.frames import shown_frame
from lensconnect.testing.pseudonyms import is_pseudonym
from lensconnect.testing.socket_wrappers import SocketDriverWrapper, watched_sockets
from lensconnect.wire.describe import undescribe
from lensconnect.wire.plan import BEARER_HEADER

__all__ = [
    "ExchangeHook",
    "SocketTrace",
    "TransportOutcome",
    "Trace",
    "TransportWrapper",
    "socket_trace_at",
    "socket_trace_content",
    "socket_trace_sender",
    "socket_trace_socket",
    "trace_at",
    "trace_budget",
    "trace_outcome",
    "trace_request",
    "trace_seconds",
    "traced",
    "traced_sockets",
    "watched",
]

TransportOutcome: TypeAlias = Result[HttpResponse, TransportError]
"""The result of a transport: a response or an error."""


class TransportWrapper(Protocol):
    """A function from a transport to a transport of the same kind, synchronous or asynchronous."""

    @overload
    def __call__(self, transport: Transport, /) -> Transport: ...
    @overload
    def __call__(self, transport: AsyncTransport, /) -> AsyncTransport: ...


class Trace(Record, frozen=True):
    """One exchange: the whole request and its outcome.

    `str` and `repr` mask secrets, those of the request in its outcome too, and show only the size of a body.
    """

    request: HttpRequest
    outcome: TransportOutcome
    budget: float
    """Seconds that the attempt was allowed to take."""
    at: float
    """The time of the clock when it began, in seconds."""
    seconds: float
    """Seconds that it took."""

    def __rich_repr__(self) -> list[tuple[str, object]]:
        hidden = without_secrets_of(self.request, self.outcome)
        return [(name, hidden if name == "outcome" else value) for name, value in super().__rich_repr__()]

    def __str__(self) -> str:
        outcome = without_secrets_of(self.request, self.outcome)
        return f"{self.request!r} within {self.budget!r} -> {outcome} after {self.seconds!r}"


def hiding_secrets_of(request: HttpRequest) -> Callable[[str], str]:
    """Return a function that masks the bearer and the other secrets of a request in a text."""
    bearers = (value for name, value in request.headers if name.lower() == BEARER_HEADER.lower())
    parsed = undescribe(request)
    members = operation_of(type(record := parsed.unwrap())).secrets(record) if is_ok(parsed) else ()
    return hiding(secret for secret in (*bearers, *members) if not is_pseudonym(secret))


def without_secrets_of(request: HttpRequest, outcome: TransportOutcome) -> TransportOutcome:
    """Return an outcome with the secrets of its request masked in the headers or the message; the body is unchanged."""
    hide = hiding_secrets_of(request)
    if not is_ok(outcome):
        error = outcome.failure()
        return Failure(error & transport_error_message.set(hide(error.message)))
    headers = outcome.unwrap().headers
    hidden = tuple((hide(name), hide(value)) for name, value in headers)
    return Success(outcome.unwrap() & http_response_headers.set(hidden))


ExchangeHook: TypeAlias = Callable[[HttpRequest, float], Callable[[TransportOutcome], object]]
"""Called with a request and its budget in seconds; the function that it returns is called with the outcome."""


async def _await_then(
    pending: Awaitable[TransportOutcome], end: Callable[[TransportOutcome], object]
) -> TransportOutcome:
    outcome = await pending
    end(outcome)
    return outcome


def watched(begin: ExchangeHook) -> TransportWrapper:
    """Return a wrapper that calls `begin` before each request, and the function it returns after it.

    A request that is cancelled, or whose transport raises, has no outcome: the function is not called.
    """

    def wrap(transport: Callable[[HttpRequest, float], Any], /) -> Any:
        def perform(request: HttpRequest, seconds: float, /) -> Any:
            end = begin(request, seconds)
            outcome = transport(request, seconds)
            if isawaitable(outcome):
                return _await_then(outcome, end)
            end(outcome)
            return outcome

        return perform

    return wrap


def traced(observer: Callable[[Trace], object], clock: Callable[[], float] = time.monotonic) -> TransportWrapper:
    """Return a wrapper that calls the observer with a `Trace` after each exchange; times are the clock's.

    >>> from lensconnect import Success
    >>> transport = traced(print, clock=lambda: 0.0)(lambda request, seconds: Success(HttpResponse(200)))
    >>> _ = transport(HttpRequest("GET", "https://h.example/participant/views/secret"), 5.0)
    HttpRequest(method='GET', url='https://h.example/participant/views/***', headers=(), body=<0 bytes>)
    within 5.0 -> <Success: HttpResponse(status=200, headers=(), body=<0 bytes>)> after 0.0
    """

    def begin(request: HttpRequest, budget: float) -> Callable[[TransportOutcome], object]:
        at = clock()
        return lambda outcome: observer(Trace(request, outcome, budget, at, clock() - at))

    return watched(begin)


class SocketTrace(Record, frozen=True):
    """The end of an opening of a WebSocket, a frame on it, or its loss.  The content is masked where it is shown."""

    socket: int
    """The number of the WebSocket; the first that is opened is 1."""
    sender: Literal["client", "service"]
    content: Annotated[str | bytes | ServiceError | TransportError | None, SECRET]
    """A frame, the error of a refused opening or of a loss; None for a successful opening."""
    at: float
    """The time of the clock, in seconds."""

    def __str__(self) -> str:
        return f"WebSocket {self.socket}, {self.sender}: {_shown_content(self.content)}"


def _shown_content(content: str | bytes | ServiceError | TransportError | None) -> str:
    match content:
        case None:
            return "opened"
        case str():
            parsed = parse(content)
            return f"{parsed.item.type} {parsed.item.id}" if isinstance(parsed, ChatFrame) else shown_frame(content)
        case bytes():
            return f"{len(content)} bytes"
        case _:
            return str(content)


class _SocketTracer:
    """Passes what happens on one WebSocket to an observer."""

    def __init__(self, number: int, observer: Callable[[SocketTrace], object], clock: Callable[[], float]) -> None:
        self._number, self._observer, self._clock = number, observer, clock

    def opened(self) -> None:
        self.note("service", None)

    def refused(self, error: ServiceError | TransportError, /) -> None:
        self.note("service", error)

    def note(
        self, sender: Literal["client", "service"], content: str | bytes | ServiceError | TransportError | None, /
    ) -> None:
        self._observer(SocketTrace(self._number, sender, content, self._clock()))


def traced_sockets(
    observer: Callable[[SocketTrace], object], clock: Callable[[], float] | None = None
) -> SocketDriverWrapper:
    """Return a wrapper of socket drivers that calls the observer with a `SocketTrace` for each opening, frame and loss.

    A frame of the client is traced before it is sent; a close of the client's own is not traced.  Times are those of
    the clock; without one, of that by which the driver waits.
    """
    numbers = count(1)
    return watched_sockets(
        lambda clock_of_driver: lambda: _SocketTracer(next(numbers), observer, clock or clock_of_driver)
    )


trace_request: Lens[Trace, HttpRequest] = Lens(Trace, "request")
trace_outcome: Lens[Trace, TransportOutcome] = Lens(Trace, "outcome")
trace_budget: Lens[Trace, float] = Lens(Trace, "budget")
trace_at: Lens[Trace, float] = Lens(Trace, "at")
trace_seconds: Lens[Trace, float] = Lens(Trace, "seconds")
socket_trace_socket: Lens[SocketTrace, int] = Lens(SocketTrace, "socket")
socket_trace_sender: Lens[SocketTrace, Literal["client", "service"]] = Lens(SocketTrace, "sender")
socket_trace_content: Lens[SocketTrace, str | bytes | ServiceError | TransportError | None] = Lens(
    SocketTrace, "content"
)
socket_trace_at: Lens[SocketTrace, float] = Lens(SocketTrace, "at")
