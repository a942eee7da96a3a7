"""Whether to send again, how long to wait first, and what it costs; pure, decided before any I/O.

    error --judge--> Verdict --afford--> Verdict, Budget --delay--> seconds
    policy.plan([503, 429, 200])      the same for a whole call, as a value to print

A policy is data: `STANDARD` and `AMAZONKA` differ in their fields only.

Facts: `STANDARD` is the standard mode of the AWS SDKs since 2026 (botocore 1.44, @smithy/core 3.41):
full jitter over min(base * 2^n, 20 s), 500 tokens for each client, a retry costs 14 or, when throttled,
5; a 2xx gives 1 back or, after retries, what the last one cost.  `AMAZONKA` is amazonka 2's: no jitter,
no budget, no hints, 0.05 * 2^(n-1) from n = 0.  A 403 says that the token is wrong or the chat over;
asking again cannot help.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from lensconnect.errors import ACCESS_DENIED, THROTTLING, Error, Kind, SerializeError, ServiceError, TransportError
from lensconnect.operations import Repeat, Reply, Request, SendMessage, operation_of
from lensconnect.optics import Lens
from lensconnect.programs.hints import LONGEST, server_hint
from lensconnect.record import Record

__all__ = [
    "AMAZONKA",
    "Budget",
    "budget_capacity",
    "budget_tokens",
    "NO_RETRY",
    "Outcome",
    "Reason",
    "retry_plan_operation",
    "retry_plan_policy",
    "retry_plan_steps",
    "retry_policy_budget",
    "retry_policy_cap",
    "retry_policy_growth",
    "retry_policy_hint_allowance",
    "retry_policy_jittered",
    "retry_policy_max_attempts",
    "retry_policy_max_transport_attempts",
    "retry_policy_name",
    "retry_policy_success_refund",
    "retry_policy_throttling_base",
    "retry_policy_throttling_codes",
    "retry_policy_throttling_cost",
    "retry_policy_throttling_statuses",
    "retry_policy_transient_base",
    "retry_policy_transient_codes",
    "retry_policy_transient_cost",
    "retry_policy_transient_kinds",
    "retry_policy_transient_statuses",
    "retry_step_attempt",
    "retry_step_outcome",
    "retry_step_tokens",
    "retry_step_verdict",
    "retry_step_wait",
    "RetryPlan",
    "RetryPolicy",
    "RetryStep",
    "STANDARD",
    "Verdict",
    "verdict_again",
    "verdict_ceiling",
    "verdict_cost",
    "verdict_hint",
    "verdict_reason",
]

Reason: TypeAlias = Literal[
    "throttling",
    "transient",
    "not retryable",
    "unsafe to repeat",
    "attempts used up",
    "budget used up",
]
"""Why a failed attempt is repeated (the first two) or is the last.

