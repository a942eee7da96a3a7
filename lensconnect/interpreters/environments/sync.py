"""Env: what a synchronous program runs in.  `send(request)(env)` gives an `IOResult`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.interpreters.environments.base import AT_ONCE, Clock, Doors
from lensconnect.interpreters.environments.handle import CLOSED, Handle
from lensconnect.optics import Lens
from lensconnect.programs.effects import Call, Effect, Gather, Perform, Sleep
from lensconnect.programs.evaluator import Raised, evaluate
from lensconnect.programs.program import Program
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.programs.settings import (
    Settings,
    settings_deadline,
    settings_endpoint,
    settings_limits,
    settings_retry,
    settings_timeout,
    settings_user_agent,
)
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


class Env(Doors, frozen=True):
    """What a synchronous program runs in.

    A context manager: leaving it closes its connections.  Copies made through its lenses share them,
    and the retry budget.
    """

    def run(self, program: Program[T, E], /) -> IOResult[T, E]:
        """Run a program to its end; the same as `program(env)`."""
        return io_result(drive(program, self))

    def close(self) -> None:
        """Close the connections of this environment and of every copy of it."""
        if not self.handle.closed:
            self.handle.closed = True
            self.handle.closing()

    def __enter__(self) -> Env:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def drive(program: Program[T, E], env: Env) -> Result[T, E]:
    """Feed the evaluator: the synchronous driver.

    What an answer raises keeps the program's promises and goes on to the caller, a `StopIteration` too,
    which must not be taken for the end of the program.
    """
    steps = evaluate(program, AT_ONCE, env)
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
                result, resume = _ANSWERS[effect.__class__](env, effect), steps.send
            except BaseException as raised:
                result, resume = raised, steps.throw
    finally:
        steps.close()
    return conclude(outcome)


def conclude(outcome: Result[T, E] | Raised) -> Result[T, E]:
    """A walk's result, or its exception raised again."""
    if isinstance(outcome, Raised):
        raise outcome.error
    return outcome


def _perform(env: Env, effect: Perform) -> Result[Any, Any]:
    if env.handle.closed:
        return Failure(CLOSED)
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


_ANSWERS: Final[dict[type[Effect[Any]], Callable[[Any, Any], Result[Any, Any]]]] = {
    Call: lambda _, effect: effect.function(*effect.arguments),
    Gather: _gather,
    Perform: _perform,
    Sleep: _sleep,
}

env_settings: Lens[Env, Settings] = Lens("settings")
env_handle: Lens[Env, Handle[Any]] = Lens("handle")
env_clock: Lens[Env, Clock] = Lens("clock")
env_tokens: Lens[Env, Callable[[], str]] = Lens("tokens")
env_jitter: Lens[Env, Callable[[], float]] = Lens("jitter")
env_endpoint: Lens[Env, Result[Endpoint, InvalidEndpoint]] = env_settings & settings_endpoint
env_limits: Lens[Env, Limits] = env_settings & settings_limits
env_timeout: Lens[Env, float] = env_settings & settings_timeout
env_deadline: Lens[Env, float | None] = env_settings & settings_deadline
env_retry: Lens[Env, RetryPolicy] = env_settings & settings_retry
env_user_agent: Lens[Env, str | None] = env_settings & settings_user_agent
