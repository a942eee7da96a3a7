"""Program: a description of effects, as a value, and the one evaluator that walks it.

    Done(result)                 has its result
    Do(effect)                   asks for one effect
    Bind(source, ok, err)        goes on from a success or from a failure
    Called(function, arguments)  a generator function: `yield from` hands out each success
    Attempt(source)              succeeds with the Result, whatever it is
    Ensure(source, last)         runs `last` after success, failure and exception alike
    Local(source, change)        runs under changed settings

Theory of operation: `evaluate` is a generator that yields effects and takes a `Result` for each, but for
those it is told how to answer at once.  It keeps the programs it is inside of on a stack of its own, so a
chain of a hundred thousand steps costs no recursion.  A failure closes the generators it leaves, innermost
first; so does an exception, be it thrown in for an effect or raised by a step, and it runs what `ensure`
promised on its way out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from functools import wraps
from types import GeneratorType, MappingProxyType
from typing import Any, Final, Never, ParamSpec, Protocol, TypeAlias, TypeVar, cast, overload

from lensconnect.errors import Error, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.programs.effects import (
    Ask,
    Call,
    Draw,
    Effect,
    Gather,
    Mint,
    Now,
    Observe,
    Perform,
    Refund,
    Reserve,
    Sleep,
    Spend,
    gather_programs,
)
from lensconnect.programs.misuse import expect_generator, failure_of, not_a_program
from lensconnect.programs.observe import Event, Observer
from lensconnect.programs.pace import Quotas
from lensconnect.programs.settings import Settings
from lensconnect.results import Failure, FutureResult, IOResult, Result, ResultLike, Success, success

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E")
F = TypeVar("F")
P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)

__all__ = [
    "Program",
    "Steps",
    "ask",
    "call",
    "ensure",
    "gather",
    "local",
    "mint",
    "now",
    "perform",
    "program",
    "sleep",
]


class Interpreter(Protocol):
    """What runs programs to their end: an `Env`."""

    def run(self, program: Program[T, E], /) -> IOResult[T, E]: ...


class AsyncInterpreter(Protocol):
    """What runs programs on an event loop: an `AsyncEnv`."""

    def run(self, program: Program[T, E], /) -> FutureResult[T, E]: ...


class Program(ResultLike[T_co, E_co]):
    """A description that, run in an environment, gives a `T_co` or fails with an `E_co`.

    Nothing happens until it is called with an environment, and it may be run any number of times.
    The methods are named as in `returns`, whose functions (`flow`, `bind`, `Fold`) take programs too.
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

    def bind_result(self: Program[T, E], function: Callable[[T], Result[U, F]], /) -> Program[U, E | F]:
        """Go on with the success, by a pure function that may fail."""
        return _Bind(self, lambda value: _Done(function(value)), None)

    def apply(self: Program[T, E], function: Program[Callable[[T], U], F], /) -> Program[U, E | F]:
        """Change the success by a function that a program gives, which runs second."""
        return self.bind(lambda value: function.map(lambda change: change(value)))

    def swap(self: Program[T, E]) -> Program[E, T]:
        """Make the success a failure, the failure a success."""
        return _Bind(self, lambda value: _Done(Failure(value)), lambda error: _Done(Success(error)))

    def bimap(self: Program[T, E], good: Callable[[T], U], bad: Callable[[E], F], /) -> Program[U, F]:
        """Change whichever it is, the success or the failure."""
        return self.map(good).alt(bad)

    def attempt(self: Program[T, E]) -> Program[Result[T, E], Never]:
        """The program that succeeds with this one's `Result`, be it a success or a failure."""
        return _Attempt(self)

    def __iter__(self: Program[T, E]) -> Generator[Program[object, E], Any, T]:
        """Inside a `@program`: `value = yield from other_program`."""
        value: T = yield self
        return value

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

    def __iter__(self: _Done[T, E]) -> Generator[Program[object, E], Any, T]:
        result: Any = self.result
        value: T = result._inner_value if result.__class__ is Success else (yield self)  # no turn of the evaluator
        return value


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


class _Attempt(Program[T_co, E_co]):
    __slots__ = ("source",)

    def __init__(self, source: Program[Any, Any]) -> None:
        self.source = source


