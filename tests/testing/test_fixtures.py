"""The fixtures for users' tests, each test here in a separate run of pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import lensconnect

pytest_plugins = ["pytester"]

CONFTEST = 'pytest_plugins = ["lensconnect.testing.fixtures"]'
HEAD = """
import asyncio
import pytest
from lensconnect import *
from lensconnect.emulator import HttpFault, Options, SocketFault

connect = create_participant_connection_type.set((CONNECTION_TYPE_CONNECTION_CREDENTIALS,))

def opened(chat):
    return send(new_create_participant_connection(chat.participant_token) & connect)
"""


def run(pytester: pytest.Pytester, tests: str, **outcomes: int) -> pytest.RunResult:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(HEAD + tests)
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider")
    result.assert_outcomes(**outcomes)
    return result


def test_each_fixture_works(pytester: pytest.Pytester) -> None:
    tests = """
def test_env(lensconnect_env, lensconnect_emulator, lensconnect_chat):
    token = or_raise(opened(lensconnect_chat)(lensconnect_env)).connection_credentials.connection_token
    sent = or_raise(send(new_send_message(CONTENT_TEXT_PLAIN, "hello", token))(lensconnect_env))
    assert lensconnect_emulator.items(lensconnect_chat.contact_id)[-1].id == sent.id

def test_async_env(lensconnect_async_env, lensconnect_chat):
    async def once():
        return await opened(lensconnect_chat)(lensconnect_async_env)
    assert or_raise(asyncio.run(once())).http_status == 200
    assert or_raise(asyncio.run(once())).http_status == 200

def test_server(lensconnect_server, lensconnect_chat):
    with new_env(endpoint_url=lensconnect_server.base_url) as env:
        assert or_raise(opened(lensconnect_chat)(env)).http_status == 200
        assert or_raise(opened(lensconnect_server.start_chat())(env)).http_status == 200

def test_waits_take_no_time(lensconnect_env, lensconnect_emulator, lensconnect_chat, lensconnect_clock):
    lensconnect_emulator.plan(HttpFault("throttle", count=2))
    before = lensconnect_clock.now()
    patient = retrying(STANDARD & retry_policy_throttling_base.set(3600.0) & retry_policy_cap.set(1e6))
    assert or_raise(patient(opened(lensconnect_chat))(lensconnect_env & env_jitter.set(lambda: 1.0))).http_status == 200
    assert lensconnect_clock.now() - before >= 3600 + 7200

