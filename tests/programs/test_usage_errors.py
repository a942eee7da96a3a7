"""Messages for mistakes in a program name the function, the value that it returned, and the type that is required."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial, wraps
from inspect import signature
from typing import Any

import pytest

import lensconnect
from lensconnect import (
    OPERATIONS,
    Failure,
    FutureResult,
    HttpRequest,
    IOSuccess,
    Program,
    Steps,
    Success,
    TransportError,
    call,
    converse,
    doc,
    ensure,
    gather,
    is_ok,
    new_async_env,
    new_env,
    now,
    or_raise,
    perform,
    program,
    rehearse,
    to_result,
)
from lensconnect.emulator import Emulator
from lensconnect.programs.usage_errors import expect_program_function, positional_counts

AnyProgram = Program[Any, Any]
GET = perform(HttpRequest("GET", "https://chat.invalid/"), 1.0)


def lose(*_: object) -> Any:
    return Failure(TransportError("reset", "gone", "maybe"))


async def lose_async(*_: object) -> Any:
    return lose()


def run_sync(source: AnyProgram, transport: Any = lose) -> Any:
    with new_env(endpoint_url="https://chat.invalid", transport=transport) as env:
        return source(env)


def run_async(source: AnyProgram, transport: Any = lose_async) -> Any:
    async def run() -> Any:
        async with new_async_env(endpoint_url="https://chat.invalid", transport=transport) as env:
            return await source(env)

    return asyncio.run(run())


RUNS = pytest.mark.parametrize("run", [run_sync, run_async, rehearse])


@program
def yields(value: object) -> Steps[Any]:
    yield from now()
    return (yield value)  # type: ignore[misc]


@RUNS
@pytest.mark.parametrize(
    ("given", "named"), [(None, "None"), ("text", "a value of type str"), (Success(1), "a value of type Success")]
)
def test_a_value_that_is_no_program_raises(run: Callable[[Any], Any], given: Any, named: str) -> None:
    with pytest.raises(TypeError, match=f"^expected a Program, not {named} in yields: .*yield from"):
        run(yields(given))
    with pytest.raises(TypeError, match=f"^expected a Program, not {named}: "):
        run(now().bind(lambda _: given))


def undecorated() -> Steps[None]:
    yield from now()


@RUNS
def test_a_generator_function_without_the_decorator_is_named_with_its_line(run: Callable[[Any], Any]) -> None:
    place = rf'{re.escape(__file__)}", line {undecorated.__code__.co_firstlineno}\b'
    for source in (lambda: yields(undecorated()), lambda: ensure(undecorated(), now())):  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=f': write @program above the function undecorated, File "{place}'):
            run(source())


@pytest.mark.parametrize("function", [undecorated, partial(undecorated)])
def test_a_generator_function_is_no_function_of_a_program(function: Any) -> None:
    place = rf'{re.escape(__file__)}", line {undecorated.__code__.co_firstlineno}'
    with pytest.raises(TypeError, match=f"^flow must be a flow, not a generator function: write @program .*{place}$"):
        expect_program_function("flow", function, "a flow")
    expect_program_function("flow", program(undecorated), "a flow")


@pytest.mark.parametrize("function", [lambda: now(), lose_async, partial(lose_async), print])
def test_program_refuses_a_function_that_does_not_yield(function: Any) -> None:
    with pytest.raises(TypeError, match=r"^@program takes a generator function, but \S+ has no yield$"):
        program(function)


def test_a_generator_function_may_be_decorated_or_bound() -> None:
    def steps(value: int) -> Steps[int]:
        yield from now()
        return value

    @wraps(steps)
    def traced(value: int) -> Steps[int]:
        return steps(value)

    bound: Callable[[], AnyProgram] = program(partial(steps, 2))
    assert [to_result(run_sync(each)) for each in (program(traced)(1), bound())] == [Success(1), Success(2)]


def gives_none() -> Any: ...
def gives_io() -> Any:
    return IOSuccess(1)


@RUNS
def test_a_pure_step_that_returns_no_result_raises(run: Callable[[Any], Any]) -> None:
    for given, named in ((None, "None"), (IOSuccess(1), "a value of type IOSuccess")):
        for source in (now().bind_result(lambda _: given), Program.from_result(given)):  # noqa: B023 - run at once
            with pytest.raises(TypeError, match=f"^a pure step must return a Result, not {named}$"):
                run(source)


@pytest.mark.parametrize("run", [run_sync, run_async])
def test_a_call_that_returns_no_result_raises(run: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"^gives_none must return a Result, not None$"):
        run(call(gives_none))
    with pytest.raises(TypeError, match=r"^gives_io must return a Result, not a value of type IOSuccess$"):
        run(gather([call(gives_io)]))


def test_an_async_function_needs_an_async_env() -> None:
    source: AnyProgram = call(lose_async)
    with pytest.raises(
        TypeError,
        match=r"^lose_async must return a Result, not a value of type coroutine: async functions need an AsyncEnv",
    ):
        run_sync(source)
    with pytest.raises(
        TypeError, match=r"^the transport must return a Result, not a value of type coroutine: .* AsyncEnv"
    ):
        run_sync(GET, lose_async)
    with pytest.raises(TypeError, match=r"^an AsyncEnv needs an async function as its transport$"):
        run_async(GET, lose)


def test_a_transport_that_returns_no_result_raises() -> None:
    async def gives_none_async(*_: object) -> None: ...

    with pytest.raises(TypeError, match=r"^the transport must return a Result, not None$"):
        run_sync(GET, lambda *_: None)
    with pytest.raises(TypeError, match=r"^the transport must return a Result, not None$"):
        run_async(GET, gives_none_async)
    with pytest.raises(TypeError, match=r"^an AsyncEnv needs an async function"):
        run_async(GET, lambda *_: None)


def test_a_type_error_of_the_transport_itself_is_not_replaced() -> None:
    async def mistaken(*_: object) -> None:
        raise TypeError("its own")

    with pytest.raises(TypeError, match=r"^its own$"):
        run_async(GET, mistaken)


def test_ensure_runs_its_last_program_after_a_usage_error() -> None:
    ran = list[str]()
    with pytest.raises(TypeError, match="gives_none must return a Result"):
        run_sync(ensure(call(gives_none), call(lambda: Success(ran.append("ran")))))
    assert ran == ["ran"]


def test_or_raise_and_to_result_say_what_to_do_first() -> None:
    waiting: Any = FutureResult.from_value(1)
    for given, hint in ((now(), "run it first"), (waiting, "await it first"), (1, "type int$")):
        with pytest.raises(TypeError, match=f"^or_raise takes a Result or an IOResult, not a value of .*{hint}"):
            or_raise(given)
        with pytest.raises(TypeError, match=f"^to_result takes an IOResult, not a value of .*{hint}"):
            to_result(given)
    with pytest.raises(TypeError, match=r"^to_result takes an IOResult, not a value of type Success$"):
        to_result(Success(1))  # type: ignore[arg-type]
    assert is_ok(asyncio.run(waiting.awaitable())._inner_value)


def test_doc_takes_a_row_or_a_request_type() -> None:
    for row in OPERATIONS:
        assert doc(row) == doc(row.request)
    assert doc(lensconnect.GET_TRANSCRIPT).startswith("GetTranscript  POST")


def test_the_numbers_of_arguments_by_position() -> None:
    def none() -> None: ...
    def two(first: int, second: int) -> None: ...
    def up_to_two(first: int, /, second: int = 0, *, third: int = 0) -> None: ...

    assert [positional_counts(signature(each)) for each in (none, two, up_to_two)] == [(0, 0), (2, 2), (1, 2)]

    def any_number(first: int, *others: int, **named: int) -> None: ...

    least, most = positional_counts(signature(any_number))
    assert least == 1
    assert most > 1_000_000


def test_a_function_with_a_required_keyword_cannot_be_called_by_position() -> None:
    def by_keyword(*, name: str) -> str:
        return name

    least, most = positional_counts(signature(by_keyword))
    assert least > most


def no_program(chat: object) -> None:
    """Forget `@program` and `yield from`."""


class Returning:
    def __call__(self, chat: object) -> None:
        pass


@pytest.mark.parametrize("body", [no_program, partial(no_program), Returning()])
def test_a_conversation_that_returns_no_program_is_named(body: Any) -> None:
    service = Emulator()
    token = service.start_chat().participant_token
    place = f'{no_program.__qualname__}, File "{__file__}", line {no_program.__code__.co_firstlineno}'
    named = place if body is no_program else type(body).__name__
    with (
        new_env(region="us-east-1", transport=service.transport, sockets=service.sockets) as env,
        pytest.raises(TypeError) as raised,
    ):
        converse(token, body)(env)
    assert str(raised.value) == (
        "program must be a Program such as send(request), not None: return a program from the function "
        f"{named}, or write @program above it and `yield from` before each step"
    )
