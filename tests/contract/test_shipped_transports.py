"""Every transport of this package passes every check of the transport contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import httpx2
import pytest
import trio

from lensconnect.interpreters.aiohttp import AiohttpTransport
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.interpreters.httpx2 import Httpx2Transport
from lensconnect.testing.contract import ASYNC_CHECKS, CHECKS, MakeAsyncTransport
from lensconnect.testing.laws import acheck_transport, check_transport

SLACK = 2.0
"""Seconds that an attempt may be late: other tests use the same processors."""


@pytest.fixture(autouse=True)
def _a_proxy_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set proxies that nobody answers for: no transport may ask them for this machine."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", ".invalid")  # where a check looks up a name that does not exist


def test_the_direct_transport_passes() -> None:
    report = check_transport(DirectTransport, slack=SLACK)
    assert report.passed, str(report)
    assert len(report.checks) == len(CHECKS) >= 40


@asynccontextmanager
async def over_session() -> AsyncIterator[AiohttpTransport]:
    """Yield a transport over a user's session, with a default header and the proxy settings of the environment."""
    async with aiohttp.ClientSession(headers={"X-Mine": "1"}, trust_env=True) as session:
        yield AiohttpTransport(session)


@asynccontextmanager
async def over_client() -> AsyncIterator[Httpx2Transport]:
    async with httpx2.AsyncClient(headers={"X-Mine": "1"}, follow_redirects=True) as client:
        yield Httpx2Transport(client)


@pytest.mark.parametrize(
    "make",
    [
        AsyncDirectTransport,
        pytest.param(over_session, marks=pytest.mark.slow),
        pytest.param(over_client, marks=pytest.mark.slow),
    ],
)
def test_the_transports_on_asyncio_pass(make: MakeAsyncTransport) -> None:
    report = asyncio.run(acheck_transport(make, slack=SLACK))
    assert report.passed, str(report)
    assert len(report.checks) == len(ASYNC_CHECKS) > len(CHECKS)


@pytest.mark.slow
def test_the_transport_on_trio_passes() -> None:
    report = trio.run(partial(acheck_transport, over_client, slack=SLACK))
    assert report.passed, str(report)
    assert len(report.checks) == len(ASYNC_CHECKS)
