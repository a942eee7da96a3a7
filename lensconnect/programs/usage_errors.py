"""Messages for mistakes in a program: each is a `TypeError` that names the function with the mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import iscoroutine, isgeneratorfunction, unwrap
from types import GeneratorType
from typing import Any, NoReturn

from lensconnect.programs.effects import Call, Effect, name_of_function
from lensconnect.results import Failure


def expect_generator(function: Callable[..., object]) -> None:
    """Raise `TypeError` for a function that does not yield, decorated or not."""
    if not isgeneratorfunction(unwrap(function)):
        raise TypeError(f"@program takes a generator function, but {name_of_function(function)} has no yield")


def refuse_non_program(value: object, frames: Sequence[Any]) -> NoReturn:
    """Raise `TypeError` for a value that was yielded, or returned by a step, where a program is required."""
    generators = (frame.gi_code.co_qualname for frame in reversed(frames) if isinstance(frame, GeneratorType))
    where = next((f" in {name}" for name in generators), "")
    raise TypeError(
        f"expected a Program, not {_described(value)}{where}: "
        "use `yield from` in a @program, and return a program from the function of bind or lash"
    )


def failure_of(result: Any, effect: Effect[Any] | None = None) -> Any:
    """Return what a failure holds, be it of an effect or, with `None`, of a pure step.

    Raises `TypeError` where `result` is no `Result`.
    """
    if isinstance(result, Failure):
        return result.failure()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    function = "a pure step" if effect is None else "the transport"
    if isinstance(effect, Call):
        function = name_of_function(effect.function)
    hint = ""
    if iscoroutine(result):
        result.close()  # so that Python does not warn that it was never awaited
        hint = ": async functions need an AsyncEnv, made by new_async_env"
    raise TypeError(f"{function} must return a Result, not {_described(result)}{hint}")


def _described(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
