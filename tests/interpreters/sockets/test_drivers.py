"""Every socket driver against a peer that speaks RFC 6455 by hand: the contract, fault by fault."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import repeat
from urllib.parse import urlsplit

import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.sockets.helpers.drivers import DRIVERS, Driver, OpenDriver
from interpreters.sockets.helpers.peer import (
    BINARY,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Peer,
    accept_of,
    close,
    frame,
    talking,
    text,
    url_of,
)
from lensconnect.errors import ServiceError, TransportError
from lensconnect.results import Result

Script = Callable[[Peer], object]


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.slow] * (name == "uvloop")) for name in DRIVERS])
def open_driver(request: pytest.FixtureRequest) -> OpenDriver:
    return DRIVERS[request.param]


@pytest.fixture
def driver(open_driver: OpenDriver) -> Iterator[Driver]:
    with open_driver(ssl_context=trusting()) as opened:
        yield opened


def loss(outcome: Result[object, TransportError | ServiceError]) -> tuple[str, str]:
    error = outcome.failure()
    assert isinstance(error, TransportError)
    assert error.sent == "yes"
    return error.kind, error.message


FRAMES: dict[str, tuple[tuple[bytes, ...], list[str | bytes]]] = {
    "text": ((text("hällo"),), ["hällo"]),
    "binary": ((frame(BINARY, b"\xff\x00"),), [b"\xff\x00"]),
    "empty": ((text(""), text("b")), ["", "b"]),
    "two in one segment": ((text("a") + text("b"),), ["a", "b"]),
    "fragments": (
        (frame(TEXT, b"a", fin=False), frame(CONTINUATION, b"b", fin=False), frame(CONTINUATION, b"c")),
        ["abc"],
    ),
    "a character cut by a fragment": ((frame(TEXT, b"\xc3", fin=False), frame(CONTINUATION, b"\xa4")), ["ä"]),
    "binary fragments": ((frame(BINARY, b"a", fin=False), frame(CONTINUATION, b"b")), [b"ab"]),
    "a ping between fragments": (
        (frame(TEXT, b"a", fin=False), frame(PING, b"p"), frame(CONTINUATION, b"b")),
        ["ab"],
    ),
    "empty fragments": (
        (frame(TEXT, b"", fin=False), *[frame(CONTINUATION, b"", fin=False)] * 50, frame(CONTINUATION, b"x")),
        ["x"],
    ),
    "a pong that nobody asked for": ((frame(PONG, b"?"), text("a")), ["a"]),
    "a large one": ((frame(TEXT, b"x" * 300_000),), ["x" * 300_000]),
    "exactly the limit": ((frame(TEXT, b"x" * (1 << 20)),), ["x" * (1 << 20)]),
}


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
@pytest.mark.parametrize("name", FRAMES)
def test_frames_come_whole_and_in_order(driver: Driver, name: str, secure: bool) -> None:
    pieces, expected = FRAMES[name]
    with talking(lambda peer: peer.send(*pieces), serving() if secure else None) as server:
        opened = driver.open(url_of(server)).unwrap()
        assert [opened.receive().unwrap() for _ in expected] == expected
        assert opened.receive(0.0).unwrap() is None


def test_bytes_that_come_one_by_one(driver: Driver) -> None:
    def trickle(peer: Peer) -> None:
        for data in frame(PING, b"p") + text("first") + frame(TEXT, b"y" * 130) + close(1001):
            peer.send(bytes([data]))

    def serve(connection: ServerConnection) -> None:
        for byte in accept_of(connection.read_request()):
            connection.send(bytes([byte]))
        trickle(Peer(connection))
        connection.hang()

    with PatientServer(serve) as server:
        opened = driver.open(url_of(server)).unwrap()
        assert [opened.receive().unwrap() for _ in range(2)] == ["first", "y" * 130]
        assert loss(opened.receive()) == ("incomplete", "the peer closed the WebSocket with code 1001")


def test_frames_behind_the_handshake_in_one_segment(driver: Driver) -> None:
    def serve(connection: ServerConnection) -> None:
        connection.send(accept_of(connection.read_request()) + text("a") + text("b"))
        connection.hang()

    with PatientServer(serve) as server:
        opened = driver.open(url_of(server)).unwrap()
        assert [opened.receive().unwrap() for _ in range(2)] == ["a", "b"]


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_what_is_sent_arrives_masked(driver: Driver, secure: bool) -> None:
    got: list[tuple[int, bytes]] = []
    done = threading.Event()

    def read(peer: Peer) -> None:
        got.extend(peer.read_frame() for _ in range(3))
        peer.send(text("thanks"))
        done.set()

    with talking(read, serving() if secure else None) as server:
        opened = driver.open(url_of(server)).unwrap()
        for value in ("a", "ä" * 200, "z" * 200_000):
            assert opened.send(value).unwrap() is None
        assert opened.receive().unwrap() == "thanks"
    assert got == [(TEXT, b"a"), (TEXT, ("ä" * 200).encode()), (TEXT, b"z" * 200_000)]


def test_a_ping_is_answered_while_receiving(driver: Driver) -> None:
    answers: list[tuple[int, bytes]] = []

    def ping(peer: Peer) -> None:
        peer.send(frame(PING, b"are you there"))
        answers.append(peer.read_frame())
        peer.send(text("you are"))

    with talking(ping) as server:
        assert driver.open(url_of(server)).unwrap().receive().unwrap() == "you are"
    assert answers == [(PONG, b"are you there")]


def cut(peer: Peer) -> None:
    peer.send(frame(TEXT, b"half of it")[:-4])
    peer.connection.socket.shutdown(socket.SHUT_WR)


def end(peer: Peer) -> None:
    peer.connection.socket.shutdown(socket.SHUT_WR)


def reset_after_a_frame(peer: Peer) -> None:
    peer.send(text("last"))
    peer.read_frame()
    peer.connection.reset()


NO_CLOSE_FRAME = ("incomplete", "the connection ended without a close frame (code 1006)")
BAD_FRAME = ("protocol", "a frame that breaks RFC 6455 (code 1002)")
LOSSES: dict[str, tuple[Script, tuple[str, str]]] = {
    **{
        f"close {code}": (
            lambda peer, code=code: peer.send(close(code, b"secret reason")),
            ("incomplete", f"the peer closed the WebSocket with code {code}"),
        )
        for code in (1000, 1001, 1011, 3000, 4000)
    },
    "close without a code": (
        lambda peer: peer.send(frame(8)),
        ("incomplete", "the peer closed the WebSocket with code 1005"),
    ),
    "close, then more": (
        lambda peer: peer.send(close(1001) + text("too late")),
        ("incomplete", "the peer closed the WebSocket with code 1001"),
    ),
    "the end inside a frame": (cut, NO_CLOSE_FRAME),
    "the end": (end, NO_CLOSE_FRAME),
    "not UTF-8": (
        lambda peer: peer.send(frame(TEXT, b"\xff"), text("later")),
        ("protocol", "a text frame that is not UTF-8 (code 1007)"),
    ),
    "a fragment that is not UTF-8": (
        lambda peer: peer.send(frame(TEXT, b"a\xc3", fin=False), frame(CONTINUATION, b"b")),
        ("protocol", "a text frame that is not UTF-8 (code 1007)"),
    ),
    "a close reason that is not UTF-8": (
        lambda peer: peer.send(close(1000, b"\xff")),
        ("protocol", "a text frame that is not UTF-8 (code 1007)"),
    ),
    "too large": (
        lambda peer: peer.send(frame(TEXT, b"x" * 1001)),
        ("too_large", "a frame of more than 1000 bytes (code 1009)"),
    ),
    "a length that is too large": (
        lambda peer: peer.send(b"\x81\x7f" + (1 << 40).to_bytes(8, "big")),
        ("too_large", "a frame of more than 1000 bytes (code 1009)"),
    ),
    "too large in fragments": (
        lambda peer: peer.send(frame(TEXT, b"x" * 600, fin=False), frame(CONTINUATION, b"x" * 600)),
        ("too_large", "a frame of more than 1000 bytes (code 1009)"),
    ),
    "a mask": (lambda peer: peer.send(b"\x81\x81abcdx"), BAD_FRAME),
    "a reserved bit": (lambda peer: peer.send(b"\xc1\x01x"), BAD_FRAME),
    "an unknown opcode": (lambda peer: peer.send(b"\x83\x01x"), BAD_FRAME),
    "a continuation of nothing": (lambda peer: peer.send(frame(CONTINUATION, b"x")), BAD_FRAME),
    "a new frame inside fragments": (lambda peer: peer.send(frame(TEXT, b"a", fin=False), text("b")), BAD_FRAME),
    "a large ping": (lambda peer: peer.send(b"\x89\x7e\x00\x80" + b"x" * 128), BAD_FRAME),
    "a close code that is not allowed": (lambda peer: peer.send(close(1005)), BAD_FRAME),
    "HTTP": (lambda peer: peer.send(b"HTTP/1.1 200 OK\r\n" + b"x" * 100), BAD_FRAME),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_names_its_code_after_the_frames_before_it(driver: Driver, name: str) -> None:
    script, expected = LOSSES[name]

    def send_before(peer: Peer) -> None:
        peer.send(text("before"))
        script(peer)

    with talking(send_before) as server:
        opened = driver.open(url_of(server), frame_bytes=1000).unwrap()
        assert opened.receive().unwrap() == "before"
        kind, message = loss(opened.receive())
        assert (kind, message) == expected
        assert loss(opened.receive(0.0)) == expected
        assert loss(opened.send("more")) == expected
        opened.close()


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_a_reset_comes_after_the_frames_before_it(driver: Driver, secure: bool) -> None:
    with talking(reset_after_a_frame, serving() if secure else None) as server:
        opened = driver.open(url_of(server)).unwrap()
        assert opened.receive().unwrap() == "last"
        assert opened.send("now reset").unwrap() is None
        kind, message = loss(opened.receive())
        assert kind in ("reset", "incomplete"), "a race decides with TLS"
        assert message.endswith("(code 1006)")


def reply(*pieces: bytes) -> Callable[[ServerConnection], None]:
    def serve(connection: ServerConnection) -> None:
        connection.read_request()
        connection.send(*pieces)
        connection.finish()

    return serve


def refusal(status: int, *lines: bytes, body: bytes = b"secret body") -> Callable[[ServerConnection], None]:
    head = b"HTTP/1.1 %d Nope\r\nContent-Length: %d\r\n" % (status, len(body))
    return reply(head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body)


REFUSALS = {
    **{str(status): (refusal(status), status) for status in (200, 400, 403, 404, 410, 426, 429, 500, 503)},
    "a redirect": (refusal(302, b"Location: ws://127.0.0.1:1/"), 302),
    "without a body": (refusal(403, body=b""), 403),
    "an endless body": (reply(b"HTTP/1.1 403 No\r\n\r\n" + b"x" * 5000), 403),
    "a body that does not come": (reply(b"HTTP/1.1 429 No\r\nContent-Length: 5000\r\n\r\n"), 429),
    "after an interim reply": (reply(b"HTTP/1.1 103 Hints\r\n\r\n", b"HTTP/1.1 410 Gone\r\n\r\n"), 410),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_handshake_is_its_status(driver: Driver, name: str) -> None:
    serve, status = REFUSALS[name]
    with PatientServer(serve) as server:
        assert driver.open(url_of(server)).failure() == ServiceError(status, "")
        assert server.connections == 1, "no redirect is followed"


def garbled(change: Callable[[bytes], bytes]) -> Callable[[ServerConnection], None]:
    def serve(connection: ServerConnection) -> None:
        connection.send(change(accept_of(connection.read_request())))
        connection.finish()

    return serve


NOT_ACCEPTED = ("protocol", "the reply to the handshake does not accept it")
NOT_HTTP = ("protocol", "the reply to the handshake is not HTTP/1.1")
BROKEN_HANDSHAKES: dict[str, tuple[Callable[[ServerConnection], None], tuple[str, str]]] = {
    "a wrong accept": (garbled(lambda head: head.replace(b"Accept: ", b"Accept: x")), NOT_ACCEPTED),
    "no accept": (garbled(lambda head: head.replace(b"Sec-WebSocket-Accept", b"X")), NOT_ACCEPTED),
    "no upgrade": (garbled(lambda head: head.replace(b"Upgrade: websocket\r\n", b"")), NOT_ACCEPTED),
    "compression": (
        garbled(
            lambda head: head.replace(b"Upgrade: w", b"Sec-WebSocket-Extensions: permessage-deflate\r\nUpgrade: w")
        ),
        NOT_ACCEPTED,
    ),
    "a subprotocol": (
        garbled(lambda head: head.replace(b"Upgrade: w", b"Sec-WebSocket-Protocol: chat\r\nUpgrade: w")),
        NOT_ACCEPTED,
    ),
    "a hundred and thirty headers": (
        garbled(lambda head: head.replace(b"Upgrade: w", b"X: y\r\n" * 130 + b"Upgrade: w")),
        NOT_ACCEPTED,
    ),
    "HTTP/1.0": (garbled(lambda head: head.replace(b"1.1", b"1.0", 1)), NOT_HTTP),
    "SMTP": (reply(b"220 smtp.example ESMTP\r\n"), NOT_HTTP),
    "no status": (reply(b"HTTP/1.1 abc\r\n\r\n"), NOT_HTTP),
    "a frame": (reply(text("hello")), NOT_HTTP),
    "an endless head": (
        lambda connection: (
            connection.read_request(),
            connection.drip(repeat(b"HTTP/1.1 101 x\r\n" + b"X: " + b"y" * 9000 + b"\r\n"), 0.0),
        ),
        ("too_large", "a head of more than 65536 bytes"),
    ),
    "the end": (reply(), ("incomplete", "the peer ended the connection in the WebSocket handshake")),
    "the end inside the head": (
        reply(b"HTTP/1.1 101 Swi"),
        ("incomplete", "the peer ended the connection in the WebSocket handshake"),
    ),
}


@pytest.mark.parametrize("name", BROKEN_HANDSHAKES)
def test_a_broken_handshake_is_a_failure(driver: Driver, name: str) -> None:
    serve, expected = BROKEN_HANDSHAKES[name]
    with PatientServer(serve) as server:
        error = driver.open(url_of(server)).failure()
        assert isinstance(error, TransportError)
        assert (error.kind, error.message, error.sent) == (*expected, "maybe")


def test_a_reset_in_the_handshake(driver: Driver) -> None:
    def serve(connection: ServerConnection) -> None:
        connection.read_request()
        connection.reset()

    with PatientServer(serve) as server:
        error = driver.open(url_of(server)).failure()
        assert isinstance(error, TransportError)
        assert error.kind in ("reset", "incomplete")
        assert error.sent == "maybe"


def test_a_slow_handshake_ends_with_its_time_and_leaves_no_connection(driver: Driver) -> None:
    with PatientServer(
        lambda connection: connection.drip(repeat(b"H"[:0] or b"HTTP/1.1 101 x\r\nX: y\r\n"), 0.02)
    ) as server:
        begun = time.monotonic()
        error = driver.open(url_of(server), 0.2).failure()
        host = urlsplit(url_of(server)).netloc
        assert error == TransportError("timeout", f"{host}: out of time in the WebSocket handshake", "maybe")
        assert 0.2 <= time.monotonic() - begun < 5.0


def test_the_handshake_has_the_target_as_it_stands_and_nothing_more(driver: Driver) -> None:
    with talking(lambda peer: None) as server:
        driver.open(url_of(server) + "&X-Amz=%2F~a%20b").unwrap()
        lines = server.requests[0].decode().split("\r\n")
    assert lines[0] == "GET /participant/socket?ticket=secret-ticket&X-Amz=%2F~a%20b HTTP/1.1"
    names = sorted(line.split(":")[0].lower() for line in lines[1:] if line)
    assert names == ["accept-encoding", "connection", "host", "sec-websocket-key", "sec-websocket-version", "upgrade"]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1/x", "unsupported"),
        ("wss://user:password@host/x", "unsupported"),
        ("wss://host/a b", "unsupported"),
        ("wss://host/x#fragment", "unsupported"),
        ("wss:///x", "unsupported"),
        ("", "unsupported"),
        ("ws://chat.example/x", "unsupported"),
        ("ws://10.0.0.1/x", "unsupported"),
        ("wss://127.0.0.1:1/secret", "connect"),
        ("wss://no-such-host.invalid/secret", "name"),
    ],
)
def test_a_url_that_cannot_be_opened(driver: Driver, url: str, kind: str) -> None:
    error = driver.open(url).failure()
    assert isinstance(error, TransportError)
    assert (error.kind, error.sent) == (kind, "no")
    assert "secret" not in error.message
    assert "password" not in error.message


@pytest.mark.parametrize("case", ["another name", "another authority"])
def test_a_certificate_that_is_not_trusted(driver: Driver, case: str) -> None:
    context = serving("elsewhere.example") if case == "another name" else serving(authority="theirs")
    with talking(lambda peer: None, context) as server:
        error = driver.open(url_of(server)).failure()
        assert isinstance(error, TransportError)
        assert (error.kind, error.sent) == ("tls", "no")
        assert server.requests == []


def test_receive_with_zero_looks_once(driver: Driver) -> None:
    come = threading.Event()

    def send_later(peer: Peer) -> None:
        peer.read_frame()
        peer.send(text("a"))
        come.set()

    with talking(send_later) as server:
        opened = driver.open(url_of(server)).unwrap()
        begun = time.monotonic()
        assert opened.receive(0.0).unwrap() is None
        assert opened.receive(-1.0).unwrap() is None
        assert opened.receive(0.05).unwrap() is None
        assert time.monotonic() - begun < 5.0
        opened.send("go")
        come.wait(10.0)
        assert opened.receive(10.0).unwrap() == "a"


def test_unread_frames_stay_with_the_peer(driver: Driver) -> None:
    """A peer that sends without end is held up until the frames are received."""
    sent = 0
    stuck = threading.Event()

    def flood(peer: Peer) -> None:
        nonlocal sent
        peer.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        peer.connection.socket.settimeout(0.3)
        data = frame(TEXT, b"x" * 10_000)
        try:
            while sent < 5000:
                peer.connection.socket.sendall(data)
                sent += 1
        except TimeoutError:
            stuck.set()

    with talking(flood) as server:
        opened = driver.open(url_of(server)).unwrap()
        for _ in range(10):
            assert opened.receive().unwrap() == "x" * 10_000
        assert stuck.wait(20.0)
    assert sent < 5000


def test_closing_sends_a_close_frame_and_is_the_end_of_every_call(driver: Driver) -> None:
    codes: list[int | None] = []

    def note(peer: Peer) -> None:
        codes.append(peer.read_to_close())  # an unread frame at the client would reset the connection

    with talking(note) as server:
        opened = driver.open(url_of(server)).unwrap()
        opened.close(1001)
        opened.close(1001)
        assert loss(opened.receive()) == ("closed", "the WebSocket was closed")
        assert loss(opened.send("x")) == ("closed", "the WebSocket was closed")
    assert codes == [1001]


def test_closing_with_a_code_that_is_not_allowed_closes_all_the_same(driver: Driver) -> None:
    with talking(lambda peer: None) as server:
        opened = driver.open(url_of(server)).unwrap()
        opened.close(99)
        assert loss(opened.receive()) == ("closed", "the WebSocket was closed")


def test_closing_does_not_wait_for_a_peer_that_reads_nothing(driver: Driver) -> None:
    with talking(lambda peer: peer.connection.ignore()) as server:
        opened = driver.open(url_of(server)).unwrap()
        assert opened.send("x" * 20_000_000, 0.2).failure().kind == "timeout"
        begun = time.monotonic()
        opened.close()
        assert time.monotonic() - begun < 5.0
        assert loss(opened.receive())[0] == "closed"


def test_a_lone_surrogate_is_refused_and_harms_nothing(driver: Driver) -> None:
    got: list[bytes] = []
    with talking(lambda peer: got.append(peer.read_frame()[1])) as server:
        opened = driver.open(url_of(server)).unwrap()
        assert opened.send("\ud800").failure().kind == "unsupported"
        assert opened.send("fine").unwrap() is None
    assert got == [b"fine"]


def proxy(secure_target: int, seen: list[bytes]) -> Callable[[ServerConnection], None]:
    """Return a script that tunnels to a port of this machine."""

    def serve(connection: ServerConnection) -> None:
        seen.append(connection.read_request())
        with socket.create_connection(("127.0.0.1", secure_target)) as onward:
            connection.send(b"HTTP/1.1 200 Connected\r\n\r\n")
            there = threading.Thread(target=copy, args=(connection.socket, onward), daemon=True)
            there.start()
            copy(onward, connection.socket)
            there.join()

    return serve


def copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_through_a_proxy(open_driver: OpenDriver, secure: bool) -> None:
    seen: list[bytes] = []
    with (
        talking(lambda peer: peer.send(text("through")), serving() if secure else None) as server,
        PatientServer(proxy(server.port, seen)) as between,
    ):
        address = f"http://user:secret@127.0.0.1:{between.port}"
        with open_driver(ssl_context=trusting(), proxies={"https": address, "http": address}) as driver:
            assert driver.open(url_of(server)).unwrap().receive().unwrap() == "through"
    assert seen[0].startswith(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n" % server.port)
    assert b"Proxy-Authorization: Basic " in seen[0]


def test_a_proxy_that_refuses(open_driver: OpenDriver) -> None:
    with (
        PatientServer(refusal(407)) as between,
        open_driver(ssl_context=trusting(), proxies={"https": f"http://127.0.0.1:{between.port}"}) as driver,
    ):
        error = driver.open("wss://chat.example/secret").failure()
        assert isinstance(error, TransportError)
        assert (error.kind, error.sent) == ("proxy", "no")
        assert "407" in error.message
        assert "secret" not in error.message


def test_a_flood_that_holds_no_message_does_not_keep_the_caller(driver: Driver) -> None:
    def flood(peer: Peer) -> None:
        pongs, end = frame(PONG) * 5_000, time.monotonic() + 4.0
        with suppress(OSError):
            while time.monotonic() < end:
                peer.send(pongs)

    with talking(flood) as server:
        opened = driver.open(url_of(server)).unwrap()
        begin = time.monotonic()
        assert opened.receive(0.1).unwrap() is None
        assert time.monotonic() - begin < 3.0