class _Ensure(Program[T_co, E_co]):
    __slots__ = ("last", "source")

    def __init__(self, source: Program[T_co, E_co], last: Program[Any, Any]) -> None:
        self.source = source
        self.last = last


class _Local(Program[T_co, E_co]):
    __slots__ = ("change", "source")

    def __init__(self, source: Program[T_co, E_co], change: Callable[[Settings], Settings]) -> None:
        self.source = source
        self.change = change


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

    expect_generator(function)

    @wraps(function)
    def make(*arguments: P.args, **keywords: P.kwargs) -> Program[T, E]:
        return _Called(make, function, arguments, keywords)

    return make


_ASK: Final[Program[Settings, Never]] = _Do(Ask())
_DRAW: Final[Program[float, Never]] = _Do(Draw())
_MINT: Final[Program[str, Never]] = _Do(Mint())
_NOW: Final[Program[float, Never]] = _Do(Now())


def ask() -> Program[Settings, Never]:
    """The environment's settings."""
    return _ASK


def perform(request: HttpRequest, seconds: float) -> Program[HttpResponse, TransportError]:
    """One attempt at an HTTP request, within so many seconds."""
    return _Do(Perform(request, seconds))


def mint() -> Program[str, Never]:
    """A fresh ClientToken."""
    return _MINT


def now() -> Program[float, Never]:
    """The time in seconds, of a clock that never goes back."""
    return _NOW


def sleep(seconds: float) -> Program[None, Never]:
    """Wait so many seconds."""
    return _Do(Sleep(seconds))


def draw() -> Program[float, Never]:
    """A random number, 0 <= x < 1."""
    return _DRAW


def spend(cost: int) -> Program[bool, Never]:
    """Take so much from the retry budget; false where it does not hold it."""
    return _Do(Spend(cost))


def refund(amount: int) -> Program[None, Never]:
    """Put so much back into the retry budget."""
    return _Do(Refund(amount))


def reserve(operation: str, quotas: Quotas) -> Program[float, Never]:
    """A place within the service's quotas: the seconds to wait for it."""
    return _Do(Reserve(operation, quotas))


def observe(observer: Observer, event: Event) -> Program[None, Never]:
    """Tell an observer."""
    return _Do(Observe(observer, event))


def call(function: Callable[..., Result[T, E]], /, *arguments: object) -> Program[T, E]:
    """The door for a user's own effect: a function that returns a `Result`."""
    effect: Call[T] = Call(function, arguments)
    return _Do(effect)


def ensure(source: Program[T, E], last: Program[object, F]) -> Program[T, E | F]:
    """Run `last` once `source` is over, be it by success, failure, exception or cancellation.

    The outcome is that of `source`, unless it succeeded and `last` failed.
    """
    return _Ensure(source, last)


def local(change: Callable[[Settings], Settings], source: Program[T, E]) -> Program[T, E]:
    """The program run under changed settings (Haskell's `local` of a Reader).

    >>> from lensconnect import settings_timeout
    >>> quick = local(settings_timeout.set(1.0), ask())
    """
    return _Local(source, change)


def gather(programs: Iterable[Program[T, E]], *, limit: int | None = None) -> Program[tuple[T, ...], E]:
    """Run many: all successes in order, or the failure that came first.

    On an event loop at most `limit` at a time run side by side, and a failure cancels the others;
    a synchronous environment runs one after the other and stops at the first failure.  A limit below 1
    is a mistake in the program and raises `ValueError`.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"a limit of {limit} would never run anything")
    effect: Gather[T] = Gather(tuple(programs), limit)
    return _Do(effect)


class Raised:
    """How a walk ends that an exception ended: the driver raises it again."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


AtOnce: TypeAlias = Mapping[type[Effect[Any]], Callable[[Any, Any], object]]
"""By effect: its success, from the doors of an environment and the effect, without waiting for anything."""


