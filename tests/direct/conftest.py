"""Fixtures: every test that asks for `caller` runs against each transport."""

from __future__ import annotations

import pytest

from .callers import CALLERS, MakeCaller


@pytest.fixture(params=sorted(CALLERS))
def caller(request: pytest.FixtureRequest) -> MakeCaller:
    """Makes one of the transports, from the same arguments."""
    make: MakeCaller = CALLERS[request.param]
    return make
