"""Bad certificates: every transport and every socket driver refuses each, and sends nothing."""

from __future__ import annotations

import re

import pytest

from interpreters.helpers.bad_certificates import BAD, GOOD, BadCertificate, trusting_root
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import SHIPPED, TRANSPORTS, post
from interpreters.sockets.helpers.drivers import DRIVERS
from interpreters.sockets.helpers.peer import talking, url_of
from lensconnect import TransportError, is_ok

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"Id":"m-1"}'


def answer(connection: ServerConnection) -> None:
    while connection.read_request():
        connection.send(OK)


def names(transports: tuple[str, ...]) -> list[object]:
    """Return the transports as parameters: the adapters are in the slow lane."""
    return [
        pytest.param(name, marks=pytest.mark.slow) if re.match("aiohttp|httpx2", name) else name for name in transports
    ]


def refused_as(error: object) -> str:
    """Return "refused" if an error says so, and that nothing was sent."""
    is_refusal = isinstance(error, TransportError) and (error.kind, error.sent) == ("tls", "no")
    return "refused" if is_refusal else repr(error)


@pytest.mark.parametrize("transport", names(SHIPPED))
def test_transports_refuse_bad_certificates(transport: str) -> None:
    def call(case: BadCertificate) -> str:
        with PatientServer(answer, case.context) as server, TRANSPORTS[transport](ssl_context=trusting_root()) as ask:
            outcome = ask(post(server.url(host=case.host)), 10.0)
            return "accepted" if is_ok(outcome) or server.requests else refused_as(outcome.failure())

    assert call(GOOD) == "accepted"
    assert {name: call(case) for name, case in BAD.items()} == dict.fromkeys(BAD, "refused")


@pytest.mark.parametrize("driver", DRIVERS)
def test_socket_drivers_refuse_bad_certificates(driver: str) -> None:
    def call(case: BadCertificate) -> str:
        with (
            talking(lambda peer: None, case.context) as server,
            DRIVERS[driver](ssl_context=trusting_root()) as sockets,
        ):
            outcome = sockets.open(url_of(server, host=case.host))
            return "accepted" if is_ok(outcome) or server.requests else refused_as(outcome.failure())

    assert call(GOOD) == "accepted"
    assert {name: call(case) for name, case in BAD.items()} == dict.fromkeys(BAD, "refused")


def test_there_are_a_dozen_or_more() -> None:
    assert len(BAD) >= 12
