"""How a check puts its questions: as values, so that one text of a check serves sync and async transports.

    answers = yield MakeCalls((TransportCall(request, 0.25),))        several calls are made at the same time
    yield WaitFor(peer.is_left, 1.0)                       until it holds, or the time is over

and how it judges what comes back: by raising `BrokenRuleError` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Final, NamedTuple, TypeAlias, TypeVar, cast, get_args

from lensconnect.errors import Kind, Sent, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.results import Result, is_err, is_ok
from lensconnect.testing.contract.peer import Peer
from lensconnect.testing.contract.report import Risk

__all__ = [
    "CANARY",
    "CallOutcome",
    "MakeCalls",
    "BrokenRuleError",
    "TransportCall",
    "CheckEffect",
    "CheckSteps",
    "CheckTable",
    "Tolerances",
    "WaitFor",
    "call",
    "expect",
    "expect_error",
    "get",
    "expect_closed",
    "is_failure",
    "expect_in_time",
    "post",
    "expect_reply",
    "wait_until",
]

T = TypeVar("T")

CANARY: Final = "canary"
"""Stands in every part of a request that is secret; no error may show it."""


class Tolerances(NamedTuple):
    """What the suite may expect: seconds of a short attempt, lateness forgiven, bytes of the largest body."""

    seconds: float
    slack: float
    max_body: int


class TransportCall(NamedTuple):
    """One use of the transport; cancelled after so many seconds, if any."""

    request: HttpRequest
    seconds: float
    cancel_after: float | None = None


class CallOutcome(NamedTuple):
    """What came of a call: an outcome, something raised, or (neither) nothing in all the time it was given."""

    outcome: object
    took: float
    raised: BaseException | None = None
    cancelled: bool = False


class MakeCalls(NamedTuple):
    """Make these calls at the same time."""

    calls: tuple[TransportCall, ...]


class WaitFor(NamedTuple):
    """Let time pass until the condition holds."""

    condition: Callable[[], bool]
    seconds: float


CheckEffect: TypeAlias = MakeCalls | WaitFor
CheckSteps: TypeAlias = Generator[CheckEffect, tuple[CallOutcome, ...], T]
CheckTable: TypeAlias = Mapping[str, Callable[[Tolerances], CheckSteps[None]]]


class BrokenRuleError(AssertionError):
    """A transport does not keep a rule of the contract: how, and what that puts at stake."""

    def __init__(self, why: str, risk: Risk = "message") -> None:
        super().__init__(why)
        self.risk: Risk = risk


def post(peer: Peer, body: bytes = b"canary", *, url: str | None = None) -> HttpRequest:
    """A request like those of the service."""
    headers = (("Content-Type", "application/json"), ("X-Amz-Bearer", CANARY))
    return HttpRequest("POST", peer.url() if url is None else url, headers, body)


def get(peer: Peer, target: str = "/participant/canary?canary") -> HttpRequest:
    """A request without a body."""
    return HttpRequest("GET", peer.url(target), (("X-Amz-Bearer", CANARY),))


def call(request: HttpRequest, seconds: float = 5.0) -> CheckSteps[CallOutcome]:
    """One call."""
    answers = yield MakeCalls((TransportCall(request, seconds),))
    return answers[0]


def wait_until(condition: Callable[[], bool], otherwise: str, seconds: float = 1.0) -> CheckSteps[None]:
    """WaitFor for something that has to happen."""
    yield WaitFor(condition, seconds)
    expect(condition(), otherwise)


def expect_closed(peer: Peer) -> CheckSteps[None]:
    """The transport has to close its connection."""
    yield from wait_until(peer.is_left, "the connection was not closed")


def expect(holds: bool, otherwise: str, risk: Risk = "message") -> None:
    """Hold the transport to it."""
    if not holds:
        raise BrokenRuleError(otherwise, risk)


def expect_reply(answer: CallOutcome, status: int | None = None, body: bytes | None = None) -> HttpResponse:
    """A reply came, and it is this one."""
    outcome = _outcome(answer)
    if is_err(outcome):
        raise BrokenRuleError(f"failed with {_said(outcome.failure())}")
    reply = outcome.unwrap()
    expect(type(reply) is HttpResponse, f"succeeded with a {type(reply).__name__}", "reply")
    expect(type(reply.headers) is tuple, "the headers are not a tuple", "name")
    expect(type(reply.body) is bytes, "the body is not bytes", "name")
    mistaken: Risk = "reply" if reply.status < 200 else "message"
    expect(status in (None, reply.status), f"status {reply.status} in place of {status}", mistaken)
    expect(body in (None, reply.body), f"another body: {len(reply.body)} bytes in place of {len(body or b'')}")
    return reply


def is_failure(answer: CallOutcome) -> bool:
    """Whether what came is an error."""
    return is_err(_outcome(answer))


def expect_error(answer: CallOutcome, kinds: str, sents: str) -> TransportError:
    """An error came, of one of these kinds, with one of these words on whether the request was sent."""
    outcome = _outcome(answer)
    if is_ok(outcome):
        raise BrokenRuleError(f"succeeded with status {outcome.unwrap().status}", "reply")
    error = outcome.failure()
    # Whoever is told "no" sends it again; any other word costs no more than an attempt that was safe.
    doubles: Risk = "message" if error.sent == "no" else "name"
    expect(error.sent in sents.split(), f"sent {error.sent!r} in place of {sents!r}", doubles)
    expect(error.kind in kinds.split(), f"kind {error.kind!r} in place of {kinds!r}", "name")
    return error


def expect_in_time(answer: CallOutcome, tolerances: Tolerances, *, early: bool = False) -> None:
    """The answer came when its time was over, or (early) at any time before."""
    expect(
        answer.took <= tolerances.seconds + tolerances.slack,
        f"took {answer.took:.2f} s of {tolerances.seconds} s",
        "time",
    )
    soon = f"gave up after {answer.took:.2f} s of {tolerances.seconds} s"
    expect(early or answer.took >= tolerances.seconds * 0.8, soon, "time")


def _outcome(answer: CallOutcome) -> Result[HttpResponse, TransportError]:
    """A Result, with an error that can be shown to anyone."""
    expect(answer.raised is None, f"raised {type(answer.raised).__name__}: {answer.raised}")
    expect(answer.outcome is not None, f"gave no answer in {answer.took:.1f} s", "time")
    expect(isinstance(answer.outcome, Result), f"returned a {type(answer.outcome).__name__}")
    outcome = cast("Result[HttpResponse, TransportError]", answer.outcome)
    if is_err(outcome):
        error = outcome.failure()
        expect(type(error) is TransportError, f"failed with a {type(error).__name__}", "name")
        expect(error.kind in get_args(Kind), f"kind {error.kind!r} is none of the known ones", "name")
        expect(error.sent in get_args(Sent), f"sent {error.sent!r} is none of the known words", "name")
        expect(CANARY not in f"{error}{error!r}", "its message shows a secret part of the request")
    return outcome


def _said(error: TransportError) -> str:
    return f"{error.kind}, sent {error.sent}"
