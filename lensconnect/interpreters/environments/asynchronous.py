"""AsyncEnv: what a program runs in on an event loop.  `await send(request)(env)` gives an `IOResult`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isawaitable
from typing import Any, Final, TypeVar, cast

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.interpreters.environments.base import AT_ONCE, Clock, Doors
from lensconnect.interpreters.environments.handle import CLOSED, Handle
from lensconnect.interpreters.environments.sync import conclude
from lensconnect.interpreters.transports.event_loops import run_side_by_side
from lensconnect.optics import Lens
from lensconnect.programs.effects import Call, Effect, Gather, Perform, Sleep
from lensconnect.programs.evaluator import evaluate
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
from lensconnect.results import Failure, FutureResult, Result, Success, is_err
from lensconnect.wire.limits import Limits

T = TypeVar("T")
E = TypeVar("E")

__all__ = [
    "AsyncEnv",
    "async_env_clock",
    "async_env_deadline",
    "async_env_endpoint",
    "async_env_handle",
    "async_env_jitter",
    "async_env_limits",
    "async_env_retry",
    "async_env_settings",
    "async_env_timeout",
    "async_env_tokens",
    "async_env_user_agent",
]


class AsyncEnv(Doors, frozen=True):
    """What a program runs in on an event loop, asyncio's or (with a transport that can) trio's.

    An asynchronous context manager: leaving it closes its connections.  It opens them lazily, and
    belongs to the loop it is first used on.
    """

    def run(self, program: Program[T, E], /) -> FutureResult[T, E]:
        """Run a program to its end when awaited; the same as `program(env)`."""
        return FutureResult(drive(program, self))

    async def close(self) -> None:
        """Close the connections of this environment and of every copy of it."""
        if not self.handle.closed:
            self.handle.closed = True
            await _awaited(self.handle.closing())

    async def __aenter__(self) -> AsyncEnv:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def drive(program: Program[T, E], env: AsyncEnv) -> Result[T, E]:
    """Feed the evaluator: the asynchronous driver.  A cancellation keeps the program's promises too."""
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
                result, resume = await _ANSWERS[effect.__class__](env, effect), steps.send
            except BaseException as raised:
                result, resume = raised, steps.throw
    finally:
        steps.close()
    return conclude(outcome)


async def _awaited(value: Any) -> Any:
    return await value if isawaitable(value) else value


async def _call(_: AsyncEnv, effect: Call[Any]) -> Result[Any, Any]:
    return cast("Result[Any, Any]", await _awaited(effect.function(*effect.arguments)))


async def _gather(env: AsyncEnv, effect: Gather[Any]) -> Result[Any, Any]:
    starts = tuple(partial(drive, each, env) for each in effect.programs)
    results = await run_side_by_side(starts, effect.limit, is_err)
    failed = next(filter(is_err, results), None)
    return failed or Success(tuple(result.unwrap() for result in results))


async def _perform(env: AsyncEnv, effect: Perform) -> Result[Any, Any]:
    if env.handle.closed:
        return Failure(CLOSED)
    answer = env.handle.transport(effect.request, effect.seconds)
    try:
        result: Result[Any, Any] = await answer
    except TypeError:
        if isawaitable(answer):
            raise
        raise TypeError("the transport is no async function, which an AsyncEnv needs") from None
    return result


async def _sleep(env: AsyncEnv, effect: Sleep) -> Result[Any, Any]:
    await _awaited(env.clock.sleep(effect.seconds))
    return Success(None)


_ANSWERS: Final[dict[type[Effect[Any]], Callable[[Any, Any], Awaitable[Result[Any, Any]]]]] = {
    Call: _call,
    Gather: _gather,
    Perform: _perform,
    Sleep: _sleep,
}

async_env_settings: Lens[AsyncEnv, Settings] = Lens("settings")
async_env_handle: Lens[AsyncEnv, Handle[Any]] = Lens("handle")
async_env_clock: Lens[AsyncEnv, Clock] = Lens("clock")
async_env_tokens: Lens[AsyncEnv, Callable[[], str]] = Lens("tokens")
async_env_jitter: Lens[AsyncEnv, Callable[[], float]] = Lens("jitter")
async_env_endpoint: Lens[AsyncEnv, Result[Endpoint, InvalidEndpoint]] = async_env_settings & settings_endpoint
async_env_limits: Lens[AsyncEnv, Limits] = async_env_settings & settings_limits
async_env_timeout: Lens[AsyncEnv, float] = async_env_settings & settings_timeout
async_env_deadline: Lens[AsyncEnv, float | None] = async_env_settings & settings_deadline
async_env_retry: Lens[AsyncEnv, RetryPolicy] = async_env_settings & settings_retry
async_env_user_agent: Lens[AsyncEnv, str | None] = async_env_settings & settings_user_agent
