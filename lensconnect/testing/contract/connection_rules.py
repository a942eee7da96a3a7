"""Checks of kept connections: reused while they are usable, never mixed up, closed when they are not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from lensconnect.http import HttpRequest
from lensconnect.testing.contract.checks import *
from lensconnect.testing.contract.scripted_server import ScriptedServer, ServerConnection
from lensconnect.testing.contract.scripts import *

CALLERS: Final = 8
CROWD: Final = 80
"""More calls than a transport keeps connections, as far as its default limit is like those here (64)."""
_NESTED_STEP: Final = 1.2
"""The next line to interrupt a call at is so many times the last: a call executes a hundred lines or thousands."""


def _keeps_apart(_: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(echo) as server:
        for number in range(5):
            body = b"number %d" % number
            expect_reply((yield from call(post(server, body))), 200, body)


def _connection_close(_: Tolerances) -> CheckSteps[None]:
    """After `Connection: close` the transport closes the connection, even if the server does not."""
    with ScriptedServer(answer_each(lambda body: [with_length(body, headers=b"Connection: close\r\n")])) as server:
        for _turn in range(2):
            expect_reply((yield from call(post(server))))
        expect(server.connections == 2, "the connection was used again")
        yield from expect_closed(server)


def _closed_after(pieces: tuple[bytes, ...], _: Tolerances) -> CheckSteps[None]:
    """The transport closes a connection whose reply it did not read to the end."""
    with ScriptedServer(answer_once(*pieces)) as server:
        expect_error((yield from call(post(server))), "protocol too_large incomplete", "maybe yes")
        yield from expect_closed(server)


def _reply_or_error(ended: CallOutcome, body: bytes, sents: str) -> None:
    """Expect this body, or the error of a connection that broke."""
    if is_failure(ended):
        expect_error(ended, "incomplete reset protocol", sents)
    else:
        expect_reply(ended, 200, body)


def _stray_bytes(stray: bytes, pause: float, _: Tolerances) -> CheckSteps[None]:
    """Bytes after a reply, at once or later, never reach the next caller."""
    sent = threading.Event()

    def script(connection: ServerConnection) -> None:
        reply = with_length(connection.read_body())
        connection.send(reply, stray, pause=pause) if pause else connection.send(reply + stray)
        sent.set()
        echo(connection)

    with ScriptedServer(script) as server:
        expect_reply((yield from call(post(server, b"first"))), 200, b"first")
        yield from wait_until(sent.is_set, "the server did not get to send its bytes")
        sent.clear()
        _reply_or_error((yield from call(post(server, b"second"))), b"second", "no maybe yes")


def _late_reply(tolerances: Tolerances) -> CheckSteps[None]:
    """A reply that comes after its call has timed out never reaches the next caller."""
    released = threading.Event()

    def reply(body: bytes) -> list[bytes]:
        if body == b"slow":
            released.wait(2.0)
        return [with_length(body)]

    with ScriptedServer(answer_each(reply)) as server:
        expect_error((yield from call(post(server, b"slow"), tolerances.seconds)), "timeout", "maybe")
        released.set()
        for body in (b"fast", b"faster"):
            expect_reply((yield from call(post(server, body))), 200, body)


def _not_sent_again(
    request: Callable[[ScriptedServer], HttpRequest], end: Callable[[ServerConnection], None], _: Tolerances
) -> CheckSteps[None]:
    """A request on a kept connection that then breaks may have arrived, so it is not sent again."""

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        if len(server.requests) == 1:
            connection.send(EMPTY)
            connection.read_request()
        end(connection)

    with ScriptedServer(script) as server:
        expect_reply((yield from call(request(server))))
        expect_error((yield from call(request(server))), "incomplete reset protocol", "maybe")
        expect(len(server.requests) == 2, f"the second request was sent {len(server.requests) - 1} times")


def _closed_while_idle(_: Tolerances) -> CheckSteps[None]:
    """The transport notices that the server closed an idle connection, or reports "maybe"."""
    closed = threading.Event()

    def script(connection: ServerConnection) -> None:
        connection.send(with_length(connection.read_body()))
        connection.socket.close()
        closed.set()

    with ScriptedServer(script) as server:
        for _turn in range(2):
            _reply_or_error((yield from call(post(server, b"body"))), b"body", "no maybe")
            yield from wait_until(closed.is_set, "the server did not get to close")
        expect(len(server.requests) <= 2, "a request was sent again")


def _concurrent(_: Tolerances) -> CheckSteps[None]:
    """Concurrent calls with different bodies each get their own reply."""
    with ScriptedServer(echo_after(lambda body: len(body) % 7 / 1000)) as server:
        for turn in range(4):
            bodies = [b"%d " % turn + b"x" * (number * 3 + turn) for number in range(CALLERS)]
            outcomes = yield from call_together([post(server, body) for body in bodies])
            for ended, body in zip(outcomes, bodies, strict=True):
                expect_reply(ended, 200, body)


def _concurrent_failures(tolerances: Tolerances) -> CheckSteps[None]:
    """The failure of one call changes no other."""

    def script(connection: ServerConnection) -> None:
        while True:
            body = connection.read_body()
            if body.startswith(b"hang"):
                connection.hang()
                return
            connection.send(CHUNKED + b"no" if body.startswith(b"bad") else with_length(body))

    with ScriptedServer(script) as server:
        bodies = [(b"hang", b"bad", b"good")[number % 3] + b" %d" % number for number in range(CALLERS)]
        for _ in range(2):
            outcomes = yield from call_together([post(server, body) for body in bodies], tolerances.seconds)
            for ended, body in zip(outcomes, bodies, strict=True):
                if body.startswith(b"good"):
                    expect_reply(ended, 200, body)
                else:
                    expect_error(ended, "timeout protocol incomplete", "maybe yes")


def _hang_or_echo(connection: ServerConnection) -> None:
    """Answer each request with its body; never answer the body "hang"."""
    while (body := connection.read_body()) != b"hang":
        connection.send(with_length(body))
    connection.hang()


def _crowd_is_served(server: ScriptedServer) -> CheckSteps[None]:
    bodies = [b"%d" % number for number in range(CROWD)]
    outcomes = yield from call_together([post(server, body) for body in bodies])
    for ended, body in zip(outcomes, bodies, strict=True):
        expect_reply(ended, 200, body)


def _crowd_times_out(tolerances: Tolerances) -> CheckSteps[None]:
    """Calls that time out, in use or waiting for a connection, leave room for as many others."""
    with ScriptedServer(_hang_or_echo) as server:
        outcomes = yield from call_together([post(server, b"hang")] * CROWD, tolerances.seconds)
        for ended in outcomes:
            expect_error(ended, "timeout", "no maybe")
        yield from _crowd_is_served(server)


def _crowd_cancelled(_: Tolerances) -> CheckSteps[None]:
    """Calls that are cancelled, in use or waiting for a connection, leave room for as many others."""
    with ScriptedServer(_hang_or_echo) as server:
        delays = [0.1 + number % 4 * 0.02 for number in range(CROWD)]
        yield from call_together([post(server, b"hang")] * CROWD, cancel_after=delays)
        yield from _crowd_is_served(server)


def _called_inside_a_call(_: Tolerances) -> CheckSteps[None]:
    """A call that interrupts another one in its thread, as a signal handler's may, has an outcome and changes no other."""
    with ScriptedServer(echo) as server:
        line, interrupted = 1, True
        while interrupted:
            outcomes = yield from call_inside(post(server, b"outer"), post(server, b"inner"), line)
            expect_reply(outcomes[0], 200, b"outer")
            interrupted = len(outcomes) > 1
            for inner in outcomes[1:]:
                if is_failure(inner):
                    expect(inner.took < _AT_ONCE, "the call inside another one was not refused at once", "time")
                    expect_error(inner, "closed unsupported", "no")
                else:
                    expect_reply(inner, 200, b"inner")
            line = int(line * _NESTED_STEP) + 1


