"""send: one logical call, from a request to its reply, with retries, pacing, deadlines and events."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import cache, partial
from math import inf
from typing import Any, Final, TypeAlias, TypeVar, cast

from lensconnect.errors import Error, InvalidEndpoint, InvalidRequest, TransportError
from lensconnect.http import HttpRequest, HttpResponse, http_request_headers
from lensconnect.live.files import Downloaded
from lensconnect.operations import Reply, Request, operation_of
from lensconnect.optics import Lens
from lensconnect.programs.observe import Event, EventName
from lensconnect.programs.primitives import (
    ask,
    mint,
    now,
    observe,
    perform,
    random_float,
    refund,
    reserve,
    sleep,
    spend,
)
from lensconnect.programs.program import Attempt, Done, Program, Steps, program_of_a_request
from lensconnect.programs.retry_decision import FailedAttempt, after_payment, delay, next_step, refund_after
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.programs.settings import Settings
from lensconnect.results import Result, is_err, is_ok
from lensconnect.wire.decode import decode_for
from lensconnect.wire.describe import describe

A = TypeVar("A", bound=HttpResponse | Downloaded)
T = TypeVar("T")
R = TypeVar("R", bound=Reply)
Q = TypeVar("Q", bound=Request[Reply])

_Notify: TypeAlias = Callable[..., Steps[None]]

_DirectSteps: TypeAlias = Generator[Program[object, Error], Any, T]
"""As `Steps`, for a function that yields programs itself and annotates what each gives.

