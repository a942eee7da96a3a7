"""The table of handlers."""

from __future__ import annotations

from lensconnect.emulator.operations import HANDLERS
from lensconnect.operations import OPERATIONS


def test_every_handler_belongs_to_an_operation() -> None:
    assert len(HANDLERS) >= 11
    assert set(HANDLERS) <= {row.request for row in OPERATIONS}