def _cancelled(pieces: tuple[bytes, ...], _: Tolerances) -> CheckSteps[None]:
    """Cancelling a call raises the loop's cancellation in the caller and closes the connection.

    An error reporter shows the frames of an exception with their local variables: none holds a secret.
    """
    with ScriptedServer(answer_once(*pieces)) as server:
        request = post(server, url=server.url("/canary"))  # an operation's path would be shown
        (ended,) = yield from call_together([request], cancel_after=[0.15])
        expect(ended.cancelled, "the call did not end as cancelled")
        expect(CANARY not in ended.frames, "a local variable in the frames of the cancellation shows a secret")
        yield from expect_closed(server)


def _cancelled_among_others(_: Tolerances) -> CheckSteps[None]:
    """Cancelling some calls changes neither the others nor later ones."""
    with ScriptedServer(echo_after(lambda _: 0.1)) as server:
        for turn in range(3):
            bodies = [b"%d %d" % (turn, number) for number in range(CALLERS)]
            delays = [0.03 * (number + turn) if number % 2 else None for number in range(CALLERS)]
            outcomes = yield from call_together([post(server, body) for body in bodies], cancel_after=delays)
            for ended, body in zip(outcomes, bodies, strict=True):
                if not ended.cancelled:
                    expect_reply(ended, 200, body)


