"""A service that throttles each request, with valid, absurd or malicious Retry-After values."""

from __future__ import annotations

from typing import Any

import pytest

from interpreters.environments.test_factory import SENDERS, Send
from interpreters.helpers.servers import PatientServer, ServerConnection
from lensconnect import is_err, service_error_status
from lensconnect.testing.simulate import SimulatedClock

HINTS: dict[str, tuple[bytes, float]] = {
    "none": (b"", 0.0),
    "milliseconds": (b"x-amz-retry-after: 1250\r\n", 1.25),
    "seconds": (b"Retry-After: 2\r\n", 2.0),
    "both": (b"Retry-After: 3\r\nx-amz-retry-after: 1500\r\n", 1.5),
    "a year": (b"Retry-After: 31536000\r\n", 9e9),
    "a date": (
        b"Date: Thu, 26 Nov 2026 10:00:00 GMT\r\nRetry-After: Thu, 26 Nov 2026 10:00:03 GMT\r\n",
        3.0,
    ),
    "a date far away": (
        b"Date: Thu, 26 Nov 2026 10:00:00 GMT\r\nRetry-After: Fri, 31 Dec 2199 23:59:59 GMT\r\n",
        9e9,
    ),
    "a date, where the peer does not say what the date is": (b"Retry-After: Thu, 26 Nov 2026 10:00:03 GMT\r\n", 0.0),
    "five thousand digits": (b"Retry-After: " + b"9" * 5000 + b"\r\n", 9e9),
    "a negative number": (b"Retry-After: -9\r\n", 0.0),
    "no number": (b"Retry-After: NaN\r\nx-amz-retry-after: Infinity\r\n", 0.0),
    "too much for a float": (b"Retry-After: 1e999\r\n", 0.0),
    "not ASCII": (b"Retry-After: \xb2\xff\r\n", 0.0),
}
CHANCE = 0.5


@pytest.mark.parametrize("sent", SENDERS.values(), ids=SENDERS)
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("hint", HINTS)
def test_throttling_ends_after_three_attempts_and_bounded_waits(hint: str, status: int, sent: Send) -> None:
    """Each wait is the policy's, or the hint's if that is longer, but at most 5 s longer."""
    line, hinted = HINTS[hint]
    sent_bytes = b"HTTP/1.1 %d No\r\n%bContent-Length: 0\r\n\r\n" % (status, line)

    def script(connection: ServerConnection) -> None:
        while connection.read_request():
            asked.append(1)
            connection.send(sent_bytes)

    asked: list[int] = []
    clock = SimulatedClock()
    options: dict[str, Any] = {"clock": clock, "jitter": lambda: CHANCE}
    with PatientServer(script) as peer:
        outcome = sent(endpoint_url=f"http://127.0.0.1:{peer.port}", **options)
        assert peer.connections == 1
    assert is_err(outcome)
    assert service_error_status.view(outcome.failure()) == status  # pyright: ignore[reportArgumentType]
    assert len(asked) == 3
    own = [CHANCE * base for base in ((1.0, 2.0) if status == 429 else (0.05, 0.1))]
    assert clock.waits == pytest.approx([max(wait, min(hinted, wait + 5.0)) for wait in own])
