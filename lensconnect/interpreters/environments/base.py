"""BaseEnv: settings, a live handle, and the sources of time, ClientTokens and random numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from os import urandom
from typing import Any, Final, Protocol, runtime_checkable

from lensconnect.interpreters.environments.handle import Handle
from lensconnect.live.files import FileState
from lensconnect.programs.effects import (
    Ask,
    NewClientToken,
    Now,
    Observe,
    RandomFloat,
    Refund,
    Reserve,
    Spend,
    StatFile,
    UpdateChat,
)
from lensconnect.programs.evaluator import ImmediateAnswers
from lensconnect.programs.settings import Settings
from lensconnect.record import Record

__all__ = ["Clock", "Doors", "SystemClock", "fresh_token"]


@runtime_checkable
class Clock(Protocol):
    """A monotonic clock in seconds, and a way to wait.

    In an `AsyncEnv`, `sleep` may return an awaitable.
    """

    def now(self) -> float:
        """Return the time in seconds."""
        ...

    def sleep(self, seconds: float, /) -> object:
        """Wait for so many seconds."""
        ...


class SystemClock(Record, frozen=True):
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Return seconds since an arbitrary time before the program started."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """Block the thread for so many seconds."""
        time.sleep(seconds)


def fresh_token() -> str:
    """Return a new ClientToken: a random UUID (RFC 9562, version 4), as AWS SDKs make it."""
    digits = urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def random_float() -> float:
    """Return a random number x, 0 <= x < 1."""
    import random  # here, since only a retry draws one

    return random.random()  # nosec B311 # noqa: S311 - it spreads retries, and is no secret


class BaseEnv(Record, frozen=True):
    """The fields of every environment.  `tokens` makes ClientTokens; `jitter` draws numbers, 0 <= x < 1."""

    settings: Settings
    handle: Handle[Any]
    clock: Clock
    tokens: Callable[[], str] = fresh_token
    jitter: Callable[[], float] = random_float

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("settings", self.settings), ("closed", self.handle.closed)]


Doors = BaseEnv
"""The name that `lensconnect` exports."""


def _stat_file(path: str) -> FileState:
    from lensconnect.interpreters.files import stat_file  # here, since few programs need it

    return stat_file(path)


def _update_chat(env: BaseEnv, effect: UpdateChat[Any]) -> Any:
    if effect.timed:
        return env.handle.live.update_chat(effect, env.clock.now(), env.jitter())
    return env.handle.live.update_chat(effect)


IMMEDIATE_ANSWERS: Final[ImmediateAnswers] = {
    Ask: lambda env, _: env.settings,
    RandomFloat: lambda env, _: env.jitter(),
    NewClientToken: lambda env, _: env.tokens(),
    Now: lambda env, _: env.clock.now(),
    Observe: lambda _, effect: effect.observer(effect.event),
    Refund: lambda env, effect: env.handle.refund(effect.amount),
    Reserve: lambda env, effect: env.handle.reserve(effect.operation, effect.quotas, env.clock.now()),
    Spend: lambda env, effect: env.handle.spend(effect.cost),
    StatFile: lambda _, effect: _stat_file(effect.path),
    UpdateChat: _update_chat,
}
"""The effects that need no waiting, and what each returns."""
