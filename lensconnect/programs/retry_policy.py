"""RetryPolicy: STANDARD, AMAZONKA, NO_RETRY; data whose effect can be printed before any I/O.

    policy.plan([503, 429, 200])      the attempts, waits and costs of a whole call

Facts:
- `STANDARD` is the standard mode of the AWS SDKs since 2026 (documented in the sources of botocore 1.44.0 and
  @smithy/core 3.41.0): waits of full jitter over min(base * 2 ** (i - 1), 20 s), with base 0.05 s, or 1 s when
  throttled; 500 tokens for each client; a retry costs 14, or 5 when throttled; a success gives back 1, or the
  cost of its last retry.
- `AMAZONKA` is the retry of amazonka 2.0 (documented in its source): no jitter, no budget, no hints; its counter
  begins at 0, so its first wait is half of its base of 0.05 s.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lensconnect.errors import Kind
from lensconnect.operations import Reply, Request, SendMessage, operation_of
from lensconnect.optics import Lens
from lensconnect.programs.retry_plan import Outcome, RetryPlan, plan_steps
from lensconnect.programs.retry_rules import Budget, RetryRules, new_budget

__all__ = [
    "AMAZONKA",
    "NO_RETRY",
    "retry_policy_name",
    "retry_policy_max_attempts",
    "retry_policy_max_transport_attempts",
    "retry_policy_transient_base",
    "retry_policy_throttling_base",
    "retry_policy_growth",
    "retry_policy_cap",
    "retry_policy_jittered",
    "retry_policy_hint_allowance",
    "retry_policy_transient_cost",
    "retry_policy_throttling_cost",
    "retry_policy_budget",
    "retry_policy_success_refund",
    "retry_policy_transient_statuses",
    "retry_policy_transient_codes",
    "retry_policy_transient_kinds",
    "retry_policy_throttling_statuses",
    "retry_policy_throttling_codes",
    "RetryPolicy",
    "STANDARD",
]


class RetryPolicy(RetryRules, frozen=True, kw_only=True):
    """Rules for retries (the fields are those of `RetryRules`) that can show what they do."""

    def plan(
        self,
        outcomes: Iterable[Outcome],
        operation: type[Request[Reply]] = SendMessage,
        *,
        client_token: bool = True,
        draws: Iterable[float] = (),
        budget: Budget | None = None,
    ) -> RetryPlan:
        """Compute what a call would do if its attempts ended in `outcomes`; nothing is sent.

        `client_token` says whether the request has one, `draws` are the random numbers in [0, 1), one for each
        wait; after the last of them, and by default, waits are the longest possible.  `budget` is full by
        default.  The plan ends with the attempt that would be the last, or with the outcomes.

        Raises `TypeError` where `operation` is no request type.

        >>> print(STANDARD.plan([503, 429, 200]))
        standard, SendMessage: 3 attempts, 2.05 s of waiting
        attempt  outcome  then               wait    tokens
        1        503      again: transient   0.05 s  486
        2        429      again: throttling  2 s     481
        3        200      done                       486
        """
        repeat = operation_of(operation).repeat
        steps = plan_steps(self, repeat, client_token, outcomes, draws, new_budget(self) if budget is None else budget)
        return RetryPlan(self.name, operation.__name__, steps)


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
"""amazonka's waits and choices; unlike amazonka it repeats nothing that is unsafe to repeat."""

NO_RETRY: Final = RetryPolicy(
    name="no_retry",
    max_attempts=1,
    transient_base=0.0,
    throttling_base=0.0,
)
"""One attempt, whatever its outcome."""

retry_policy_name: Lens[RetryPolicy, str] = Lens(RetryPolicy, "name")
retry_policy_max_attempts: Lens[RetryPolicy, int] = Lens(RetryPolicy, "max_attempts")
retry_policy_max_transport_attempts: Lens[RetryPolicy, int | None] = Lens(RetryPolicy, "max_transport_attempts")
retry_policy_transient_base: Lens[RetryPolicy, float] = Lens(RetryPolicy, "transient_base")
retry_policy_throttling_base: Lens[RetryPolicy, float] = Lens(RetryPolicy, "throttling_base")
retry_policy_growth: Lens[RetryPolicy, float] = Lens(RetryPolicy, "growth")
retry_policy_cap: Lens[RetryPolicy, float] = Lens(RetryPolicy, "cap")
retry_policy_jittered: Lens[RetryPolicy, bool] = Lens(RetryPolicy, "jittered")
retry_policy_hint_allowance: Lens[RetryPolicy, float] = Lens(RetryPolicy, "hint_allowance")
retry_policy_transient_cost: Lens[RetryPolicy, int] = Lens(RetryPolicy, "transient_cost")
retry_policy_throttling_cost: Lens[RetryPolicy, int] = Lens(RetryPolicy, "throttling_cost")
retry_policy_budget: Lens[RetryPolicy, int] = Lens(RetryPolicy, "budget")
retry_policy_success_refund: Lens[RetryPolicy, int] = Lens(RetryPolicy, "success_refund")
retry_policy_transient_statuses: Lens[RetryPolicy, tuple[int, ...]] = Lens(RetryPolicy, "transient_statuses")
retry_policy_transient_codes: Lens[RetryPolicy, tuple[str, ...]] = Lens(RetryPolicy, "transient_codes")
retry_policy_transient_kinds: Lens[RetryPolicy, tuple[Kind, ...]] = Lens(RetryPolicy, "transient_kinds")
retry_policy_throttling_statuses: Lens[RetryPolicy, tuple[int, ...]] = Lens(RetryPolicy, "throttling_statuses")
retry_policy_throttling_codes: Lens[RetryPolicy, tuple[str, ...]] = Lens(RetryPolicy, "throttling_codes")
