"""A signal handler may send on the transport of the thread that it interrupts, or close it.

The tests run the handler at the first line that a call executes in the transport's own files, then at the second,
and so on to the last, and once while the call waits.

Fact (Python's `signal` documentation): handlers run in the main thread, between two instructions.
"""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest
from helpers.signal_handlers import handled_at

import lensconnect.interpreters.transports.direct as package
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import Outcome, post
from lensconnect.interpreters.direct import DirectTransport
from lensconnect.interpreters.transports.direct.happy_eyeballs import AddressInfo
from lensconnect.interpreters.transports.direct.resolver import system_lookup
from lensconnect.results import is_ok

HOME = Path(package.__file__).parent
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
PATIENCE = 20.0


def answer(connection: ServerConnection) -> None:
    """Answer each request."""
    while True:
        connection.read_request()
        connection.send(OK)


def assert_ok_or_a_value(outcome: Outcome) -> None:
    """Assert that the call has succeeded, or was refused before it sent anything and not for lack of time."""
    assert is_ok(outcome) or (outcome.failure().kind in ("closed", "unsupported") and outcome.failure().sent == "no")


def call_with_handler(url: str, size: int, line: int, *, closes: bool) -> bool:
    """Handle a signal at one line of a call; return whether there was such a line."""
    outcomes: list[Outcome] = []
    with DirectTransport(max_connections=size) as call:

        def handler() -> None:
            outcomes.append(call(post(url), 10.0))
            if closes:
                call.close()

        assert is_ok(call(post(url), 10.0))
        with handled_at(line, handler, HOME) as has_run:
            outcome = call(post(url), 10.0)
        if closes and outcomes:
            assert_ok_or_a_value(outcome)
            assert call(post(url), 10.0).failure().kind == "closed"
        else:
            assert is_ok(outcome)
            assert is_ok(call(post(url), 10.0))
        for each in outcomes:
            assert_ok_or_a_value(each)
        return has_run()


@pytest.mark.parametrize("closes", [False, True], ids=["sends", "closes"])
@pytest.mark.parametrize("size", [1, 2])
def test_a_handler_at_any_line(size: int, closes: bool) -> None:
    """A handler never hangs, and with room for it, it succeeds; the interrupted call is not disturbed."""
    with PatientServer(answer) as peer, ThreadPoolExecutor(1) as thread:
        line = 1
        while thread.submit(call_with_handler, peer.url(), size, line, closes=closes).result(PATIENCE):
            line += 1
        assert line > 80


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no timer signals")
def test_a_handler_while_the_only_connection_is_in_use() -> None:
    """A real signal: the handler's call gets a value at once, and closing lets the interrupted call end."""
    arrived = threading.Event()
    outcomes: list[Outcome] = []

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        signal.pthread_kill(main, signal.SIGUSR1)
        arrived.wait(PATIENCE)
        connection.send(OK)
        connection.hang()

    def handler(_number: int, _frame: FrameType | None) -> None:
        outcomes.append(call(post(peer.url()), float("inf")))
        call.close()
        arrived.set()

    main = threading.main_thread().ident or 0
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with PatientServer(script) as peer, DirectTransport(max_connections=1) as call:
            assert is_ok(call(post(peer.url()), PATIENCE))
    finally:
        signal.signal(signal.SIGUSR1, before)
    (outcome,) = outcomes
    assert (outcome.failure().kind, outcome.failure().sent) == ("unsupported", "no")


def test_a_handler_that_looks_up_the_same_name() -> None:
    """Both calls share one look-up, or each has its own; neither waits for the other."""
    lookups: list[bytes] = []

    def lookup(host: bytes, port: int) -> list[AddressInfo]:
        lookups.append(host)
        return list(system_lookup(b"127.0.0.1", port))

    with PatientServer(answer) as peer, ThreadPoolExecutor(1) as thread:
        url = f"http://name.invalid:{peer.port}/"

        def interrupted(line: int) -> bool:
            outcomes: list[Outcome] = []
            with DirectTransport(resolve=lookup) as call:
                with handled_at(line, lambda: outcomes.append(call(post(url), 10.0)), HOME) as has_run:
                    outcomes.append(call(post(url), 10.0))
                assert all(map(is_ok, outcomes))
                return has_run()

        line = 1
        while thread.submit(interrupted, line).result(PATIENCE):
            line += 1
        assert len(lookups) > 80
