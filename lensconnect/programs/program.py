"""Program: a description of effects as a value; and `@program`, which makes one from a generator function.

A program is one of these nodes:

    Done(result)                           it has its result
    Do(effect)                             it asks the environment for one effect
    FromGenerator(function, arguments)     a generator function: `yield from` gives each success
    Bind(source, ok, err)                  it goes on from the success or the failure of `source`
    Alt(source, change)                    it changes the failure of `source`
    Attempt(source)                        it succeeds with the result of `source`
    Ensure(source, last)                   it runs `last` after `source`, whatever the end of `source`
    OnException(source, last)              it runs `last` if an exception ends `source`
    Local(source, change)                  it runs `source` under changed settings

The nodes are data.  `evaluator` walks them; `primitives` holds the functions that build them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Mapping
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Final, Never, ParamSpec, Protocol, TypeAlias, TypeVar, overload

from lensconnect.arguments import wrong_type
from lensconnect.errors import Error
from lensconnect.operations import REQUEST_TYPES, expect_request
from lensconnect.programs.effects import Effect, name_of_function
from lensconnect.programs.settings import Settings
from lensconnect.programs.usage_errors import (
    decorator_hint,
    expect_arguments,
    expect_generator,
    not_run,
    positional_counts,
    return_hint,
)
from lensconnect.results import Failure, FutureResult, IOResult, Result, ResultLike, Success, Trail, failure

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E")
F = TypeVar("F")
P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)

__all__ = ["Program", "Steps", "program"]


class Interpreter(Protocol):
    """Runs programs to their end in the calling thread: an `Env`."""

    def run(self, program: Program[T, E], /) -> IOResult[T, E]: ...


class AsyncInterpreter(Protocol):
    """Runs programs on an event loop: an `AsyncEnv`."""

    def run(self, program: Program[T, E], /) -> FutureResult[T, E]: ...


class Program(ResultLike[T_co, E_co]):
    """A description that, run in an environment, succeeds with a `T_co` or fails with an `E_co`.

    Nothing happens until it is called with an environment, and it may be run any number of times.
    The methods have the names of `returns`, whose functions (`flow`, `bind`, `Fold`) take programs too.
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        cls.__name__ = "Program"  # Python's messages show it; pickle goes by the qualified name

    @staticmethod
    def from_value(value: U) -> Program[U, Never]:
        """Return the program that succeeds with `value` and has no effect."""
        return Done(Success(value))

    @staticmethod
    def from_failure(error: F) -> Program[Never, F]:
        """Return the program that fails with `error` and has no effect."""
        return Done(Failure(error))

    @staticmethod
    def from_result(result: Result[U, F]) -> Program[U, F]:
        """Return the program that ends with `result` and has no effect."""
        return Done(result)

    def bind(self: Program[T, E], function: Callable[[T], Program[U, F]], /) -> Program[U, E | F]:
        """After a success, run the program that `function` makes from it."""
        return Bind(self, function, None)

    def lash(self: Program[T, E], function: Callable[[E], Program[U, F]], /) -> Program[T | U, F]:
        """After a failure, run the program that `function` makes from it."""
        return Bind(self, None, function)

    def map(self: Program[T, E], function: Callable[[T], U], /) -> Program[U, E]:
        """Change the success by a pure function."""
        return Bind(self, lambda value: Done(Success(function(value))), None)

    def alt(self: Program[T, E], function: Callable[[E], F], /) -> Program[T, F]:
        """Change the failure by a pure function."""
        return Alt(self, function)

    def bind_result(self: Program[T, E], function: Callable[[T], Result[U, F]], /) -> Program[U, E | F]:
        """After a success, go on with the `Result` that a pure function makes from it."""
        return Bind(self, lambda value: Done(function(value)), None)

    def apply(self: Program[T, E], function: Program[Callable[[T], U], F], /) -> Program[U, E | F]:
        """Run this program, then `function`; apply the function it gives to this program's success."""
        return self.bind(lambda value: function.map(lambda change: change(value)))

    def swap(self: Program[T, E]) -> Program[E, T]:
        """Make the success a failure, and the failure a success."""
        return Bind(self, lambda value: Done(Failure(value)), lambda error: Done(Success(error)))

    def bimap(self: Program[T, E], good: Callable[[T], U], bad: Callable[[E], F], /) -> Program[U, F]:
        """Change the success by `good`, the failure by `bad`; both are pure functions."""
        return self.map(good).alt(bad)

    def attempt(self: Program[T, E]) -> Program[Result[T, E], Never]:
        """Return the program that never fails: it succeeds with this program's `Result`."""
        return Attempt(self)

    def __iter__(self: Program[T, E]) -> Generator[Program[object, E], Any, T]:
        """Inside a `@program`: `value = yield from other_program`."""
        value: T = yield self
        return value

    @overload
    def __call__(self, env: Interpreter, /) -> IOResult[T_co, E_co]: ...
    @overload
    def __call__(self, env: AsyncInterpreter, /) -> FutureResult[T_co, E_co]: ...
    def __call__(self, env: Any, /) -> Any:
        """Run the program in an environment: an `IOResult` from an `Env`, a `FutureResult` from an `AsyncEnv`."""
        try:
            return env.run(self)
        except AttributeError:
            if not hasattr(env, "run"):
                raise wrong_type("env", "an Env or an AsyncEnv", env) from None
            raise

    def __dir__(self) -> list[str]:
        held = {name for kind in type(self).__mro__ for name in getattr(kind, "__slots__", ())}
        return [name for name in super().__dir__() if name not in held]  # `rich.inspect` shows each, tokens included

    def __repr__(self) -> str:
        return "<Program>"

    if not TYPE_CHECKING:
        # A program that stands for its success, as `yield from` is missing.  Without these it would be true, contain
        # nothing, and be sent as the text "<Program replies>".  `__getattr__` is missing, as it would slow down each read
        # of an attribute: the evaluator adds a note to the AttributeError.
        def __bool__(self):
            raise TypeError(f"{not_run(self)}; compare it with None if it may be None")

        def __format__(self, spec):
            raise TypeError(f"{not_run(self)}; write !r in the f-string to show it")

        def __getitem__(self, key):
            raise TypeError(not_run(self))

        def __contains__(self, value):
            raise TypeError(not_run(self))

        def __len__(self):
            raise TypeError(not_run(self))


