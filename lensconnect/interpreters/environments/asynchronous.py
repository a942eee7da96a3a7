"""AsyncEnv: runs programs on an event loop.  `await send(request)(env)` returns an `IOResult`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from inspect import isawaitable
from typing import Any, Final, TypeAlias, TypeVar, cast

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.interpreters.environments.base import IMMEDIATE_ANSWERS, BaseEnv, Clock
from lensconnect.interpreters.environments.handle import ENV_CLOSED, Handle
from lensconnect.interpreters.sockets.protocol import SOCKET_CLOSED
from lensconnect.interpreters.transports.event_loops import run_as_they_come, run_side_by_side
from lensconnect.live.orders import GOING_AWAY
from lensconnect.optics import Lens
from lensconnect.programs import settings
from lensconnect.programs.effects import (
    Call,
    CloseSocket,
    DownloadFile,
    Effect,
    ForEach,
    Gather,
    OpenSocket,
    Perform,
    ReceiveFrame,
    SendFrame,
    Sleep,
    UploadFile,
)
from lensconnect.programs.evaluator import conclude, evaluate
from lensconnect.programs.program import Program
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.results import Failure, FutureResult, Result, Success, future_result, is_err
from lensconnect.wire.limits import Limits

T = TypeVar("T")
E = TypeVar("E")

Handlers: TypeAlias = Mapping[type[Effect[Any]], Callable[[Any, Any], Awaitable[Result[Any, Any]]]]
"""Functions by type of effect: each takes the environment and the effect, and returns the result when it is awaited."""

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


class AsyncEnv(BaseEnv, frozen=True):
    """Runs programs on an event loop: asyncio's or, with a transport that supports it, trio's.

    An asynchronous context manager: leaving it closes its connections and WebSockets.  It opens them when needed.
    Each event loop has its own connections, which are closed when the loop ends.  Over a client that you pass,
    requests on another loop than the client's fail with kind "closed", sent "no".
    """

    def run(self, program: Program[T, E], /) -> FutureResult[T, E]:
        """Run a program to its end when awaited; the same as `program(env)`."""
        return future_result(drive(program, self))

    async def close(self) -> None:
        """Close the connections and WebSockets of this environment and of all its copies.

        Later sends, and calls that wait for a WebSocket, fail with kind "closed".
        """
        if not self.handle.closed:
            self.handle.closed = True
            try:
                await _close_all(self.handle.remove_sockets())
                await _awaited(self.handle.live.close_driver())
            finally:
                await _awaited(self.handle.close_transport())

    async def __aenter__(self) -> AsyncEnv:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def drive(program: Program[T, E], env: BaseEnv, handlers: Handlers | None = None) -> Result[T, E]:
    """Run a program, as `evaluator.drive` does; `handlers` answer its effects, those of `AsyncEnv` by default.

    A cancellation is an exception of the effect that is awaited.
    """
    handlers = handlers or _HANDLERS
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
                result, resume = await handlers[effect.__class__](env, effect), steps.send
            except BaseException as raised:
                result, resume = raised, steps.throw
    finally:
        steps.close()
    return conclude(outcome)


async def _awaited(value: Any) -> Any:
    return await value if isawaitable(value) else value


async def _close_all(connections: list[Any]) -> None:
    """Close each connection, also if a cancellation ends the wait for one of them."""
    while connections:
        try:
            await connections.pop().close(GOING_AWAY)
        except BaseException:
            await _close_all(connections)
            raise


async def _call(_: AsyncEnv, effect: Call[Any]) -> Result[Any, Any]:
    return cast("Result[Any, Any]", await _awaited(effect.function(*effect.arguments)))


async def _gather(env: AsyncEnv, effect: Gather[Any]) -> Result[Any, Any]:
    starts = tuple(partial(drive, each, env) for each in effect.programs)
    results = await run_side_by_side(starts, effect.limit, is_err)
    failed = next(filter(is_err, results), None)
    return failed or Success(tuple(result.unwrap() for result in results))


async def _for_each(env: AsyncEnv, effect: ForEach) -> Result[Any, Any]:
    state, failure = effect.seed, None

    async def next_start() -> Callable[[], Awaitable[Result[Any, Any]]] | None:
        nonlocal state, failure
        result: Result[Any, Any] = await drive(effect.step(state), env)
        found = None if is_err(result) else result.unwrap()
        if found is None:
            failure = result if is_err(result) else None
            return None
        value, state = found
        return partial(drive, effect.function(value), env)

    failed = await run_as_they_come(next_start, effect.limit, is_err)
    return failed or failure or Success(None)


async def _perform(env: AsyncEnv, effect: Perform) -> Result[Any, Any]:
    if env.handle.closed:
        return Failure(ENV_CLOSED)
    awaitable = env.handle.transport(effect.request, effect.seconds)
    try:
        result: Result[Any, Any] = await awaitable
    except TypeError:
        if isawaitable(awaitable):
            raise
        raise TypeError("an AsyncEnv needs an async function as its transport") from None
    return result


async def _open_socket(env: AsyncEnv, effect: OpenSocket) -> Result[Any, Any]:
    live = env.handle.live
    if env.handle.closed or live.closed:
        return Failure(ENV_CLOSED)
    opened: Result[Any, Any] = await live.driver(effect)
    if is_err(opened):
        return opened.alt(live.explained)
    socket = live.add(opened.unwrap())
    if socket is None:  # another task has closed the environment
        await opened.unwrap().close(GOING_AWAY)
    return Failure(ENV_CLOSED) if socket is None else Success(socket)


async def _send_frame(env: AsyncEnv, effect: SendFrame) -> Result[Any, Any]:
    connection = env.handle.live.find(effect.socket)
    return Failure(SOCKET_CLOSED) if connection is None else await connection.send(effect.text, effect.seconds)


async def _receive_frame(env: AsyncEnv, effect: ReceiveFrame) -> Result[Any, Any]:
    connection = env.handle.live.find(effect.socket)
    return Failure(SOCKET_CLOSED) if connection is None else await connection.receive(effect.seconds)


async def _close_socket(env: AsyncEnv, effect: CloseSocket) -> Result[Any, Any]:
    connection = env.handle.live.remove(effect.socket)
    if connection is not None:
        await connection.close(effect.code)
    return Success(None)


async def _transfer(env: AsyncEnv, effect: UploadFile | DownloadFile) -> Result[Any, Any]:
    if env.handle.closed:
        return Failure(ENV_CLOSED)
    from lensconnect.interpreters.files import transfer_of  # here, since few programs need it

    with transfer_of(effect, env.handle.transport) as transfer:
        return transfer.conclude(await transfer.start()) if transfer.problem is None else Failure(transfer.problem)


async def _sleep(env: AsyncEnv, effect: Sleep) -> Result[Any, Any]:
    await _awaited(env.clock.sleep(effect.seconds))
    return Success(None)


_HANDLERS: Final[Handlers] = {
    Call: _call,
    CloseSocket: _close_socket,
    DownloadFile: _transfer,
    ForEach: _for_each,
    Gather: _gather,
    OpenSocket: _open_socket,
    Perform: _perform,
    ReceiveFrame: _receive_frame,
    SendFrame: _send_frame,
    Sleep: _sleep,
    UploadFile: _transfer,
}

async_env_settings: Lens[AsyncEnv, settings.Settings] = Lens(AsyncEnv, "settings")
async_env_handle: Lens[AsyncEnv, Handle[Any]] = Lens(AsyncEnv, "handle")
async_env_clock: Lens[AsyncEnv, Clock] = Lens(AsyncEnv, "clock")
async_env_tokens: Lens[AsyncEnv, Callable[[], str]] = Lens(AsyncEnv, "tokens")
async_env_jitter: Lens[AsyncEnv, Callable[[], float]] = Lens(AsyncEnv, "jitter")
async_env_endpoint: Lens[AsyncEnv, Result[Endpoint, InvalidEndpoint]] = async_env_settings & settings.settings_endpoint
async_env_limits: Lens[AsyncEnv, Limits] = async_env_settings & settings.settings_limits
async_env_timeout: Lens[AsyncEnv, float] = async_env_settings & settings.settings_timeout
async_env_deadline: Lens[AsyncEnv, float | None] = async_env_settings & settings.settings_deadline
async_env_retry: Lens[AsyncEnv, RetryPolicy] = async_env_settings & settings.settings_retry
async_env_user_agent: Lens[AsyncEnv, str | None] = async_env_settings & settings.settings_user_agent
