"""Checks of kept connections: used again when they are good, never mixed up, closed when they are not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from lensconnect.testing.contract.checks import (
    CheckSteps,
    CheckTable,
    MakeCalls,
    Tolerances,
    TransportCall,
    call,
    expect,
    expect_closed,
    expect_error,
    expect_reply,
    get,
    is_failure,
    post,
    wait_until,
)
from lensconnect.testing.contract.peer import Peer, Talk
from lensconnect.testing.contract.reply_rules import CHUNKED
from lensconnect.testing.contract.request_rules import EMPTY

__all__ = ["CANCELLING", "CONNECTIONS"]

CALLERS: Final = 8


def _reply(body: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (more, len(body), body)


def echo(talk: Talk) -> None:
    """CallOutcome every request with its own body."""
    while True:
        talk.say(_reply(talk.request()))


def _reused(_: Tolerances) -> CheckSteps[None]:
    with Peer(echo) as peer:
        for number in range(5):
            body = b"number %d" % number
            expect_reply((yield from call(post(peer, body))), 200, body)


def _close_means_close(_: Tolerances) -> CheckSteps[None]:
    """After `Connection: close` the connection is closed, even if the peer does not."""

    def script(talk: Talk) -> None:
        while True:
            talk.say(_reply(talk.request(), b"Connection: close\r\n"))

    with Peer(script) as peer:
        for _turn in range(2):
            expect_reply((yield from call(post(peer))))
        expect(peer.connections == 2, "the connection was used again")
        yield from expect_closed(peer)


def _closed_after(said: tuple[bytes, ...], _: Tolerances) -> CheckSteps[None]:
    """What cannot be read to its end closes the connection."""

    def script(talk: Talk) -> None:
        talk.request()
        talk.say(*said)
        talk.hang()

    with Peer(script) as peer:
        expect_error((yield from call(post(peer))), "protocol too_large incomplete", "maybe yes")
        yield from expect_closed(peer)


def _stray(stray: bytes, when: float, _: Tolerances) -> CheckSteps[None]:
    """Bytes that nobody asked for reach nobody."""
    said = threading.Event()

    def script(talk: Talk) -> None:
        whole = _reply(talk.request())
        talk.say(whole, stray, pause=when) if when else talk.say(whole + stray)
        said.set()
        echo(talk)

    with Peer(script) as peer:
        expect_reply((yield from call(post(peer, b"first"))), 200, b"first")
        yield from wait_until(said.is_set, "the peer did not get to speak")
        said.clear()
        answer = yield from call(post(peer, b"second"))
        if is_failure(answer):
            expect_error(answer, "protocol reset incomplete", "no maybe yes")
        else:
            expect_reply(answer, 200, b"second")


def _late(tolerances: Tolerances) -> CheckSteps[None]:
    """A reply that comes after its time is nobody's."""
    go = threading.Event()

    def script(talk: Talk) -> None:
        body = talk.request()
        if body == b"slow":
            go.wait(2.0)
        talk.say(_reply(body))
        echo(talk)

    with Peer(script) as peer:
        expect_error((yield from call(post(peer, b"slow"), tolerances.seconds)), "timeout", "maybe")
        go.set()
        for body in (b"fast", b"faster"):
            expect_reply((yield from call(post(peer, body))), 200, body)


def _silent_resending(
    request: Callable[[Peer], object], end: Callable[[Talk], None], _: Tolerances
) -> CheckSteps[None]:
    """A kept connection that breaks under a request: it may have arrived, so it is not sent again."""

    def script(talk: Talk) -> None:
        for count in range(2):
            talk.request()
            if len(peer.requests) > 1 or count:
                end(talk)
                return
            talk.say(EMPTY)

    with Peer(script) as peer:
        made = get if request is get else post
        expect_reply((yield from call(made(peer))))
        expect_error((yield from call(made(peer))), "incomplete reset protocol", "maybe")
        expect(len(peer.requests) == 2, f"the second request was sent {len(peer.requests) - 1} times")


def _closed_while_idle(_: Tolerances) -> CheckSteps[None]:
    """A connection the peer has closed is seen to be closed, or its request is "maybe"."""
    closed = threading.Event()

    def script(talk: Talk) -> None:
        talk.say(_reply(talk.request()))
        talk.socket.close()
        closed.set()

    with Peer(script) as peer:
        for _turn in range(2):
            answer = yield from call(post(peer, b"body"))
            if is_failure(answer):
                expect_error(answer, "incomplete reset protocol", "no maybe")
            else:
                expect_reply(answer, 200, b"body")
            yield from wait_until(closed.is_set, "the peer did not get to close")
        expect(len(peer.requests) <= 2, "a request was sent again")


