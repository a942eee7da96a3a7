"""The phases before the first byte of the request: slot, name, connection, TLS.

Nothing was sent in any of these, and each is over in time.
"""

from __future__ import annotations

import math
import os
import socket
import threading
from collections.abc import Iterator, Sequence

import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer, ServerConnection, UnresponsiveListener
from interpreters.helpers.transports import TRANSPORTS, Caller, OpenTransport, post, timed
from lensconnect.errors import Kind
from lensconnect.interpreters.transports.direct import happy_eyeballs
from lensconnect.interpreters.transports.direct.happy_eyeballs import ATTEMPT_DELAY, AddressInfo, interleaved
from lensconnect.interpreters.transports.direct.resolver import Lookup, system_lookup
from lensconnect.results import is_err

BUDGET, SLACK = 0.15, 5.0


def fails(call: Caller, url: str, seconds: float, *kinds: Kind) -> str:
    """Assert that the request fails unsent and in time; return the message."""
    outcome, took = timed(call, post(url), seconds)
    assert is_err(outcome)
    error = outcome.failure()
    assert error.kind in kinds, error
    assert error.sent == "no"
    assert not took > seconds + SLACK or seconds <= 0
    assert "canary" not in str(error)
    return error.message


def leading_to(*rows: AddressInfo) -> Lookup:
    """Return a look-up that returns these addresses for each name."""

    def resolve(_host: bytes, _port: int) -> Sequence[AddressInfo]:
        return rows

    return resolve


def answer(connection: ServerConnection) -> None:
    """Answer every request."""
    while connection.read_request():
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("seconds", [0, -1, -math.inf, math.nan])
def test_no_time_at_all(seconds: float, open_transport: OpenTransport) -> None:
    """Without any time no connection is made."""
    with PatientServer(answer) as peer, open_transport() as call:
        fails(call, peer.url(), seconds, "timeout")
        assert peer.connections == 0


def test_no_limit(open_transport: OpenTransport) -> None:
    """`math.inf` means no limit."""
    with PatientServer(answer, serving()) as peer, open_transport(ssl_context=trusting()) as call:
        assert call(post(peer.url(host="localhost")), math.inf).unwrap().status == 200


def test_a_closed_transport_sends_nothing(open_transport: OpenTransport) -> None:
    """A closed transport sends nothing; it may be closed twice."""
    with PatientServer(answer) as peer:
        with open_transport() as call:
            assert call(post(peer.url()), 5.0).unwrap().status == 200
        fails(call, peer.url(), 5.0, "closed")
        fails(call, peer.url().replace("127.0.0.1", "nowhere.invalid"), 5.0, "closed")
        with call:
            pass
        assert peer.connections == 1


def test_unsupported(open_transport: OpenTransport) -> None:
    """A URL of another scheme is refused."""
    with open_transport() as call:
        fails(call, "ftp://127.0.0.1/x", 5.0, "unsupported")


def _refuse_name(_host: bytes, _port: int) -> Sequence[AddressInfo]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _not_a_name(_host: bytes, _port: int) -> Sequence[AddressInfo]:
    raise UnicodeError


def _nothing(_host: bytes, _port: int) -> Sequence[AddressInfo]:
    return ()


@pytest.mark.parametrize(
    ("resolve", "kind"), [(_refuse_name, "name"), (_not_a_name, "unsupported"), (_nothing, "connect")]
)
def test_unknown_name(resolve: Lookup, kind: Kind, open_transport: OpenTransport) -> None:
    """A failed look-up is reported by its cause."""
    with open_transport(resolve=resolve) as call:
        assert fails(call, "https://no.such.example/message", 5.0, kind).startswith("no.such.example: ")


def test_a_real_unknown_name(open_transport: OpenTransport) -> None:
    """The system's own resolver refuses a label longer than any name has."""
    with open_transport() as call:
        fails(call, "https://" + "a" * 64 + ".invalid/", 5.0, "name")


def test_hanging_resolver(open_transport: OpenTransport) -> None:
    """A hanging look-up ends in time and costs one thread for each name."""
    answers = threading.Event()

    def hang(host: bytes, port: int) -> Sequence[AddressInfo]:
        answers.wait()
        return system_lookup(b"127.0.0.1", port)

    with PatientServer(answer) as peer, open_transport(resolve=hang) as call:
        before = threading.active_count()
        for _ in range(3):
            assert "looking up" in fails(call, peer.url(host="slow.example"), BUDGET / 3, "timeout")
        assert threading.active_count() <= before + 2
        assert peer.connections == 0
        answers.set()
        assert call(post(peer.url(host="slow.example")), 5.0).unwrap().status == 200


