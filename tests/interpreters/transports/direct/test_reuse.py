"""Kept connections are reused when they are fresh, and replies are never mixed up."""

from __future__ import annotations

import multiprocessing
import socket
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import count

import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import OpenTransport, post, timed
from lensconnect.interpreters.direct import DirectTransport
from lensconnect.results import is_err

BUDGET, SLACK = 0.15, 5.0
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
SECURE = pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])


def echo(connection: ServerConnection) -> None:
    """Answer every request with its own body."""
    while True:
        body = connection.read_body()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


@SECURE
@pytest.mark.parametrize("after", ["closed", "stray bytes", "a stray reply"])
def test_bytes_that_arrive_while_idle_end_reuse(after: str, secure: bool, open_transport: OpenTransport) -> None:
    """The bytes or the end are noticed before the connection is reused; the next request succeeds."""
    done, go = threading.Event(), threading.Event()

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        connection.send(EMPTY)
        go.wait()
        if after != "closed":
            connection.send(b"x" if after == "stray bytes" else EMPTY.replace(b"200", b"500"))
        connection.socket.shutdown(socket.SHUT_WR)
        done.set()
        connection.hang()

    with PatientServer(script, serving() if secure else None) as peer, open_transport(ssl_context=trusting()) as call:
        for connections in (1, 2):
            assert call(post(peer.url()), 5.0).unwrap().status == 200
            assert peer.connections == connections
            go.set()
            assert done.wait(5.0)
            done.clear()


@SECURE
@pytest.mark.parametrize("end", ["finish", "reset"])
def test_a_kept_connection_that_breaks_is_not_retried(end: str, secure: bool, open_transport: OpenTransport) -> None:
    """A request that may have arrived is not sent again."""
    requests: list[bytes] = []

    def script(connection: ServerConnection) -> None:
        for _ in range(2):
            requests.append(connection.read_request())
            if len(requests) == 2:
                getattr(connection, end)()
                return
            connection.send(EMPTY)

    with PatientServer(script, serving() if secure else None) as peer, open_transport(ssl_context=trusting()) as call:
        assert call(post(peer.url()), 5.0).unwrap().status == 200
        outcome = call(post(peer.url()), 5.0)
        assert is_err(outcome)
        assert outcome.failure().kind in ("reset", "incomplete")
        assert outcome.failure().sent == "maybe"
        assert len(requests) == 2
        assert peer.connections == 1


def test_an_old_connection_behind_a_closed_one_is_closed() -> None:
    """Before a new one is opened in the place of both."""
    numbers, both, now = count(), threading.Barrier(2), 0.0
    later, ended, old_is_closed = threading.Event(), threading.Event(), threading.Event()

    def script(connection: ServerConnection) -> None:
        number = next(numbers)
        connection.read_request()
        if number < 2:
            both.wait(5.0)
        if number == 1:
            later.wait(5.0)
        elif number == 2 and not old_is_closed.wait(5.0):
            return
        connection.send(EMPTY)
        if number == 1:
            connection.socket.shutdown(socket.SHUT_WR)
            ended.set()
        connection.hang()
        if number == 0:
            old_is_closed.set()

    with (
        PatientServer(script) as peer,
        DirectTransport(clock=lambda: now, idle_seconds=55.0) as call,
        ThreadPoolExecutor(2) as pool,
    ):
        calls = {pool.submit(call, post(peer.url()), 10.0) for _ in range(2)}
        _, others = wait(calls, return_when=FIRST_COMPLETED)
        now = 30.0
        later.set()
        wait(others)
        assert ended.wait(5.0)
        now = 60.0
        assert call(post(peer.url()), 10.0).unwrap().status == 200
        assert peer.connections == 3


def test_an_old_connection_is_not_used(open_transport: OpenTransport) -> None:
    """A connection that was idle for too long is closed."""
    now = 0.0
    with PatientServer(echo) as peer, open_transport(clock=lambda: now, idle_seconds=55.0) as call:
        for now, connections in ((0.0, 1), (55.0, 1), (110.1, 2)):  # noqa: B007  read by the clock
            call(post(peer.url()), 5.0).unwrap()
            assert peer.connections == connections


def test_late_bytes_do_not_reach_the_next_caller(open_transport: OpenTransport) -> None:
    """A reply that comes after its timeout is dropped."""
    go = threading.Event()

    def script(connection: ServerConnection) -> None:
        body = connection.read_body()
        if body == b"slow":
            go.wait()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + body)
        connection.hang()

    with PatientServer(script) as peer, open_transport() as call:
        assert is_err(call(post(peer.url(), b"slow"), BUDGET))
        go.set()
        assert call(post(peer.url(), b"fast"), 5.0).unwrap().body == b"fast"


