"""What a mistake in a program is told, once it has come to light: a `TypeError` that names the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import iscoroutine, isgeneratorfunction, unwrap
from types import GeneratorType
from typing import Any

from lensconnect.programs.effects import Call, Effect, name_of_function
from lensconnect.results import Failure

__all__ = ["expect_generator", "failure_of", "not_a_program"]


def expect_generator(function: Callable[..., object]) -> None:
    """Refuse a function that does not yield, be it decorated or not."""
    if not isgeneratorfunction(unwrap(function)):
        raise TypeError(f"@program takes a generator function, and {name_of_function(function)} has no yield")


def not_a_program(given: object, frames: Sequence[Any]) -> TypeError:
    """For what was yielded, or bound, where a program belongs."""
    inside = next((frame.gi_code.co_qualname for frame in reversed(frames) if isinstance(frame, GeneratorType)), None)
    where = "" if inside is None else f" in {inside}"
    return TypeError(
        f"{_named(given)} stands where a Program belongs{where}: "
        "`yield from` in a @program, bind and lash go on with programs alone"
    )


def failure_of(result: Any, effect: Effect[Any] | None = None) -> Any:
    """What a failure of an effect, or of a pure step, holds."""
    if isinstance(result, Failure):
        return result.failure()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    who = "a pure step" if effect is None else "the transport"
    if isinstance(effect, Call):
        who = name_of_function(effect.function)
    hint = ""
    if iscoroutine(result):
        result.close()  # nobody will await it
        hint = ": async functions need an AsyncEnv, of new_async_env"
    raise TypeError(f"{who} gave {_named(result)}, where a Result belongs{hint}")


def _named(given: object) -> str:
    return "None" if given is None else f"a value of type {type(given).__name__}"
