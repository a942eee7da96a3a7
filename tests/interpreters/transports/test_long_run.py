"""Many thousand sends through one environment leak no memory, descriptor or thread."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from lensconnect import EVENT_TYPING, ConnectionToken, gather, new_async_env, new_env, new_send_event, or_raise, send

TYPING: Final = send(new_send_event(EVENT_TYPING, ConnectionToken("t")))

SERVER: Final = r"""
import socket, threading

def answer(connection):
    while connection.recv(65536):
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"Id":"m-1"}')

listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    connection, _ = listening.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print("connected", flush=True)
    threading.Thread(target=answer, args=(connection,), daemon=True).start()
"""
"""Source of a server that answers each request with the same bytes."""


class Served(NamedTuple):
    """A server in another process."""

    url: str
    process: subprocess.Popen[str]

    def connections(self) -> int:
        """End the server and return the number of connections that it has accepted."""
        self.process.terminate()
        return self.process.communicate()[0].count("connected")


@contextmanager
def bare_server() -> Iterator[Served]:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Served(f"http://127.0.0.1:{process.stdout.readline().strip()}", process)
        finally:
            process.terminate()


class Usage(NamedTuple):
    """Resources of this process: Python's memory blocks, KiB of the process (on Linux), descriptors, threads."""

    blocks: int
    kibibytes: int
    descriptors: int
    threads: int


def usage() -> Usage:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if sys.platform == "linux" else 0
    kibibytes = pages * os.sysconf("SC_PAGE_SIZE") // 1024
    return Usage(sys.getallocatedblocks(), kibibytes, len(os.listdir("/dev/fd")), threading.active_count())


def assert_no_growth(before: Usage, after: Usage) -> None:
    assert after.blocks - before.blocks < 1000
    assert after.kibibytes - before.kibibytes < 1024
    assert after.descriptors <= before.descriptors
    assert after.threads <= before.threads


@pytest.mark.slow
def test_forty_thousand_sends_through_one_environment() -> None:
    with bare_server() as served, new_env(endpoint_url=served.url) as env:
        for _ in range(2_000):
            TYPING(env)
        before = usage()
        for _ in range(40_000):
            or_raise(TYPING(env))
        assert_no_growth(before, usage())
        assert served.connections() == 1


@pytest.mark.slow
def test_fifteen_thousand_sends_through_one_asynchronous_environment() -> None:
    async def perform(url: str) -> None:
        batch = gather([TYPING] * 100, limit=8)
        async with new_async_env(endpoint_url=url) as env:
            for _ in range(20):
                or_raise(await batch(env))
            before = usage()
            for _ in range(150):
                or_raise(await batch(env))
            assert_no_growth(before, usage())

    with bare_server() as served:
        asyncio.run(perform(served.url))
        assert served.connections() == 8
