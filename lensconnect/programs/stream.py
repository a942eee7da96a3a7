"""Stream: values that programs give one after the other, as a value: an unfold.

    unfold(seed, step)    the step is a program from a state to a value and the next state, or to None at the end
    map, take, until      another stream
    each, fold            a program that runs the stream to its end
    stream(env)           an iterator of results; in an AsyncEnv an asynchronous one

A stream is a description, as a program is: each run starts at the seed.  No task, thread or generator stands behind a
run, so that one may stop anywhere, and nothing is left to close.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, Generic, Never, TypeVar, cast, overload

from lensconnect.arguments import expect, expect_number, wrong_type
from lensconnect.programs import effects
from lensconnect.programs.program import AsyncInterpreter, Do, Done, Interpreter, Program, program
from lensconnect.results import IOResult, Result, Success, abandoned, is_err, to_result

A = TypeVar("A")
T = TypeVar("T")
E = TypeVar("E")
F = TypeVar("F")
T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)

__all__ = ["Stream", "unfold"]


class Stream(Generic[T_co, E_co]):
    """A description of values that come one after the other: each is a `T_co`, or an `E_co` ends them.

    `unfold` makes one.  Called with an environment it gives an iterator of results; a failure is the last of them.
    """

    __slots__ = ("seed", "step")

    def __init__(self, seed: Any, step: Callable[[Any], Program[tuple[T_co, Any] | None, E_co]]) -> None:
        self.seed: Any = seed
        self.step: Callable[[Any], Program[tuple[T_co, Any] | None, E_co]] = step

    @overload
    def __call__(self, env: Interpreter, /) -> Iterator[Result[T_co, E_co]]: ...
    @overload
    def __call__(self, env: AsyncInterpreter, /) -> AsyncIterator[Result[T_co, E_co]]: ...
    def __call__(self, env: Any, /) -> Any:
        """Run the stream in an environment, one step for each result that is asked for.

        In an `Env` it is an iterator for `for`, in an `AsyncEnv` one for `async for`.  The first failure is the last
        result.  After an exception or a cancellation the next result is that of the same step again.
        """
        if not hasattr(env, "run"):
            raise wrong_type("env", "an Env or an AsyncEnv", env)
        return _Run(self.seed, self.step, env)

    def each(
        self: Stream[T, E], function: Callable[[T], Program[object, F]], /, *, limit: int = 1
    ) -> Program[None, E | F]:
        """Run the program that `function` makes from each value, up to the end of the stream or the first failure.

        With a limit above 1, in an `AsyncEnv`, up to so many of these programs run while the stream goes on: a chat
        keeps its heartbeat while a slow answer is made.  With `limit` programs running the next value waits for the
        end of one.  A program that fails cancels the others; if the stream fails, they are waited for.  An `Env` runs
        one after the other.

        Raises `TypeError` for a limit that is no whole number, `ValueError` for one below 1.
        """
        expect("each: function", function, Callable, "a function")
        expect_number("each: limit", limit, 1, whole=True)
        in_order: Program[None, E | F] = _each_in_order(self, function)
        return in_order if limit == 1 else Do(effects.ForEach(self.seed, self.step, function, in_order, limit))

    def fold(self: Stream[T, E], function: Callable[[A, T], A], initial: A, /) -> Program[A, E]:
        """Return the last of the results of a pure function, called with the one before and each value."""
        expect("fold: function", function, Callable, "a function")
        return _fold(self, function, initial)

    def map(self: Stream[T, E], function: Callable[[T], A], /) -> Stream[A, E]:
        """Change each value by a pure function."""
        expect("map: function", function, Callable, "a function")
        step = self.step

        def change(found: tuple[T, Any] | None) -> tuple[A, Any] | None:
            return None if found is None else (function(found[0]), found[1])

        return Stream(self.seed, lambda state: step(state).map(change))

    def take(self: Stream[T, E], count: int, /) -> Stream[T, E]:
        """Return the stream of the first `count` values; it asks for no further one.

        Raises `TypeError` for a count that is no whole number, `ValueError` for one below 0.
        """
        expect_number("take: count", count, 0, whole=True)
        step = self.step

        def next_one(state: tuple[int, Any]) -> Program[tuple[T, Any] | None, E]:
            left, inner = state
            if left == 0:
                return _END
            return step(inner).map(lambda found: None if found is None else (found[0], (left - 1, found[1])))

        return Stream((count, self.seed), next_one)

    def until(self: Stream[T, E], last: Callable[[T], bool], /) -> Stream[T, E]:
        """Return the stream up to the first value for which `last` is true; that is the last one."""
        expect("until: last", last, Callable, "a function")
        step = self.step

        def mark(found: tuple[T, Any] | None) -> tuple[T, Any] | None:
            return None if found is None else (found[0], (bool(last(found[0])), found[1]))

        def next_one(state: tuple[bool, Any]) -> Program[tuple[T, Any] | None, E]:
            ended, inner = state
            return _END if ended else step(inner).map(mark)

        return Stream((False, self.seed), next_one)

    def __repr__(self) -> str:
        return "<Stream>"


def unfold(seed: A, step: Callable[[A], Program[tuple[T, A] | None, E]], /) -> Stream[T, E]:
    """Return the stream whose values a step gives, with the state for the next step, until it gives None.

    >>> from lensconnect import Steps, new_env
    >>> @program
    ... def count_down(number: int) -> Steps[tuple[int, int] | None]:
    ...     yield from ()
    ...     return (number, number - 1) if number else None
    >>> [result.unwrap() for result in unfold(3, count_down)(new_env(region="us-east-1"))]
    [3, 2, 1]
    """
    expect("unfold: step", step, Callable, "a function")
    return Stream(seed, step)


_END: Program[None, Never] = Done(Success(None))


class _Run(Iterator[Any], AsyncIterator[Any]):
    """One run of a stream: the state, and whether it has ended."""

    def __init__(self, seed: Any, step: Callable[[Any], Program[Any, Any]], env: Any) -> None:
        self._state = seed
        self._step = step
        self._env = env
        self._ended = False

    def __next__(self) -> Result[Any, Any]:
        if self._ended:
            raise StopIteration
        outcome = self._env.run(self._step(self._state))
        if abandoned(outcome):
            raise TypeError("a stream in an AsyncEnv is iterated by `async for`")
        if (result := self._taken(to_result(outcome))) is None:
            raise StopIteration
        return result

    async def __anext__(self) -> Result[Any, Any]:
        if self._ended:
            raise StopAsyncIteration
        outcome = self._env.run(self._step(self._state))
        if isinstance(outcome, IOResult):
            raise TypeError("a stream in an Env is iterated by `for`")
        if (result := self._taken(to_result(await outcome))) is None:
            raise StopAsyncIteration
        return result

    def _taken(self, result: Result[Any, Any]) -> Result[Any, Any] | None:
        """Return the result for the caller, None at the end, and go on to the next state."""
        if is_err(result):
            self._ended = True
            return result
        found = result.unwrap()
        if found is None:
            self._ended = True
            return None
        value, self._state = found
        return Success(value)


@program
def _each_in_order(
    stream: Stream[T, E], function: Callable[[T], Program[object, F]]
) -> Generator[Program[object, E | F], object, None]:
    state = stream.seed
    while (found := cast("tuple[T, Any] | None", (yield stream.step(state)))) is not None:
        value, state = found
        yield function(value)


@program
def _fold(stream: Stream[T, E], function: Callable[[A, T], A], initial: A) -> Generator[Program[object, E], object, A]:
    state, total = stream.seed, initial
    while (found := cast("tuple[T, Any] | None", (yield stream.step(state)))) is not None:
        value, state = found
        total = function(total, value)
    return total