Steps: TypeAlias = Generator[Program[object, Error], object, T]
"""The return type of a `@program` function: its steps may fail with any `Error`, and it returns a `T`."""


class Done(Program[T_co, E_co]):
    """Has its result."""

    __slots__ = ("result",)

    def __init__(self, result: Result[T_co, E_co]) -> None:
        self.result: Result[T_co, E_co] = result

    def __iter__(self: Done[T, E]) -> Generator[Program[object, E], Any, T]:
        result: Any = self.result
        # A success needs no turn of the evaluator.
        value: T = result._inner_value if result.__class__ is Success else (yield self)
        return value


class Do(Program[T_co, E_co]):
    """Asks the environment for one effect."""

    __slots__ = ("effect",)

    def __init__(self, effect: Effect[T_co]) -> None:
        self.effect: Effect[T_co] = effect


class FromGenerator(Program[T_co, E_co]):
    """Runs a generator function.  Equal to another by function and arguments, and pickled as these.

    `start` is the generator function itself, `make` its decorated form, which a pickle can name.
    """

    __slots__ = ("arguments", "keywords", "make", "start")

    def __init__(
        self,
        make: Callable[..., Program[T_co, E_co]],
        start: Callable[..., Generator[Program[object, Any], object, T_co]],
        arguments: tuple[object, ...],
        keywords: Mapping[str, object],
    ) -> None:
        self.make: Callable[..., Program[T_co, E_co]] = make
        self.start: Callable[..., Generator[Program[object, Any], object, T_co]] = start
        self.arguments: tuple[object, ...] = arguments
        self.keywords: Mapping[str, object] = keywords

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FromGenerator):
            return NotImplemented
        key = (self.make, self.arguments, self.keywords)
        return key == (other.make, other.arguments, other.keywords)  # pyright: ignore[reportUnknownMemberType]

    def __hash__(self) -> int:
        return hash((self.make, self.arguments, tuple(self.keywords.items())))

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return _call, (self.make, self.arguments, self.keywords)

    def __repr__(self) -> str:
        return f"<Program {getattr(self.make, '__qualname__', '')}>"


def _call(make: Callable[..., object], arguments: tuple[object, ...], keywords: Mapping[str, object]) -> object:
    return make(*arguments, **keywords)


UNCHANGED: Final = object()
"""Returned by `resume` to pass the outcome on, unchanged, to the next frame."""


