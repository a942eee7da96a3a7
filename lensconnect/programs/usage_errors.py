"""Messages for mistakes in a program: each is a `TypeError` that names the function with the mistake, or a warning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import Parameter, Signature, iscoroutine, isgeneratorfunction, unwrap
from types import CodeType, GeneratorType
from typing import Any, Final, NoReturn

from lensconnect.arguments import expect, shown
from lensconnect.programs.effects import Call, Effect, name_of_function
from lensconnect.results import Failure

_ANY_NUMBER: Final = 1 << 30


class UnrunProgramWarning(RuntimeWarning, AssertionError):
    """A program was made by a statement and never run: `yield from`, or the call with an environment, is missing.

    A warning under `python -X dev`.  Where the emulator, a stub or a cassette is in use, the run of a `@program` that does so raises
    it; outside a run it is a warning, and with the pytest plugin the test fails.
    """


def expect_generator(function: Callable[..., object]) -> None:
    """Raise `TypeError` for a function that does not yield, decorated or not."""
    if not isgeneratorfunction(unwrap(function)):
        raise TypeError(f"@program takes a generator function, but {name_of_function(function)} has no yield")


def expect_program_function(name: str, function: object, words: str) -> None:
    """Raise `TypeError` for a value that is no function, and for a generator function without `@program`."""
    expect(name, function, Callable, words)
    if isgeneratorfunction(function):
        plain: Any = function.func if isinstance(function, partial) else function
        raise TypeError(f"{name} must be {words}, not a generator function{_missing_decorator(plain.__code__)}")


def decorator_hint(value: object) -> str:
    """Return what is missing where a generator stands for a program, "" for another value."""
    return _missing_decorator(value.gi_code) if isinstance(value, GeneratorType) else ""


def return_hint(function: Callable[..., object]) -> str:
    """Return what is missing in a function that returned no program."""
    code = getattr(unwrap(function), "__code__", None)
    named = _named(code) if isinstance(code, CodeType) else name_of_function(function)
    return f": return a program from the function {named}, or write @program above it and `yield from` before each step"


def _missing_decorator(code: CodeType) -> str:
    return f": write @program above the function {_named(code)}"


def _named(code: CodeType) -> str:
    return f'{code.co_qualname}, File "{code.co_filename}", line {code.co_firstlineno}'


def not_run(program: object) -> str:
    """Return the sentence about a program that stands where its success is meant."""
    return f"{program!r} was not run: write `yield from` before it in a @program, or call it with an environment"


def positional_counts(taken: Signature) -> tuple[int, int]:
    """Return the least and the largest number of arguments with which a function can be called by position alone."""
    parameters = taken.parameters.values()
    positional = [
        each for each in parameters if each.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    ]
    required = sum(each.default is Parameter.empty for each in positional)
    if any(each.kind is Parameter.KEYWORD_ONLY and each.default is Parameter.empty for each in parameters):
        return (1, 0)
    variadic = any(each.kind is Parameter.VAR_POSITIONAL for each in parameters)
    return required, _ANY_NUMBER if variadic else len(positional)


def expect_arguments(name: str, taken: Signature, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> None:
    """Raise `TypeError` for arguments that the function of this name does not take."""
    try:
        taken.bind(*arguments, **keywords)
    except TypeError as error:
        is_run = any(hasattr(argument, "run") for argument in arguments)
        hint = ": a program is run by calling it with an environment" if is_run else ""
        raise TypeError(f"{name}: {error}{hint}") from None


def refuse_non_program(value: object, frames: Sequence[Any]) -> NoReturn:
    """Raise `TypeError` for a value that was yielded, or returned by a step, where a program is required."""
    generators = (frame.gi_code.co_qualname for frame in reversed(frames) if isinstance(frame, GeneratorType))
    where = next((f" in {name}" for name in generators), "")
    usage = ": use `yield from` in a @program, and return a program from the function of bind or lash"
    raise TypeError(f"expected a Program, not {shown(value)}{where}{decorator_hint(value) or usage}")


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
    raise TypeError(f"{function} must return a Result, not {shown(result)}{hint}")
