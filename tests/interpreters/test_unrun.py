"""A program that is made and dropped is reported, in tests and under `python -X dev`; one that is kept is not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lensconnect import (
    CONTENT_TEXT_PLAIN,
    AsyncEnv,
    ConnectionToken,
    Env,
    Program,
    SendMessage,
    SendMessageResponse,
    Steps,
    UnrunProgramWarning,
    ensure,
    gather,
    new_async_env,
    new_env,
    new_get_transcript,
    new_send_message,
    or_raise,
    program,
    send,
    sleep,
)
from lensconnect.emulator import Emulator
from lensconnect.testing.cassette import Cassette, replaying
from lensconnect.testing.stub import UnexpectedRequestError, stub

HELLO = new_send_message(CONTENT_TEXT_PLAIN, "Hello!", ConnectionToken("t"))
STUB = stub({SendMessage: SendMessageResponse(http_status=200)})
Body = Callable[[], Steps[Any]]


@pytest.fixture(scope="module")
def env() -> Iterator[Env]:
    with new_env(region="us-east-1", transport=STUB.transport) as env:
        yield env


@pytest.fixture(scope="module")
def async_env() -> AsyncEnv:
    return new_async_env(region="us-east-1", transport=STUB.async_transport)


def greeting() -> Program[object, Any]:
    return send(HELLO).map(lambda sent: sent.id)


def after(step: Program[object, Any] | None = None) -> Steps[None]:
    yield from sleep(0) if step is None else step


def a_send() -> Steps[None]:
    yield from after()
    send(HELLO)  # reported


def a_wait() -> Steps[None]:
    yield from after()
    sleep(1)  # reported


def a_send_at_the_start() -> Steps[None]:
    send(request=HELLO)  # reported
    yield from after()


def one_that_a_function_makes() -> Steps[None]:
    yield from after()
    greeting()  # reported


def many() -> Steps[None]:
    yield from after()
    gather(send(HELLO) for _ in range(2))  # reported


def one_in_a_loop() -> Steps[None]:
    for _ in range(3):
        send(*[HELLO])  # reported
        yield from after()


def one_in_a_generator_of_the_body() -> Steps[None]:
    def last() -> Steps[None]:
        yield from after()
        send(HELLO)  # reported

    yield from last()


DROPPED: list[Body] = [
    a_send,
    a_wait,
    a_send_at_the_start,
    one_that_a_function_makes,
    many,
    one_in_a_loop,
    one_in_a_generator_of_the_body,
]


LINES = [
    number for number, text in enumerate(Path(__file__).read_text().splitlines(), 1) if text.endswith("# reported")
]


def line_of(body: Body) -> int:
    return next(line for line in LINES if line > body.__code__.co_firstlineno)


@pytest.mark.parametrize("body", DROPPED)
def test_a_dropped_program_ends_the_run_with_its_line(body: Body, env: Env, async_env: AsyncEnv) -> None:
    async def run() -> object:
        return await around()(async_env)

    @program
    def around() -> Steps[None]:
        yield from ensure(program(body)(), sleep(0))

    for run_once in (lambda: around()(env), lambda: asyncio.run(run())):
        with pytest.raises(UnrunProgramWarning, match="was never run: write `yield from` before it") as raised:
            run_once()
        assert f'File "{__file__}", line {line_of(body)}, in {body.__name__}' in str(raised.value)
        assert [note.split(",")[0] for note in raised.value.__notes__] == [f"in the program {around.__qualname__}"]


def returned() -> Steps[Program[object, Any]]:
    yield from after()
    return send(HELLO)


def taken_from_a_list() -> Steps[None]:
    programs = [send(HELLO)]
    yield from after()
    programs.pop()


def stored_for_one_case() -> Steps[None]:
    later = send(HELLO)
    if (yield from after()):
        yield from later


def gathered_later() -> Steps[None]:
    programs: list[Program[object, Any]] = []
    for _ in range(3):
        programs.append(send(HELLO))
        yield from after()
    yield from gather(programs)


def passed_on() -> Steps[None]:
    yield from after(ensure(send(HELLO), sleep(0)))


def given_by_a_program() -> Steps[None]:
    yield from program(returned)()


def compared_and_yielded() -> Steps[None]:
    same = send(HELLO) == send(HELLO)  # pytest rewrites assertions, so that they keep the values
    assert same
    yield send(HELLO)


def made_and_run_by_a_function() -> Steps[None]:
    def run_in_another() -> Program[object, Any]:
        result = send(HELLO)
        or_raise(result(ENV))
        return result

    yield from after()
    registry: list[object] = []
    registry.append(run_in_another())


ENV = new_env(region="us-east-1", transport=STUB.transport)
KEPT: list[Body] = [
    returned,
    taken_from_a_list,
    stored_for_one_case,
    gathered_later,
    passed_on,
    given_by_a_program,
    compared_and_yielded,
    made_and_run_by_a_function,
]


@pytest.mark.parametrize("body", KEPT)
def test_a_program_that_is_kept_is_not_reported(body: Body, env: Env) -> None:
    or_raise(program(body)()(env))


def drop_one() -> None:
    send(HELLO)  # reported


def drop_one_that_a_function_makes() -> None:
    greeting()  # reported


def drop_one_in_a_generator() -> None:
    def values() -> Iterator[int]:
        yield 1
        send(HELLO)  # reported

    assert list(values()) == [1]


def drop_one_in_a_coroutine() -> None:
    async def run() -> None:
        await asyncio.sleep(0)
        send(HELLO)  # reported

    asyncio.run(run())


DROPPING: list[Callable[[], None]] = [
    drop_one,
    drop_one_that_a_function_makes,
    drop_one_in_a_generator,
    drop_one_in_a_coroutine,
]


@pytest.mark.parametrize("function", DROPPING)
def test_a_program_dropped_outside_a_run_is_a_warning_at_its_line(function: Callable[[], None]) -> None:
    with pytest.warns(UnrunProgramWarning, match="was never run: return it, or call it with an env") as warned:
        function()
    (warning,) = warned
    line = next(line for line in LINES if line > function.__code__.co_firstlineno)
    assert (warning.filename, warning.lineno) == (__file__, line)


def test_a_program_dropped_by_a_function_that_a_body_calls_ends_the_run(env: Env) -> None:
    def body() -> Steps[None]:
        drop_one()
        yield from after()

    with pytest.raises(UnrunProgramWarning, match=r"return it, or call it with an environment\. .* in drop_one"):
        program(body)()(env)


def test_a_program_dropped_by_code_of_others_is_not_reported() -> None:
    assert timeit.timeit(lambda: send(HELLO), number=3) > 0
    with ThreadPoolExecutor(1) as threads:
        threads.submit(send, HELLO).result()


STORED: list[Program[object, Any]] = []


def keep_and_forget() -> None:
    STORED.append(greeting())
    STORED.clear()


def test_programs_that_were_stored_are_not_reported() -> None:
    keep_and_forget()
    kept = [send(HELLO) for _ in range(2)]
    kept.pop()
    del kept
    assert send(HELLO) == send(HELLO)
    _ = send(HELLO)


def test_a_mismatch_of_a_stub_names_the_line_that_sent_and_the_line_that_did_not() -> None:
    @program
    def greet() -> Steps[None]:
        send(HELLO)
        yield from send(new_get_transcript(ConnectionToken("t")))

    pairs = [(HELLO, SendMessageResponse(http_status=200))]
    env = new_env(region="us-east-1", transport=stub(pairs).transport)
    with pytest.raises(UnexpectedRequestError) as raised:
        greet()(env)
    first = greet.__wrapped__.__code__.co_firstlineno  # type: ignore[attr-defined]
    *_in_send, sent, dropped = raised.value.__notes__
    assert sent == f'in the program {greet.__qualname__}, File "{__file__}", line {first + 3}'
    assert dropped.startswith("<Program send> was never run")
    assert f"line {first + 2}, in {greet.__qualname__}" in dropped


def test_a_cassette_and_a_flow_report_too() -> None:
    env = new_env(region="us-east-1", transport=replaying(Cassette(())).transport)
    with pytest.raises(UnrunProgramWarning):
        program(a_send)()(env)
    service = Emulator()
    service.join(service.start_chat().contact_id, lambda _: program(a_send)())
    (failure,) = service.flow_failures()
    assert isinstance(failure.error, UnrunProgramWarning)


OUTSIDE = """
import sys
from lensconnect import *
@program
def greet():
    sleep(1)
    yield from sleep(0)

print(greet()(new_env(region="us-east-1")), "lensconnect.interpreters.unrun" in sys.modules, hasattr(Program, "__del__"))
"""
LINE = OUTSIDE.splitlines().index("    sleep(1)") + 1


def run_outside(*arguments: str) -> tuple[str, str]:
    command = [sys.executable, *arguments, "-c", OUTSIDE]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    return completed.stdout.strip(), completed.stderr


def test_nothing_is_watched_outside_tests() -> None:
    assert run_outside() == ("<IOResult: <Success: None>> False False", "")


def test_development_mode_warns_once() -> None:
    output, errors = run_outside("-X", "dev")
    assert output == "<IOResult: <Success: None>> True True"
    assert errors.startswith(f"<string>:{LINE}: UnrunProgramWarning: <Program> was never run: write `yield from`")
    assert errors.count("UnrunProgramWarning") == 1


def test_a_warning_that_is_an_error_ends_the_run() -> None:
    output, errors = run_outside("-X", "dev", "-W", "error")
    assert output == ""
    assert errors.splitlines()[-1].startswith(
        "lensconnect.programs.usage_errors.UnrunProgramWarning: <Program> was never run"
    )
