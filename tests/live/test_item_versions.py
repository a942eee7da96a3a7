"""The instants of items, and the versions that they order."""

from __future__ import annotations

import pytest

from lensconnect.live.item_versions import instant_of


@pytest.mark.parametrize(
    ("time", "instant"),
    [
        ("2026-11-22T10:00:01.250Z", "2026-11-22T10:00:01.25"),
        ("2026-11-22T10:00Z", "2026-11-22T10:00:00"),
        ("2026-11-22 11:00:01,0+0100", "2026-11-22T10:00:01"),
        ("2026-11-22T10:00:01+01:00", "2026-11-22T09:00:01"),
        ("2026-11-22T10:00:01-01", "2026-11-22T11:00:01"),
        ("2026-11-22T10:00:01+99:00", ""),
        ("0001-01-01T00:00:00+23:59", ""),
        ("soon", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_instant(time: str | None, instant: str) -> None:
    assert instant_of(time) == instant