_AT_ONCE: Final = 2.5
"""Seconds; half the time limit of the call."""
_STRAY_REPLY: Final = with_length(b"stray", line=b"HTTP/1.1 203 No\r\n")
_ENCODED: Final = with_length(b"hi", headers=b"Content-Encoding: gzip\r\n")[:-1]
_MANY_HEADERS: Final = OK + b"A: b\r\n" * 2000 + b"\r\n"

CONNECTION_RULES: Final[CheckTable] = {
    "kept: every request has its own reply": _keeps_apart,
    "kept: not after Connection: close": _connection_close,
    "kept: not after a bad chunk": partial(_closed_after, (CHUNKED, b"xyz\r\n")),
    "kept: not after a content encoding": partial(_closed_after, (_ENCODED,)),
    "kept: not after too many headers": partial(_closed_after, (_MANY_HEADERS,)),
    "stray: a reply behind the reply": partial(_stray_bytes, _STRAY_REPLY, 0.0),
    "stray: a reply while idle": partial(_stray_bytes, _STRAY_REPLY, 0.05),
    "stray: the beginning of one behind the reply": partial(_stray_bytes, _STRAY_REPLY[:20], 0.0),
    "stray: a 103 while idle": partial(_stray_bytes, HINTS, 0.05),
    "stray: a late reply": _late_reply,
    "stale: a POST is not sent again": partial(_not_sent_again, post, ServerConnection.finish),
    "stale: a GET is not sent again": partial(_not_sent_again, get, ServerConnection.finish),
    "stale: a GET is not sent again after a reset": partial(_not_sent_again, get, ServerConnection.reset),
    "stale: closed while idle": _closed_while_idle,
    "concurrent: each call has its own reply": _concurrent,
    "concurrent: a failure changes no other call": _concurrent_failures,
    "concurrent: a crowd that times out leaves its room": _crowd_times_out,
}

INTERRUPT_RULES: Final[CheckTable] = {
    "interrupted: by a call of a signal handler": _called_inside_a_call,
}

CANCELLATION_RULES: Final[CheckTable] = {
    "cancelled: before the reply": partial(_cancelled, ()),
    "cancelled: inside the body": partial(_cancelled, (OK + b"Content-Length: 10\r\n\r\n", b"abc")),
    "cancelled: among others": _cancelled_among_others,
    "cancelled: a crowd leaves its room": _crowd_cancelled,
}