def _crowd(_: Tolerances) -> CheckSteps[None]:
    """Many at a time, each with its own words, over connections that are kept."""

    def script(talk: Talk) -> None:
        while True:
            body = talk.request()
            time.sleep(len(body) % 7 / 1000)
            talk.say(_reply(body))

    with Peer(script) as peer:
        for turn in range(4):
            bodies = [b"%d " % turn + b"x" * (number * 3 + turn) for number in range(CALLERS)]
            answers = yield MakeCalls(tuple(TransportCall(post(peer, body), 5.0) for body in bodies))
            for answer, body in zip(answers, bodies, strict=True):
                expect_reply(answer, 200, body)


def _one_fails(tolerances: Tolerances) -> CheckSteps[None]:
    """The failure of one is nobody else's."""

    def script(talk: Talk) -> None:
        while True:
            body = talk.request()
            if body.startswith(b"hang"):
                talk.hang()
                return
            talk.say(CHUNKED + b"no" if body.startswith(b"bad") else _reply(body))

    with Peer(script) as peer:
        bodies = [(b"hang", b"bad", b"good")[number % 3] + b" %d" % number for number in range(CALLERS)]
        for _ in range(2):
            answers = yield MakeCalls(tuple(TransportCall(post(peer, body), tolerances.seconds) for body in bodies))
            for answer, body in zip(answers, bodies, strict=True):
                if body.startswith(b"good"):
                    expect_reply(answer, 200, body)
                else:
                    expect_error(answer, "timeout protocol incomplete", "maybe yes")


def _cancelled(said: tuple[bytes, ...], _: Tolerances) -> CheckSteps[None]:
    """Cancelling comes through to the caller, and closes the connection."""

    def script(talk: Talk) -> None:
        talk.request()
        talk.say(*said)
        talk.hang()

    with Peer(script) as peer:
        answers = yield MakeCalls((TransportCall(post(peer), 5.0, 0.15),))
        expect(answers[0].cancelled, "cancelling did not come through")
        yield from expect_closed(peer)


def _cancelled_among_others(_: Tolerances) -> CheckSteps[None]:
    """Cancelling some harms none of the others, then or later."""

    def script(talk: Talk) -> None:
        while True:
            body = talk.request()
            time.sleep(0.1)
            talk.say(_reply(body))

    with Peer(script) as peer:
        for turn in range(3):
            bodies = [b"%d %d" % (turn, number) for number in range(CALLERS)]
            after = [0.03 * (number + turn) if number % 2 else None for number in range(CALLERS)]
            answers = yield MakeCalls(
                tuple(TransportCall(post(peer, *(body,)), 5.0, one) for body, one in zip(bodies, after, strict=True))
            )
            for answer, body in zip(answers, bodies, strict=True):
                if not answer.cancelled:
                    expect_reply(answer, 200, body)


_OTHER: Final = _reply(b"stray").replace(b"200 OK", b"203 No")

CONNECTIONS: Final[CheckTable] = {
    "kept: every request has its own reply": _reused,
    "kept: not after Connection: close": _close_means_close,
    "kept: not after a bad chunk": partial(_closed_after, (CHUNKED, b"xyz\r\n")),
    "kept: not after a content encoding": partial(_closed_after, (_reply(b"hi", b"Content-Encoding: gzip\r\n")[:-1],)),
    "kept: not after too many headers": partial(
        _closed_after, (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 2000 + b"\r\n",)
    ),
    "stray: a reply behind the reply": partial(_stray, _OTHER, 0.0),
    "stray: a reply while idle": partial(_stray, _OTHER, 0.05),
    "stray: the beginning of one behind the reply": partial(_stray, _OTHER[:20], 0.0),
    "stray: a 103 while idle": partial(_stray, b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.05),
    "stray: a late reply": _late,
    "stale: a POST is not sent again": partial(_silent_resending, post, Talk.finish),
    "stale: a GET is not sent again": partial(_silent_resending, get, Talk.finish),
    "stale: a GET is not sent again after a reset": partial(_silent_resending, get, Talk.reset),
    "stale: closed while idle": _closed_while_idle,
    "together: each has its own reply": _crowd,
    "together: one fails alone": _one_fails,
}

CANCELLING: Final[CheckTable] = {
    "cancelled: before the reply": partial(_cancelled, ()),
    "cancelled: inside the body": partial(_cancelled, (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", b"abc")),
    "cancelled: among others": _cancelled_among_others,
}