def evaluate(
    start: Program[T, E], at_once: AtOnce = MappingProxyType({}), doors: object = None
) -> Generator[Effect[object], Result[Any, Any], Result[T, E] | Raised]:
    """Walk a program: yields each effect not answered `at_once`, takes its `Result`, returns the program's own.

    An exception of an effect is thrown in; it comes back as `Raised` once all promises are kept.
    """
    frames: list[Any] = []
    changes: list[Callable[[Settings], Settings]] = []
    current: Any = start
    succeeded: bool = True
    value: Any = None
    try:
        while True:
            try:
                kind: type[object] = current.__class__
                if kind is _Called:
                    frames.append(current.start(*current.arguments, **current.keywords))
                    succeeded, value = True, None
                elif kind is _Do:
                    effect = _localised(current.effect, changes) if changes else current.effect
                    answer = at_once.get(effect.__class__)
                    if answer is not None:
                        succeeded, value = True, answer(doors, effect)
                    else:
                        result: Any = yield effect
                        if result.__class__ is Success:
                            succeeded, value = True, result._inner_value
                        else:
                            succeeded, value = False, failure_of(result, effect)
                    if changes and effect.__class__ is Ask:
                        value = _changed(value, changes)
                elif kind is _Done:
                    result = current.result
                    if result.__class__ is Success:
                        succeeded, value = True, result._inner_value
                    else:
                        succeeded, value = False, failure_of(result)
                else:
                    try:
                        source = current.source
                    except AttributeError:
                        raise not_a_program(current, frames) from None
                    frames.append(current)
                    if kind is _Local:
                        changes.append(current.change)
                    current = source
                    continue
                while frames:  # give the result to the innermost frame that goes on with it
                    frame = frames[-1]
                    kind = frame.__class__
                    if kind is GeneratorType and succeeded:
                        try:
                            current = frame.send(value)
                            break
                        except StopIteration as end:
                            value = end.value
                            frames.pop()
                            continue
                    frames.pop()
                    if kind is GeneratorType:
                        frame.close()
                    elif kind is _Bind:
                        go_on = frame.ok if succeeded else frame.err
                        if go_on is not None:
                            current = go_on(value)
                            break
                    elif kind is _Attempt:
                        succeeded, value = True, _result(succeeded, value)
                    elif kind is _Local:
                        changes.pop()
                    elif kind is _Ensure:
                        frames.append(_Outcome(_result(succeeded, value)))
                        current = frame.last
                        break
                    else:
                        result = frame.after(_result(succeeded, value))
                        succeeded, value = result.__class__ is Success, result._inner_value
                else:
                    return success(value) if succeeded else Failure(value)
            except GeneratorExit:
                raise
            except BaseException as raised:  # whatever it is, promises come first
                outcome = Raised(raised)
                last = _unwind(frames, changes, outcome)
                if last is None:
                    return outcome
                current = last
    finally:
        for frame in reversed(frames):
            if isinstance(frame, GeneratorType):
                frame.close()


def _result(succeeded: bool, value: Any) -> Result[Any, Any]:
    return success(value) if succeeded else Failure(value)


class _Outcome:
    """Waits for the last program of an `ensure` with the outcome that goes on after it."""

    def __init__(self, outcome: Result[Any, Any] | Raised) -> None:
        self.outcome = outcome

    def after(self, last: Result[Any, Any]) -> Result[Any, Any]:
        if isinstance(self.outcome, Raised):
            raise self.outcome.error
        return last if isinstance(self.outcome, Success) and not isinstance(last, Success) else self.outcome


def _unwind(frames: list[Any], changes: list[Any], outcome: Raised) -> Program[Any, Any] | None:
    """Leave the frames an exception leaves, closing generators, up to the next promise: its program."""
    while frames:
        frame = frames.pop()
        if isinstance(frame, GeneratorType):
            try:
                frame.close()
            except BaseException as worse:  # of its `finally:`, which does not end the closing of the others
                outcome.error = worse
        elif isinstance(frame, _Local):
            changes.pop()
        elif isinstance(frame, _Ensure):
            frames.append(_Outcome(outcome))
            return frame.last
    return None


def _changed(settings: Settings, changes: list[Callable[[Settings], Settings]]) -> Settings:
    for change in changes:
        settings = change(settings)
    return settings


def _localised(effect: Effect[Any], changes: list[Callable[[Settings], Settings]]) -> Effect[Any]:
    """Programs that run side by side run under the changes around them."""
    if effect.__class__ is not Gather:
        return effect
    around = list(changes)
    return gather_programs.modify(
        lambda programs: tuple(local(lambda settings: _changed(settings, around), each) for each in programs)
    )(cast("Gather[object]", effect))
