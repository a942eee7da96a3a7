"""A KeyboardInterrupt at any line leaves the transport usable and shows no secret.

The tests raise KeyboardInterrupt at the first line a call executes in the transport's own files, then
at the second, and so on to the last, with a fresh connection and with a kept one.
"""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

import pytest
from helpers.signal_handlers import interrupted_at
from rich.console import Console
from rich.traceback import Traceback

import lensconnect.interpreters.transports.direct as package
from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer, ServerConnection
from lensconnect.http import HttpRequest
from lensconnect.interpreters.direct import DirectTransport

HOME = str(Path(package.__file__).parent)
TOKEN = "a-secret-token"
SECRETS = (TOKEN, "secret-path", "secret-words", "secret-reply")


def echo(connection: ServerConnection) -> None:
    """Answer each request with its body and one more word."""
    while True:
        body = connection.read_body() + b" secret-reply"
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def ask(url: str) -> HttpRequest:
    """Return a request with a secret in each part."""
    return HttpRequest("POST", url, (("X-Amz-Bearer", TOKEN), ("Content-Type", "text/plain")), b"secret-words")


@contextmanager
def collector_off() -> Generator[None]:
    """Collect nothing for this long."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def frames(trace: TracebackType | None) -> Iterator[FrameType]:
    """Return the frames of the transport in a traceback."""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(HOME):
            yield trace.tb_frame
        trace = trace.tb_next


def assert_no_secret_in_frames(error: BaseException) -> None:
    """Assert that no local variable of a frame shows a secret."""
    for frame in frames(error.__traceback__):
        for name, value in frame.f_locals.items():
            try:
                shown = repr(value)
            except AttributeError:  # half built when it was_raised
                continue
            assert not any(secret in shown for secret in SECRETS), (frame.f_code.co_name, name)


def interrupt_call(call: DirectTransport, url: str, line: int, kept: list[BaseException]) -> bool:
    """Interrupt one call at one line; keep the exception; return whether there was such a line."""
    with interrupted_at(line, HOME) as was_raised:
        try:
            reply = call(ask(url), 10.0).unwrap()
        except KeyboardInterrupt as error:
            sys.settrace(None)
            assert_no_secret_in_frames(error)
            kept.append(error)
        else:
            assert reply.body == b"secret-words secret-reply"
        return was_raised()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize(
    "secure", [pytest.param(False, id="plain"), pytest.param(True, id="tls", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("kept", [False, True], ids=["fresh", "kept"])
def test_an_interrupt_at_any_line(secure: bool, kept: bool) -> None:
    """The next call succeeds, with its own reply, in the only slot of the pool.

    The collector is off, and the exception and so its frames are kept until then: neither may hold the slot.
    A socket that was just about to be handed on is closed by the collector, hence the warnings.  The strikes
    have a thread of their own: an exception out of a trace function, inside an `except`, leaves the one handled
    there behind in `sys.exc_info()` for as long as the thread lives.
    """
    with PatientServer(echo, serving() if secure else None) as peer, ThreadPoolExecutor(1) as thread:
        line, goes_on = 0, True
        while goes_on:
            line += 1
            errors: list[BaseException] = []
            with collector_off(), DirectTransport(ssl_context=trusting(), max_connections=1) as call:
                if kept:
                    call(ask(peer.url("/first")), 10.0).unwrap()
                url = peer.url("/secret-path?secret-path")
                goes_on = thread.submit(interrupt_call, call, url, line, errors).result()
                reply = call(HttpRequest("POST", peer.url(), (), b"next"), 10.0).unwrap()
                assert reply.body == b"next secret-reply"
        assert line > 80


def test_a_rich_traceback_with_locals_shows_no_secret() -> None:
    """The traceback that rich prints shows no secret."""

    ticks = iter([0.0] * 3)

    def clock() -> float:
        for tick in ticks:
            return tick
        raise KeyboardInterrupt

    with PatientServer(echo) as peer, DirectTransport(clock=clock) as call:
        request = ask(peer.url("/secret-path?secret-path"))
        with pytest.raises(KeyboardInterrupt) as caught:
            call(request, 10.0)
        text = io.StringIO()
        shown = Traceback.from_exception(
            caught.type, caught.value, caught.tb, show_locals=True, locals_max_string=10_000
        )
        Console(file=text, width=400).print(shown)
        assert "exchange" in text.getvalue()
        assert not any(secret in text.getvalue() for secret in (TOKEN, "secret-words"))
