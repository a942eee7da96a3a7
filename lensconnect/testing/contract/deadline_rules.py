"""Checks of time, and of what is said to have been sent: phase by phase.

not yet connected   -> sent "no"
connected           -> sent "maybe", from the first byte of the request on
final head read     -> sent "yes"
"""

from __future__ import annotations

import math
import socket
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain, repeat
from typing import Final

from lensconnect.http import HttpRequest
from lensconnect.testing.contract.checks import (
    CheckSteps,
    CheckTable,
    Tolerances,
    call,
    expect,
    expect_closed,
    expect_error,
    expect_in_time,
    expect_reply,
    post,
)
from lensconnect.testing.contract.peer import Deaf, Peer, Talk
from lensconnect.testing.contract.reply_rules import CHUNKED, HINTS, OK
from lensconnect.testing.contract.request_rules import EMPTY, answering

__all__ = ["TIMING"]

SILENT: Final[dict[str, tuple[tuple[bytes, ...], str]]] = {
    "silent before the reply": ((), "maybe"),
    "silent inside the head": ((OK + b"Content-Type: applic",), "maybe"),
    "silent after a 103": ((HINTS,), "maybe"),
    "silent inside the body": ((OK + b"Content-Length: 10\r\n\r\n", b"abc"), "yes"),
    "silent inside a chunk": ((CHUNKED, b"5\r\nabc"), "yes"),
}

DRIPPING: Final[dict[str, tuple[bytes, Iterable[bytes], str]]] = {
    "dripping status line": (b"HTTP/1.1 200 ", (b"x",), "maybe"),
    "dripping head": (OK, (b"X-A: b\r\n",), "maybe"),
    "dripping 1xx": (b"", (HINTS,), "maybe"),
    "dripping body": (OK + b"Content-Length: 500000\r\n\r\n", (b"x",), "yes"),
    "dripping chunks": (CHUNKED, (b"1\r\nx\r\n",), "yes"),
}


def _silent(said: tuple[bytes, ...], sent: str, tolerances: Tolerances) -> CheckSteps[None]:
    def script(talk: Talk) -> None:
        talk.request()
        talk.say(*said)
        talk.hang()

    with Peer(script) as peer:
        answer = yield from call(post(peer), tolerances.seconds)
        expect_error(answer, "timeout", sent)
        expect_in_time(answer, tolerances)
        yield from expect_closed(peer)


def _dripping(begun: bytes, drops: Iterable[bytes], sent: str, tolerances: Tolerances) -> CheckSteps[None]:
    def script(talk: Talk) -> None:
        talk.request()
        talk.drip(chain([begun], *repeat(drops, 1000)))

    with Peer(script) as peer:
        answer = yield from call(post(peer), tolerances.seconds)
        expect_error(answer, "timeout", sent)
        expect_in_time(answer, tolerances)


def _unread(tolerances: Tolerances) -> CheckSteps[None]:
    """A peer that takes the beginning of a large request and no more."""
    with Peer(Talk.sit) as peer:
        answer = yield from call(post(peer, bytes(30_000_000)), tolerances.seconds)
        expect_error(answer, "timeout", "maybe")
        expect_in_time(answer, tolerances)


def _handshake(begin: Callable[[Talk], None], tolerances: Tolerances) -> CheckSteps[None]:
    """TLS that is never finished."""
    with Peer(begin) as peer:
        answer = yield from call(post(peer, url=peer.url(scheme="https")), tolerances.seconds)
        expect_error(answer, "timeout", "no")
        expect_in_time(answer, tolerances)


def _drip_handshake(talk: Talk) -> None:
    """The head of a TLS record of 16 KiB, and then its bytes one by one."""
    talk.say(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb")
    talk.drip(repeat(b"\x03"))


def _no_tls(begin: Callable[[Talk], None], _: Tolerances) -> CheckSteps[None]:
    """Where a handshake fails nothing has been sent."""
    with Peer(begin) as peer:
        expect_error((yield from call(post(peer, url=peer.url(scheme="https")))), "tls connect reset incomplete", "no")
        expect(not peer.requests, "it was sent")


def _plain(talk: Talk) -> None:
    talk.say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    talk.finish()


def _not_answering(tolerances: Tolerances) -> CheckSteps[None]:
    with Deaf() as deaf:
        answer = yield from call(HttpRequest("GET", f"http://127.0.0.1:{deaf.port}/canary"), tolerances.seconds)
        expect_error(answer, "timeout", "no")
        expect_in_time(answer, tolerances)


def _nobody(_: Tolerances) -> CheckSteps[None]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/canary"
        expect_error((yield from call(HttpRequest("GET", url))), "connect", "no")


def _no_name(_: Tolerances) -> CheckSteps[None]:
    """A label longer than any name has: no resolver has to be asked."""
    expect_error(
        (yield from call(HttpRequest("GET", f"http://{'a' * 64}.invalid/canary"))), "name connect unsupported", "no"
    )


def _no_time(seconds: float, _: Tolerances) -> CheckSteps[None]:
    with Peer(partial(answering, EMPTY)) as peer:
        expect_error((yield from call(post(peer), seconds)), "timeout", "no")
        expect(not peer.requests, "it was sent")


def _no_limit(_: Tolerances) -> CheckSteps[None]:
    with Peer(partial(answering, EMPTY)) as peer:
        expect_reply((yield from call(post(peer), math.inf)), 200)


TIMING: Final[CheckTable] = {
    "time: none left": partial(_no_time, 0.0),
    "time: less than none": partial(_no_time, -1.0),
    "time: no number": partial(_no_time, math.nan),
    "time: no limit": _no_limit,
    **{f"time: {name}": partial(_silent, *row) for name, row in SILENT.items()},
    **{f"time: {name}": partial(_dripping, *row) for name, row in DRIPPING.items()},
    "time: a peer that never reads": _unread,
    "time: a peer that never connects": _not_answering,
    "time: a handshake that hangs": partial(_handshake, Talk.hang),
    "time: a dripping handshake": partial(_handshake, _drip_handshake),
    "unsent: nobody listens": _nobody,
    "unsent: no such name": _no_name,
    "unsent: plain text behind https": partial(_no_tls, _plain),
    "unsent: closed in the handshake": partial(_no_tls, Talk.finish),
    "unsent: reset in the handshake": partial(_no_tls, Talk.reset),
}
