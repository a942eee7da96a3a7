"""Chats for the commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.chat_commands import Started

from lensconnect.emulator import RunningEmulator, running


@pytest.fixture(scope="module")
def emulated() -> Iterator[RunningEmulator]:
    with running() as service:
        yield service


@pytest.fixture
def chat(emulated: RunningEmulator) -> Iterator[Started]:
    started = Started(emulated)
    yield started
    started.kill()
