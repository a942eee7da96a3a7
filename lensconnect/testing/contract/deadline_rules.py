"""Checks of the time limit, and of the value of `sent`, in each phase of an attempt.

not yet connected                   -> sent "no"
from the first byte of the request  -> sent "maybe"
from a complete final reply head    -> sent "yes"
"""

from __future__ import annotations

import math
import socket
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain, repeat
from typing import Final

from lensconnect.http import HttpRequest
from lensconnect.testing.contract.checks import *
from lensconnect.testing.contract.scripted_server import ScriptedServer, ServerConnection, UnresponsiveListener
from lensconnect.testing.contract.scripts import *

SILENT: Final[dict[str, tuple[tuple[bytes, ...], str]]] = {
    "silent before the reply": ((), "maybe"),
    "silent inside the head": ((OK + b"Content-Type: applic",), "maybe"),
    "silent after a 103": ((HINTS,), "maybe"),
    "silent inside the body": ((OK + b"Content-Length: 10\r\n\r\n", b"abc"), "yes"),
    "silent inside a chunk": ((CHUNKED, b"5\r\nabc"), "yes"),
}
"""The pieces of a reply after which nothing more comes, and `sent` of the timeout."""

DRIPPING: Final[dict[str, tuple[bytes, Iterable[bytes], str]]] = {
    "dripping status line": (b"HTTP/1.1 200 ", (b"x",), "maybe"),
    "dripping head": (OK, (b"X-A: b\r\n",), "maybe"),
    "dripping 1xx": (b"", (HINTS,), "maybe"),
    "dripping body": (OK + b"Content-Length: 500000\r\n\r\n", (b"x",), "yes"),
    "dripping chunks": (CHUNKED, (b"1\r\nx\r\n",), "yes"),
}
"""The beginning of a reply, the pieces that are then repeated slowly, and `sent` of the timeout."""


def _times_out(request: HttpRequest, sent: str, tolerances: Tolerances) -> CheckSteps[None]:
    """Expect this attempt to end when its time is over."""
    ended = yield from call(request, tolerances.seconds)
    expect_error(ended, "timeout", sent)
    expect_in_time(ended, tolerances)


def _silent(pieces: tuple[bytes, ...], sent: str, tolerances: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(answer_once(*pieces)) as server:
        yield from _times_out(post(server), sent, tolerances)
        yield from expect_closed(server)


def _dripping(begin: bytes, drops: Iterable[bytes], sent: str, tolerances: Tolerances) -> CheckSteps[None]:
    def drip(connection: ServerConnection) -> None:
        connection.drip(chain([begin], *repeat(drops, 1000)))

    with ScriptedServer(answer_once(end=drip)) as server:
        yield from _times_out(post(server), sent, tolerances)


def _unread_request(tolerances: Tolerances) -> CheckSteps[None]:
    """The server reads only the beginning of a large request."""
    with ScriptedServer(ServerConnection.ignore) as server:
        yield from _times_out(post(server, bytes(30_000_000)), "maybe", tolerances)


def _endless_handshake(script: Callable[[ServerConnection], None], tolerances: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(script) as server:
        yield from _times_out(post(server, url=server.url(scheme="https")), "no", tolerances)


def _drip_handshake(connection: ServerConnection) -> None:
    """Send the header of a TLS record of 16 KiB, then its bytes one by one."""
    connection.send(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb")
    connection.drip(repeat(b"\x03"))


def _failed_handshake(script: Callable[[ServerConnection], None], _: Tolerances) -> CheckSteps[None]:
    """Nothing is sent when a handshake fails."""
    with ScriptedServer(script) as server:
        ended = yield from call(post(server, url=server.url(scheme="https")))
        expect_error(ended, "tls connect reset incomplete", "no")
        expect(not server.requests, "the request was sent")


def _reset_in_handshake(connection: ServerConnection) -> None:
    """Reset after the first byte of the client's hello.

    A reset before it makes the `wrap_socket` of CPython 3.11 leave a socket open that its caller never gets
    (observed with 3.11.7; not with 3.12.1).
    """
    connection.socket.recv(1)
    connection.reset()


def _answer_in_plain_text(connection: ServerConnection) -> None:
    connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    connection.finish()


def _unresponsive(tolerances: Tolerances) -> CheckSteps[None]:
    with UnresponsiveListener() as listener:
        yield from _times_out(HttpRequest("GET", f"http://127.0.0.1:{listener.port}/canary"), "no", tolerances)


def _refused_connection(_: Tolerances) -> CheckSteps[None]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/canary"
        expect_error((yield from call(HttpRequest("GET", url))), "connect", "no")


def _unknown_host(_: Tolerances) -> CheckSteps[None]:
    """The name has a label longer than DNS allows (63), so that no resolver is asked."""
    ended = yield from call(HttpRequest("GET", f"http://{'a' * 64}.invalid/canary"))
    expect_error(ended, "name connect unsupported", "no")


def _no_time(seconds: float, _: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(answer_with(EMPTY)) as server:
        expect_error((yield from call(post(server), seconds)), "timeout", "no")
        expect(not server.requests, "the request was sent")


def _no_limit(_: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(answer_with(EMPTY)) as server:
        expect_reply((yield from call(post(server), math.inf)), 200)


DEADLINE_RULES: Final[CheckTable] = {
    "time: zero": partial(_no_time, 0.0),
    "time: negative": partial(_no_time, -1.0),
    "time: not a number": partial(_no_time, math.nan),
    "time: no limit": _no_limit,
    **{f"time: {name}": partial(_silent, *row) for name, row in SILENT.items()},
    **{f"time: {name}": partial(_dripping, *row) for name, row in DRIPPING.items()},
    "time: a server that never reads": _unread_request,
    "time: a server that never accepts": _unresponsive,
    "time: a handshake that hangs": partial(_endless_handshake, ServerConnection.hang),
    "time: a dripping handshake": partial(_endless_handshake, _drip_handshake),
    "unsent: no listener on the port": _refused_connection,
    "unsent: no such name": _unknown_host,
    "unsent: plain text behind https": partial(_failed_handshake, _answer_in_plain_text),
    "unsent: closed in the handshake": partial(_failed_handshake, ServerConnection.finish),
    "unsent: reset in the handshake": partial(_failed_handshake, _reset_in_handshake),
}
