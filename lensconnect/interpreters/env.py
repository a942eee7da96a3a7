"""Env: what a program runs in.  Time, chance, fresh ids and sockets enter the library here only."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any, Final, NoReturn, Protocol, TypeVar, cast

from lensconnect.errors import InvalidEndpoint, TransportError
from lensconnect.http import Endpoint, HttpRequest, HttpResponse
from lensconnect.interpreters.contract import Transport
from lensconnect.optics import Lens
from lensconnect.programs.effects import Ask, Call, Effect, Mint, Now, Perform, Sleep
from lensconnect.programs.program import Program, evaluate
from lensconnect.programs.settings import (
    Settings,
    settings_endpoint,
    settings_limits,
    settings_timeout,
    settings_user_agent,
)
from lensconnect.record import Record
from lensconnect.results import Failure, IOResult, Result, Success
from lensconnect.wire.limits import Limits

T = TypeVar("T")
E = TypeVar("E")

__all__ = [
    "Clock",
    "Env",
    "env_clock",
    "env_endpoint",
    "env_handle",
    "env_limits",
    "env_settings",
    "env_timeout",
    "env_tokens",
    "env_user_agent",
]


class Clock(Protocol):
    """Where time comes from: seconds that never go back, and a way to wait."""

    def now(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


class SystemClock(Record, frozen=True):
    """The machine's own."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        time.sleep(seconds)


def fresh_token() -> str:
    """A ClientToken as every AWS SDK makes it: a random UUID (RFC 9562, version 4)."""
    return str(uuid.uuid4())


class Handle:
    """The live part of an environment: its transport with its connections, shared by every copy.

    Equal only to itself; it can neither be pickled nor copied deeply.
    """

    def __init__(self, transport: Transport, close: Callable[[], None]) -> None:
        self.transport = transport
        self._close = close
        self.closed = False

    def close(self) -> None:
        """Close the connections; what is sent afterwards fails unsent."""
        if not self.closed:
            self.closed = True
            self._close()

    def perform(self, request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
        """One attempt, unless closed."""
        if self.closed:
            return Failure(TransportError("closed", "the environment was closed", "no"))
        return self.transport(request, seconds)

    def __reduce_ex__(self, protocol: Any, /) -> NoReturn:
        raise TypeError("an environment holds live connections: make one with new_env where it is needed")

    def __deepcopy__(self, memo: object, /) -> NoReturn:
        self.__reduce_ex__(2)


class Env(Record, frozen=True):
    """What a synchronous program runs in: `send(request)(env)`.

    A context manager: leaving it closes its connections.  Copies made through its lenses share them.
    """

    settings: Settings
    handle: Handle
    clock: Clock
    tokens: Callable[[], str]

    def run(self, program: Program[T, E], /) -> IOResult[T, E]:
        """Run a program to its end; the same as `program(env)`."""
        return IOResult.from_result(drive(program, self._answer))

    def _answer(self, effect: Effect[object]) -> Result[Any, Any]:
        return _ANSWERS[type(effect)](self, effect)

    def close(self) -> None:
        """Close the connections of this environment and of every copy of it."""
        self.handle.close()

    def __enter__(self) -> Env:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("settings", self.settings), ("closed", self.handle.closed)]


def drive(program: Program[T, E], answer: Callable[[Effect[object]], Result[Any, Any]]) -> Result[T, E]:
    """Feed the evaluator: the synchronous driver.

    What `answer` raises closes the program's generators and goes on to the caller, a `StopIteration`
    too, which must not be taken for the end of the program.
    """
    steps = evaluate(program)
    result: Any = None
    try:
        while True:
            try:
                effect = steps.send(result)
            except StopIteration as end:
                return cast("Result[T, E]", end.value)
            result = answer(effect)
    finally:
        steps.close()


def _sleep(env: Env, effect: Sleep) -> Result[Any, Any]:
    env.clock.sleep(effect.seconds)
    return Success(None)


_ANSWERS: Final[dict[type, Callable[[Env, Any], Result[Any, Any]]]] = {
    Ask: lambda env, _: Success(env.settings),
    Perform: lambda env, effect: env.handle.perform(effect.request, effect.seconds),
    Mint: lambda env, _: Success(env.tokens()),
    Now: lambda env, _: Success(env.clock.now()),
    Sleep: _sleep,
    Call: lambda _, effect: effect.function(*effect.arguments),
}

env_settings: Lens[Env, Settings] = Lens("settings")
env_handle: Lens[Env, Handle] = Lens("handle")
env_clock: Lens[Env, Clock] = Lens("clock")
env_tokens: Lens[Env, Callable[[], str]] = Lens("tokens")
env_endpoint: Lens[Env, Result[Endpoint, InvalidEndpoint]] = env_settings & settings_endpoint
env_limits: Lens[Env, Limits] = env_settings & settings_limits
env_timeout: Lens[Env, float] = env_settings & settings_timeout
env_user_agent: Lens[Env, str | None] = env_settings & settings_user_agent
