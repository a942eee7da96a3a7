"""Each transport reports a fault before sending as unsent, in time."""

from __future__ import annotations

import time

import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.connect_faults import CONNECT_FAULTS
from interpreters.helpers.reply_faults import BUDGET
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import SHIPPED, TRANSPORTS, family, post
from interpreters.transports.test_reply_faults import SLACK, assert_no_secret
from lensconnect.results import is_err


@pytest.mark.parametrize("transport", SHIPPED)
@pytest.mark.parametrize("name", CONNECT_FAULTS)
def test_connect_fault(name: str, transport: str) -> None:
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
    assert_no_secret(error)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("transport", SHIPPED)
def test_a_peer_that_never_reads(transport: str, secure: bool) -> None:
    """Sending ends in time, and counts as maybe sent."""
    opened = TRANSPORTS[transport](ssl_context=trusting())
    with PatientServer(ServerConnection.ignore, serving() if secure else None) as peer, opened as ask:
        error = ask(post(peer.url(), bytes(30_000_000)), BUDGET).failure()
        assert (error.kind, error.sent) == ("timeout", "maybe")


@pytest.mark.parametrize("transport", SHIPPED)
def test_a_closed_transport_sends_nothing(transport: str) -> None:
    """A closed transport sends nothing."""
    with PatientServer(ServerConnection.hang) as peer:
        with TRANSPORTS[transport]() as ask:
            pass
        if family(transport) == "direct" and " " not in transport:
            assert ask(post(peer.url()), 5.0).failure().sent == "no"
        assert peer.connections == 0
