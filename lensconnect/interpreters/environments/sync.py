"""Env: runs programs synchronously.  `send(request)(env)` returns an `IOResult`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.interpreters.environments.base import IMMEDIATE_ANSWERS, BaseEnv, Clock
from lensconnect.interpreters.environments.handle import ENV_CLOSED, Handle
from lensconnect.optics import Lens
from lensconnect.programs import settings
from lensconnect.programs.effects import Call, Effect, Gather, Perform, Sleep
from lensconnect.programs.evaluator import drive, gather_in_order
from lensconnect.programs.program import Program
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.results import Failure, IOResult, Result, Success, io_result
from lensconnect.wire.limits import Limits

T = TypeVar("T")
E = TypeVar("E")

__all__ = [
    "Env",
    "env_clock",
    "env_deadline",
    "env_endpoint",
    "env_handle",
    "env_jitter",
    "env_limits",
    "env_retry",
    "env_settings",
    "env_timeout",
    "env_tokens",
    "env_user_agent",
]


class Env(BaseEnv, frozen=True):
    """Runs programs synchronously.

    A context manager: leaving it closes its connections.  Copies made by its lenses share the connections and the
    retry budget.
    """

    def run(self, program: Program[T, E], /) -> IOResult[T, E]:
        """Run a program to its end; the same as `program(env)`."""
        return io_result(drive(program, _answer, self, IMMEDIATE_ANSWERS))

    def close(self) -> None:
        """Close the connections of this environment and of all its copies; later sends fail with kind "closed"."""
        if not self.handle.closed:
            self.handle.closed = True
            self.handle.close_transport()

    def __enter__(self) -> Env:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _perform(env: Env, effect: Perform) -> Result[Any, Any]:
    if env.handle.closed:
        return Failure(ENV_CLOSED)
    result: Result[Any, Any] = env.handle.transport(effect.request, effect.seconds)
    return result


def _sleep(env: Env, effect: Sleep) -> Result[Any, Any]:
    env.clock.sleep(effect.seconds)
    return Success(None)


def _gather(env: Env, effect: Gather[Any]) -> Result[Any, Any]:
    return gather_in_order(effect.programs, lambda program: drive(program, _answer, env, IMMEDIATE_ANSWERS))


def _answer(env: Env, effect: Effect[Any]) -> Result[Any, Any]:
    return _HANDLERS[effect.__class__](env, effect)


_HANDLERS: Final[dict[type[Effect[Any]], Callable[[Any, Any], Result[Any, Any]]]] = {
    Call: lambda _, effect: effect.function(*effect.arguments),
    Gather: _gather,
    Perform: _perform,
    Sleep: _sleep,
}

env_settings: Lens[Env, settings.Settings] = Lens(Env, "settings")
env_handle: Lens[Env, Handle[Any]] = Lens(Env, "handle")
env_clock: Lens[Env, Clock] = Lens(Env, "clock")
env_tokens: Lens[Env, Callable[[], str]] = Lens(Env, "tokens")
env_jitter: Lens[Env, Callable[[], float]] = Lens(Env, "jitter")
env_endpoint: Lens[Env, Result[Endpoint, InvalidEndpoint]] = env_settings & settings.settings_endpoint
env_limits: Lens[Env, Limits] = env_settings & settings.settings_limits
env_timeout: Lens[Env, float] = env_settings & settings.settings_timeout
env_deadline: Lens[Env, float | None] = env_settings & settings.settings_deadline
env_retry: Lens[Env, RetryPolicy] = env_settings & settings.settings_retry
env_user_agent: Lens[Env, str | None] = env_settings & settings.settings_user_agent
