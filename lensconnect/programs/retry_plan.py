"""RetryPlan: the attempts, waits and costs that a call would have if its attempts ended as given.  No I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

from lensconnect.errors import Error, SerializeError, ServiceError, TransportError
from lensconnect.operations import Repeat
from lensconnect.optics import Lens
from lensconnect.programs.retry_decision import FailedAttempt, Verdict, after_payment, delay, next_step, refund_after
from lensconnect.programs.retry_rules import Budget, RetryRules, refund, spend
from lensconnect.record import Record

__all__ = [
    "Outcome",
    "retry_plan_policy",
    "retry_plan_operation",
    "retry_plan_steps",
    "retry_step_attempt",
    "retry_step_outcome",
    "retry_step_verdict",
    "retry_step_wait",
    "retry_step_tokens",
    "RetryPlan",
    "RetryStep",
]

Outcome: TypeAlias = Error | int
"""The assumed end of an attempt: an error, or an HTTP status."""


class RetryStep(Record, frozen=True):
    """One attempt of a plan: its outcome as text, the wait in seconds after it, the tokens then left in the budget.

    `verdict` is `None` for an attempt that succeeded.
    """

    attempt: int
    outcome: str
    verdict: Verdict | None
    wait: float
    tokens: int


class RetryPlan(Record, frozen=True):
    """A call attempt by attempt, as `RetryPolicy.plan` computes it; `print` shows a table."""

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


def plan_steps(
    rules: RetryRules,
    repeat: Repeat,
    has_client_token: bool,
    outcomes: Iterable[Outcome],
    draws: Iterable[float],
    budget: Budget,
) -> tuple[RetryStep, ...]:
    """Return the steps of a call whose attempts end in `outcomes`, with `draws` as the random numbers."""
    steps: list[RetryStep] = []
    random_floats = iter(draws)
    failed: FailedAttempt | None = None
    for attempt, outcome in enumerate(outcomes, 1):
        error = _error_of(outcome)
        if error is None:
            budget = refund(budget, refund_after(rules, failed))
            return (*steps, RetryStep(attempt, _label(outcome), None, 0.0, budget.tokens))
        failed = next_step(rules, repeat, has_client_token, failed, error)
        verdict, wait = failed.verdict, 0.0
        if verdict.again:
            left = spend(budget, verdict.cost)
            verdict, budget = after_payment(verdict, left is not None), left or budget
        if verdict.again:
            wait = delay(rules, verdict, next(random_floats, 1.0))
        steps.append(RetryStep(attempt, _label(outcome), verdict, wait, budget.tokens))
        if not verdict.again:
            break
    return tuple(steps)


def _error_of(outcome: Outcome) -> Error | None:
    if not isinstance(outcome, int):
        return outcome
    return None if 200 <= outcome < 300 else ServiceError(outcome, "")


def _label(outcome: Outcome) -> str:
    """Return an outcome in a few words, without any text of the server."""
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


retry_step_attempt: Lens[RetryStep, int] = Lens(RetryStep, "attempt")
retry_step_outcome: Lens[RetryStep, str] = Lens(RetryStep, "outcome")
retry_step_verdict: Lens[RetryStep, Verdict | None] = Lens(RetryStep, "verdict")
retry_step_wait: Lens[RetryStep, float] = Lens(RetryStep, "wait")
retry_step_tokens: Lens[RetryStep, int] = Lens(RetryStep, "tokens")
retry_plan_policy: Lens[RetryPlan, str] = Lens(RetryPlan, "policy")
retry_plan_operation: Lens[RetryPlan, str] = Lens(RetryPlan, "operation")
retry_plan_steps: Lens[RetryPlan, tuple[RetryStep, ...]] = Lens(RetryPlan, "steps")
