"""Each transport reports each fault of a peer as the fault table says."""

from __future__ import annotations

import time
from itertools import count, repeat

import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.reply_faults import BUDGET, FAULTS, MAX_BODY, Fault
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import SHIPPED, TRANSPORTS, Outcome, family, post
from lensconnect.errors import TransportError
from lensconnect.results import is_ok
from lensconnect.testing.contract.scripted_server import Script

SLACK = 5.0


def failing(fault: Fault) -> Script:
    """Return a script with this fault on the first connection."""
    connections = count()

    def script(connection: ServerConnection) -> None:
        is_first = next(connections) == 0
        connection.read_request()
        if not is_first:
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return
        connection.send(fault.sent_bytes)
        connection.drip(repeat(b"x")) if fault.end == "drip" else getattr(connection, fault.end)()

    return script


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("transport", SHIPPED)
@pytest.mark.parametrize("name", FAULTS)
def test_reply_fault(name: str, transport: str, secure: bool) -> None:
    """The fault is reported as in the table, in time, and the connection is not reused."""
    expected = FAULTS[name].expected(family(transport))
    for seconds in [BUDGET, 4 * BUDGET, 16 * BUDGET] if expected.is_late else [5.0]:
        outcome = outcome_within(seconds, name, transport, secure=secure)
        if shown(outcome) != "timeout maybe" or expected.sent == "maybe":
            break  # or the machine was so busy that the head of the reply came after the time limit
    assert shown(outcome) in {f"{kind} {expected.sent}" for kind in expected.kinds or ["a"]}


def outcome_within(seconds: float, name: str, transport: str, *, secure: bool) -> Outcome:
    """Return the outcome of a call with this time limit; assert that it ends in time, and what its connection is."""
    fault = FAULTS[name]
    opened = TRANSPORTS[transport](ssl_context=trusting(), max_body=MAX_BODY)
    with PatientServer(failing(fault), serving() if secure else None) as peer, opened as ask:
        begun = time.monotonic()
        outcome = ask(post(peer.url()), seconds)
        took = time.monotonic() - begun
        assert (seconds if fault.expected(family(transport)).is_late else 0) <= took < seconds + SLACK
        if not is_ok(outcome):
            assert_no_secret(outcome.failure())
            assert ask(post(peer.url()), 5.0).unwrap().status == 200
            assert peer.connections == 2
    return outcome


def shown(outcome: Outcome) -> str:
    """Return the outcome as the table writes it."""
    return "a reply" if is_ok(outcome) else f"{outcome.failure().kind} {outcome.failure().sent}"


def assert_no_secret(error: TransportError) -> None:
    """Assert that the error shows neither the path nor a header."""
    assert "participant" not in str(error)
    assert "secret" not in str(error)
