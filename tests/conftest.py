"""Set up every run: the lane of each test, the workers, and Hypothesis without deadlines."""

from __future__ import annotations

import gc
import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("lensconnect", max_examples=40, deadline=None, print_blob=True)
settings.load_profile("lensconnect")

os.environ["SSL_CERT_FILE"] = str(Path(__file__).parent / "helpers" / "authority.pem")
os.environ["SSL_CERT_DIR"] = os.devnull
"""One authority, whose key nobody has: reading those of the operating system takes 25 ms for each TLS context."""

OTHER_TRANSPORTS = re.compile(r"\[.*\b(aiohttp|httpx2|uvloop)\b")
"""Finds the transports and loops of the slow lane in the name of a test of `tests/interpreters/transports`."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run a whole lane on every core (pytest-xdist); run files that are named in this process.

    One worker more than there are cores uses the time in which tests wait for sockets, a quarter of the fast lane.  A
    worker that has no tests left takes them from another, so most fixtures of a module are made once.
    """
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    is_worker = hasattr(config, "workerinput")
    if is_worker or not config.pluginmanager.hasplugin("xdist"):
        return
    if whole and config.option.numprocesses is None:
        config.option.numprocesses = (os.cpu_count() or 1) + 1
    if config.option.numprocesses and config.option.dist == "no":
        config.option.dist = "worksteal"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--block-lenses`: run as if the package `lenses` were not installed."""
    parser.addoption("--block-lenses", action="store_true", help="make `import lenses` fail, as without the package")


def pytest_configure(config: pytest.Config) -> None:
    """Block `lenses` before the first test module imports lensconnect."""
    if config.getoption("--block-lenses"):
        assert "lensconnect" not in sys.modules, "lensconnect is imported already"
        sys.modules["lenses"] = None  # type: ignore[assignment]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Hide the collected tests from the garbage collector: a million objects that no test has made."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they ask for: the browser, or a transport or loop other than `direct` on asyncio."""
    for item in items:
        is_of_every_transport = "interpreters/transports/" in item.nodeid and "/adapters/" not in item.nodeid
        if is_of_every_transport and OTHER_TRANSPORTS.search(item.name):
            item.add_marker("slow")
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if item.get_closest_marker("browser") and item.get_closest_marker("slow"):
            raise pytest.UsageError(f"{item.nodeid} is in two lanes: slow and browser")
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid} has another name in each process")
