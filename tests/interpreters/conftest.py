"""Fixtures: every test that asks for `caller` runs against each transport."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from interpreters.helpers.callers import CALLERS, MakeCaller


@pytest.fixture(params=sorted(CALLERS))
def caller(request: pytest.FixtureRequest) -> Iterator[MakeCaller]:
    """Makes one of the transports, from the same arguments."""
    with CALLERS[request.param]() as make:
        yield make