throttling         the service asks for fewer calls
transient          it may well go through next time
not retryable      the same request would fail again
unsafe to repeat   it may have been acted on, and nothing would keep it from being acted on twice
attempts used up   the policy allows no more
budget used up     too many retries of late, over all calls of the environment
"""

Outcome: TypeAlias = Error | int
"""What a plan supposes of an attempt: an error, or just an HTTP status."""

_HOPELESS: Final[tuple[Kind, ...]] = ("closed", "tls", "unsupported")
"""Kinds that no policy repeats: nothing about them changes by waiting."""


class RetryPolicy(Record, frozen=True, kw_only=True):
    """When to send again and how long to wait, as data; times in seconds.

    The wait before retry i is `min(base * growth^(i-1), cap)`, by chance anything down to 0 where
    `jittered`, and raised to a server's hint, but by `hint_allowance` at most.
    """

    name: str
    max_attempts: int
    """Sends in all, the first included; 1 is no retry."""
    transient_base: float
    throttling_base: float
    growth: float = 2.0
    max_transport_attempts: int | None = None
    """As `max_attempts`, after an attempt that ended without a reply; `None` for no difference."""
    cap: float = 20.0
    jittered: bool = True
    hint_allowance: float = 5.0
    transient_cost: int = 14
    throttling_cost: int = 5
    budget: int = 500
    """Tokens of an environment at the start, and at most."""
    success_refund: int = 1
    """Tokens given back by a call that needed no retry."""
    transient_statuses: tuple[int, ...] = (500, 502, 503, 504)
    transient_codes: tuple[str, ...] = ("RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete")
    transient_kinds: tuple[Kind, ...] = ("connect", "incomplete", "name", "protocol", "proxy", "reset", "timeout")
    throttling_statuses: tuple[int, ...] = (429,)
    throttling_codes: tuple[str, ...] = (
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "RequestThrottled",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    )

    def plan(
        self,
        outcomes: Iterable[Outcome],
        operation: type[Request[Reply]] = SendMessage,
        *,
        client_token: bool = True,
        draws: Iterable[float] = (),
        budget: Budget | None = None,
    ) -> RetryPlan:
        """What a call would do if its attempts went like this, before anything does.

        `draws` are the numbers in [0, 1) that chance gives, one for each wait; where they end, waits
        are the longest there can be.  The plan ends with the attempt that would be the last, or with
        the outcomes.

        >>> print(STANDARD.plan([503, 429, 200]))
        standard, SendMessage: 3 attempts, 2.05 s of waiting
        attempt  outcome  then               wait    tokens
        1        503      again: transient   0.05 s  486
        2        429      again: throttling  2 s     481
        3        200      done                       486
        """
        repeat = operation_of(operation).repeat
        steps = _steps(self, repeat, client_token, outcomes, draws, new_budget(self) if budget is None else budget)
        return RetryPlan(self.name, operation.__name__, steps)


class Verdict(Record, frozen=True):
    """What to do after a failed attempt, and why.

    `ceiling` is the wait in seconds before chance and hint have their say, `cost` what the retry costs
    the budget, `hint` the seconds the server asked for.
    """

    again: bool
    reason: Reason
    cost: int = 0
    ceiling: float = 0.0
    hint: float | None = None

    def __str__(self) -> str:
        return f"{'again' if self.again else 'stop'}: {self.reason}"


class Budget(Record, frozen=True):
    """What an environment may still spend on retries; it keeps an outage from being made worse."""

    tokens: int
    capacity: int = 500


class RetryStep(Record, frozen=True):
    """One attempt of a plan: how it went, what follows, the wait in seconds, the tokens left.

    `verdict` is `None` for an attempt that succeeded.
    """

    attempt: int
    outcome: str
    verdict: Verdict | None
    wait: float
    tokens: int


class RetryPlan(Record, frozen=True):
    """A call attempt by attempt, as `RetryPolicy.plan` foresees it; `print` shows a table."""

    policy: str
    operation: str
    steps: tuple[RetryStep, ...]

    def __str__(self) -> str:
        count, waited = len(self.steps), math.fsum(step.wait for step in self.steps)
        title = f"{self.policy}, {self.operation}: {count} attempt{'' if count == 1 else 's'}, {waited:g} s of waiting"
        rows = [("attempt", "outcome", "then", "wait", "tokens"), *map(_row, self.steps)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join((title, *lines))


def judge(policy: RetryPolicy, repeat: Repeat, has_client_token: bool, attempt: int, error: Error) -> Verdict:
    """Whether attempt number `attempt`, counted from 1, which ended in `error`, is followed by another.

    `repeat` is the operation's.  Retryable are the transport errors and the answers that the policy lists,
    by code or by status, throttling before transient.  Never: what is wrong on our side or will be
    wrong again, any 403, and a `SerializeError`: that reply was complete, so the request was acted on,
    and asking again would bring the same bytes (a reply cut short is a `TransportError`).

    Safe to repeat is a read; a write with a ClientToken, whatever became of it; anything of which no
    byte was sent; and what was answered with 429, which refuses a request before it is acted on.  A
    5xx may come after the act, and so may a throttling code under another status.

    >>> judge(STANDARD, "with_client_token", True, 1, ServiceError(503, ""))
    Verdict(again=True, reason='transient', cost=14, ceiling=0.05)
    >>> str(judge(STANDARD, "with_client_token", False, 1, ServiceError(503, "")))
    'stop: unsafe to repeat'
    """
    reason = _recognise(policy, error)
    if reason == "not retryable":
        return Verdict(False, reason)
    hint = server_hint(error.headers) if isinstance(error, ServiceError) else None
    if not _is_safe(repeat, has_client_token, error):
        return Verdict(False, "unsafe to repeat", hint=hint)
    if attempt >= _most_attempts(policy, error):
        return Verdict(False, "attempts used up", hint=hint)
    throttled = reason == "throttling"
    base, cost = (
        (policy.throttling_base, policy.throttling_cost)
        if throttled
        else (policy.transient_base, policy.transient_cost)
    )
    return Verdict(True, reason, max(0, cost), _ceiling(policy, base, attempt), hint)


def _recognise(policy: RetryPolicy, error: Error) -> Literal["throttling", "transient", "not retryable"]:
    if isinstance(error, TransportError):
        hopeful = error.kind in policy.transient_kinds and error.kind not in _HOPELESS
        return "transient" if hopeful else "not retryable"
    if not isinstance(error, ServiceError) or error.status == ACCESS_DENIED.status:
        return "not retryable"
    if error.code in policy.throttling_codes or error.status in policy.throttling_statuses:
        return "throttling"
    if error.code in policy.transient_codes or error.status in policy.transient_statuses:
        return "transient"
    return "not retryable"


def _is_safe(repeat: Repeat, has_client_token: bool, error: Error) -> bool:
    return repeat == "always" or (repeat == "with_client_token" and has_client_token) or _was_refused(error)


def _was_refused(error: Error) -> bool:
    """Whether the attempt was surely not acted on."""
    if isinstance(error, TransportError):
        return error.sent == "no"
    return isinstance(error, ServiceError) and error.status == THROTTLING.status


def standing(repeat: Repeat, earlier: Error | None, last: Error) -> Error:
    """The error that stands for a call so far: the last, unless it would hide that an earlier attempt may
    have been acted on; for a read there is nothing to hide.

    >>> lost, unsent = TransportError("reset", "gone", "maybe"), TransportError("connect", "refused", "no")
    >>> standing("with_client_token", lost, unsent) == standing("with_client_token", unsent, lost) == lost
    True
    """
    if earlier is None or repeat == "always" or _was_refused(earlier) or not _was_refused(last):
        return last
    return earlier


def _most_attempts(policy: RetryPolicy, error: Error) -> int:
    most, without_reply = policy.max_attempts, policy.max_transport_attempts
    return min(most, without_reply) if isinstance(error, TransportError) and without_reply is not None else most


def _ceiling(policy: RetryPolicy, base: float, attempt: int) -> float:
    try:
        grown = base * float(policy.growth) ** max(0, attempt - 1)
    except OverflowError:
        grown = LONGEST
    return _within(grown, _within(policy.cap, LONGEST))


def _within(value: float, most: float) -> float:
    """0 to `most`; 0 for what is no number."""
    return min(value, most) if value > 0 else 0.0


def delay(policy: RetryPolicy, verdict: Verdict, draw: float) -> float:
    """The seconds to wait before the next attempt; `draw` is chance's number in [0, 1).

    A hint raises the wait, but to at most the policy's own wait and `hint_allowance`.  Whatever the
    arguments hold, it is a number from 0 to `cap + hint_allowance`, and neither counts beyond a day.

    >>> verdict = Verdict(True, "throttling", cost=5, ceiling=1.0, hint=60.0)
    >>> delay(STANDARD, verdict, 0.25)
    5.25
    """
    if not verdict.again:
        return 0.0
    ceiling = _within(verdict.ceiling, _within(policy.cap, LONGEST))
    own = ceiling * _within(draw, 1.0) if policy.jittered else ceiling
    hint = 0.0 if verdict.hint is None else _within(verdict.hint, LONGEST)
    return max(own, min(hint, own + _within(policy.hint_allowance, LONGEST)))


def new_budget(policy: RetryPolicy) -> Budget:
    """A full budget."""
    return Budget(policy.budget, policy.budget)


def spend(budget: Budget, cost: int) -> Budget | None:
    """The budget after paying; `None` where it does not hold that much.

    >>> spend(Budget(14), 14), spend(Budget(13), 14)
    (Budget(tokens=0, capacity=500), None)
    """
    left = min(budget.tokens, budget.capacity) - max(0, cost)
    return None if left < 0 else Budget(left, budget.capacity)


def refund(budget: Budget, amount: int) -> Budget:
    """The budget with so much given back, full at most.

    >>> refund(Budget(495), 14)
    Budget(tokens=500, capacity=500)
    """
    return Budget(min(budget.capacity, budget.tokens + max(0, amount)), budget.capacity)


def earned(policy: RetryPolicy, last: Verdict | None) -> int:
    """What a call that succeeds gives back: what its last retry cost, or, without one, a little.

    `last` is the verdict that the successful attempt followed, `None` if it was the first.
    """
    return policy.success_refund if last is None else last.cost


def afford(verdict: Verdict, budget: Budget) -> tuple[Verdict, Budget]:
    """Pay for a retry; where the budget does not hold that much, it stays, and the attempt was the last."""
    if not verdict.again:
        return verdict, budget
    left = spend(budget, verdict.cost)
    return (without_budget(verdict), budget) if left is None else (verdict, left)


def without_budget(verdict: Verdict) -> Verdict:
    """What becomes of a verdict that cannot be paid for."""
    return Verdict(False, "budget used up", hint=verdict.hint)


def _steps(
    policy: RetryPolicy,
    repeat: Repeat,
    has_client_token: bool,
    outcomes: Iterable[Outcome],
    draws: Iterable[float],
    budget: Budget,
) -> tuple[RetryStep, ...]:
    steps: list[RetryStep] = []
    chance, last = iter(draws), None
    for attempt, outcome in enumerate(outcomes, 1):
        error = _error_of(outcome)
        if error is None:
            budget = refund(budget, earned(policy, last))
            return (*steps, RetryStep(attempt, _label(outcome), None, 0.0, budget.tokens))
        last, budget = afford(judge(policy, repeat, has_client_token, attempt, error), budget)
        wait = delay(policy, last, next(chance, 1.0)) if last.again else 0.0
        steps.append(RetryStep(attempt, _label(outcome), last, wait, budget.tokens))
        if not last.again:
            break
    return tuple(steps)


def _error_of(outcome: Outcome) -> Error | None:
    if not isinstance(outcome, int):
        return outcome
    return None if 200 <= outcome < 300 else ServiceError(outcome, "")


def _label(outcome: Outcome) -> str:
    """An outcome in few words, none of them a peer's message."""
    if isinstance(outcome, int):
        return str(outcome)
    if isinstance(outcome, ServiceError):
        return f"{outcome.status} {outcome.code}".rstrip()
    if isinstance(outcome, TransportError):
        return f"{outcome.kind} (sent: {outcome.sent})"
    if isinstance(outcome, SerializeError):
        return "unreadable" if outcome.status is None else f"unreadable {outcome.status}"
    return type(outcome).__name__


