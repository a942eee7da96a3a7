"""Before a byte of the request has left, nothing was sent: by every transport shipped, in time."""

from __future__ import annotations

import time

import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.connect_faults import CONNECT_FAULTS
from interpreters.helpers.reply_faults import BUDGET
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import SHIPPED, TRANSPORTS, family, post
from interpreters.transports.test_reply_faults import SLACK, says_nothing_secret
from lensconnect.results import is_err


@pytest.mark.parametrize("transport", SHIPPED)
@pytest.mark.parametrize("name", CONNECT_FAULTS)
def test_opening(name: str, transport: str) -> None:
    expected = CONNECT_FAULTS[name].expected(family(transport))
    seconds = BUDGET if expected.is_late else 5.0
    with TRANSPORTS[transport](ssl_context=trusting()) as ask, CONNECT_FAULTS[name].opened() as url:
        begun = time.monotonic()
        outcome = ask(post(url), seconds)
        took = time.monotonic() - begun
    assert is_err(outcome)
    error = outcome.failure()
    assert error.kind in expected.kinds
    assert error.sent == "no"
    assert (BUDGET if expected.is_late else 0) <= took < seconds + SLACK
    says_nothing_secret(error)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("transport", SHIPPED)
def test_a_peer_that_never_reads(transport: str, secure: bool) -> None:
    """Sending, too, ends in time; but then something was sent."""
    opened = TRANSPORTS[transport](ssl_context=trusting())
    with PatientServer(ServerConnection.ignore, serving() if secure else None) as peer, opened as ask:
        error = ask(post(peer.url(), bytes(30_000_000)), BUDGET).failure()
        assert (error.kind, error.sent) == ("timeout", "maybe")


@pytest.mark.parametrize("transport", SHIPPED)
def test_closed(transport: str) -> None:
    """After closing nothing is sent."""
    with PatientServer(ServerConnection.hang) as peer:
        with TRANSPORTS[transport]() as ask:
            pass
        if family(transport) == "direct" and " " not in transport:
            assert ask(post(peer.url()), 5.0).failure().sent == "no"
        assert peer.connections == 0
