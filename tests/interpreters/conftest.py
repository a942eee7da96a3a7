"""Fixtures: a test that asks for `open_transport` runs on each of the direct transports."""

from __future__ import annotations

import pytest

from interpreters.helpers.transports import DIRECT, TRANSPORTS, OpenTransport


@pytest.fixture(params=DIRECT)
def open_transport(request: pytest.FixtureRequest) -> OpenTransport:
    """Opens one of the direct transports with the arguments of `DirectTransport`."""
    return TRANSPORTS[request.param]