def test_one_connection_per_origin_and_scheme(open_transport: OpenTransport) -> None:
    """Origins do not share connections."""
    with (
        PatientServer(echo) as plain,
        PatientServer(echo, serving()) as secure,
        open_transport(ssl_context=trusting()) as call,
    ):
        for url in (plain.url(), secure.url(), secure.url(host="localhost"), plain.url("/x"), secure.url("/y")):
            assert call(post(url, url.encode()), 5.0).unwrap().body == url.encode()
        assert (plain.connections, secure.connections) == (1, 2)


def test_an_idle_connection_is_closed_to_make_room(open_transport: OpenTransport) -> None:
    """With room for one connection the idle one is closed for another origin."""
    with PatientServer(echo) as one, PatientServer(echo) as other, open_transport(max_connections=1) as call:
        for url in (one.url(), other.url(), one.url()):
            call(post(url), 5.0).unwrap()
        assert (one.connections, other.connections) == (2, 1)


def test_failures_release_their_slot(open_transport: OpenTransport) -> None:
    """A failed call releases its slot."""

    def script(connection: ServerConnection) -> None:
        if b"fine" in connection.read_request():
            connection.send(EMPTY)
        else:
            connection.reset()

    with PatientServer(script) as peer, open_transport(max_connections=1) as call:
        for _ in range(3):
            assert is_err(call(post(peer.url()), 5.0))
            assert is_err(call(post("http://127.0.0.1:1/"), 5.0))
            assert is_err(call(post("https://" + peer.url()[7:]), BUDGET / 3))
        assert call(post(peer.url(), b"fine"), 5.0).unwrap().status == 200


# Many callers at once: the synchronous transport's threads.


@SECURE
def test_threads_never_get_each_others_replies(secure: bool) -> None:
    """Eight threads over three connections each get their own replies."""
    with (
        PatientServer(echo, serving() if secure else None) as peer,
        DirectTransport(ssl_context=trusting(), max_connections=3) as call,
        ThreadPoolExecutor(8) as pool,
    ):

        def ask(number: int) -> bool:
            body = b"%d" % number * (number % 40 + 1)
            return call(post(peer.url(), body), 30.0).unwrap().body == body

        assert all(pool.map(ask, range(400)))
        assert peer.connections <= 3


def test_waiting_for_a_slot_ends_in_time() -> None:
    """Waiting for a slot counts towards the time; a released slot goes to the waiting call."""
    go = threading.Event()

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        go.wait()
        connection.send(EMPTY)
        connection.read_request()
        connection.send(EMPTY)

    with PatientServer(script) as peer, DirectTransport(max_connections=1) as call, ThreadPoolExecutor(2) as pool:
        first = pool.submit(call, post(peer.url()), 10.0)
        while not peer.connections:
            pass
        outcome, took = timed(call, post(peer.url()), BUDGET)
        assert is_err(outcome)
        error = outcome.failure()
        assert (error.kind, error.sent) == ("timeout", "no")
        assert "free connection" in error.message
        assert BUDGET <= took < BUDGET + SLACK
        second = pool.submit(call, post(peer.url()), 10.0)
        go.set()
        assert first.result().unwrap().status == second.result().unwrap().status == 200
        assert peer.connections == 1


def test_closing_while_others_work() -> None:
    """Closing finishes the exchange under way, fails waiting calls, and keeps no connection."""
    go = threading.Event()

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        go.wait()
        connection.send(EMPTY)
        assert connection.socket.recv(1) == b""
        done.set()

    done = threading.Event()
    with PatientServer(script) as peer, DirectTransport(max_connections=1) as call, ThreadPoolExecutor(2) as pool:
        first = pool.submit(call, post(peer.url()), 10.0)
        while not peer.connections:
            pass
        second = pool.submit(call, post(peer.url()), 10.0)
        call.close()
        assert second.result().failure().kind == "closed"
        go.set()
        assert first.result().unwrap().status == 200
        assert done.wait(5.0)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@SECURE
def test_a_child_does_not_use_its_parents_connections(secure: bool) -> None:
    """After a fork parent and child use their own connections."""
    with (
        PatientServer(echo, serving() if secure else None) as peer,
        DirectTransport(ssl_context=trusting(), max_connections=1) as call,
    ):
        assert call(post(peer.url(), b"before"), 5.0).unwrap().body == b"before"

        def run_in_child() -> None:
            assert call(post(peer.url(), b"child"), 5.0).unwrap().body == b"child"

        child = multiprocessing.get_context("fork").Process(target=run_in_child)
        child.start()
        child.join(10.0)
        assert child.exitcode == 0
        assert peer.connections == 2
        assert call(post(peer.url(), b"after"), 5.0).unwrap().body == b"after"
        assert peer.connections == 2
