"""The containers every outcome travels in, and the ways out of them.  Only importer of `returns`.

`Result` in pure code, `IOResult` from a synchronous run, `FutureResult` from an asynchronous one;
`ResultLike` is what a container of our own is to `returns`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from returns.future import FutureResult
from returns.io import IOFailure, IOResult, IOSuccess
from returns.result import Failure, Result, Success

T = TypeVar("T")
E = TypeVar("E")
T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    class ResultLike(Generic[T_co, E_co]):
        """At run time the interface of `returns` for what succeeds or fails, with its laws.

        To a checker a plain generic: the interface's own types need the plugin for mypy.
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


def success(value: T) -> Success[T]:
    """What `Success(value)` comes to in the end, for less than half of what its constructor costs.

    >>> success(1) == Success(1)
    True
    """
    made: Success[T] = _new(Success)
    _fill(made, value)
    return made


def io_result(result: Result[T, E]) -> IOResult[T, E]:
    """What `IOResult.from_result(result)` comes to, for a fifth of what it costs.

    >>> io_result(Success(1)) == IOSuccess(1), io_result(Failure(1)) == IOFailure(1)
    (True, True)
    """
    made: IOResult[T, E] = _new(IOSuccess if result.__class__ is Success else IOFailure)
    _fill(made, result)
    return made


class LensconnectError(Exception):
    """What `or_raise` raises: `error` is the value, the message is its masked text."""

    def __init__(self, error: object) -> None:
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        return str(self.error)


def is_ok(result: Result[T, E]) -> TypeIs[Success[T]]:
    """Whether the result is a `Success`; checkers then know the type of `unwrap()`.

    >>> is_ok(Success(1)), is_ok(Failure("no"))
    (True, False)
    """
    return result.__class__ is Success  # it is final; `isinstance` would ask its ABC whether a failure is one


def is_err(result: Result[T, E]) -> TypeIs[Failure[E]]:
    """Whether the result is a `Failure`; checkers then know the type of `failure()`."""
    return result.__class__ is Failure


def to_result(outcome: IOResult[T, E]) -> Result[T, E]:
    """The `Result` inside what a synchronous run gave.

    >>> to_result(IOSuccess(1))
    <Success: 1>
    """
    if outcome.__class__ not in (IOSuccess, IOFailure):
        raise _misplaced("to_result takes an IOResult", outcome)
    result: Result[T, E] = outcome._inner_value  # pyright: ignore[reportPrivateUsage] - `returns` has no pure way out
    return result


def or_raise(outcome: Result[T, E] | IOResult[T, E]) -> T:
    """The success, or `LensconnectError` with a masked, readable message.

    >>> or_raise(IOSuccess(1))
    1
    """
    result = to_result(outcome) if isinstance(outcome, IOResult) else outcome
    if is_ok(result):
        return result.unwrap()
    if is_err(result):
        raise LensconnectError(result.failure())
    raise _misplaced("or_raise takes a Result or an IOResult", result)


def _misplaced(wanted: str, given: Any) -> TypeError:
    hint = ": await it first" if hasattr(given, "__await__") else ": run it first" if callable(given) else ""
    return TypeError(f"{wanted}, not a value of type {type(given).__name__}{hint}")
