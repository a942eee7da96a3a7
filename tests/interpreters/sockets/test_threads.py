"""The synchronous driver under threads, signals and forks."""

from __future__ import annotations

import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from helpers.forking import forks, holds_in_child

from interpreters.helpers.certificates import serving, trusting
from interpreters.sockets.helpers.drivers import MEGABYTE
from interpreters.sockets.helpers.peer import PatientServer, Peer, talking, text, url_of
from lensconnect.errors import TransportError
from lensconnect.interpreters.direct import DirectTransport
from lensconnect.interpreters.sockets.sync_socket import DirectSockets, SyncSocket
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result, is_ok

each_way = pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])


def opened(server: PatientServer) -> SyncSocket:
    sockets = DirectSockets(DirectTransport(ssl_context=trusting()))
    return sockets(OpenSocket(url_of(server), 10.0, MEGABYTE)).unwrap()


@each_way
def test_closing_in_another_thread_ends_a_receive_and_a_send(secure: bool) -> None:
    with (
        talking(lambda peer: peer.connection.ignore(), serving() if secure else None) as server,
        ThreadPoolExecutor(2) as pool,
    ):
        connection = opened(server)
        waiting = [pool.submit(connection.receive, 60.0), pool.submit(connection.send, "x" * 20_000_000, 60.0)]
        time.sleep(0.05)
        connection.close(1000)
        assert {each.result(20.0).failure().kind for each in waiting} == {"closed"}


def test_a_closed_descriptor_is_not_used_for_another_socket() -> None:
    """Each socket is closed while another thread is about to wait for it; new sockets get the same numbers at once."""
    with talking(lambda peer: None) as server, ThreadPoolExecutor(4) as pool:
        for _ in range(50):
            connection = opened(server)
            waiting = pool.submit(connection.receive, 60.0)
            connection.close(1000)
            others = [socket.socket() for _ in range(3)]
            assert waiting.result(20.0).failure().kind == "closed"
            for other in others:
                other.close()


@each_way
def test_one_thread_receives_while_others_send(secure: bool) -> None:
    got: list[bytes] = []

    def echo(peer: Peer) -> None:
        for _ in range(200):
            got.append(peer.read_frame()[1])
            peer.send(text(got[-1].decode()))

    with talking(echo, serving() if secure else None) as server, ThreadPoolExecutor(4) as pool:
        connection = opened(server)
        sent = [pool.submit(connection.send, f"{number}" * 50, 20.0) for number in range(200)]
        received = [connection.receive(20.0).unwrap() for _ in range(200)]
        assert all(is_ok(each.result()) for each in sent)
        connection.close(1000)
    assert sorted(map(str, received)) == sorted(f"{number}" * 50 for number in range(200))
    assert [str(frame).encode() for frame in received] == got


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an interval timer")
def test_a_signal_handler_may_use_the_socket_of_the_call_that_it_interrupts() -> None:
    """Between system calls it succeeds, inside of the state it fails; nothing hangs and no frame is mixed up."""
    count = 300

    def send_all(peer: Peer) -> None:
        for number in range(count):
            peer.send(text(str(number)))
            time.sleep(0.0005)

    outcomes: list[Result[object, TransportError]] = []

    with talking(send_all) as server:
        connection = opened(server)

        def handler(*_: object) -> None:
            outcomes.append(connection.send("from the handler", 0.0))

        before = signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0013)
        try:
            received = [connection.receive(20.0).unwrap() for _ in range(count)]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)
        connection.close(1000)
    assert received == [str(number) for number in range(count)]
    assert len(outcomes) > 10
    assert {"ok" if is_ok(outcome) else outcome.failure().kind for outcome in outcomes} <= {"ok", "unsupported"}


@forks
@each_way
def test_a_forked_child_leaves_the_connection_to_its_parent(secure: bool) -> None:
    with talking(
        lambda peer: (peer.read_frame(), peer.send(text("still here"))), serving() if secure else None
    ) as server:
        connection = opened(server)

        def is_closed() -> bool:
            kind = connection.receive(1.0).failure().kind
            connection.close(1000)
            return kind == "closed"

        assert holds_in_child(is_closed)
        connection.send("are you", 1.0)
        assert connection.receive(10.0).unwrap() == "still here"
        connection.close(1000)


def test_two_threads_that_receive_share_the_frames() -> None:
    with talking(lambda peer: peer.send(*[text(str(number)) for number in range(100)], pause=0.0002)) as server:
        connection = opened(server)
        frames: list[Any] = []

        def receive() -> None:
            with suppress(RuntimeError):  # poll() of one thread at a time
                while (outcome := connection.receive(10.0)) and is_ok(outcome):
                    frames.append(outcome.unwrap())

        threads = [threading.Thread(target=receive) for _ in range(2)]
        for thread in threads:
            thread.start()
        while len(frames) < 100:
            time.sleep(0.001)
        connection.close(1000)
        for thread in threads:
            thread.join(20.0)
    assert sorted(frames, key=int) == [str(number) for number in range(100)]
