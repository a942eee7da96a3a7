"""Rules of a retry policy as data, and the retry budget of an environment: tokens that each retry spends."""

from __future__ import annotations

from lensconnect.errors import Kind
from lensconnect.optics import Lens
from lensconnect.record import Record

__all__ = [
    "Budget",
    "budget_tokens",
    "budget_capacity",
]


class RetryRules(Record, frozen=True, kw_only=True):
    """Rules for sending again, for waits, and for costs.  Times are in seconds, costs in tokens of the budget.

    The wait before retry i (from 1) is `min(base * growth ** (i - 1), cap)`, times a random number in [0, 1)
    where `jittered`, and raised to a server's hint, but by `hint_allowance` at most.
    """

    name: str
    max_attempts: int
    """Sends in all, the first included; 1 means no retry."""
    transient_base: float
    throttling_base: float
    growth: float = 2.0
    max_transport_attempts: int | None = None
    """A smaller limit than `max_attempts`, for attempts that end in a `TransportError`; `None`: no other limit."""
    cap: float = 20.0
    jittered: bool = True
    hint_allowance: float = 5.0
    transient_cost: int = 14
    throttling_cost: int = 5
    budget: int = 500
    """Tokens of an environment at the start; it never has more."""
    success_refund: int = 1
    """Tokens that a call gives back if it succeeds without a retry."""
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


class Budget(Record, frozen=True):
    """The tokens that the calls of an environment may still spend on retries, so that they add no load to an outage."""

    tokens: int
    capacity: int = 500


def new_budget(rules: RetryRules) -> Budget:
    """Return a full budget."""
    return Budget(rules.budget, rules.budget)


def spend(budget: Budget, cost: int) -> Budget | None:
    """Return the budget after paying `cost` tokens; `None` where it holds fewer.

    >>> spend(Budget(14), 14), spend(Budget(13), 14)
    (Budget(tokens=0, capacity=500), None)
    """
    left = min(budget.tokens, budget.capacity) - max(0, cost)
    return None if left < 0 else Budget(left, budget.capacity)


def refund(budget: Budget, amount: int) -> Budget:
    """Return the budget with `amount` tokens put back, at most full.

    >>> refund(Budget(495), 14)
    Budget(tokens=500, capacity=500)
    """
    return Budget(min(budget.capacity, budget.tokens + max(0, amount)), budget.capacity)


budget_tokens: Lens[Budget, int] = Lens(Budget, "tokens")
budget_capacity: Lens[Budget, int] = Lens(Budget, "capacity")