class Bind(Program[T_co, E_co]):
    """Goes on from a success by `ok`, from a failure by `err`; `None` leaves the outcome unchanged."""

    __slots__ = ("err", "ok", "source")

    def __init__(
        self,
        source: Program[Any, Any],
        ok: Callable[[Any], Program[Any, Any]] | None,
        err: Callable[[Any], Program[Any, Any]] | None,
    ) -> None:
        self.source: Program[Any, Any] = source
        self.ok: Callable[[Any], Program[Any, Any]] | None = ok
        self.err: Callable[[Any], Program[Any, Any]] | None = err

    def resume(self, succeeded: bool, value: Any, _trail: Trail | None) -> Any:
        go_on = self.ok if succeeded else self.err
        return UNCHANGED if go_on is None else go_on(value)


class Alt(Program[T_co, E_co]):
    """Changes the failure of `source`; the new one has come the same way."""

    __slots__ = ("change", "source")

    def __init__(self, source: Program[T_co, Any], change: Callable[[Any], E_co]) -> None:
        self.source: Program[T_co, Any] = source
        self.change: Callable[[Any], E_co] = change

    def resume(self, succeeded: bool, value: Any, trail: Trail | None) -> Any:
        return UNCHANGED if succeeded else Done(failure(self.change(value), trail))


class Attempt(Program[T_co, E_co]):
    """Succeeds with the result of `source`."""

    __slots__ = ("source",)

    def __init__(self, source: Program[Any, Any]) -> None:
        self.source: Program[Any, Any] = source


class Ensure(Program[T_co, E_co]):
    """Runs `last` once `source` is over."""

    __slots__ = ("last", "source")

    def __init__(self, source: Program[T_co, E_co], last: Program[Any, Any]) -> None:
        self.source: Program[T_co, E_co] = source
        self.last: Program[Any, Any] = last

    def resume(self, succeeded: bool, value: Any, trail: Trail | None) -> Program[Any, Any]:
        outcome: Done[Any, Any] = Done(Success(value) if succeeded else failure(value, trail))
        return Bind(self.last, lambda _: outcome, None if succeeded else lambda _: outcome)


class OnException(Ensure[T_co, E_co]):
    """Runs `last` only if an exception ends `source`."""

    __slots__ = ()

    def resume(self, succeeded: bool, value: Any, trail: Trail | None) -> Any:  # noqa: ARG002
        return UNCHANGED


class Local(Program[T_co, E_co]):
    """Runs `source` under changed settings."""

    __slots__ = ("change", "source")

    def __init__(self, source: Program[T_co, E_co], change: Callable[[Settings], Settings]) -> None:
        self.source: Program[T_co, E_co] = source
        self.change: Callable[[Settings], Settings] = change


def program(function: Callable[P, Generator[Program[object, E], object, T]], /) -> Callable[P, Program[T, E]]:
    """Make a generator function a program: `yield from` gives each success, a failure ends the program.

    Two calls with equal arguments give equal programs.  They pickle where the function can be imported by its
    name.  A failure closes the generator, so its `finally:` may tidy values but not yield effects.

    Raises `TypeError` for a function that does not yield; the program does, where it is called, for arguments that
    the function does not take.

    >>> @program
    ... def append_token(text: str) -> Steps[str]:
    ...     token = yield from mint()
    ...     return text + token
    >>> append_token("a") == append_token("a")
    True
    """
    return _decorated(function, None)


def program_of_a_request(
    function: Callable[P, Generator[Program[object, E], object, T]], /
) -> Callable[P, Program[T, E]]:
    """As `program`, for a function of one request: another value raises `TypeError` where it is given."""
    return _decorated(function, REQUEST_TYPES)


def _decorated(
    function: Callable[P, Generator[Program[object, E], object, T]], types: Container[type] | None
) -> Callable[P, Program[T, E]]:
    """Make the function a program; `types` are those of its only argument, `None` for any arguments."""
    expect_generator(function)
    name, taken = name_of_function(function), signature(function, follow_wrapped=False)
    least, most = positional_counts(taken)

    @wraps(function)
    def make(*arguments: P.args, **keywords: P.kwargs) -> Program[T, E]:
        if (
            keywords
            or not least <= len(arguments) <= most
            or (types is not None and arguments[0].__class__ not in types)
        ):
            expect_arguments(name, taken, arguments, keywords)
            if types is not None:
                expect_request(name, (*arguments, *keywords.values())[0])
        return FromGenerator(make, function, arguments, keywords)

    return make


def expect_program(value: object, made_by: Callable[..., object] | None = None) -> None:
    """Raise `TypeError` for a value that is no program; `made_by` is the function that returned it."""
    if not isinstance(value, Program):
        hint = decorator_hint(value) or ("" if made_by is None else return_hint(made_by))
        raise wrong_type("program", "a Program such as send(request)", value, hint) from None
