"""Decide after a failed attempt whether to send again, how long to wait, and which error to report; pure.

    error --next_step--> FailedAttempt, its verdict --after_payment--> Verdict --delay--> seconds
    success --refund_after--> tokens

`send` and `RetryPolicy.plan` both go by these four functions, so a plan shows what a call does.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from lensconnect.errors import ACCESS_DENIED, THROTTLING, Error, Kind, ServiceError, TransportError
from lensconnect.operations import Repeat
from lensconnect.optics import Lens
from lensconnect.programs.retry_after import MAX_WAIT, retry_after
from lensconnect.programs.retry_rules import RetryRules
from lensconnect.record import Record

__all__ = [
    "Reason",
    "Verdict",
    "verdict_again",
    "verdict_reason",
    "verdict_cost",
    "verdict_ceiling",
    "verdict_hint",
]

Reason: TypeAlias = Literal[
    "throttling",
    "transient",
    "not retryable",
    "unsafe to repeat",
    "attempts used up",
    "budget used up",
]
"""The reason to repeat a failed attempt (the first two), or to stop.

throttling         the service asks for fewer calls
transient          the same request may succeed later
not retryable      the same request would fail again
unsafe to repeat   the service may have acted on the request, and a repetition could make it act twice
attempts used up   the policy allows no more attempts
budget used up     the environment has spent its retry budget
"""

_NEVER_RETRIED: Final[tuple[Kind, ...]] = ("closed", "tls", "unsupported")
"""Kinds of `TransportError` that no policy retries: waiting does not change their cause."""


class Verdict(Record, frozen=True):
    """The decision after a failed attempt, and its reason.

    `cost` is the price of the retry in tokens of the budget, `ceiling` the wait in seconds before the random
    factor and the hint apply, `hint` the seconds that the server asked to wait.
    """

    again: bool
    reason: Reason
    cost: int = 0
    ceiling: float = 0.0
    hint: float | None = None

    def __str__(self) -> str:
        return f"{'again' if self.again else 'stop'}: {self.reason}"


class FailedAttempt(Record, frozen=True):
    """The state of a call after a failed attempt: its number, the decision, the error to report if the call ends."""

    attempt: int
    verdict: Verdict
    error: Error


def next_step(
    rules: RetryRules, repeat: Repeat, has_client_token: bool, before: FailedAttempt | None, error: Error
) -> FailedAttempt:
    """Return the state of a call after one more attempt, which ended in `error`.

    `repeat` is that of the operation, `before` the attempt before, `None` for the first.
    """
    attempt = 1 if before is None else before.attempt + 1
    verdict = judge(rules, repeat, has_client_token, attempt, error)
    return FailedAttempt(attempt, verdict, error if before is None else error_to_report(repeat, before.error, error))


def after_payment(verdict: Verdict, paid: bool) -> Verdict:
    """Return the verdict on a retry whose cost could be paid from the budget, or could not."""
    return verdict if paid else Verdict(False, "budget used up", hint=verdict.hint)


def refund_after(rules: RetryRules, before: FailedAttempt | None) -> int:
    """Return the tokens that a success gives back: `success_refund`, or the cost of the retry that led to it."""
    return rules.success_refund if before is None else before.verdict.cost


def judge(rules: RetryRules, repeat: Repeat, has_client_token: bool, attempt: int, error: Error) -> Verdict:
    """Decide whether attempt number `attempt`, counted from 1, which ended in `error`, is followed by another.

    Retryable are the transport errors and the answers that the rules list, by code or by status, throttling
    before transient.  Never retryable are: errors of the request or the set-up; any 403, which says that the
    token is wrong or the chat has ended; a `SerializeError`, since that reply was complete and another would be
    the same (a reply that was cut short is a `TransportError`).

    Safe to repeat are: a read; a write with a ClientToken; a request of which no byte was sent; and a request
    that was answered with 429, since the service refuses it before it acts.  Not so a 5xx, or a throttling code
    with another status: either may come after the act (assumed).

    >>> from lensconnect import STANDARD
    >>> judge(STANDARD, "with_client_token", True, 1, ServiceError(503, ""))
    Verdict(again=True, reason='transient', cost=14, ceiling=0.05)
    >>> str(judge(STANDARD, "with_client_token", False, 1, ServiceError(503, "")))
    'stop: unsafe to repeat'
    """
    reason = _classify(rules, error)
    if reason == "not retryable":
        return Verdict(False, reason)
    hint = retry_after(error.headers) if isinstance(error, ServiceError) else None
    if not _is_safe(repeat, has_client_token, error):
        return Verdict(False, "unsafe to repeat", hint=hint)
    if attempt >= _max_attempts(rules, error):
        return Verdict(False, "attempts used up", hint=hint)
    throttled = reason == "throttling"
    base = rules.throttling_base if throttled else rules.transient_base
    cost = rules.throttling_cost if throttled else rules.transient_cost
    return Verdict(True, reason, max(0, cost), _ceiling(rules, base, attempt), hint)


def _classify(rules: RetryRules, error: Error) -> Literal["throttling", "transient", "not retryable"]:
    if isinstance(error, TransportError):
        retryable = error.kind in rules.transient_kinds and error.kind not in _NEVER_RETRIED
        return "transient" if retryable else "not retryable"
    if not isinstance(error, ServiceError) or error.status == ACCESS_DENIED.status:
        return "not retryable"
    if error.code in rules.throttling_codes or error.status in rules.throttling_statuses:
        return "throttling"
    if error.code in rules.transient_codes or error.status in rules.transient_statuses:
        return "transient"
    return "not retryable"


def _is_safe(repeat: Repeat, has_client_token: bool, error: Error) -> bool:
    return repeat == "always" or (repeat == "with_client_token" and has_client_token) or _was_not_acted_on(error)


def _was_not_acted_on(error: Error) -> bool:
    """Return True if it is certain that the service did not act on the attempt."""
    if isinstance(error, TransportError):
        return error.sent == "no"
    return isinstance(error, ServiceError) and error.status == THROTTLING.status


def error_to_report(repeat: Repeat, earlier: Error, last: Error) -> Error:
    """Return the error of a call so far: the last one, unless it would hide that the service may have acted.

    A write that was perhaps acted on, and then was not sent or was throttled, is reported with the earlier
    error.  A read has nothing to hide.

    >>> lost, unsent = TransportError("reset", "gone", "maybe"), TransportError("connect", "refused", "no")
    >>> error_to_report("with_client_token", lost, unsent) == error_to_report("with_client_token", unsent, lost) == lost
    True
    """
    if repeat == "always" or _was_not_acted_on(earlier) or not _was_not_acted_on(last):
        return last
    return earlier


def _max_attempts(rules: RetryRules, error: Error) -> int:
    if isinstance(error, TransportError) and rules.max_transport_attempts is not None:
        return min(rules.max_attempts, rules.max_transport_attempts)
    return rules.max_attempts


def _ceiling(rules: RetryRules, base: float, attempt: int) -> float:
    try:
        seconds = base * float(rules.growth) ** (attempt - 1)
    except OverflowError:
        seconds = MAX_WAIT
    return _clamp(seconds, _clamp(rules.cap, MAX_WAIT))


def _clamp(value: float, limit: float) -> float:
    """Return the value, at least 0 and at most `limit`; 0 for NaN."""
    return min(value, limit) if value > 0 else 0.0


def delay(rules: RetryRules, verdict: Verdict, random: float) -> float:
    """Return the seconds to wait before the next attempt; `random` is a random number in [0, 1).

    A hint raises the wait to at most the wait without it plus `hint_allowance`.  The result lies between 0 and
    `cap + hint_allowance`, each at most `MAX_WAIT`, whatever the arguments hold.

    >>> from lensconnect import STANDARD
    >>> verdict = Verdict(True, "throttling", cost=5, ceiling=1.0, hint=60.0)
    >>> delay(STANDARD, verdict, 0.25)
    5.25
    """
    if not verdict.again:
        return 0.0
    ceiling = _clamp(verdict.ceiling, _clamp(rules.cap, MAX_WAIT))
    own = ceiling * _clamp(random, 1.0) if rules.jittered else ceiling
    hint = 0.0 if verdict.hint is None else _clamp(verdict.hint, MAX_WAIT)
    return max(own, min(hint, own + _clamp(rules.hint_allowance, MAX_WAIT)))


verdict_again: Lens[Verdict, bool] = Lens(Verdict, "again")
verdict_reason: Lens[Verdict, Reason] = Lens(Verdict, "reason")
verdict_cost: Lens[Verdict, int] = Lens(Verdict, "cost")
verdict_ceiling: Lens[Verdict, float] = Lens(Verdict, "ceiling")
verdict_hint: Lens[Verdict, float | None] = Lens(Verdict, "hint")
