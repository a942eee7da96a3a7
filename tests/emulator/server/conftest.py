"""A running emulator for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lensconnect.emulator import RunningEmulator, running


@pytest.fixture(scope="module")
def service() -> Iterator[RunningEmulator]:
    with running() as service:
        yield service