def test_no_thread_to_look_up_a_name(open_transport: OpenTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that cannot start fails its call and no later one."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def find(_host: bytes, port: int) -> Sequence[AddressInfo]:
        return system_lookup(b"127.0.0.1", port)

    with PatientServer(answer) as peer, open_transport(resolve=find) as call:
        with monkeypatch.context() as limited:
            limited.setattr(threading.Thread, "start", refuse)
            fails(call, peer.url(host="some.example"), 5.0, "name")
        assert call(post(peer.url(host="some.example")), 5.0).unwrap().status == 200


def test_no_file_descriptor_is_left(open_transport: OpenTransport) -> None:
    """At the limit of open files a call fails; a later one succeeds."""
    resource = pytest.importorskip("resource")
    if open_transport is TRANSPORTS["direct on uvloop"]:
        pytest.skip("uvloop needs descriptors of its own each time it runs")
    with PatientServer(answer) as peer, open_transport() as call:
        fails(call, "ftp://127.0.0.1/", 5.0, "unsupported")
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        os.close(lowest := os.dup(0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
        try:
            fails(call, peer.url(), 5.0, "connect")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert call(post(peer.url()), 5.0).unwrap().status == 200


def test_refused(open_transport: OpenTransport) -> None:
    """A refused connection is reported as such."""
    with PatientServer(answer) as peer:
        url = peer.url()
    with open_transport() as call:
        assert "refused" in fails(call, url, 5.0, "connect")


@pytest.fixture
def unresponsive() -> Iterator[AddressInfo]:
    with UnresponsiveListener() as listener:
        yield socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", listener.port)


def test_hang_at_connect(unresponsive: AddressInfo, open_transport: OpenTransport) -> None:
    """Connecting to a host that does not answer times out."""
    with open_transport() as call:
        assert "connecting" in fails(call, f"http://127.0.0.1:{unresponsive[4][1]!r}/", BUDGET, "timeout")


def test_the_second_address_answers(unresponsive: AddressInfo, open_transport: OpenTransport) -> None:
    """The second address is tried after the attempt delay."""
    with PatientServer(answer) as peer:
        live = socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", peer.port)
        with open_transport(resolve=leading_to(unresponsive, live)) as call:
            outcome, took = timed(call, post(peer.url(host="two.example")), 5.0)
            assert outcome.unwrap().status == 200
            assert ATTEMPT_DELAY * 0.9 < took < ATTEMPT_DELAY + SLACK


def test_the_next_address_is_tried_at_once_after_a_refusal(
    open_transport: OpenTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second address is tried at once when the first refuses."""
    monkeypatch.setattr(happy_eyeballs, "ATTEMPT_DELAY", 60.0)
    with PatientServer(answer) as peer:
        live = socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", peer.port)
        dead = socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("::1", 1, 0, 0)
        with open_transport(resolve=leading_to(dead, live)) as call:
            assert call(post(peer.url(host="two.example")), 5.0).unwrap().status == 200


def test_ipv6(open_transport: OpenTransport) -> None:
    """An IPv6 literal is connected to, and its certificate checked."""
    try:
        made = PatientServer(answer, serving(), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with made as peer, open_transport(ssl_context=trusting()) as call:
        assert call(post(peer.url(host="[::1]")), 5.0).unwrap().status == 200


def test_address_families_alternate() -> None:
    """Address families alternate, and no address is lost."""
    rows: list[AddressInfo] = [
        (family, socket.SOCK_STREAM, 0, "", (str(number),))
        for number, family in enumerate([socket.AF_INET6] * 3 + [socket.AF_INET] * 2)
    ]
    assert [row[4][0] for row in interleaved(rows)] == ["0", "3", "1", "4", "2"]


def test_the_default_context_trusts_no_unknown_authority(open_transport: OpenTransport) -> None:
    """The default context trusts the system's authorities only."""
    with PatientServer(answer, serving()) as peer, open_transport() as call:
        assert "not trusted" in fails(call, peer.url(), 5.0, "tls")


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_a_peer_that_never_reads(secure: bool, open_transport: OpenTransport) -> None:
    """Sending ends in time, and counts as maybe sent."""
    with (
        PatientServer(ServerConnection.ignore, serving() if secure else None) as peer,
        open_transport(ssl_context=trusting()) as call,
    ):
        outcome, took = timed(call, post(peer.url(), bytes(30_000_000)), BUDGET)
        assert is_err(outcome)
        error = outcome.failure()
        assert (error.kind, error.sent) == ("timeout", "maybe")
        assert "sending" in error.message
        assert BUDGET <= took < BUDGET + SLACK
