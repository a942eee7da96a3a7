"""Collect the connections that a third-party client leaves open in the module whose test left them.

Observed with aiohttp 3.14 and httpx2 2.16 on a loaded machine, 2026-11-30, in one of three runs: a call that is
cancelled or fails leaves an asyncio transport to the garbage collector.  Only these tests may do that.  That the
transports of this package leave nothing open is checked by counting file descriptors.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

_IGNORED = (
    "ignore:Exception ignored in. <function _SelectorTransport.__del__:pytest.PytestUnraisableExceptionWarning",
    "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = f"{Path(__file__).parent}{os.sep}"
    for item in items:
        if str(item.path).startswith(folder):
            for warning in _IGNORED:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(autouse=True, scope="module")
def _collect_open_connections() -> Iterator[None]:
    yield
    gc.collect()
