"""Handle: the live part of an environment, shared by every copy its lenses make."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, NoReturn, TypeVar

from lensconnect.errors import TransportError
from lensconnect.interpreters.transports.fork_safety import register_after_fork
from lensconnect.programs.pace import FULL_BUCKET, Bucket, Quota, Quotas, reserve
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.programs.retry_rules import new_budget, refund, spend

T = TypeVar("T")

CLOSED = TransportError("closed", "the environment was closed", "no")


class Handle(Generic[T]):
    """A transport with its connections, the retry budget, the places taken in quotas.

    Equal only to itself; it can neither be pickled nor copied deeply.
    """

    def __init__(self, transport: T, close: Callable[[], Any], policy: RetryPolicy) -> None:
        self.transport = transport
        self.closing = close
        self.closed = False
        self.reset_after_fork()
        self._policy = policy
        self._budget = new_budget(policy)
        self._buckets: dict[Quota, Bucket] = {}
        register_after_fork(self)

    def reset_after_fork(self) -> None:
        """In the child of a fork: a thread that held the lock is not there to release it."""
        self._lock = Lock()

    def with_transport(self, transport: T) -> Handle[T]:
        """Another handle: this transport, a full budget, nothing to close."""
        return Handle(transport, lambda: None, self._policy)

    def spend(self, cost: int) -> bool:
        """Take from the retry budget, if it holds so much."""
        with self._lock:
            left = spend(self._budget, cost)
            self._budget = left or self._budget
            return left is not None

    def refund(self, amount: int) -> None:
        """Put back into the retry budget."""
        if self._budget.tokens < self._budget.capacity:
            with self._lock:
                self._budget = refund(self._budget, amount)

    def reserve(self, operation: str, quotas: Quotas, now: float) -> float:
        """Take a place in the operation's quota; the seconds to wait for it."""
        quota = quotas.of(operation)
        if quota is None:
            return 0.0
        with self._lock:
            self._buckets[quota], wait = reserve(self._buckets.get(quota, FULL_BUCKET), quota, now)
        return wait

    def __reduce_ex__(self, protocol: Any, /) -> NoReturn:
        raise TypeError("an environment holds live connections: make one with new_env where it is needed")

    def __deepcopy__(self, memo: object, /) -> NoReturn:
        self.__reduce_ex__(2)
