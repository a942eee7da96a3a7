"""Stopping the server closes every connection, also one whose client does not read."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import urlsplit

import pytest

from lensconnect import new_send_message
from lensconnect.emulator import RunningEmulator, running

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
