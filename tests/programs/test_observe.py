"""Events, and how they read."""

from __future__ import annotations

import pytest

from lensconnect import Event


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Event("started", "SendMessage", 1, 0.5), "SendMessage attempt 1 started"),
        (Event("failed", "SendMessage", 2, 0.5, why="reset"), "SendMessage attempt 2 failed: why reset"),
        (
            Event("answered", "SendEvent", 1, 0.5, seconds=0.25, status=200, bytes_in=12),
            "SendEvent attempt 1 answered: seconds 0.25, status 200, bytes_in 12",
        ),
    ],
)
def test_an_event_reads_as_one_line_without_its_time(event: Event, text: str) -> None:
    assert str(event) == text