def test_a_planned_delay_takes_no_time(lensconnect_env, lensconnect_async_env, lensconnect_emulator, lensconnect_chat, lensconnect_clock):
    async def once():
        return await opened(lensconnect_chat)(lensconnect_async_env)
    def fail(*_):
        raise AssertionError("a real wait")
    lensconnect_emulator.plan(HttpFault("delay", seconds=3.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", fail)
        patch.setattr("asyncio.sleep", fail)
        for run in (lambda: opened(lensconnect_chat)(lensconnect_env), lambda: asyncio.run(once())):
            before = lensconnect_clock.now()
            assert or_raise(run()).http_status == 200
            assert lensconnect_clock.now() - before >= 3.0

@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_chat_that_never_opens_ends(
    asynchronous, lensconnect_env, lensconnect_async_env, lensconnect_emulator, lensconnect_chat, monkeypatch
):
    async def once():
        return await converse(lensconnect_chat.participant_token, replies)(lensconnect_async_env)
    monkeypatch.setattr("lensconnect.testing.attempts.LONGEST_WAIT", 600.0)
    monkeypatch.setattr("lensconnect.testing.attempts._FEWEST", 10)
    lensconnect_emulator.plan(SocketFault("silence"))
    with pytest.raises(AssertionError, match="the subscription on a WebSocket has failed .* nothing came"):
        if asynchronous:
            asyncio.run(once())
        else:
            converse(lensconnect_chat.participant_token, replies)(lensconnect_env)
"""
    run(pytester, tests, passed=7)


@pytest.mark.slow
def test_tests_are_isolated_from_each_other(pytester: pytest.Pytester) -> None:
    tests = """
import time

earlier_chats = []

@pytest.mark.parametrize("again", range(3))
def test_isolated(again, lensconnect_server, lensconnect_chat, lensconnect_clock, lensconnect_env):
    assert lensconnect_server.faults() == ()
    assert abs(lensconnect_clock.now() - time.time()) < 1e5
    assert all(is_chat_over(to_result(opened(chat)(lensconnect_env)).failure()) for chat in earlier_chats)
    assert or_raise(opened(lensconnect_chat)(lensconnect_env)).http_status == 200
    earlier_chats.append(lensconnect_chat)
    lensconnect_server.plan(HttpFault("error"))
    lensconnect_clock.sleep(1e6)
"""
    run(pytester, tests, passed=3)


@pytest.mark.slow
def test_options_are_set_by_overriding_the_fixture(pytester: pytest.Pytester) -> None:
    tests = """
@pytest.fixture
def lensconnect_options():
    return Options(connection_token_seconds=60)

def test_a_token_expires(lensconnect_env, lensconnect_chat, lensconnect_clock, lensconnect_server):
    assert lensconnect_server.options.connection_token_seconds == 60
    token = or_raise(opened(lensconnect_chat)(lensconnect_env)).connection_credentials.connection_token
    read = send(new_get_transcript(token))
    assert or_raise(read(lensconnect_env)).http_status == 200
    lensconnect_clock.sleep(60)
    assert is_chat_over(to_result(read(lensconnect_env)).failure())
"""
    run(pytester, tests, passed=1)


@pytest.mark.slow
def test_a_test_has_the_same_tokens_in_every_run(pytester: pytest.Pytester) -> None:
    tests = """
def test_shown(lensconnect_chat):
    print("token", lensconnect_chat.participant_token)
"""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(tests)
    outputs = [pytester.runpytest_subprocess("-s").stdout.str() for _ in range(2)]
    tokens = {line for text in outputs for line in text.splitlines() if "token " in line}
    assert len(tokens) == 1


@pytest.mark.slow
def test_the_aws_configuration_of_the_machine_is_hidden(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    tests = """
import os

def test_env(lensconnect_env, lensconnect_emulator, lensconnect_chat):
    lensconnect_emulator.plan(HttpFault("throttle", count=2))
    assert or_raise(opened(lensconnect_chat)(lensconnect_env)).http_status == 200
    assert os.environ["AWS_PROFILE"] == "missing"
"""
    run(pytester, tests, passed=1)


@pytest.mark.slow
def test_a_missing_extra_is_named(pytester: pytest.Pytester) -> None:
    tests = """
import sys
sys.modules["starlette"] = sys.modules["uvicorn"] = None

def test_server(lensconnect_server):
    pass

def test_env(lensconnect_env, lensconnect_chat):
    assert or_raise(opened(lensconnect_chat)(lensconnect_env)).http_status == 200
"""
    result = run(pytester, tests, errors=1, passed=1)
    result.stdout.fnmatch_lines(["*needs *: python -m pip install *uvicorn>=*"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.slow
def test_the_fixtures_exist_only_where_the_plugin_is_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_chat(lensconnect_chat): pass")
    pytester.runpytest_subprocess().assert_outcomes(errors=1)


def test_only_the_fixtures_import_pytest() -> None:
    program = """
import sys
import lensconnect, lensconnect.emulator, lensconnect.cli
import lensconnect.testing.laws, lensconnect.testing.simulate, lensconnect.testing.faults
print("pytest" in sys.modules)
import lensconnect.testing.fixtures
print("pytest" in sys.modules)
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.split() == ["False", "True"]


def test_the_flow_plays_and_its_failure_fails_the_test(pytester: pytest.Pytester) -> None:
    tests = """
@pytest.fixture
def lensconnect_flow():
    @program
    def flow(chat):
        yield from say(chat, "Welcome!")
        (question,) = yield from replies(chat)
        yield from say(chat, str(1 // int(question.content)))
    return flow

@program
def customer(chat, number):
    greeting = yield from replies(chat)
    yield from say(chat, number)
    return [item.content for item in greeting + (yield from replies(chat))]

@pytest.mark.parametrize("number", ["1", "0"])
def test_flow(number, lensconnect_env, lensconnect_chat):
    heard = converse(lensconnect_chat.participant_token, lambda chat: customer(chat, number))
    assert or_raise(heard(lensconnect_env)) == ["Welcome!", "1"][:1 + (number == "1")]
"""
    run(pytester, tests, passed=2, errors=1).stdout.fnmatch_lines(["*ZeroDivisionError*"])


def test_a_flow_that_fails_with_an_error_fails_the_test(pytester: pytest.Pytester) -> None:
    tests = """
@pytest.fixture
def lensconnect_flow():
    return lambda chat: say(chat, "")

def test_flow(lensconnect_env, lensconnect_chat):
    or_raise(converse(lensconnect_chat.participant_token, replies)(lensconnect_env))
"""
    report = run(pytester, tests, passed=1, errors=1)
    report.stdout.fnmatch_lines(["*LensconnectError: *", "*the flow of SYSTEM_MESSAGE failed"])


def test_a_report_has_the_lines_of_the_user_and_none_of_the_package(pytester: pytest.Pytester) -> None:
    tests = """
from lensconnect.testing.simulate import Simulation
from lensconnect.testing.stub import stub

@program
def greet(token):
    yield from send(new_send_message(CONTENT_TEXT_PLAIN, "Hello!", token))

def divided(_):
    return 1 // 0

def run(program):
    with stub({SendEvent: SendEventResponse(http_status=200)}) as stubbed:
        with new_env(region="us-east-1", transport=stubbed.transport) as env:
            program(env)

def test_program():
    run(greet(ConnectionToken("t")))

def test_function():
    run(now().map(divided))

@program
def fail(token):
    yield from greet(token)

def test_failure():
    refused = ServiceError(400, "ValidationException")
    with stub({SendMessage: refused}) as stubbed, new_env(region="us-east-1", transport=stubbed.transport) as env:
        or_raise(fail(ConnectionToken("t"))(env))

def test_simulation():
    Simulation(1).run({"customer": now().map(divided)})

def test_cause():
    try:
        run(now().map(divided))
    except ZeroDivisionError as error:
        raise ExceptionGroup("all", [error])
"""
    pytester.makeconftest(CONFTEST)
    path = str(pytester.makepyfile(HEAD + tests))
    short = pytester.runpytest_inprocess("-p", "no:randomly")
    short.assert_outcomes(failed=5)
    short.stdout.fnmatch_lines(["*UnexpectedRequestError: SendMessage is not expected*"])
    short.stdout.fnmatch_lines([f'*in the program greet, File "{path}", line 16', "*return 1 // 0*"])
    short.stdout.fnmatch_lines(
        ["*400 ValidationException*"]
        + [f'*in the program {name}, File "{path}", line {line}' for name, line in (("greet", 16), ("fail", 34))]
    )
    short.stdout.no_fnmatch_line(f"*{Path(lensconnect.__file__).parent}/*")
    for others in ("evaluator.py", "/asyncio/", "/returns/"):
        short.stdout.no_fnmatch_line(f"*{others}*")
    full = pytester.runpytest_inprocess("--full-trace", "--tb=short", "-k", "program")
    full.stdout.fnmatch_lines(["*evaluator.py*", "*in the program send, *"])
    full = pytester.runpytest_inprocess("--full-trace", "--tb=short", "-k", "simulation")
    full.stdout.fnmatch_lines(["*/asyncio/*"])


UNRUN = """
from dataclasses import dataclass

hello = new_send_message(CONTENT_TEXT_PLAIN, "Hello!", ConnectionToken("t"))
CONSTANT = send(hello)

@dataclass(frozen=True)
class Frozen(Exception):
    number: int

@program
def greet():
    yield from send(hello)

def helper():
    return greet()

@pytest.fixture
def fixed():
    return greet()

@pytest.fixture
def dropping():
    yield 1
    greet()  # fails

@pytest.mark.parametrize("given", [send(hello), greet()])
def test_kept(given, fixed):
    kept = greet()
    assert given == given and kept == fixed == helper()

def test_dropped():
    send(hello)  # fails

def test_dropped_by_the_caller_of_a_function():
    helper()  # fails

async def coroutine():
    greet()  # fails

def test_dropped_in_a_coroutine():
    asyncio.run(coroutine())

def test_dropped_in_a_failing_test():
    greet()  # fails
    raise ZeroDivisionError

def test_dropped_in_a_test_that_raises_what_takes_no_notes():
    greet()
    raise Frozen(1)

def test_dropped_in_a_teardown(dropping):
    pass
"""


def test_a_program_that_is_made_and_never_run_fails_the_test(pytester: pytest.Pytester) -> None:
    report = run(pytester, UNRUN, passed=3, failed=5, errors=1)
    lines = [number for number, line in enumerate((HEAD + UNRUN).strip().splitlines(), 1) if line.endswith("# fails")]
    for line in lines:
        report.stdout.fnmatch_lines_random(
            [f"*never run: return it, or call it with an environment. *line {line}, in *"]
        )
    assert len(lines) == 5
    report.stdout.no_fnmatch_line(f"*{Path(lensconnect.__file__).parent}/*")
    report.stdout.no_fnmatch_line("*entries are hidden*")


def test_an_exception_with_unusual_attributes_is_reported(pytester: pytest.Pytester) -> None:
    tests = """
@pytest.mark.parametrize("value", [5, ["a"]])
def test_exceptions(value):
    error = ValueError("unusual")
    error.exceptions = value
    raise error

@pytest.mark.parametrize("value", [None, "abc", ("a",), [1, 2]])
def test_notes(value):
    error = ValueError("unusual")
    error.__notes__ = value
    raise error

def test_after():
    pass
"""
    run(pytester, tests, failed=6, passed=1)


def test_an_exception_that_takes_no_assignments_is_reported(pytester: pytest.Pytester) -> None:
    tests = """
import dataclasses

@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    number: int

def test_frozen():
    raise Frozen(1)

def test_after():
    pass
"""
    run(pytester, tests, failed=1, passed=1).stdout.fnmatch_lines(["*Frozen(number=1)*"])
