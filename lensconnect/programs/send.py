"""send: one logical call, from a request to its reply."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import count
from math import inf
from typing import Any, Final, TypeAlias, TypeVar, cast

from lensconnect.errors import Error, InvalidEndpoint, InvalidRequest, TransportError
from lensconnect.http import HttpRequest, HttpResponse, http_request_headers
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
from lensconnect.programs.program import Program, Steps, program
from lensconnect.programs.retry import Verdict, delay, earned, judge, standing
from lensconnect.programs.settings import Settings
from lensconnect.results import Result, is_err, is_ok
from lensconnect.wire.decode import decode
from lensconnect.wire.describe import describe

R = TypeVar("R", bound=Reply)
Q = TypeVar("Q", bound=Request[Reply])

_Tell: TypeAlias = Callable[..., Steps[None]]

_CLIENT_TOKEN: Final[Lens[Any, str | None]] = Lens("client_token")
_NO_PLACE: Final = TransportError("timeout", "the deadline is before its turn within the quota", "no")


@program
def send(request: Request[R]) -> Steps[R]:
    """One logical call: send a request, again where that is safe and promising, and decode the reply.

    A ClientToken that is absent is minted before the first attempt and is the same on every one, so
    no retry sends twice.  Waits, attempts and pacing share the deadline of the settings.  Fails with any
    `Error`; an invalid request or endpoint before any I/O.  Of several attempts it is the last one's error,
    but for a write never one that says "not sent" or "throttled" where an earlier attempt may have arrived.
    """
    settings = yield from ask()
    for change in settings.on_request:
        request = cast("Request[R]", change(request))
    if lacks_client_token(request):
        request = with_client_token((yield from mint()), request)
    described = yield from Program.from_result(describe_for(settings, request))
    until = settings.until
    if settings.deadline is not None:
        until = min(until, (yield from now()) + settings.deadline)
    return (yield from _attempts(request, described, until, settings))


@program
def tokened(request: Q) -> Steps[Q]:
    """The request with a ClientToken, a fresh one where it takes one and has none.

    Keep what this gives where the outcome of a send may stay unknown: sending it again, even after a
    restart, is still the same logical call.
    """
    return with_client_token((yield from mint()), request) if lacks_client_token(request) else request


def _attempts(request: Request[R], described: HttpRequest, until: float, settings: Settings) -> Steps[R]:
    """Attempt after attempt, until one succeeds or no other is worth it."""
    row, policy = operation_of(type(request)), settings.retry
    tell = partial(_tell, row.name, settings)
    paid: Verdict | None = None
    error: Error | None = None
    for attempt in count(1):
        if settings.quotas is not None:
            wait = yield from reserve(row.name, settings.quotas)
            stop = yield from _pause(tell, attempt, wait, until, "quota")
            if stop is not None:
                yield from tell("stopped", attempt, why=stop)
                return (yield from Program.from_failure(error or _NO_PLACE))
        left = settings.timeout if until == inf else min(settings.timeout, until - (yield from now()))
        if settings.observers:
            yield from tell("started", attempt, bytes_out=len(described.body))
        response = yield from perform(described, left).attempt()
        if settings.observers:
            yield from _tell_end(tell, attempt, response)
        outcome = _decoded(type(request), response)
        if is_ok(outcome):
            yield from refund(earned(policy, paid))
            return outcome.unwrap()
        verdict = judge(policy, row.repeat, has_client_token(request), attempt, outcome.failure())
        error = standing(row.repeat, error, outcome.failure())
        stop = None if verdict.again else verdict.reason
        if stop is None and not (yield from spend(verdict.cost)):
            stop = "budget used up"
        if stop is None:
            paid = verdict
            wait = delay(policy, verdict, (yield from random_float()) if policy.jittered else 1.0)
            stop = yield from _pause(tell, attempt, wait, until, verdict.reason)
            if stop is not None:
                yield from refund(verdict.cost)  # paid for a retry that will not be
        if stop is not None:
            yield from tell("stopped", attempt, why=stop)
            return (yield from Program.from_failure(error))
    raise AssertionError("attempts are counted without end")


def _decoded(request_type: type[Request[R]], response: Result[HttpResponse, TransportError]) -> Result[R, Error]:
    return response if is_err(response) else decode(request_type, response.unwrap())


def _pause(tell: _Tell, attempt: int, seconds: float, until: float, why: str) -> Steps[str | None]:
    """Wait, unless the deadline would pass meanwhile: then why to stop instead."""
    if seconds <= 0:
        return None
    if until != inf and (yield from now()) + seconds >= until:
        return "the deadline would pass"
    yield from tell("waiting", attempt, seconds=seconds, why=why)
    yield from sleep(seconds)
    return None


def _tell(operation: str, settings: Settings, name: EventName, attempt: int, **known: Any) -> Steps[None]:
    """Tell the observers what happens, if there are any."""
    if settings.observers:
        event = Event(name, operation, attempt, (yield from now()), **known)
        for observer in settings.observers:
            yield from observe(observer, event)


def _tell_end(tell: _Tell, attempt: int, response: Result[HttpResponse, TransportError]) -> Steps[None]:
    if is_err(response):
        return tell("failed", attempt, why=response.failure().kind)
    reply = response.unwrap()
    return tell("answered", attempt, status=reply.status, bytes_in=len(reply.body))


def lacks_client_token(request: Request[Reply]) -> bool:
    """Whether the request takes a ClientToken and has none."""
    return _takes_client_token(type(request)) and _CLIENT_TOKEN.view(request) is None


def has_client_token(request: Request[Reply]) -> bool:
    """Whether the request carries a ClientToken."""
    return _takes_client_token(type(request)) and _CLIENT_TOKEN.view(request) is not None


def with_client_token(token: str, request: Q) -> Q:
    """The request with this ClientToken."""
    changed: Q = _CLIENT_TOKEN.put(token, request)
    return changed


@cache
def _takes_client_token(request_type: type[Request[Reply]]) -> bool:
    return any(field.name == "client_token" for field in operation_of(request_type).members)


def describe_for(settings: Settings, request: Request[Reply]) -> Result[HttpRequest, InvalidRequest | InvalidEndpoint]:
    """The request's HTTP description at the settings' endpoint, under their limits and name."""
    if is_err(settings.endpoint):
        return settings.endpoint
    described = describe(request, settings.endpoint.unwrap(), settings.limits)
    if settings.user_agent is None:
        return described
    own = ("User-Agent", settings.user_agent)
    return described.map(http_request_headers.modify(lambda headers: (*headers, own)))
