"""A minimal server: `python -m benchmarks.server SECONDS [certificate.pem]` answers every request with the same reply.

It is a separate process with blocking sockets, a thread for each connection, and TLS if it has a certificate.
It answers after so many seconds, prints its port and ends when its standard input is closed.

It runs on the same core as the measuring process: waking another core of a virtual machine may cost the sender
more than the whole call, and that cost varies from run to run.  With `after` it runs on another core, if there is
one, so that the measuring process waits as one that waits for AWS does.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.harness import ROOT

BODY = b'{"AbsoluteTime":"2026-11-03T10:00:00.123Z","Id":"0a6d3c1e-53c1-4a7e-9f1b-000000000001"}'
REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"x-amzn-RequestId: 4f0e7b44-9c6a-4a53-8b7b-2f7d9b0f6a10\r\nDate: Tue, 03 Nov 2026 10:00:00 GMT\r\n\r\n"
) % len(BODY) + BODY
LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


def answer(connection: socket.socket, context: ssl.SSLContext | None, after: float) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection if context is None else context.wrap_socket(connection, server_side=True) as stream:
        pending = b""
        while data := stream.recv(65536):
            pending += data
            while (head := pending.find(b"\r\n\r\n")) >= 0:
                length = LENGTH.search(pending, 0, head)
                end = head + 4 + (int(length[1]) if length else 0)
                if len(pending) < end:
                    break
                pending = pending[end:]
                if after:
                    time.sleep(after)
                stream.sendall(REPLY)


def serve(after: float, certificate: str | None) -> None:
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listening.getsockname()[1], flush=True)
    threading.Thread(target=accept, args=(listening, context, after), daemon=True).start()
    sys.stdin.read()


def accept(listening: socket.socket, context: ssl.SSLContext | None, after: float) -> None:
    while True:
        threading.Thread(target=answer, args=(listening.accept()[0], context, after), daemon=True).start()


class Served(NamedTuple):
    """The server's port, and the file of the CA to trust if it uses TLS."""

    port: int
    ca: str | None

    @property
    def url(self) -> str:
        return f"{'https' if self.ca else 'http'}://127.0.0.1:{self.port}"


@contextmanager
def running(*, tls: bool = False, after: float = 0.0) -> Iterator[Served]:
    """Run the server in another process: on the core of this process, or with `after`, the seconds before a reply, on another."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        other_cores = stack.enter_context(one_core())
        certificate, ca = temporary_certificate(folder) if tls else (None, None)
        command = [sys.executable, "-m", "benchmarks.server", str(after), *([certificate] if certificate else [])]
        server = stack.enter_context(
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        if after and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(server.pid, other_cores)
        assert server.stdin is not None
        assert server.stdout is not None
        stack.callback(server.stdin.close)
        yield Served(int(server.stdout.readline()), ca)


@contextmanager
def one_core() -> Iterator[set[int]]:
    """Pin this process and those it starts to one core, if the system can; yield the other cores, or it where it is the only one."""
    if not hasattr(os, "sched_setaffinity"):
        yield set()
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield before - {max(before)} or before
    finally:
        os.sched_setaffinity(0, before)


def temporary_certificate(folder: Path) -> tuple[str, str]:
    """Write a certificate for 127.0.0.1 with its key, and its CA; return both file names."""
    import trustme  # imported here: not every measuring environment has it

    ca = trustme.CA()
    issued = ca.issue_cert("127.0.0.1")
    certificate, trusted = folder / "server.pem", folder / "ca.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    ca.cert_pem.write_to_path(trusted)
    return str(certificate), str(trusted)


if __name__ == "__main__":
    serve(float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
