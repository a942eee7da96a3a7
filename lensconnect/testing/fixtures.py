"""Fixtures for pytest: an emulator of its own for every test, in this process and behind HTTP.

    pytest_plugins = ["lensconnect.testing.fixtures"]     in the top conftest.py

lensconnect_chat       a chat that was just started: its ids and the tokens of its two sides
lensconnect_env        an Env on the emulator; its waits take no time
lensconnect_async_env  an AsyncEnv on the emulator, for any event loop
lensconnect_emulator   the emulator: plan faults, send messages, read a transcript
lensconnect_server     the same emulator behind HTTP and WebSockets (extra `emulator`)
lensconnect_clock      its clock, which runs by itself: `sleep(3600)` moves it an hour ahead
lensconnect_flow       the contact flow of its chats; override this fixture to set it
lensconnect_options    its options; override this fixture to set them

The module also fails a test that makes a program and never runs it, explains a failed `==` between results, records or
HTTP messages by the paths at which they differ, and leaves the lines of this package, and those of asyncio and returns
around them, out of tracebacks and notes, unless pytest runs with `--full-trace`.

There is no entry point, because pytest rewrites the assertions of every module of a package that has one.
Only this module imports pytest.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from inspect import getfile
from pathlib import Path
from traceback import walk_tb
from typing import Final, TypeVar, cast

import pytest

from lensconnect.emulator import Emulator, Flow, Options, RunningEmulator, StartedChat, running
from lensconnect.interpreters.environments.asynchronous import AsyncEnv
from lensconnect.interpreters.environments.factory import new_async_env, new_env
from lensconnect.interpreters.environments.sync import Env
from lensconnect.interpreters.unrun import report_unrun_programs, unrun_programs
from lensconnect.programs.evaluator import add_note
from lensconnect.results import FutureResult
from lensconnect.testing.attempts import Attempts
from lensconnect.testing.differences import differences
from lensconnect.testing.leaping_sockets import LeapingSockets
from lensconnect.testing.simulate import LeapingClock, flow_exception

__all__ = [
    "lensconnect_async_env",
    "lensconnect_chat",
    "lensconnect_clock",
    "lensconnect_emulator",
    "lensconnect_env",
    "lensconnect_flow",
    "lensconnect_options",
    "lensconnect_server",
]

T = TypeVar("T")

_URL: Final = "https://emulator.invalid"
_FOLDER: Final = f"{Path(__file__).parents[1]}{os.sep}"
"""The folder of this package."""
_HIDDEN: Final = (_FOLDER, *(f"{Path(getfile(each)).parent}{os.sep}" for each in (asyncio, FutureResult)))
"""The folders whose lines are left out of a report, if lines of this package are in it."""


@pytest.fixture
def lensconnect_options() -> Options:
    """Return the emulator's options; override this fixture to set them."""
    return Options()


@pytest.fixture
def lensconnect_clock() -> LeapingClock:
    """Return the clock of the emulator and of the environments on it; its `sleep` jumps ahead."""
    return LeapingClock()


@pytest.fixture
def lensconnect_flow() -> Flow | None:
    """Return the contact flow of the chats, None for none; override this fixture to set it."""
    return None


@pytest.fixture
def lensconnect_emulator(
    request: pytest.FixtureRequest,
    lensconnect_options: Options,
    lensconnect_clock: LeapingClock,
    lensconnect_flow: Flow | None,
) -> Iterator[Emulator]:
    """Yield an emulator in this process; the test fails if a flow in it does.

    Its ids and tokens derive from the name of the test: they are unique to it and the same in every run.
    """
    service = Emulator(
        lensconnect_options,
        seed=request.node.nodeid,
        clock=lensconnect_clock.now,
        flow=lensconnect_flow,
        sleep=lensconnect_clock.sleep,
    )
    yield service
    error = flow_exception(service)
    if error is not None:
        raise error


@pytest.fixture
def lensconnect_chat(lensconnect_emulator: Emulator) -> StartedChat:
    """Return a chat that was just started; no participant has joined yet."""
    return lensconnect_emulator.start_chat()


