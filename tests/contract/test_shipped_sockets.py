"""Every socket driver of this package passes every check of the contract of socket drivers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio

from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.interpreters.sockets.async_sockets import AsyncDirectSockets
from lensconnect.interpreters.sockets.sync_socket import DirectSockets
from lensconnect.testing.contract import ASYNC_SOCKET_CHECKS, SOCKET_CHECKS
from lensconnect.testing.laws import acheck_sockets, check_sockets

SLACK = 2.0
"""Seconds that an attempt may be late: other tests use the same processors."""


@asynccontextmanager
async def asynchronous() -> AsyncIterator[AsyncDirectSockets]:
    """Yield a driver and close it, as an environment does: trio warns of one that is left to the end of its run."""
    sockets = AsyncDirectSockets(AsyncDirectTransport())
    yield sockets
    await sockets.close()


def test_the_synchronous_driver_passes() -> None:
    report = check_sockets(lambda: DirectSockets(DirectTransport()), slack=SLACK)
    assert report.passed, str(report)
    assert len(report.checks) == len(SOCKET_CHECKS) >= 40


@pytest.mark.slow
def test_the_driver_on_asyncio_passes() -> None:
    report = asyncio.run(acheck_sockets(asynchronous, slack=SLACK))
    assert report.passed, str(report)
    assert len(report.checks) == len(ASYNC_SOCKET_CHECKS) > len(SOCKET_CHECKS)


@pytest.mark.slow
def test_the_driver_on_trio_passes() -> None:
    report = trio.run(partial(acheck_sockets, asynchronous, slack=SLACK))
    assert report.passed, str(report)
    assert len(report.checks) == len(ASYNC_SOCKET_CHECKS)
