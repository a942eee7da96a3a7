"""The containers of outcomes, and functions that take a value out of them.  Only importer of `returns`.

Pure functions return a `Result`, a synchronous run an `IOResult`, an asynchronous run a `FutureResult`.
`ResultLike` is the interface of `returns` that our own containers implement.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from types import CodeType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast, overload

from returns.future import FutureResult
from returns.io import IOFailure, IOResult, IOSuccess
from returns.result import Failure, Result, Success

from lensconnect.arguments import shown

T = TypeVar("T")
E = TypeVar("E")
T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    class ResultLike(Generic[T_co, E_co]):
        """At run time the interface of `returns` for containers of a success or a failure, with its laws.

        To a type checker a plain generic: the interface's own types need the mypy plugin.
        """
else:
    from returns.interfaces.specific.result import ResultLike2

    ResultLike = ResultLike2

__all__ = [
    "Failure",
    "FutureResult",
    "IOFailure",
    "IOResult",
    "IOSuccess",
    "LensconnectError",
    "Result",
    "Success",
    "is_err",
    "is_ok",
    "or_raise",
    "to_result",
]


_new: Final = cast("Callable[[object], Any]", object.__new__)
_fill: Final[Callable[[object, object], None]] = cast(Any, Success)._inner_value.__set__
_keep_trail: Final[Callable[[object, object], None]] = cast(Any, Result)._trace.__set__


def success(value: T) -> Success[T]:
    """Return `Success(value)`, built in less than half the time of its constructor.

    >>> success(1) == Success(1)
    True
    """
    made: Success[T] = _new(Success)
    _fill(made, value)
    return made


def io_result(result: Result[T, E]) -> IOResult[T, E]:
    """Return `IOResult.from_result(result)`, built in a fifth of its time.

    >>> io_result(Success(1)) == IOSuccess(1), io_result(Failure(1)) == IOFailure(1)
    (True, True)
    """
    made: IOResult[T, E] = _new(IOSuccess if result.__class__ is Success else IOFailure)
    _fill(made, result)
    return made


if TYPE_CHECKING:
    _FutureResult = FutureResult
else:

    class _FutureResult(FutureResult):
        """A `FutureResult` whose `await` gives the very `Failure`, with its trail, and takes a fifth of the time."""

        __slots__ = ()

        async def awaitable(self):
            return io_result(await self._inner_value)


def future_result(awaitable: Awaitable[Result[T, E]]) -> FutureResult[T, E]:
    """Return `FutureResult(awaitable)`, which keeps the trail of a failure."""
    return _FutureResult(awaitable)


_FOLDER: Final = __file__.removesuffix("results.py")


class Trail:
    """The line where a failure left a program, after those where it left the programs inside: how it came here.

    A `Failure` holds it where `returns` holds a trace, so it takes no part in equality, hash, repr and pickles.  It keeps
    no frame alive.
    """

    __slots__ = ("before", "code", "line")

    def __init__(self, before: Trail | None, code: CodeType, line: int) -> None:
        self.before: Trail | None = before
        self.code: CodeType = code
        self.line: int = line

    def __iter__(self) -> Iterator[Trail]:
        """Yield each step, innermost first."""
        steps: list[Trail] = []
        step: Trail | None = self
        while step is not None:
            steps.append(step)
            step = step.before
        return reversed(steps)

    @property
    def is_of_package(self) -> bool:
        """True for a function of this package, whose line tells its user nothing."""
        return self.code.co_filename.startswith(_FOLDER)

    def __str__(self) -> str:
        return f'in the program {self.code.co_qualname}, File "{self.code.co_filename}", line {self.line}'


def failure(error: E, trail: Trail | None) -> Failure[E]:
    """Return `Failure(error)` with a trail."""
    made = Failure(error)
    if trail is not None:
        _keep_trail(made, trail)
    return made


def trail_of(result: object) -> Trail | None:
    """Return the trail of a `Failure`, `None` if it has left no program, and for another value."""
    trail = getattr(result, "_trace", None)
    return trail if isinstance(trail, Trail) else None  # it may be a trace of `returns`


class LensconnectError(Exception):
    """The exception that `or_raise` raises: `error` is the error value, the message its masked text.

    Its notes name each `@program` function that the failure has left, with file and line.
    """

    def __init__(self, error: object) -> None:
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        return str(self.error)


# Of a result the exact class is asked: it is final, and `isinstance` would call the slow `__instancecheck__` of its ABC.


@overload
def is_ok(result: Result[T, E]) -> TypeIs[Success[T]]: ...
@overload
def is_ok(result: IOResult[T, E]) -> TypeIs[IOSuccess[T]]: ...
def is_ok(result: Any) -> bool:
    """Return True for a success; type checkers then know the type of `unwrap()`.  `TypeError` for no `Result` or `IOResult`.

    >>> is_ok(Success(1)), is_ok(Failure("no")), is_ok(IOSuccess(1))
    (True, False, True)
    """
    kind = result.__class__
    return kind is Success or (kind is not Failure and _is_io("is_ok", result, IOSuccess))


@overload
def is_err(result: Result[T, E]) -> TypeIs[Failure[E]]: ...
@overload
def is_err(result: IOResult[T, E]) -> TypeIs[IOFailure[E]]: ...
def is_err(result: Any) -> bool:
    """Return True for a failure; type checkers then know the type of `failure()`.  `TypeError` for no `Result` or `IOResult`.

    >>> is_err(Success(1)), is_err(Failure("no")), is_err(IOFailure("no"))
    (False, True, True)
    """
    kind = result.__class__
    return kind is Failure or (kind is not Success and _is_io("is_err", result, IOFailure))


def _is_io(function: str, outcome: object, kind: type[object]) -> bool:
    if outcome.__class__ not in (IOSuccess, IOFailure):
        raise _wrong_type(f"{function} takes a Result or an IOResult", outcome)
    return outcome.__class__ is kind


def to_result(outcome: IOResult[T, E]) -> Result[T, E]:
    """Return the `Result` inside the `IOResult` of a synchronous run; `TypeError` for any other value.

    >>> to_result(IOSuccess(1))
    <Success: 1>
    """
    if outcome.__class__ not in (IOSuccess, IOFailure):
        raise _wrong_type("to_result takes an IOResult", outcome)
    result: Result[T, E] = outcome._inner_value  # pyright: ignore[reportPrivateUsage] - `returns` has no pure way out
    return result


def abandoned(outcome: object) -> bool:
    """Return True for a run on an event loop, and close it so that Python does not warn that it was never awaited."""
    if not isinstance(outcome, FutureResult):
        return False
    coroutine = getattr(cast(Any, outcome)._inner_value, "_coro", None)  # `returns` has no other way to it
    if hasattr(coroutine, "close"):
        cast(Any, coroutine).close()
    return True


def or_raise(outcome: Result[T, E] | IOResult[T, E]) -> T:
    """Return the success, or raise `LensconnectError` with a masked, readable message.

    >>> or_raise(IOSuccess(1))
    1
    """
    result: Any = to_result(outcome) if isinstance(outcome, IOResult) else outcome
    if result.__class__ is Success:
        value: T = result.unwrap()
        return value
    if result.__class__ is not Failure:
        raise _wrong_type("or_raise takes a Result or an IOResult", result)
    raised = LensconnectError(result.failure())
    for step in trail_of(result) or ():
        raised.add_note(str(step))
    raise raised


def _wrong_type(expected: str, given: Any) -> TypeError:
    hint = ": await it first" if hasattr(given, "__await__") else ": run it first" if callable(given) else ""
    return TypeError(f"{expected}, not {shown(given)}{hint}")
