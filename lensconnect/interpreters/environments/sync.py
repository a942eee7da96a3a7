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
from lensconnect.programs.evaluator import Raised, evaluate
from lensconnect.programs.program import Program
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.results import Failure, IOResult, Result, Success, io_result, is_ok
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
        return io_result(drive(program, self))

    def close(self) -> None:
        """Close the connections of this environment and of all its copies; later sends fail with kind "closed"."""
        if not self.handle.closed:
            self.handle.closed = True
            self.handle.close_transport()

    def __enter__(self) -> Env:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def drive(program: Program[T, E], env: Env) -> Result[T, E]:
    """Run a program: perform each effect that the evaluator yields, and send its result back.

    An exception of an effect is thrown into the evaluator, so that `ensure` runs, and is then raised here.  A
    `StopIteration` of an effect is such an exception and not the end of the program.
    """
    steps = evaluate(program, IMMEDIATE_ANSWERS, env)
    resume: Callable[[Any], Effect[Any]] = steps.send
    result: Any = None
    try:
        while True:
            try:
                effect = resume(result)
            except StopIteration as end:
                outcome = end.value
                break
            try:
                result, resume = _HANDLERS[effect.__class__](env, effect), steps.send
            except BaseException as raised:
                result, resume = raised, steps.throw
    finally:
        steps.close()
    return conclude(outcome)


def conclude(outcome: Result[T, E] | Raised) -> Result[T, E]:
    """Return the result of an evaluation, or raise its exception."""
    if isinstance(outcome, Raised):
        raise outcome.error
    return outcome


def _perform(env: Env, effect: Perform) -> Result[Any, Any]:
    if env.handle.closed:
        return Failure(ENV_CLOSED)
    result: Result[Any, Any] = env.handle.transport(effect.request, effect.seconds)
    return result


def _sleep(env: Env, effect: Sleep) -> Result[Any, Any]:
    env.clock.sleep(effect.seconds)
    return Success(None)


def _gather(env: Env, effect: Gather[Any]) -> Result[Any, Any]:
    successes: list[Any] = []
    for each in effect.programs:
        result: Result[Any, Any] = drive(each, env)
        if not is_ok(result):
            return result
        successes.append(result.unwrap())
    return Success(tuple(successes))


_HANDLERS: Final[dict[type[Effect[Any]], Callable[[Any, Any], Result[Any, Any]]]] = {
    Call: lambda _, effect: effect.function(*effect.arguments),
    Gather: _gather,
    Perform: _perform,
    Sleep: _sleep,
}

env_settings: Lens[Env, settings.Settings] = Lens("settings")
env_handle: Lens[Env, Handle[Any]] = Lens("handle")
env_clock: Lens[Env, Clock] = Lens("clock")
env_tokens: Lens[Env, Callable[[], str]] = Lens("tokens")
env_jitter: Lens[Env, Callable[[], float]] = Lens("jitter")
env_endpoint: Lens[Env, Result[Endpoint, InvalidEndpoint]] = env_settings & settings.settings_endpoint
env_limits: Lens[Env, Limits] = env_settings & settings.settings_limits
env_timeout: Lens[Env, float] = env_settings & settings.settings_timeout
env_deadline: Lens[Env, float | None] = env_settings & settings.settings_deadline
env_retry: Lens[Env, RetryPolicy] = env_settings & settings.settings_retry
env_user_agent: Lens[Env, str | None] = env_settings & settings.settings_user_agent
