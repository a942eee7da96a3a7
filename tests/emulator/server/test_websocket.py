"""The same sockets over the network, through `websockets`."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    ParticipantToken,
    create_participant_connection_type,
    decode,
    new_create_participant_connection,
    new_disconnect_participant,
    new_send_message,
)
from lensconnect import emulator as doors
from lensconnect.emulator import Emulator, Options, SocketFault

from ..helpers.harness import SUBSCRIBE, connected, described, item_in, kinds


@pytest.fixture
def service() -> Iterator[doors.RunningEmulator]:
    with doors.running() as served:
        yield served


def socket_url(service: doors.RunningEmulator, token: ParticipantToken) -> str:
    wanted = create_participant_connection_type.set((CONNECTION_TYPE_WEBSOCKET, CONNECTION_TYPE_CONNECTION_CREDENTIALS))
    request = wanted(new_create_participant_connection(token))
    websocket = decode(type(request), service.emulator.handle(described(request))).unwrap().websocket
    assert websocket is not None
    assert websocket.url is not None
    return websocket.url


@contextmanager
def opened(service: doors.RunningEmulator, token: ParticipantToken) -> Generator[ClientConnection]:
    with connect(socket_url(service, token), proxy=None) as socket:
        yield socket


def refusal(url: str) -> tuple[int, bytes]:
    with pytest.raises(InvalidStatus) as refused, connect(url, proxy=None):
        pass
    return refused.value.response.status_code, bytes(refused.value.response.body or b"")


def hear(socket: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(socket.recv(timeout=5))
    return frame


def subscribed(socket: ClientConnection) -> ClientConnection:
    socket.send(SUBSCRIBE)
    assert hear(socket)["content"]["status"] == "success"
    return socket


def rest(socket: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """Everything until the socket is closed, and by which code."""
    frames: list[dict[str, Any]] = []
    try:
        while True:
            frames.append(hear(socket))
    except ConnectionClosed as closed:
        return frames, closed.rcvd.code if closed.rcvd else None


def test_a_chat_over_the_network(service: doors.RunningEmulator) -> None:
    chat = service.start_chat()
    with opened(service, chat.participant_token) as customer, opened(service, chat.agent_token) as agent:
        subscribed(customer)
        assert kinds([item_in(hear(customer))]) == ["participant.joined"]
        customer.send('{"topic":"aws/heartbeat"}')
        assert hear(customer) == {"topic": "aws/heartbeat"}
        subscribed(agent)
        assert item_in(hear(agent))["ParticipantRole"] == item_in(hear(customer))["ParticipantRole"] == "AGENT"
        token = connected(service.emulator, chat.participant_token)
        service.emulator.handle(described(new_send_message("text/plain", "Grüße 👋", token)))
        assert item_in(hear(agent))["Content"] == item_in(hear(customer))["Content"] == "Grüße 👋"
        service.emulator.handle(described(new_disconnect_participant(token)))
        for socket in (customer, agent):
            frames, code = rest(socket)
            assert kinds(map(item_in, frames)) == ["participant.left", "chat.ended"]
            assert code == 1000


@pytest.mark.parametrize("junk", ["", "nonsense", b"\xff\x00", b"", "{" * 1000])
def test_junk_over_the_network(service: doors.RunningEmulator, junk: str | bytes) -> None:
    with opened(service, service.start_chat().participant_token) as socket:
        socket.send(junk)
        assert hear(socket)["message"] == "Forbidden"
        subscribed(socket)


def test_a_frame_may_be_too_long(service: doors.RunningEmulator) -> None:
    with opened(service, service.start_chat().participant_token) as socket:
        socket.send("x" * (128 * 1024))
        assert hear(socket)["message"] == "Forbidden"
        socket.send("x" * (128 * 1024 + 1))
        assert rest(socket) == ([], 1009)


def test_a_handshake_may_be_refused(service: doors.RunningEmulator) -> None:
    chat = service.start_chat()
    url = socket_url(service, chat.participant_token)
    with connect(url, proxy=None):
        pass
    for wrong, status in ((url, 403), (url + "x", 403), (url.replace("/participant/socket", "/x"), 404)):
        refused, body = refusal(wrong)
        assert (refused, b"message" in body) == (status, True)
    with ExitStack() as sockets:
        for _ in range(5):
            sockets.enter_context(opened(service, chat.participant_token))
        assert refusal(socket_url(service, chat.participant_token))[0] == 429


def test_a_closed_socket_makes_room(service: doors.RunningEmulator) -> None:
    chat = service.start_chat()
    for _ in range(12):
        with opened(service, chat.participant_token) as socket:
            subscribed(socket)


def test_order_is_kept_when_many_threads_send(service: doors.RunningEmulator) -> None:
    chat = service.start_chat()
    token = connected(service.emulator, chat.participant_token)

    def send(sender: int) -> None:
        for n in range(50):
            service.emulator.handle(described(new_send_message("text/plain", f"{sender} {n}", token)))

    with opened(service, chat.agent_token) as agent:
        subscribed(agent)
        assert kinds([item_in(hear(agent))]) == ["participant.joined"]
        threads = [threading.Thread(target=send, args=(sender,)) for sender in range(3)]
        for thread in threads:
            thread.start()
        items = [item_in(hear(agent)) for _ in range(150)]
        for thread in threads:
            thread.join()
    times = [item["AbsoluteTime"] for item in items]
    assert times == sorted(set(times))
    for sender in range(3):
        assert [item["Content"] for item in items if item["Content"][0] == str(sender)] == [
            f"{sender} {n}" for n in range(50)
        ]


def test_the_clock_ticks_by_itself() -> None:
    with doors.running(Emulator(Options(socket_seconds=0.3))) as service:
        with opened(service, service.start_chat().participant_token) as socket:
            subscribed(socket)
            frames, code = rest(socket)
        assert (kinds(map(item_in, frames)), code) == (["participant.joined"], 1001)


def test_a_socket_fault_over_the_network(service: doors.RunningEmulator) -> None:
    service.emulator.plan(SocketFault("silence", topic="aws/heartbeat", count=1))
    with opened(service, service.start_chat().participant_token) as socket:
        socket.send('{"topic":"aws/heartbeat"}')
        socket.send('{"topic":"aws/ping"}')
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.3)


def test_stopping_closes_sockets() -> None:
    with ExitStack() as sockets:
        with doors.running() as service:
            socket = sockets.enter_context(opened(service, service.start_chat().participant_token))
        assert rest(socket)[1] == 1012
