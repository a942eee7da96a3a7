"""The server bounds what a client can make it keep, and stopping it closes every connection."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias
from urllib.parse import urlsplit

import pytest
from uvicorn.server import ServerState

import lensconnect as lc
from lensconnect import new_send_message
from lensconnect.emulator import Emulator, HttpFault, Options, RunningEmulator, running
from lensconnect.emulator.server import uvicorn_server, websocket
from lensconnect.emulator.server.asgi import Application
from lensconnect.emulator.server.uvicorn_server import _Config, _HttpProtocol

from ..helpers.harness import SUBSCRIBE, connected, described, socket_url

Start: TypeAlias = Callable[[RunningEmulator], socket.socket]
BUFFER = 16 * 1024
HANDSHAKE = (
    "GET {target} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def masked_frame(text: str) -> bytes:
    """Return a text frame of a client, with a mask of zeros (RFC 6455, section 5.2)."""
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text.encode()


def connect_with_small_buffer(service: RunningEmulator) -> socket.socket:
    address = urlsplit(service.base_url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    client.settimeout(5)
    client.connect((address.hostname, address.port))
    return client


def read_to_the_end(client: socket.socket) -> None:
    """Read until the server's side is closed; TimeoutError if it stays open."""
    try:
        while client.recv(1 << 20):
            pass
    except ConnectionResetError:
        pass


def fill_a_websocket(service: RunningEmulator) -> socket.socket:
    """Open a WebSocket, subscribe, and let more messages arrive than the buffers hold."""
    chat = service.start_chat()
    url = urlsplit(socket_url(service, chat.agent_token))
    client = connect_with_small_buffer(service)
    client.sendall(HANDSHAKE.format(target=f"{url.path}?{url.query}", host=url.netloc).encode())
    assert client.recv(BUFFER).startswith(b"HTTP/1.1 101")
    client.sendall(masked_frame(SUBSCRIBE))
    assert b"success" in client.recv(BUFFER)
    token = connected(service.emulator, chat.participant_token)
    for _ in range(500):
        service.emulator.handle(described(new_send_message("text/plain", "x" * 16_000, token)))
    return client


def pipeline_requests(service: RunningEmulator) -> socket.socket:
    """Request more transcripts on one connection than the buffers hold."""
    contact_id = service.start_chat().contact_id
    for _ in range(100):
        service.say(contact_id, "x" * 16_000)
    client = connect_with_small_buffer(service)
    host = urlsplit(service.base_url).netloc
    request = f"GET /_emulator/chats/{contact_id}/items HTTP/1.1\r\nHost: {host}\r\n\r\n"
    client.sendall(request.encode() * 10)
    return client


@pytest.mark.parametrize("start", [fill_a_websocket, pipeline_requests])
def test_stopping_closes_a_connection_whose_client_does_not_read(start: Start) -> None:
    with running() as service:
        client = start(service)
    with client:
        read_to_the_end(client)


def test_stopping_does_not_wait_for_requests(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(uvicorn_server, "_GRACE_SECONDS", 20)
    with running() as service, connect_with_small_buffer(service) as delayed, connect_with_small_buffer(service) as cut:
        service.plan(HttpFault("delay", seconds=3600.0, count=1))
        delayed.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
        cut.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert cut.recv(BUFFER).startswith(b"HTTP/1.1 100 ")
        cut.sendall(b"{")
        while service.faults():
            pass  # the request has not arrived yet
        caplog.set_level(logging.ERROR, "uvicorn.error")  # it logs when the time is over
    assert caplog.messages == []


BOUND = 16 * 1024
HEAD = b"POST /participant/message HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
TOO_LARGE = {
    "one endless header value": HEAD + b"X: " + b"a" * 4 * 2**20,
    "one endless header name": HEAD + b"a" * 4 * 2**20,
    "endless headers": HEAD + b"X: a\r\n" * 2**18,
    "endless target": b"GET /" + b"a" * 4 * 2**20,
    "a complete head": HEAD + b"X: " + b"a" * BOUND + b"\r\n\r\n",
    "a complete target": b"GET /" + b"a" * BOUND + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "endless trailers": CHUNKED + b"0\r\n" + b"X: a\r\n" * 2**18,
    "the head of a second request": HEAD + b"Content-Length: 2\r\n\r\n{}" + HEAD + b"X: a\r\n" * 2**18,
}


def closing_reply(service: RunningEmulator, sent: bytes) -> bytes:
    """Send bytes and return all that the server sends until it closes the connection; TimeoutError if it does not."""
    received = bytearray()

    def send() -> None:
        with suppress(OSError):
            client.sendall(sent)

    with connect_with_small_buffer(service) as client:
        sender = threading.Thread(target=send)
        sender.start()
        with suppress(ConnectionResetError):
            while part := client.recv(BUFFER):
                received += part
        sender.join()
    return bytes(received)


@pytest.mark.parametrize("sent", TOO_LARGE.values(), ids=TOO_LARGE)
def test_the_head_of_a_request_is_bounded(sent: bytes) -> None:
    with running(Emulator(Options(head_bytes=BOUND))) as service:
        reply = closing_reply(service, sent)
        assert reply == b"" or b"HTTP/1.1 431 " in reply


@pytest.mark.parametrize("piece", [1, 1000, BOUND])
def test_a_head_within_the_bound_is_read_in_pieces(piece: int) -> None:
    head = HEAD + b"X: " + b"a" * (BOUND - 200) + b"\r\nContent-Length: 2\r\n\r\n"
    with running(Emulator(Options(head_bytes=BOUND))) as service, connect_with_small_buffer(service) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(2):
            for at in range(0, len(head), piece):
                client.sendall(head[at : at + piece])
            client.sendall(b"{}")
            reply = b""
            while b"Access denied" not in reply:
                reply += client.recv(BUFFER)
            assert reply.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("sent", [b"G", HEAD, HEAD + b"Content-Length: 2\r\n\r\n{", CHUNKED + b"1\r\n"])
def test_a_request_that_stays_incomplete_is_dropped(sent: bytes) -> None:
    with running(Emulator(Options(request_seconds=0.05))) as service:
        assert closing_reply(service, sent) == b""


@pytest.mark.parametrize("options", [Options(socket_queue_bytes=100_000), Options(socket_queue_frames=10)])
def test_a_websocket_that_is_not_read_is_lost_when_its_queue_is_full(options: Options) -> None:
    with running(Emulator(options)) as service, fill_a_websocket(service) as client:
        read_to_the_end(client)
    (chat,) = service.emulator.read(lambda state: list(state.chats.values()))
    assert not chat.over
    assert [(participant.status, participant.sockets) for participant in chat.participants.values()] == [
        ("joined", {}),
        ("joined", {}),
    ]


def test_a_websocket_that_is_not_read_is_lost_after_its_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "CLOSE_SECONDS", 0.05)
    with running() as service, fill_a_websocket(service) as client:
        (contact_id,) = service.emulator.read(lambda state: list(state.chats))
        service.stop_chat(contact_id)
        read_to_the_end(client)


