"""Program: a description of effects, as a value, and the one evaluator that walks it.

    Done(result)                 has its result
    Do(effect)                   asks for one effect
    Bind(source, ok, err)        goes on from a success or from a failure
    Called(function, arguments)  a generator function: `yield from` hands out each success

Theory of operation: `evaluate` is a generator that yields effects and takes a `Result` for each.  It
keeps the programs it is inside of on a stack of its own, so a chain of a hundred thousand steps costs
no recursion.  A failure closes the generators it leaves, innermost first; an exception closes all.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import wraps
from types import GeneratorType
from typing import Any, Generic, Never, ParamSpec, Protocol, TypeAlias, TypeVar, cast, overload

from lensconnect.errors import Error, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.programs.effects import Ask, Call, Effect, Mint, Now, Perform, Sleep
from lensconnect.programs.settings import Settings
from lensconnect.results import Failure, FutureResult, IOResult, Result, Success

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E")
F = TypeVar("F")
P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)

__all__ = ["Program", "Steps", "ask", "call", "evaluate", "mint", "now", "perform", "program", "sleep"]


class Interpreter(Protocol):
    """What runs programs to their end: an `Env`."""

    def run(self, program: Program[T, E], /) -> IOResult[T, E]: ...


class AsyncInterpreter(Protocol):
    """What runs programs on an event loop: an `AsyncEnv`."""

    def run(self, program: Program[T, E], /) -> FutureResult[T, E]: ...


class Program(Generic[T_co, E_co]):
    """A description that, run in an environment, gives a `T_co` or fails with an `E_co`.

    Nothing happens until it is called with an environment, and it may be run any number of times.
    """

    __slots__ = ()

    @staticmethod
    def from_value(value: U) -> Program[U, Never]:
        """The program that succeeds with this, and does nothing."""
        return _Done(Success(value))

    @staticmethod
    def from_failure(error: F) -> Program[Never, F]:
        """The program that fails with this, and does nothing."""
        return _Done(Failure(error))

    @staticmethod
    def from_result(result: Result[U, F]) -> Program[U, F]:
        """The program that has this result, and does nothing."""
        return _Done(result)

    def bind(self: Program[T, E], function: Callable[[T], Program[U, F]], /) -> Program[U, E | F]:
        """Go on with the success."""
        return _Bind(self, function, None)

    def lash(self: Program[T, E], function: Callable[[E], Program[U, F]], /) -> Program[T | U, F]:
        """Go on with the failure."""
        return _Bind(self, None, function)

    def map(self: Program[T, E], function: Callable[[T], U], /) -> Program[U, E]:
        """Change the success."""
        return _Bind(self, lambda value: _Done(Success(function(value))), None)

    def alt(self: Program[T, E], function: Callable[[E], F], /) -> Program[T, F]:
        """Change the failure."""
        return _Bind(self, None, lambda error: _Done(Failure(function(error))))

    def __iter__(self: Program[T, E]) -> Generator[Program[object, E], object, T]:
        """Inside a `@program`: `value = yield from other_program`."""
        return cast(T, (yield self))

    @overload
    def __call__(self, env: Interpreter, /) -> IOResult[T_co, E_co]: ...
    @overload
    def __call__(self, env: AsyncInterpreter, /) -> FutureResult[T_co, E_co]: ...
    def __call__(self, env: Any, /) -> Any:
        """Run it in this environment."""
        return env.run(self)

    def __repr__(self) -> str:
        return "<Program>"


Steps: TypeAlias = Generator[Program[object, Error], object, T]
"""What a `@program` function returns: its steps may fail with any `Error`, and it gives a `T`."""


class _Done(Program[T_co, E_co]):
    __slots__ = ("result",)

    def __init__(self, result: Result[T_co, E_co]) -> None:
        self.result = result


class _Do(Program[T_co, E_co]):
    __slots__ = ("effect",)

    def __init__(self, effect: Effect[T_co]) -> None:
        self.effect = effect


class _Bind(Program[T_co, E_co]):
    __slots__ = ("err", "ok", "source")

    def __init__(
        self,
        source: Program[Any, Any],
        ok: Callable[[Any], Program[Any, Any]] | None,
        err: Callable[[Any], Program[Any, Any]] | None,
    ) -> None:
        self.source = source
        self.ok = ok
        self.err = err


class _Called(Program[T_co, E_co]):
    """Equal to another by function and arguments; pickles as them."""

    __slots__ = ("arguments", "keywords", "make", "start")

    def __init__(
        self,
        make: Callable[..., Program[T_co, E_co]],
        start: Callable[..., Generator[Program[object, Any], object, T_co]],
        arguments: tuple[object, ...],
        keywords: Mapping[str, object],
    ) -> None:
        self.make = make
        self.start = start
        self.arguments = arguments
        self.keywords = keywords

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Called):
            return NotImplemented
        mine = (self.make, self.arguments, self.keywords)
        return mine == (other.make, other.arguments, other.keywords)  # pyright: ignore[reportUnknownMemberType]

    def __hash__(self) -> int:
        return hash((self.make, self.arguments, tuple(self.keywords.items())))

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return _make_again, (self.make, self.arguments, self.keywords)

    def __repr__(self) -> str:
        return f"<Program {getattr(self.make, '__qualname__', '')}>"


def _make_again(make: Callable[..., object], arguments: tuple[object, ...], keywords: Mapping[str, object]) -> object:
    return make(*arguments, **keywords)


def program(function: Callable[P, Generator[Program[object, E], object, T]], /) -> Callable[P, Program[T, E]]:
    """Make a generator function a program: `yield from` hands out each success, a failure ends it.

    >>> @program
    ... def twice(minted: str) -> Steps[str]:
    ...     fresh = yield from mint()
    ...     return minted + fresh
    >>> twice("a") == twice("a")
    True

    A failure closes the generator, so its `finally:` may tidy values but not yield effects.
    """

    @wraps(function)
    def make(*arguments: P.args, **keywords: P.kwargs) -> Program[T, E]:
        return _Called(make, function, arguments, keywords)

    return make


def ask() -> Program[Settings, Never]:
    """The environment's settings."""
    return _Do(Ask())