`yield from` makes a generator for each program; without it a send is 4 % faster.
"""

_CLIENT_TOKEN: Final[Lens[Any, str | None]] = Lens("client_token")
_QUOTA_TOO_LATE: Final = TransportError("timeout", "the quota allows no request before the deadline", "no")


@program_of_a_request
def send(request: Request[R]) -> _DirectSteps[R]:
    """Send a request, repeat it where the retry policy and safety allow, and decode the reply.

    A request that takes a ClientToken and has none gets a new one before the first attempt, and the same on
    each attempt, so no retry makes the service act twice.  Attempts and waits share the deadline of the settings.

    Fails with

    - `InvalidEndpoint`, `InvalidRequest`: the endpoint or the request is wrong; nothing was sent;
    - `TransportError`: no complete response arrived; or the deadline is earlier than the time at which the quota
      allows the first attempt (kind "timeout", sent "no");
    - `ServiceError`: the service answered with an error status;
    - `SerializeError`: the response had a success status, but a body that is no reply of the operation.

    After several attempts it fails with the error of the last, with an exception for writes: if the service may
    have acted on an earlier attempt, and the last was not sent or was throttled, with the error of the earlier.
    """
    settings: Settings = yield ask()
    for change in settings.on_request:
        request = cast("Request[R]", change(request))
    if lacks_client_token(request):
        client_token: str = yield mint()
        request = with_client_token(client_token, request)
    described = yield from Done(describe_for(settings, request))
    until = settings.until
    if settings.deadline is not None:
        until = min(until, (yield from now()) + settings.deadline)
    return (yield from _attempts(request, described, until, settings))


@program_of_a_request
def tokened(request: Q) -> Steps[Q]:
    """Return the request with a ClientToken: a new one where the operation takes one and the request has none.

    Store the result where the outcome of a send may stay unknown: to send it again, even after a restart, is
    the same logical call.
    """
    return with_client_token((yield from mint()), request) if lacks_client_token(request) else request


def _attempts(request: Request[R], described: HttpRequest, until: float, settings: Settings) -> Steps[R]:
    def judged(before: FailedAttempt | None, error: Error) -> FailedAttempt:
        repeat = operation_of(type(request)).repeat
        return next_step(settings.retry, repeat, has_client_token(request), before, error)

    once, read = partial(perform, described), partial(decode_for, request)
    return attempts(type(request).__name__, len(described.body), once, read, judged, until, settings)


def attempts(
    operation: str,
    bytes_out: int,
    once: Callable[[float], Program[A, Error]],
    read: Callable[[A], Result[T, Error]],
    judged: Callable[[FailedAttempt | None, Error], FailedAttempt],
    until: float,
    settings: Settings,
) -> _DirectSteps[T]:
    """Make attempts, until one succeeds or no other is allowed.

    `once` makes one within so many seconds, `read` is its success or its error as the outcome of the call, and `judged` is
    `next_step` for this call.
    """
    policy = settings.retry
    notify = partial(_notify, operation, settings)
    failed: FailedAttempt | None = None
    stop: str | None = None
    attempt = 0
    while True:
        attempt += 1
        if settings.quotas is not None:
            seconds = yield from reserve(operation, settings.quotas)
            stop = yield from _wait(notify, attempt, seconds, until, "quota")
        if stop is None:
            left = settings.timeout if until == inf else min(settings.timeout, until - (yield from now()))
            if settings.observers:
                yield from notify("started", attempt, bytes_out=bytes_out)
            response: Result[A, Error] = yield Attempt(once(left))
            if settings.observers:
                yield from _notify_end(notify, attempt, response)
            outcome: Result[T, Error] = response if is_err(response) else read(response.unwrap())
            if is_ok(outcome):
                yield refund(refund_after(policy, failed))
                return outcome.unwrap()
            failed = judged(failed, outcome.failure())
            stop = yield from _prepare_retry(notify, policy, failed, until)
        if stop is not None:
            yield from notify("stopped", attempt, why=stop)
            return (yield from Program.from_failure(_QUOTA_TOO_LATE if failed is None else failed.error))


def _prepare_retry(notify: _Notify, policy: RetryPolicy, failed: FailedAttempt, until: float) -> Steps[str | None]:
    """Pay for a retry and wait; or pay nothing, and return the reason to stop."""
    verdict = failed.verdict
    if verdict.again:
        verdict = after_payment(verdict, (yield from spend(verdict.cost)))
    if not verdict.again:
        return verdict.reason
    seconds = delay(policy, verdict, (yield from random_float()) if policy.jittered else 1.0)
    stop = yield from _wait(notify, failed.attempt, seconds, until, verdict.reason)
    if stop is not None:
        yield from refund(verdict.cost)
    return stop


def _wait(notify: _Notify, attempt: int, seconds: float, until: float, why: str) -> Steps[str | None]:
    """Wait; or, if the deadline would pass during the wait, return that as the reason to stop."""
    if seconds <= 0:
        return None
    if until != inf and (yield from now()) + seconds >= until:
        return "the deadline would pass"
    yield from notify("waiting", attempt, seconds=seconds, why=why)
    yield from sleep(seconds)
    return None


def _notify(operation: str, settings: Settings, name: EventName, attempt: int, **details: Any) -> Steps[None]:
    """Pass an event to each observer."""
    if settings.observers:
        event = Event(name, operation, attempt, (yield from now()), **details)
        for observer in settings.observers:
            yield from observe(observer, event)


def _notify_end(notify: _Notify, attempt: int, response: Result[HttpResponse | Downloaded, Error]) -> Steps[None]:
    if is_err(response):
        error = response.failure()
        why = error.kind if isinstance(error, TransportError) else type(error).__name__
        return notify("failed", attempt, why=why)
    reply = response.unwrap()
    if isinstance(reply, Downloaded):
        return notify("answered", attempt, status=200, bytes_in=reply.size)
    return notify("answered", attempt, status=reply.status, bytes_in=len(reply.body))


def lacks_client_token(request: Request[Reply]) -> bool:
    """Return true if the operation takes a ClientToken and the request has none."""
    return _takes_client_token(type(request)) and _CLIENT_TOKEN.view(request) is None


def has_client_token(request: Request[Reply]) -> bool:
    """Return true if the request has a ClientToken."""
    return _takes_client_token(type(request)) and _CLIENT_TOKEN.view(request) is not None


def with_client_token(token: str, request: Q) -> Q:
    """Return the request with this ClientToken."""
    changed: Q = _CLIENT_TOKEN.put(token, request)
    return changed


@cache
def _takes_client_token(request_type: type[Request[Reply]]) -> bool:
    return any(field.name == "client_token" for field in operation_of(request_type).members)


def describe_for(settings: Settings, request: Request[Reply]) -> Result[HttpRequest, InvalidRequest | InvalidEndpoint]:
    """Describe a request as HTTP, with the endpoint, limits and User-Agent of the settings.

    InvalidEndpoint if the settings have no endpoint, InvalidRequest if the request has faults.
    """
    if is_err(settings.endpoint):
        return settings.endpoint
    described = describe(request, settings.endpoint.unwrap(), settings.limits)
    if settings.user_agent is None:
        return described
    user_agent = ("User-Agent", settings.user_agent)
    return described.map(http_request_headers.modify(lambda headers: (*headers, user_agent)))
