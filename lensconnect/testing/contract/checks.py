"""Checks: generators that yield effects and raise when a rule is broken.

    outcomes = yield MakeCalls((TransportCall(request, 0.25),))     calls made at the same time
    yield WaitFor(server.is_left, 1.0)                                until it is true or the time is over

A check performs nothing itself, so the same one serves synchronous and asynchronous transports: `drivers`
performs its effects.  The `expect_...` functions raise `BrokenRuleError` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar, cast, get_args

from lensconnect.errors import Kind, Sent, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.results import Result, is_err, is_ok
from lensconnect.testing.contract.report import Risk
from lensconnect.testing.contract.scripted_server import ScriptedServer

__all__ = [
    "CANARY",
    "BrokenRuleError",
    "CallOutcome",
    "CheckEffect",
    "CheckSteps",
    "CheckTable",
    "InterruptCall",
    "MakeCalls",
    "SocketCall",
    "Tolerances",
    "TransportCall",
    "WaitFor",
    "call",
    "call_inside",
    "call_together",
    "expect",
    "expect_closed",
    "expect_error",
    "expect_in_time",
    "expect_reply",
    "get",
    "is_failure",
    "post",
    "wait_until",
]

T = TypeVar("T")

CANARY: Final = "canary"
"""Every secret part of a request contains it; no error may show it."""


class Tolerances(NamedTuple):
    """The limits of a run of the suite."""

    seconds: float
    """The time limit of an attempt that is made to run out of time."""
    slack: float
    """Seconds that such an attempt may end late."""
    max_body: int
    """The largest body of a reply in bytes that the transport accepts."""


class TransportCall(NamedTuple):
    """One call of the transport: the request, its time limit, and the seconds after which it is cancelled."""

    request: HttpRequest
    seconds: float
    cancel_after: float | None = None

    def make(self, transport: Callable[[HttpRequest, float], object]) -> object:
        """Call the transport; the outcome of an asynchronous one is awaitable."""
        return transport(self.request, self.seconds)


class SocketCall(NamedTuple):
    """One call of a socket driver, or of a method of an open WebSocket, and the seconds after which it is cancelled."""

    method: Literal["open", "send", "receive", "close"]
    arguments: tuple[object, ...]
    connection: object = None
    cancel_after: float | None = None

    def make(self, driver: Callable[..., object]) -> object:
        """Call the driver or the method; the outcome of an asynchronous one is awaitable."""
        return (driver if self.connection is None else getattr(self.connection, self.method))(*self.arguments)


class CallOutcome(NamedTuple):
    """The end of a call: it returned an outcome, raised, was cancelled as the check asked, or (none of these) never ended."""

    outcome: object
    took: float
    raised: BaseException | None = None
    cancelled: bool = False
    frames: str = ""
    """The frames of its cancellation with their local variables, as a debugger or an error reporter shows them."""


class MakeCalls(NamedTuple):
    """Make these calls at the same time and return the `CallOutcome` of each."""

    calls: tuple[TransportCall | SocketCall, ...]


class InterruptCall(NamedTuple):
    """Make the second call inside the first, as a signal handler would, at the given line of Python that it executes.

    Returns the `CallOutcome` of both, or of the first alone if it executes fewer lines.  Synchronous transports only.
    """

    outer: TransportCall
    inner: TransportCall
    line: int


class WaitFor(NamedTuple):
    """Wait until the condition is true, but no longer than this."""

    condition: Callable[[], bool]
    seconds: float


CheckEffect: TypeAlias = MakeCalls | InterruptCall | WaitFor
CheckSteps: TypeAlias = Generator[CheckEffect, tuple[CallOutcome, ...], T]
CheckTable: TypeAlias = Mapping[str, Callable[[Tolerances], CheckSteps[None]]]


class BrokenRuleError(AssertionError):
    """A transport breaks a rule of the contract; `risk` says what that can cost."""

    def __init__(self, why: str, risk: Risk = "message") -> None:
        super().__init__(why)
        self.risk: Risk = risk


def post(server: ScriptedServer, body: bytes = b"canary", *, url: str | None = None) -> HttpRequest:
    """Return a POST to the server, with the headers of a service request."""
    headers = (("Content-Type", "application/json"), ("X-Amz-Bearer", CANARY))
    return HttpRequest("POST", server.url() if url is None else url, headers, body)


def get(server: ScriptedServer, target: str = "/participant/canary?canary") -> HttpRequest:
    """Return a GET to the server, without a body."""
    return HttpRequest("GET", server.url(target), (("X-Amz-Bearer", CANARY),))


def call(request: HttpRequest, seconds: float = 5.0) -> CheckSteps[CallOutcome]:
    """Make one call."""
    (ended,) = yield from call_together([request], seconds)
    return ended


def call_together(
    requests: Sequence[HttpRequest], seconds: float = 5.0, cancel_after: Sequence[float | None] | None = None
) -> CheckSteps[tuple[CallOutcome, ...]]:
    """Make one call for each request at the same time; each is cancelled after its delay, if it has one."""
    delays = cancel_after or [None] * len(requests)
    calls = (TransportCall(request, seconds, delay) for request, delay in zip(requests, delays, strict=True))
    return (yield MakeCalls(tuple(calls)))


def call_inside(outer: HttpRequest, inner: HttpRequest, line: int) -> CheckSteps[tuple[CallOutcome, ...]]:
    """Make the second call inside the first, at the given line that it executes; return the outcomes."""
    return (yield InterruptCall(TransportCall(outer, 5.0), TransportCall(inner, 5.0), line))


def wait_until(condition: Callable[[], bool], otherwise: str, seconds: float = 1.0) -> CheckSteps[None]:
    """Wait for the condition; it is an error if it is still false at the end."""
    yield WaitFor(condition, seconds)
    expect(condition(), otherwise)


def expect_closed(server: ScriptedServer) -> CheckSteps[None]:
    """Expect the transport to close every connection to the server."""
    yield from wait_until(server.is_left, "the connection was not closed")


def expect(holds: bool, otherwise: str, risk: Risk = "message") -> None:
    """Raise `BrokenRuleError` unless the condition holds."""
    if not holds:
        raise BrokenRuleError(otherwise, risk)


def expect_reply(ended: CallOutcome, status: int | None = None, body: bytes | None = None) -> HttpResponse:
    """Expect a reply, with this status and body where they are given, and return it."""
    outcome = _well_formed(ended)
    if is_err(outcome):
        error = outcome.failure()
        raise BrokenRuleError(f"failed with {error.kind}, sent {error.sent}")
    reply = outcome.unwrap()
    expect(type(reply) is HttpResponse, f"succeeded with a {type(reply).__name__}", "reply")
    expect(type(reply.headers) is tuple, "the headers are not a tuple", "name")
    expect(type(reply.body) is bytes, "the body is not bytes", "name")
    status_risk: Risk = "reply" if reply.status < 200 else "message"
    expect(status in (None, reply.status), f"status {reply.status} instead of {status}", status_risk)
    expect(body in (None, reply.body), f"a different body: {len(reply.body)} bytes instead of {len(body or b'')}")
    return reply


def is_failure(ended: CallOutcome) -> bool:
    """Return whether the call returned an error."""
    return is_err(_well_formed(ended))


def expect_error(ended: CallOutcome, kinds: str, sents: str) -> TransportError:
    """Expect an error whose `kind` and `sent` are among these words, separated by spaces, and return it."""
    outcome = _well_formed(ended)
    if is_ok(outcome):
        raise BrokenRuleError(f"succeeded with status {outcome.unwrap().status}", "reply")
    error = outcome.failure()
    # A wrong "no" makes the retry policy send a message twice; the other words cost at most a safe retry.
    sent_risk: Risk = "message" if error.sent == "no" else "name"
    expect(error.sent in sents.split(), f"sent {error.sent!r} instead of {sents!r}", sent_risk)
    expect(error.kind in kinds.split(), f"kind {error.kind!r} instead of {kinds!r}", "name")
    return error


def expect_in_time(ended: CallOutcome, tolerances: Tolerances, *, early: bool = False) -> None:
    """Expect the call to end when its time was over; with `early` also at any time before."""
    seconds = tolerances.seconds
    expect(ended.took <= seconds + tolerances.slack, f"took {ended.took:.2f} s of {seconds} s", "time")
    expect(early or ended.took >= seconds * 0.8, f"gave up after {ended.took:.2f} s of {seconds} s", "time")


def _well_formed(ended: CallOutcome) -> Result[HttpResponse, TransportError]:
    """Expect a `Result` with a `TransportError` that shows no secret, or a reply, and return it."""
    expect(ended.raised is None, f"raised {type(ended.raised).__name__}: {ended.raised}")
    expect(ended.outcome is not None, f"did not return within {ended.took:.1f} s", "time")
    expect(isinstance(ended.outcome, Result), f"returned a {type(ended.outcome).__name__}")
    outcome = cast("Result[HttpResponse, TransportError]", ended.outcome)
    if is_err(outcome):
        error = outcome.failure()
        expect(type(error) is TransportError, f"failed with a {type(error).__name__}", "name")
        expect(error.kind in get_args(Kind), f"kind {error.kind!r} is not a known kind", "name")
        expect(error.sent in get_args(Sent), f"sent {error.sent!r} is not a known word", "name")
        expect(CANARY not in f"{error}{error!r}", "its message shows a secret part of the request")
    return outcome
