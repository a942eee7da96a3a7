"""The barest server: `python -m benchmarks.server` answers every request with the same reply.

A process of its own, blocking sockets, a thread for each kept connection.  Prints its port, ends
with its standard input.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.harness import ROOT

BODY = b'{"AbsoluteTime":"2026-11-03T10:00:00.123Z","Id":"0a6d3c1e-53c1-4a7e-9f1b-000000000001"}'
REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"x-amzn-RequestId: 4f0e7b44-9c6a-4a53-8b7b-2f7d9b0f6a10\r\nDate: Tue, 03 Nov 2026 10:00:00 GMT\r\n\r\n"
) % len(BODY) + BODY
LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


def answer(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    held = b""
    while data := connection.recv(65536):
        held += data
        while (head := held.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(held, 0, head)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(held) < end:
                break
            held = held[end:]
            connection.sendall(REPLY)


def serve() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    threading.Thread(target=accept, args=(listening,), daemon=True).start()
    sys.stdin.read()


def accept(listening: socket.socket) -> None:
    while True:
        threading.Thread(target=answer, args=(listening.accept()[0],), daemon=True).start()


@contextmanager
def running() -> Iterator[int]:
    """The server in another process; gives its port."""
    command = [sys.executable, "-m", "benchmarks.server"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()


if __name__ == "__main__":
    serve()
