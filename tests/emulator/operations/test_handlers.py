"""The table of handlers."""

from __future__ import annotations

from lensconnect.emulator.operations import HANDLERS
from lensconnect.operations import OPERATIONS


def test_every_operation_has_a_handler() -> None:
    assert {row.request for row in OPERATIONS} == set(HANDLERS)