def perform(request: HttpRequest, seconds: float) -> Program[HttpResponse, TransportError]:
    """One attempt at an HTTP request, within so many seconds."""
    return _Do(Perform(request, seconds))


def mint() -> Program[str, Never]:
    """A fresh ClientToken."""
    return _Do(Mint())


def now() -> Program[float, Never]:
    """The time in seconds, of a clock that never goes back."""
    return _Do(Now())


def sleep(seconds: float) -> Program[None, Never]:
    """Wait so many seconds."""
    return _Do(Sleep(seconds))


def call(function: Callable[..., Result[T, E]], /, *arguments: object) -> Program[T, E]:
    """The door for a user's own effect: a function that returns a `Result`."""
    return _Do(Call(function, arguments))


def evaluate(start: Program[T, E]) -> Generator[Effect[object], Result[Any, Any], Result[T, E]]:
    """Walk a program: yields each effect, takes the `Result` of it, returns the program's own."""
    frames: list[Any] = []
    current: Any = start
    try:
        while True:
            kind: type[object] = current.__class__
            if kind is _Bind:
                frames.append(current)
                current = current.source
                continue
            if kind is _Called:
                frames.append(current.start(*current.arguments, **current.keywords))
                result = _STARTED
            else:
                result = (yield current.effect) if kind is _Do else current.result
            while frames:  # give the result to the innermost frame that takes it
                current = frame = frames[-1]
                succeeded = result.__class__ is Success
                if frame.__class__ is _Bind:
                    del frames[-1]
                    go_on = frame.ok if succeeded else frame.err
                    if go_on is not None:
                        current = go_on(result._inner_value)  # pyright: ignore[reportPrivateUsage]
                        break
                elif not succeeded:
                    del frames[-1]
                    frame.close()
                else:
                    try:
                        current = frame.send(result._inner_value)  # pyright: ignore[reportPrivateUsage]
                        break
                    except StopIteration as end:
                        del frames[-1]
                        result = Success(end.value)
            else:
                return cast("Result[T, E]", result)
    finally:
        for frame in reversed(frames):
            if isinstance(frame, GeneratorType):
                frame.close()


_STARTED: Result[Any, Any] = Success(None)
