"""Errors as a chat sees them: those that repeat, and the words for observers."""

import pytest

from lensconnect import InvalidEndpoint, InvalidRequest, SerializeError, ServiceError, TransportError
from lensconnect.errors import Error
from lensconnect.live.failures import detail_of, is_close, is_closed_here, kind_of
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
