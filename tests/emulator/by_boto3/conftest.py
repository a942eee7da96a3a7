"""Fixtures: a running emulator, and unmodified boto3 clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lensconnect import emulator

from .clients import client_of


@pytest.fixture(scope="module")
def service() -> Iterator[emulator.RunningEmulator]:
    with emulator.running() as served:
        yield served


@pytest.fixture(scope="module")
def client(service: emulator.RunningEmulator) -> Iterator[Any]:
    made = client_of("connectparticipant", service)
    yield made
    made.close()


@pytest.fixture(scope="module")
def starter(service: emulator.RunningEmulator) -> Iterator[Any]:
    made = client_of("connect", service)
    yield made
    made.close()
