"""Checks of socket drivers: frames whole and in order, losses, handshakes, time limits, closing and cancelling."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from lensconnect.programs.effects import OpenSocket
from lensconnect.testing.contract.checks import (
    CANARY,
    CheckSteps,
    CheckTable,
    MakeCalls,
    SocketCall,
    Tolerances,
    expect,
    expect_closed,
    expect_in_time,
    wait_until,
)
from lensconnect.testing.contract.scripted_server import Script, ScriptedServer, ServerConnection
from lensconnect.testing.contract.scripts import answer_once
from lensconnect.testing.contract.socket_checks import *
from lensconnect.testing.contract.websocket_peer import *

_LARGE: Final = 300_000
_SMALL_FRAME: Final = 1000
"""The limit of a frame in the checks of that limit, in bytes."""
_LOST: Final = "incomplete reset"
_AT_ONCE: Final = 2.5
"""Seconds; half the time limit of a call."""

_FRAMES: Final[dict[str, tuple[tuple[bytes, ...], tuple[str | bytes, ...]]]] = {
    "text": ((text("hällo"),), ("hällo",)),
    "binary": ((frame(BINARY, b"\xff\x00"),), (b"\xff\x00",)),
    "an empty one": ((text(""), text("b")), ("", "b")),
    "two in one segment": ((text("a") + text("b"),), ("a", "b")),
    "fragments": (
        (frame(TEXT, b"a", fin=False), frame(CONTINUATION, b"b", fin=False), frame(CONTINUATION, b"c")),
        ("abc",),
    ),
    "a character cut by a fragment": ((frame(TEXT, b"\xc3", fin=False), frame(CONTINUATION, b"\xa4")), ("ä",)),
    "a ping between fragments": (
        (frame(TEXT, b"a", fin=False), frame(PING, b"p"), frame(CONTINUATION, b"b")),
        ("ab",),
    ),
    "a pong that nobody asked for": ((frame(PONG, b"?"), text("a")), ("a",)),
    "byte by byte": (tuple(bytes([byte]) for byte in text("slow") + frame(TEXT, b"y" * 130)), ("slow", "y" * 130)),
    "of the largest size": ((frame(TEXT, b"x" * FRAME_BYTES),), ("x" * FRAME_BYTES,)),
}
"""The pieces that the server sends, and the frames that they are."""

_LOSSES: Final[dict[str, tuple[tuple[bytes, ...], str, str]]] = {
    **{
        f"close {code}": ((close(code, CANARY.encode()),), "incomplete", str(code)) for code in (1000, 1001, 1011, 4000)
    },
    "close without a code": ((frame(CLOSE),), "incomplete", "1005"),
    "not UTF-8": ((frame(TEXT, b"\xff"), text("later")), "protocol", "1007"),
    "too large": ((frame(TEXT, b"x" * (_SMALL_FRAME + 1)),), "too_large", "1009"),
    "a length that is too large": ((b"\x81\x7f" + (1 << 40).to_bytes(8, "big"),), "too_large", "1009"),
    "a masked frame": ((b"\x81\x81abcdx",), "protocol", "1002"),
    "an unknown opcode": ((b"\x83\x01x",), "protocol", "1002"),
    "a continuation of nothing": ((frame(CONTINUATION, b"x"),), "protocol", "1002"),
}
"""Pieces after a frame that end the WebSocket, the kind of the loss, and the close code that its message names."""


def _accept(connection: ServerConnection) -> Peer:
    connection.send(accept_of(connection.read_request()))
    return Peer(connection)


def _frames(pieces: tuple[bytes, ...], frames: tuple[str | bytes, ...], _: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(talk(lambda peer: peer.send(*pieces))) as server:
        connection = yield from opened_socket(opening_of(server))
        for each in frames:
            expect_frame((yield from receive_frame(connection)), each)
        expect_none((yield from receive_frame(connection, 0.0)))
        yield from close_socket(connection)


def _frame_behind_the_handshake(_: Tolerances) -> CheckSteps[None]:
    def script(connection: ServerConnection) -> None:
        connection.send(accept_of(connection.read_request()) + text("a") + text("b"))
        connection.hang()

    with ScriptedServer(script) as server:
        connection = yield from opened_socket(opening_of(server))
        for each in ("a", "b"):
            expect_frame((yield from receive_frame(connection)), each)
        yield from close_socket(connection)


def _sent(texts: tuple[str, ...], _: Tolerances) -> CheckSteps[None]:
    """A text arrives whole, in a masked frame."""
    got: list[tuple[int, bytes]] = []

    def read(peer: Peer) -> None:
        got.extend(peer.read_frame() for _ in texts)

    with ScriptedServer(talk(read)) as server:
        connection = yield from opened_socket(opening_of(server))
        for each in texts:
            expect_sent((yield from send_frame(connection, each)))
        yield from wait_until(lambda: len(got) == len(texts), "not every frame arrived, each with a mask")
        expect(got == [(TEXT, each.encode()) for each in texts], "another frame arrived")
        yield from close_socket(connection)


def _ping(_: Tolerances) -> CheckSteps[None]:
    got: list[tuple[int, bytes]] = []

    def ping(peer: Peer) -> None:
        peer.send(frame(PING, b"are you there"))
        got.append(peer.read_frame())
        peer.send(text("you are"))

    with ScriptedServer(talk(ping)) as server:
        connection = yield from opened_socket(opening_of(server))
        expect_frame((yield from receive_frame(connection)), "you are")
        expect(got == [(PONG, b"are you there")], "the ping was not answered with its data")
        yield from close_socket(connection)


def _loss(pieces: tuple[bytes, ...], kind: str, code: str, _: Tolerances) -> CheckSteps[None]:
    """A loss comes after the frames before it, and stays."""
    with ScriptedServer(talk(lambda peer: peer.send(text("before"), *pieces))) as server:
        connection = yield from opened_socket(opening_of(server, frame_bytes=_SMALL_FRAME))
        expect_frame((yield from receive_frame(connection)), "before")
        expect_loss((yield from receive_frame(connection)), kind, code)
        expect_loss((yield from receive_frame(connection, 0.0)), kind, code)
        expect_loss((yield from send_frame(connection, "more")), kind, code)
        yield from close_socket(connection)
        yield from expect_closed(server)


def _end(end: Callable[[ServerConnection], None], piece: bytes, _: Tolerances) -> CheckSteps[None]:
    def script(connection: ServerConnection) -> None:
        _accept(connection).send(text("before") + piece)
        end(connection)

    with ScriptedServer(script) as server:
        connection = yield from opened_socket(opening_of(server))
        expect_frame((yield from receive_frame(connection)), "before")
        expect_loss((yield from receive_frame(connection)), _LOST, "1006")
        yield from close_socket(connection)


def _refusal(status: int, headers: bytes, _: Tolerances) -> CheckSteps[None]:
    head = b"HTTP/1.1 %d No\r\n%bContent-Length: 6\r\n\r\ncanary" % (status, headers)
    with ScriptedServer(answer_once(head, end=ServerConnection.finish)) as server:
        expect_refusal((yield from open_socket(opening_of(server))), status)
        expect(server.connections == 1, "the driver connected again")
        yield from expect_closed(server)


def _bad_handshake(change: Callable[[bytes], bytes], kinds: str, _: Tolerances) -> CheckSteps[None]:
    def script(connection: ServerConnection) -> None:
        connection.send(change(accept_of(connection.read_request())))
        connection.finish()

    with ScriptedServer(script) as server:
        expect_unopened((yield from open_socket(opening_of(server))), kinds, "maybe yes")
        yield from expect_closed(server)


def _handshake_request(_: Tolerances) -> CheckSteps[None]:
    """The target leaves as it is, with the headers of RFC 6455 and no compression."""
    target = b"GET /canary?ticket=%2Fcanary%20a+b HTTP/1.1\r\n"
    with ScriptedServer(talk(lambda _: None)) as server:
        opening = OpenSocket(server.url("/canary?ticket=%2Fcanary%20a+b", scheme="ws"), 5.0, FRAME_BYTES)
        connection = yield from opened_socket(opening)
        (request,) = server.requests
        expect(request.startswith(target), "the target of the URL was changed")
        lower = request.lower()
        expect(b"sec-websocket-extensions" not in lower, "an extension, such as compression, was offered", "reply")
        expect(b"\r\ncookie:" not in lower and b"\r\nauthorization:" not in lower, "a credential was sent")
        yield from close_socket(connection)


def _refused_connection(_: Tolerances) -> CheckSteps[None]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{unused.getsockname()[1]}/canary"
        expect_unopened((yield from open_socket(OpenSocket(url, 5.0, FRAME_BYTES))), "connect", "no")


def _no_time(_: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(talk(lambda _: None)) as server:
        expect_unopened((yield from open_socket(opening_of(server, 0.0))), "timeout", "no")


def _opening_times_out(script: Script, tolerances: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(script) as server:
        ended = yield from open_socket(opening_of(server, tolerances.seconds))
        expect_unopened(ended, "timeout", "maybe")
        expect_in_time(ended, tolerances)


def _drip_head(connection: ServerConnection) -> None:
    connection.read_request()
    connection.drip([b"HTTP/1.1 101 Switching Protocols\r\n", *[b"X-A: b\r\n"] * 1000])


def _receive_times_out(tolerances: Tolerances) -> CheckSteps[None]:
    """A wait without a frame returns None at its end, and loses nothing of what comes later."""
    go_on = threading.Event()

    def script(peer: Peer) -> None:
        peer.send(text("late")[:3])
        go_on.wait(2.0)
        peer.send(text("late")[3:])

    with ScriptedServer(talk(script)) as server:
        connection = yield from opened_socket(opening_of(server))
        ended = yield from receive_frame(connection, tolerances.seconds)
        expect_none(ended)
        expect_in_time(ended, tolerances)
        go_on.set()
        expect_frame((yield from receive_frame(connection)), "late")
        yield from close_socket(connection)


def _close(_: Tolerances) -> CheckSteps[None]:
    """The code arrives, the connection ends, later calls end with "closed", and closing again does nothing."""
    codes: list[int | None] = []
    with ScriptedServer(talk(lambda peer: codes.append(peer.read_to_close()))) as server:
        connection = yield from opened_socket(opening_of(server))
        for _turn in range(2):
            yield from close_socket(connection, 1001)
        yield from wait_until(lambda: bool(codes), "the connection was not closed")
        expect(codes == [1001], f"the close code {codes[0]} arrived instead of 1001", "name")
        for ended in ((yield from receive_frame(connection)), (yield from send_frame(connection, "a"))):
            socket_error(ended, "closed", "no yes")


def _close_while_receiving(_: Tolerances) -> CheckSteps[None]:
    """A close in another thread or task ends a call that waits."""
    with ScriptedServer(talk(lambda _: None)) as server:
        connection = yield from opened_socket(opening_of(server))
        received, closed = yield MakeCalls(
            (SocketCall("receive", (5.0,), connection), SocketCall("close", (1000,), connection))
        )
        expect(closed.raised is None, f"close raised {type(closed.raised).__name__}")
        socket_error(received, "closed", "no yes")
        expect(received.took < _AT_ONCE, "the call went on waiting", "time")


def _send_while_receiving(_: Tolerances) -> CheckSteps[None]:
    def echo(peer: Peer) -> None:
        peer.send(frame(*peer.read_frame()))

    with ScriptedServer(talk(echo)) as server:
        connection = yield from opened_socket(opening_of(server))
        received, sent = yield MakeCalls(
            (SocketCall("receive", (5.0,), connection), SocketCall("send", ("x" * _LARGE, 5.0), connection))
        )
        expect_sent(sent)
        expect_frame(received, "x" * _LARGE)
        yield from close_socket(connection)


def _many(_: Tolerances) -> CheckSteps[None]:
    """Each of many WebSockets gets its own frames."""

    def echo(peer: Peer) -> None:
        peer.send(frame(*peer.read_frame()))

    with ScriptedServer(talk(echo)) as server:
        connections: list[object] = []
        for _turn in range(16):
            connections.append((yield from opened_socket(opening_of(server))))
        calls = [SocketCall("send", (f"{number}", 5.0), each) for number, each in enumerate(connections)]
        for sent in (yield MakeCalls(tuple(calls))):
            expect_sent(sent)
        ended = yield MakeCalls(tuple(SocketCall("receive", (5.0,), each) for each in connections))
        for number, received in enumerate(ended):
            expect_frame(received, f"{number}")
        for each in connections:
            yield from close_socket(each)
        yield from expect_closed(server)


def _cancelled_receive(_: Tolerances) -> CheckSteps[None]:
    """A cancelled receive loses no byte of a frame."""
    go_on = threading.Event()

    def script(peer: Peer) -> None:
        peer.send(text("whole")[:4])
        go_on.wait(2.0)
        peer.send(text("whole")[4:])

    with ScriptedServer(talk(script)) as server:
        connection = yield from opened_socket(opening_of(server))
        ended = yield from receive_frame(connection, 5.0, cancel_after=0.1)
        expect(ended.cancelled, "the call did not end as cancelled")
        expect(CANARY not in ended.frames, "a local variable in the frames of the cancellation shows a secret")
        go_on.set()
        expect_frame((yield from receive_frame(connection)), "whole")
        yield from close_socket(connection)


def _cancelled_opening(_: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(answer_once()) as server:
        ended = yield from open_socket(opening_of(server), cancel_after=0.15)
        expect(ended.cancelled, "the call did not end as cancelled")
        expect(CANARY not in ended.frames, "a local variable in the frames of the cancellation shows a secret")
        yield from expect_closed(server)


def _without_accept(head: bytes) -> bytes:
    return head.replace(b"Sec-WebSocket-Accept: ", b"Sec-WebSocket-Accept: x")


SOCKET_RULES: Final[CheckTable] = {
    **{f"frame: {name}": partial(_frames, *row) for name, row in _FRAMES.items()},
    "frame: behind the handshake in one segment": _frame_behind_the_handshake,
    "sent: texts": partial(_sent, ("a", "ä" * 200, "")),
    "sent: a large text": partial(_sent, ("z" * _LARGE,)),
    "sent: a pong for a ping": _ping,
    **{f"loss: {name}": partial(_loss, *row) for name, row in _LOSSES.items()},
    "loss: the end without a close frame": partial(_end, ServerConnection.finish, b""),
    "loss: the end inside a frame": partial(_end, ServerConnection.finish, text("half of it")[:-4]),
    **{f"handshake: refused with {status}": partial(_refusal, status, b"") for status in (403, 410, 429, 503)},
    "handshake: no redirect is followed": partial(_refusal, 302, b"Location: /elsewhere\r\n"),
    "handshake: target and headers": _handshake_request,
    "handshake: a wrong accept": partial(_bad_handshake, _without_accept, "protocol"),
    "handshake: the end": partial(_bad_handshake, lambda _: b"", _LOST),
    "handshake: no listener on the port": _refused_connection,
    "time: no time for an opening": _no_time,
    "time: a silent handshake": partial(_opening_times_out, answer_once()),
    "time: a dripping handshake": partial(_opening_times_out, _drip_head),
    "time: no frame": _receive_times_out,
    "close: its code, and calls after it": _close,
    "close: ends a call that waits": _close_while_receiving,
    "concurrent: sending while receiving": _send_while_receiving,
    "concurrent: many WebSockets": _many,
}

SOCKET_CANCELLATION_RULES: Final[CheckTable] = {
    "cancelled: while receiving": _cancelled_receive,
    "cancelled: while opening": _cancelled_opening,
}
