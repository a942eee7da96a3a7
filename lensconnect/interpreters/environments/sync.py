"""Env: runs programs synchronously.  `send(request)(env)` returns an `IOResult`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.interpreters.environments.base import IMMEDIATE_ANSWERS, BaseEnv, Clock
from lensconnect.interpreters.environments.handle import ENV_CLOSED, Handle
from lensconnect.interpreters.sockets.protocol import SOCKET_CLOSED
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
from lensconnect.programs.evaluator import drive, gather_in_order
from lensconnect.programs.program import Program
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.results import Failure, IOResult, Result, Success, io_result, is_err
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

    A context manager: leaving it closes its connections and WebSockets.  Copies made by its lenses share them, the
    chats and the retry budget.
    """

    def run(self, program: Program[T, E], /) -> IOResult[T, E]:
        """Run a program to its end; the same as `program(env)`."""
        return io_result(drive(program, answer, self, IMMEDIATE_ANSWERS))

    def close(self) -> None:
        """Close the connections and WebSockets of this environment and of all its copies.

        Later sends, and calls that wait for a WebSocket, fail with kind "closed".
        """
        if not self.handle.closed:
            self.handle.closed = True
            try:
                for connection in self.handle.remove_sockets():
                    connection.close(GOING_AWAY)
            finally:
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


def _transfer(env: Env, effect: UploadFile | DownloadFile) -> Result[Any, Any]:
    if env.handle.closed:
        return Failure(ENV_CLOSED)
    from lensconnect.interpreters.files import transfer_of  # here, since few programs need it

    with transfer_of(effect, env.handle.transport) as transfer:
        return transfer.conclude(transfer.start()) if transfer.problem is None else Failure(transfer.problem)


def _sleep(env: Env, effect: Sleep) -> Result[Any, Any]:
    env.clock.sleep(effect.seconds)
    return Success(None)


def _gather(env: Env, effect: Gather[Any]) -> Result[Any, Any]:
    return gather_in_order(effect.programs, lambda program: drive(program, answer, env, IMMEDIATE_ANSWERS))


def _open_socket(env: Env, effect: OpenSocket) -> Result[Any, Any]:
    live = env.handle.live
    if env.handle.closed or live.closed:
        return Failure(ENV_CLOSED)
    opened: Result[Any, Any] = live.driver(effect)
    if is_err(opened):
        return opened.alt(live.explained)
    socket = live.add(opened.unwrap())
    if socket is None:  # another thread has closed the environment
        opened.unwrap().close(GOING_AWAY)
    return Failure(ENV_CLOSED) if socket is None else Success(socket)


def _send_frame(env: Env, effect: SendFrame) -> Result[Any, Any]:
    connection = env.handle.live.find(effect.socket)
    return Failure(SOCKET_CLOSED) if connection is None else connection.send(effect.text, effect.seconds)


def _receive_frame(env: Env, effect: ReceiveFrame) -> Result[Any, Any]:
    connection = env.handle.live.find(effect.socket)
    return Failure(SOCKET_CLOSED) if connection is None else connection.receive(effect.seconds)


def _close_socket(env: Env, effect: CloseSocket) -> Result[Any, Any]:
    connection = env.handle.live.remove(effect.socket)
    if connection is not None:
        connection.close(effect.code)
    return Success(None)


def _for_each(env: Env, effect: ForEach) -> Result[Any, Any]:
    return drive(effect.in_order, answer, env, IMMEDIATE_ANSWERS)


def answer(env: Env, effect: Effect[Any]) -> Result[Any, Any]:
    """Return the result of an effect that is not answered at once."""
    return _HANDLERS[effect.__class__](env, effect)


_HANDLERS: Final[dict[type[Effect[Any]], Callable[[Any, Any], Result[Any, Any]]]] = {
    Call: lambda _, effect: effect.function(*effect.arguments),
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
