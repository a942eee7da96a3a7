"""Fixtures for pytest: a service of its own for every test, in this process and behind HTTP.

    pytest_plugins = ["lensconnect.testing.fixtures"]     in the top conftest.py

lensconnect_chat       a chat that was just started: its ids, and the tokens of its two sides
lensconnect_env        an Env on the service; waits take no time
lensconnect_async_env  an AsyncEnv on it, for any event loop
lensconnect_emulator   the service itself: plan faults, say something, look at a transcript
lensconnect_server     the same service behind HTTP and WebSockets (extra `emulator`)
lensconnect_clock      its time, which goes on by itself: `sleep(3600)` lets an hour have passed
lensconnect_options    its switches; override it to set them

They are asked for by name and not by an entry point: that would import the package into every run of
pytest on a machine that has it, before coverage is measured.  Only this module imports pytest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeVar

import pytest

from lensconnect.emulator import Emulator, Options, RunningEmulator, StartedChat, running
from lensconnect.interpreters.environments.asynchronous import AsyncEnv
from lensconnect.interpreters.environments.factory import new_async_env, new_env
from lensconnect.interpreters.environments.sync import Env
from lensconnect.testing.simulate import LeapingClock

__all__ = [
    "lensconnect_async_env",
    "lensconnect_chat",
    "lensconnect_clock",
    "lensconnect_emulator",
    "lensconnect_env",
    "lensconnect_options",
    "lensconnect_server",
]

T = TypeVar("T")

_HOME = "https://emulator.invalid"


@pytest.fixture
def lensconnect_options() -> Options:
    """The emulator's switches; override this fixture to set them."""
    return Options()


@pytest.fixture
def lensconnect_clock() -> LeapingClock:
    """The time of the emulator and of the environments on it; it goes on, and leaps at a `sleep`."""
    return LeapingClock()


@pytest.fixture
def lensconnect_emulator(
    request: pytest.FixtureRequest, lensconnect_options: Options, lensconnect_clock: LeapingClock
) -> Emulator:
    """The service, in this process; its ids and tokens are this test's own, and the same in every run."""
    return Emulator(lensconnect_options, seed=request.node.nodeid, clock=lensconnect_clock.now)


@pytest.fixture
def lensconnect_chat(lensconnect_emulator: Emulator) -> StartedChat:
    """A chat that was just started; nobody has joined yet."""
    return lensconnect_emulator.start_chat()


@pytest.fixture
def lensconnect_env(lensconnect_emulator: Emulator, lensconnect_clock: LeapingClock) -> Iterator[Env]:
    """An environment on the service, whose waits leap."""
    transport = lensconnect_emulator.transport
    made = _unconfigured(lambda: new_env(endpoint_url=_HOME, transport=transport, clock=lensconnect_clock))
    with made as env:
        yield env


@pytest.fixture
def lensconnect_async_env(lensconnect_emulator: Emulator, lensconnect_clock: LeapingClock) -> AsyncEnv:
    """The same for an event loop."""
    transport = lensconnect_emulator.async_transport
    return _unconfigured(lambda: new_async_env(endpoint_url=_HOME, transport=transport, clock=lensconnect_clock))


@pytest.fixture
def lensconnect_server(lensconnect_emulator: Emulator) -> Iterator[RunningEmulator]:
    """The service behind HTTP and WebSockets, at `base_url`, for clients of any kind."""
    with ExitStack() as stack:
        try:
            service = stack.enter_context(running(lensconnect_emulator))
        except ModuleNotFoundError as absent:
            pytest.fail(str(absent), pytrace=False)
        yield service


def _unconfigured(make: Callable[[], T]) -> T:
    """What is made where no AWS configuration of this machine is seen."""
    with pytest.MonkeyPatch.context() as elsewhere:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            elsewhere.delenv(name)
        elsewhere.setenv("AWS_CONFIG_FILE", os.devnull)
        return make()
