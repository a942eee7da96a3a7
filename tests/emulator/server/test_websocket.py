"""WebSockets over the network, with the client of `websockets`."""

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
    ParticipantToken,
    new_disconnect_participant,
    new_send_message,
)
from lensconnect.emulator import Emulator, Options, RunningEmulator, SocketFault, running

from ..helpers.harness import SUBSCRIBE, connected, described, item_in, kinds, socket_url


@pytest.fixture(scope="module")
def service() -> Iterator[RunningEmulator]:
    with running() as service:
        yield service


@contextmanager
def open_websocket(service: RunningEmulator, token: ParticipantToken) -> Generator[ClientConnection]:
    with connect(socket_url(service, token), proxy=None) as socket:
        yield socket


def refused_handshake(url: str) -> tuple[int, bytes]:
    with pytest.raises(InvalidStatus) as refused, connect(url, proxy=None):
        pass
    return refused.value.response.status_code, bytes(refused.value.response.body or b"")


def receive_frame(socket: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(socket.recv(timeout=5))
    return frame


def subscribe(socket: ClientConnection) -> ClientConnection:
    socket.send(SUBSCRIBE)
    assert receive_frame(socket)["content"]["status"] == "success"
    return socket


def receive_until_closed(socket: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """Return the frames until the WebSocket is closed, and the close code."""
    frames: list[dict[str, Any]] = []
    try:
        while True:
            frames.append(receive_frame(socket))
    except ConnectionClosed as closed:
        return frames, closed.rcvd.code if closed.rcvd else None


def test_a_chat_is_pushed_to_both_sides(service: RunningEmulator) -> None:
    chat = service.start_chat()
    with (
        open_websocket(service, chat.participant_token) as customer,
        open_websocket(service, chat.agent_token) as agent,
    ):
        subscribe(customer)
        assert kinds([item_in(receive_frame(customer))]) == ["participant.joined"]
        customer.send('{"topic":"aws/heartbeat"}')
        assert receive_frame(customer) == {"topic": "aws/heartbeat"}
        subscribe(agent)
        assert (
            item_in(receive_frame(agent))["ParticipantRole"]
            == item_in(receive_frame(customer))["ParticipantRole"]
            == "AGENT"
        )
        token = connected(service.emulator, chat.participant_token)
        service.emulator.handle(described(new_send_message("text/plain", "Grüße 👋", token)))
        assert item_in(receive_frame(agent))["Content"] == item_in(receive_frame(customer))["Content"] == "Grüße 👋"
        service.emulator.handle(described(new_disconnect_participant(token)))
        for socket in (customer, agent):
            frames, code = receive_until_closed(socket)
            assert kinds(map(item_in, frames)) == ["participant.left", "chat.ended"]
            assert code == 1000


@pytest.mark.parametrize("junk", ["", "nonsense", b"\xff\x00", b"", "{" * 1000])
def test_a_malformed_frame_is_answered_forbidden(service: RunningEmulator, junk: str | bytes) -> None:
    with open_websocket(service, service.start_chat().participant_token) as socket:
        socket.send(junk)
        assert receive_frame(socket)["message"] == "Forbidden"
        subscribe(socket)


def test_a_frame_that_is_too_long_closes_the_websocket(service: RunningEmulator) -> None:
    with open_websocket(service, service.start_chat().participant_token) as socket:
        socket.send("x" * (128 * 1024))
        assert receive_frame(socket)["message"] == "Forbidden"
        socket.send("x" * (128 * 1024 + 1))
        assert receive_until_closed(socket) == ([], 1009)


def test_a_handshake_is_refused_with_its_status(service: RunningEmulator) -> None:
    chat = service.start_chat()
    url = socket_url(service, chat.participant_token)
    with connect(url, proxy=None):
        pass
    for wrong, status in ((url, 403), (url + "x", 403), (url.replace("/participant/socket", "/x"), 404)):
        refused, body = refused_handshake(wrong)
        assert (refused, b"message" in body) == (status, True)
    with ExitStack() as sockets:
        for _ in range(5):
            sockets.enter_context(open_websocket(service, chat.participant_token))
        assert refused_handshake(socket_url(service, chat.participant_token))[0] == 429


def test_a_closed_websocket_does_not_count(service: RunningEmulator) -> None:
    chat = service.start_chat()
    for _ in range(12):
        with open_websocket(service, chat.participant_token) as socket:
            subscribe(socket)


def test_frames_stay_in_order_when_threads_send(service: RunningEmulator) -> None:
    chat = service.start_chat()
    token = connected(service.emulator, chat.participant_token)

    def send(sender: int) -> None:
        for n in range(50):
            service.emulator.handle(described(new_send_message("text/plain", f"{sender} {n}", token)))

    with open_websocket(service, chat.agent_token) as agent:
        subscribe(agent)
        assert kinds([item_in(receive_frame(agent))]) == ["participant.joined"]
        threads = [threading.Thread(target=send, args=(sender,)) for sender in range(3)]
        for thread in threads:
            thread.start()
        items = [item_in(receive_frame(agent)) for _ in range(150)]
        for thread in threads:
            thread.join()
    times = [item["AbsoluteTime"] for item in items]
    assert times == sorted(set(times))
    for sender in range(3):
        assert [item["Content"] for item in items if item["Content"][0] == str(sender)] == [
            f"{sender} {n}" for n in range(50)
        ]


def test_timers_run_without_a_request() -> None:
    with running(Emulator(Options(socket_seconds=2.0))) as service:
        with open_websocket(service, service.start_chat().participant_token) as socket:
            subscribe(socket)
            frames, code = receive_until_closed(socket)
        assert (kinds(map(item_in, frames)), code) == (["participant.joined"], 1001)


def test_a_silenced_websocket_receives_nothing(service: RunningEmulator) -> None:
    service.emulator.plan(SocketFault("silence", topic="aws/heartbeat", count=1))
    with open_websocket(service, service.start_chat().participant_token) as socket:
        socket.send('{"topic":"aws/heartbeat"}')
        socket.send('{"topic":"aws/ping"}')
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.3)


def test_stopping_closes_websockets() -> None:
    with ExitStack() as sockets:
        with running() as service:
            socket = sockets.enter_context(open_websocket(service, service.start_chat().participant_token))
        assert receive_until_closed(socket)[1] == 1012
