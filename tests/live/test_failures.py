"""Errors as a chat sees them: those that repeat, and the words for observers."""

import pytest

from lensconnect import Backoff, InvalidEndpoint, InvalidRequest, SerializeError, ServiceError, TransportError
from lensconnect.errors import Error
from lensconnect.live.failures import backoff_seconds, detail_of, is_close, is_closed_here, kind_of
from lensconnect.live.failures import is_hopeless as must_fail_again

ERRORS: dict[str, tuple[Error, bool, str]] = {
    "a request that cannot be sent": (InvalidRequest(()), True, "InvalidRequest"),
    "no endpoint": (InvalidEndpoint("no region"), True, "InvalidEndpoint"),
    "a closed environment": (TransportError("closed", "closed", "no"), True, "closed"),
    "a reset": (TransportError("reset", "the connection broke", "maybe"), False, "reset"),
    "no such chat": (ServiceError(404, "X"), True, "status 404"),
    "throttling": (ServiceError(429, "ThrottlingException", "a secret text"), False, "status 429"),
    "an unreadable reply": (SerializeError(200, "no JSON"), False, "SerializeError"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error(name: str) -> None:
    error, again, kind = ERRORS[name]
    assert (must_fail_again(error), kind_of(error)) == (again, kind)
    assert detail_of(error) == (error.message if isinstance(error, TransportError) else kind)
    assert is_closed_here(error) == (kind == "closed")
    assert is_close(error) == (kind == "reset")


@pytest.mark.parametrize(
    ("factor", "attempt", "seconds"),
    [(1.0, 10**9, 0.01), (1.1, 61, 3.0448), (1.1, 62, 3.3493), (1.1, 500, 30.0), (1e300, 2, 30.0), (10, 10**9, 30.0)],
)
def test_waits_grow_to_the_longest_by_any_factor(factor: float, attempt: int, seconds: float) -> None:
    backoff = Backoff(first=0.01, factor=factor)
    assert backoff_seconds(backoff, attempt, 0.5) == pytest.approx(seconds, rel=1e-4)