def _row(step: RetryStep) -> tuple[str, ...]:
    then = "done" if step.verdict is None else str(step.verdict)
    wait = f"{step.wait:g} s" if step.verdict is not None and step.verdict.again else ""
    return str(step.attempt), step.outcome, then, wait, str(step.tokens)


STANDARD: Final = RetryPolicy(
    name="standard",
    max_attempts=3,
    transient_base=0.05,
    throttling_base=1.0,
)
"""The standard mode of the AWS SDKs since 2026."""

AMAZONKA: Final = RetryPolicy(
    name="amazonka",
    max_attempts=6,
    max_transport_attempts=4,
    transient_base=0.025,
    throttling_base=0.025,
    jittered=False,
    hint_allowance=0.0,
    transient_cost=0,
    throttling_cost=0,
    budget=0,
    success_refund=0,
    transient_statuses=(500, 502, 503, 504, 509),
    transient_codes=(),
    throttling_codes=(
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "ProvisionedThroughputExceededException",
    ),
)
"""amazonka's waits and choices, but nothing is repeated that is unsafe to repeat."""

NO_RETRY: Final = RetryPolicy(
    name="no_retry",
    max_attempts=1,
    transient_base=0.0,
    throttling_base=0.0,
)
"""One attempt, whatever comes of it."""

