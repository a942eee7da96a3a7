"""What every environment has: settings, a live handle, and the doors to time, chance and fresh ids."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from os import urandom
from typing import Any, Final, Protocol, runtime_checkable

from lensconnect.interpreters.environments.handle import Handle
from lensconnect.programs.effects import Ask, NewClientToken, Now, Observe, RandomFloat, Refund, Reserve, Spend
from lensconnect.programs.evaluator import ImmediateAnswers
from lensconnect.programs.settings import Settings
from lensconnect.record import Record

__all__ = ["Clock", "Doors", "SystemClock", "fresh_token"]


@runtime_checkable
class Clock(Protocol):
    """Where time comes from: seconds that never go back, and a way to wait.

    In an `AsyncEnv`, `sleep` may return an awaitable.
    """

    def now(self) -> float: ...
    def sleep(self, seconds: float, /) -> object: ...


class SystemClock(Record, frozen=True):
    """The machine's own."""

    def now(self) -> float:
        """Seconds since some time before the program started."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """Wait, keeping the thread."""
        time.sleep(seconds)


def fresh_token() -> str:
    """A ClientToken as every AWS SDK makes it: a random UUID (RFC 9562, version 4)."""
    drawn = urandom(16).hex()
    variant = "89ab"[int(drawn[16], 16) % 4]
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{variant}{drawn[17:20]}-{drawn[20:]}"


class Doors(Record, frozen=True):
    """The fields of every environment, and the answers that need no waiting."""

    settings: Settings
    handle: Handle[Any]
    clock: Clock
    tokens: Callable[[], str] = fresh_token
    jitter: Callable[[], float] = random.random

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("settings", self.settings), ("closed", self.handle.closed)]


AT_ONCE: Final[ImmediateAnswers] = {
    Ask: lambda doors, _: doors.settings,
    RandomFloat: lambda doors, _: doors.jitter(),
    NewClientToken: lambda doors, _: doors.tokens(),
    Now: lambda doors, _: doors.clock.now(),
    Observe: lambda _, effect: effect.observer(effect.event),
    Refund: lambda doors, effect: doors.handle.refund(effect.amount),
    Reserve: lambda doors, effect: doors.handle.reserve(effect.operation, effect.quotas, doors.clock.now()),
    Spend: lambda doors, effect: doors.handle.spend(effect.cost),
}
