"""No log, no traceback with local variables and no repr shows a URL or a text; an interrupt leaves no connection."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType, TracebackType

import pytest
from helpers.signal_handlers import interrupted_at

import lensconnect.interpreters as package
from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer
from interpreters.sockets.helpers.drivers import DRIVERS, MEGABYTE
from interpreters.sockets.helpers.peer import Peer, close, frame, talking, text, url_of, wait_until_left
from lensconnect.interpreters.direct import DirectTransport
from lensconnect.interpreters.sockets.sync_socket import DirectSockets
from lensconnect.interpreters.sockets.websocket import WebSocket
from lensconnect.programs.effects import OpenSocket

HOME = Path(package.__file__).parent
SECRETS = ("secret-ticket", "secret-text", "secret-reason")


@pytest.mark.parametrize("name", DRIVERS)
def test_nothing_is_logged_at_any_level(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither for a WebSocket that works, nor for one whose frames break the rules."""
    caplog.set_level(1)
    import websockets.client  # noqa: F401 - so that its logger is there

    for logger in ("websockets", "websockets.client", "lensconnect.websockets", "lensconnect"):
        caplog.set_level(1, logger=logger)
    for last in (close(1001, b"secret-reason"), frame(1, b"\xffsecret-text"), b"\xc1\x0bsecret-text"):
        with (
            talking(lambda peer, last=last: peer.send(text("secret-text"), frame(9, b"secret-text"), last)) as server,
            DRIVERS[name]() as driver,
        ):
            opened = driver.open(url_of(server)).unwrap()
            opened.send("secret-text")
            assert opened.receive().unwrap() == "secret-text"
            error = opened.receive().failure()
            assert "secret" not in f"{error!r} {error}"
    assert [record for record in caplog.records if record.name not in ("asyncio", "trio")] == []
    assert not [secret for secret in SECRETS if secret in caplog.text]


def test_no_repr_shows_a_secret() -> None:
    opening = OpenSocket("wss://chat.example/participant/socket?ticket=secret-ticket", 1.0, MEGABYTE)
    assert "secret" not in repr(opening)
    assert repr(WebSocket(opening)) == "<WebSocket to chat.example>"


def frames_of(trace: TracebackType | None) -> Iterator[FrameType]:
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(str(HOME)):
            yield trace.tb_frame
        trace = trace.tb_next


def interrupted(call: Callable[[], None], line: int) -> bool:
    """Raise KeyboardInterrupt at the given line of the package; return whether there was such a line."""
    caught: KeyboardInterrupt | None = None
    with interrupted_at(line, HOME) as was_raised:
        try:
            call()
        except KeyboardInterrupt as error:
            caught = error
    for each in frames_of(caught and caught.__traceback__):
        for name, value in each.f_locals.items():
            try:
                shown = repr(value)
            except AttributeError:  # half built
                continue
            assert not [secret for secret in SECRETS if secret in shown], (each.f_code.co_name, name)
    assert was_raised() == (caught is not None)
    return caught is not None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_an_interrupt_of_an_opening_at_any_line_shows_no_secret_and_leaves_no_connection(secure: bool) -> None:
    """A socket that was just about to be handed on is closed by the collector, hence the warnings."""
    with (
        talking(lambda peer: peer.send(text("hello")), serving() if secure else None) as server,
        ThreadPoolExecutor(1) as thread,
    ):
        line = interrupt_each_line(server, thread)
        assert line > 100
        gc.collect()
        wait_until_left(server)


def interrupt_each_line(server: PatientServer, thread: ThreadPoolExecutor) -> int:
    """Interrupt openings, each one a few lines later, until one is not interrupted; return the number of its lines."""
    sockets = DirectSockets(DirectTransport(ssl_context=trusting()))

    def open_one() -> None:
        opened = sockets(OpenSocket(url_of(server), 10.0, MEGABYTE)).unwrap()
        sys.settrace(None)
        opened.close(1000)

    line = 1
    while thread.submit(interrupted, open_one, line).result():
        line += 1
    return line


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed:ResourceWarning")
def test_a_receive_goes_on_after_an_interrupt_or_is_lost() -> None:
    """After an interrupt at any line there is another frame, or a loss; closing works in any case."""

    def send_three(peer: Peer) -> None:
        peer.read_frame()
        peer.send(*[text(str(number)) for number in range(3)], pause=0.001)

    with (
        talking(send_three) as server,
        ThreadPoolExecutor(1) as thread,
    ):
        goes_on, line = True, 0
        while goes_on:
            line += 1
            sockets = DirectSockets(DirectTransport())
            opened = sockets(OpenSocket(url_of(server), 10.0, MEGABYTE)).unwrap()
            opened.send("go", 10.0)
            came: list[object] = []
            goes_on = thread.submit(
                interrupted, lambda opened=opened, came=came: came.append(opened.receive(10.0)), line
            ).result()
            outcome = opened.receive(10.0)
            if outcome.value_or(None) is None:
                assert outcome.failure().kind == "protocol"
            opened.close(1000)
            opened.close(1000)
        assert line > 30
        gc.collect()
        wait_until_left(server)