def test_a_request_body_is_bounded_by_its_operation() -> None:
    with running(Emulator(Options(body_bytes=10))) as service:
        for path in ("/participant/message", "/_emulator/uploads/unknown", "/_emulator/chats"):
            head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\nConnection: close\r\n\r\n"
            assert closing_reply(service, head.encode() + b"x" * 11).startswith(b"HTTP/1.1 413")


class RecordingTransport(asyncio.Transport):
    """A transport that keeps what is written, and whether reading is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_paused = False
        self.is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def answered(self) -> int:
        return self.written.count(b"HTTP/1.1 ")


def test_nothing_is_read_while_pipelined_requests_wait() -> None:
    async def paused_after_each_answer() -> dict[int, bool]:
        transport, paused = RecordingTransport(), dict[int, bool]()
        protocol = _HttpProtocol(_Config(Application(Emulator()), lifespan="off", log_config=None), ServerState(), {})
        protocol.connection_made(transport)
        protocol.data_received(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        while transport.answered() < 3 or transport.is_paused:
            paused[transport.answered()] = transport.is_paused
            await asyncio.sleep(0)
        protocol.connection_lost(None)
        return {**paused, transport.answered(): transport.is_paused}

    assert asyncio.run(paused_after_each_answer()) == {0: True, 1: True, 2: False, 3: False}


@pytest.mark.parametrize("is_read", [True, False])
def test_a_connection_whose_client_does_not_read_a_reply_is_dropped(*, is_read: bool) -> None:
    async def aborted() -> bool:
        config, transport = _Config(Application(Emulator()), lifespan="off", log_config=None), RecordingTransport()
        config.options = Options(request_seconds=0.01)
        protocol = _HttpProtocol(config, ServerState(), {})
        protocol.connection_made(transport)
        protocol.pause_writing()
        if is_read:
            protocol.resume_writing()
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.02, done.set_result, None)
        await done
        protocol.connection_lost(None)
        return transport.is_aborted

    assert asyncio.run(aborted()) is not is_read


def hello(service: RunningEmulator) -> lc.IOResult[object, lc.Error]:
    """Say hello in a new chat."""
    token = service.start_chat().participant_token
    with lc.new_env(endpoint_url=service.base_url, timeout=5.0) as env:
        return lc.converse(token, lambda chat: lc.say(chat, "Hello?"))(env)


@pytest.mark.parametrize("seconds", [0.0, 0.2])
@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), pytest.fail.Exception("a mistake")], ids=repr)
def test_an_exception_of_a_flow_ends_neither_a_request_nor_the_server(raised: BaseException, seconds: float) -> None:
    raises = threading.Event()

    @lc.program
    def flow(chat: lc.Chat) -> lc.Steps[None]:
        yield from lc.sleep(seconds)
        raises.set()
        raise raised

    with running(Emulator(flow=flow)) as service:
        lc.or_raise(hello(service))
        assert raises.wait(10.0)
        lc.or_raise(hello(service))
        assert service.flow_failures()[0].error is raised


def test_an_exception_of_a_timer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    fails = threading.Event()

    def raise_(_: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            fails.set()
            raise ZeroDivisionError

    with running(Emulator(Options(chat_seconds=0.2), on_frame=raise_)) as service:
        service.start_chat()
        assert fails.wait(10.0)
        with lc.new_env(endpoint_url=service.base_url, timeout=5.0) as env:
            refused = lc.to_result(lc.send(lc.new_create_participant_connection(lc.ParticipantToken("unknown")))(env))
        assert isinstance(refused.failure(), lc.ServiceError)
    assert "the emulator's timers failed" in caplog.text
