"""Handle: the live part of an environment, shared by all copies that its lenses make."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, NoReturn, TypeVar

from lensconnect.errors import TransportError
from lensconnect.interpreters.environments.live import LiveTables
from lensconnect.interpreters.transports.fork_safety import register_after_fork
from lensconnect.programs.pace import FULL_BUCKET, Bucket, Quota, Quotas, reserve
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.programs.retry_rules import new_budget, refund, spend

T = TypeVar("T")

ENV_CLOSED = TransportError("closed", "the environment was closed", "no")


class Handle(Generic[T]):
    """A transport with its connections, the retry budget, the state of the rate quotas, and `live`: sockets and chats.

    Equal only to itself.  Pickling and deep copies raise `TypeError`.
    """

    def __init__(self, transport: T, close: Callable[[], Any], policy: RetryPolicy, live: LiveTables[Any]) -> None:
        self.transport = transport
        self.live = live
        self.close_transport = close
        self.closed = False
        self._closes_sockets = True
        self.reset_after_fork()
        self._policy = policy
        self._budget = new_budget(policy)
        self._buckets: dict[Quota, Bucket] = {}
        register_after_fork(self)

    def reset_after_fork(self) -> None:
        """Replace the lock: the thread that held it does not run in this process."""
        self._lock = RLock()  # a signal handler may send in the middle of a call

    def with_transport(self, transport: T) -> Handle[T]:
        """Return a new handle with this transport, a full retry budget, the same sockets and chats, and nothing to close."""
        copy = Handle(transport, lambda: None, self._policy, self.live)
        copy._closes_sockets = False
        return copy

    def remove_sockets(self) -> list[Any]:
        """Open no more WebSockets, and return the open ones, to be closed; none if they belong to another handle."""
        return self.live.remove_all() if self._closes_sockets else []

    def spend(self, cost: int) -> bool:
        """Take `cost` from the retry budget; return False, and take nothing, if it holds less."""
        with self._lock:
            left = spend(self._budget, cost)
            self._budget = left or self._budget
            return left is not None

    def refund(self, amount: int) -> None:
        """Return `amount` to the retry budget."""
        if self._budget.tokens < self._budget.capacity:
            with self._lock:
                self._budget = refund(self._budget, amount)

    def reserve(self, operation: str, quotas: Quotas, now: float) -> float:
        """Take one request from the operation's rate quota; return the seconds to wait before it is sent."""
        quota = quotas.of(operation)
        if quota is None:
            return 0.0
        with self._lock:
            self._buckets[quota], wait = reserve(self._buckets.get(quota, FULL_BUCKET), quota, now)
        return wait

    def __reduce_ex__(self, protocol: Any, /) -> NoReturn:
        raise TypeError(
            "an environment holds live connections and cannot be copied or pickled: call new_env where you need one"
        )

    def __deepcopy__(self, memo: object, /) -> NoReturn:
        self.__reduce_ex__(2)
