"""The server's side of a WebSocket by hand, on a scripted server: RFC 6455 without a library."""

from __future__ import annotations

import hashlib
import struct
from base64 import b64encode
from collections.abc import Callable
from typing import Final

from lensconnect.testing.contract.scripted_server import Script, ServerConnection

__all__ = [
    "BINARY",
    "CLOSE",
    "CONTINUATION",
    "PING",
    "PONG",
    "TEXT",
    "Peer",
    "accept_of",
    "close",
    "frame",
    "talk",
    "text",
]

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a frame without a mask."""
    head = bytes([opcode | (0x80 if fin else 0)])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return head + b"\x7e" + struct.pack("!H", len(payload)) + payload
    return head + b"\x7f" + struct.pack("!Q", len(payload)) + payload


def text(value: str) -> bytes:
    """Return a text frame."""
    return frame(TEXT, value.encode())


def close(code: int, reason: bytes = b"") -> bytes:
    """Return a close frame."""
    return frame(CLOSE, struct.pack("!H", code) + reason)


def accept_of(request: bytes) -> bytes:
    """Return the reply that accepts a handshake."""
    key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    accept = b64encode(hashlib.sha1(key.split(b":")[1].strip() + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


class Peer:
    """One connection after its handshake."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.send = connection.send
        self._unread = bytearray()

    def _read(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._unread += self.connection.receive()
        data = bytes(self._unread[:count])
        del self._unread[:count]
        return data

    def read_frame(self) -> tuple[int, bytes]:
        """Read a frame of the client, which must have a mask; return its opcode and its payload."""
        first, second = self._read(2)
        if not second & 0x80:  # also what is read of TLS once the server has shut the connection down
            raise ConnectionError("a client masks its frames")
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._read(8))
        mask = self._read(4)
        payload = self._read(size)
        key = (mask * (size // 4 + 1))[:size]
        plain = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
        return first & 0x0F, plain.to_bytes(size, "big")

    def read_to_close(self) -> int | None:
        """Read until the client closes; return the code of its close frame, None if there was none."""
        code: int | None = None
        try:
            while True:
                opcode, payload = self.read_frame()
                if opcode == CLOSE:
                    (code,) = struct.unpack("!H", payload[:2]) if payload else (1005,)
        except OSError:
            return code


def talk(script: Callable[[Peer], object]) -> Script:
    """Return a script of a server that accepts the handshake, runs `script`, and reads until the client closes."""

    def serve(connection: ServerConnection) -> None:
        connection.send(accept_of(connection.read_request()))
        peer = Peer(connection)
        script(peer)
        peer.read_to_close()

    return serve