retry_policy_name: Lens[RetryPolicy, str] = Lens("name")
retry_policy_max_attempts: Lens[RetryPolicy, int] = Lens("max_attempts")
retry_policy_max_transport_attempts: Lens[RetryPolicy, int | None] = Lens("max_transport_attempts")
retry_policy_transient_base: Lens[RetryPolicy, float] = Lens("transient_base")
retry_policy_throttling_base: Lens[RetryPolicy, float] = Lens("throttling_base")
retry_policy_growth: Lens[RetryPolicy, float] = Lens("growth")
retry_policy_cap: Lens[RetryPolicy, float] = Lens("cap")
retry_policy_jittered: Lens[RetryPolicy, bool] = Lens("jittered")
retry_policy_hint_allowance: Lens[RetryPolicy, float] = Lens("hint_allowance")
retry_policy_transient_cost: Lens[RetryPolicy, int] = Lens("transient_cost")
retry_policy_throttling_cost: Lens[RetryPolicy, int] = Lens("throttling_cost")
retry_policy_budget: Lens[RetryPolicy, int] = Lens("budget")
retry_policy_success_refund: Lens[RetryPolicy, int] = Lens("success_refund")
retry_policy_transient_statuses: Lens[RetryPolicy, tuple[int, ...]] = Lens("transient_statuses")
retry_policy_transient_codes: Lens[RetryPolicy, tuple[str, ...]] = Lens("transient_codes")
retry_policy_transient_kinds: Lens[RetryPolicy, tuple[Kind, ...]] = Lens("transient_kinds")
retry_policy_throttling_statuses: Lens[RetryPolicy, tuple[int, ...]] = Lens("throttling_statuses")
retry_policy_throttling_codes: Lens[RetryPolicy, tuple[str, ...]] = Lens("throttling_codes")
verdict_again: Lens[Verdict, bool] = Lens("again")
verdict_reason: Lens[Verdict, Reason] = Lens("reason")
verdict_cost: Lens[Verdict, int] = Lens("cost")
verdict_ceiling: Lens[Verdict, float] = Lens("ceiling")
verdict_hint: Lens[Verdict, float | None] = Lens("hint")
budget_tokens: Lens[Budget, int] = Lens("tokens")
budget_capacity: Lens[Budget, int] = Lens("capacity")
retry_step_attempt: Lens[RetryStep, int] = Lens("attempt")
retry_step_outcome: Lens[RetryStep, str] = Lens("outcome")
retry_step_verdict: Lens[RetryStep, Verdict | None] = Lens("verdict")
retry_step_wait: Lens[RetryStep, float] = Lens("wait")
retry_step_tokens: Lens[RetryStep, int] = Lens("tokens")
retry_plan_policy: Lens[RetryPlan, str] = Lens("policy")
retry_plan_operation: Lens[RetryPlan, str] = Lens("operation")
retry_plan_steps: Lens[RetryPlan, tuple[RetryStep, ...]] = Lens("steps")