@pytest.fixture
def lensconnect_env(lensconnect_emulator: Emulator, lensconnect_clock: LeapingClock) -> Iterator[Env]:
    """Yield an environment on the emulator, whose waits take no time."""
    attempts = Attempts(lensconnect_clock)
    with _without_aws_configuration():
        env = new_env(
            endpoint_url=_URL,
            transport=attempts.transport(lensconnect_emulator.transport),
            sockets=attempts.sockets(LeapingSockets(lensconnect_emulator, lensconnect_clock).sync),
            clock=lensconnect_clock,
        )
    with env:
        yield env


@pytest.fixture
def lensconnect_async_env(lensconnect_emulator: Emulator, lensconnect_clock: LeapingClock) -> AsyncEnv:
    """Return an asynchronous environment on the emulator, whose waits take no time."""
    attempts = Attempts(lensconnect_clock)
    with _without_aws_configuration():
        return new_async_env(
            endpoint_url=_URL,
            transport=attempts.transport(lensconnect_emulator.async_transport),
            sockets=attempts.sockets(LeapingSockets(lensconnect_emulator, lensconnect_clock).asynchronous),
            clock=lensconnect_clock,
        )


@pytest.fixture
def lensconnect_server(lensconnect_emulator: Emulator) -> Iterator[RunningEmulator]:
    """Yield the emulator behind HTTP and WebSockets, at its `base_url`, for clients of any kind."""
    with ExitStack() as stack:
        try:
            service = stack.enter_context(running(lensconnect_emulator))
        except ModuleNotFoundError as missing:
            pytest.fail(str(missing), pytrace=False)
        yield service


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Return the lines that explain a failed `==` between results, records or HTTP messages; None for other values."""
    return differences(left, right) if op == "==" else None


def pytest_configure() -> None:
    """Watch for programs that are made and never run."""
    report_unrun_programs(raises=True)


def _expect_runs() -> Generator[None, T, T]:
    """Fail a phase of a test in which a program was made and never run; a note tells it if the phase fails anyway."""
    with unrun_programs() as found:
        try:
            outcome = yield
        except BaseException as error:
            for each in found:
                add_note(error, str(each))
            raise
    if found:
        pytest.fail("\n".join(map(str, found)), pytrace=False)
    return outcome


pytest_runtest_setup: Final = pytest.hookimpl(_expect_runs, wrapper=True)
pytest_runtest_call: Final = pytest.hookimpl(_expect_runs, wrapper=True)
pytest_runtest_teardown: Final = pytest.hookimpl(_expect_runs, wrapper=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[object], item: pytest.Item
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave the lines of this package out of the report of a failure, unless pytest runs with `--full-trace`."""
    with ExitStack() as stack:
        failed = None if call.excinfo is None else call.excinfo.value
        if getattr(failed, "pytrace", True) and not item.config.getoption("fulltrace", False):
            for error in _chain(failed):
                stack.enter_context(_without_own_lines(error))
        return (yield)


@contextmanager
def _without_own_lines(error: BaseException) -> Generator[None]:
    """Hide frames by `__tracebackhide__`, which pytest looks for among their global variables, and leave out notes.

    The list of notes changes in place, since an exception may take no assignments, as a frozen dataclass.
    """
    frames = [(frame.f_code.co_filename, frame.f_globals) for frame, _ in walk_tb(error.__traceback__)]
    has_own = any(name.startswith(_FOLDER) for name, _ in frames)
    own = [names for name, names in frames if has_own and name.startswith(_HIDDEN)]
    found: list[object] | None = getattr(error, "__notes__", None)
    notes = found if isinstance(found, list) else []
    kept = list(notes)
    for names in own:
        names["__tracebackhide__"] = True
    notes[:] = [note for note in kept if not isinstance(note, str) or f'File "{_FOLDER}' not in note]
    yield
    notes[:] = kept
    for names in own:
        names.pop("__tracebackhide__", None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception, and those from which it came or of which it consists, each once."""
    found: dict[int, BaseException] = {}
    left = [error]
    while left:
        error = left.pop()
        if error is not None and id(error) not in found:
            found[id(error)] = error
            left += [error.__cause__, error.__context__]
            if isinstance(error, BaseExceptionGroup):
                left += cast("BaseExceptionGroup[BaseException]", error).exceptions
    yield from found.values()


@contextmanager
def _without_aws_configuration() -> Generator[None]:
    """Hide the AWS variables and the AWS config file of this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        yield
