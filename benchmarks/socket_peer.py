"""A peer for WebSockets in a process of its own: `/flood` sends frames without end, `/echo` one for each that it gets.

with running() as url: ...
"""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from benchmarks.harness import ROOT

SIZE = 300
FRAME = b"\x81\x7e" + SIZE.to_bytes(2, "big") + b"x" * SIZE
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@contextmanager
def running() -> Iterator[str]:
    """Yield the URL of a peer, without its path."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.socket_peer"], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield f"ws://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in head.splitlines())}
        accept = b64encode(hashlib.sha1(lines[b"sec-websocket-key"] + _GUID).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        while b"/flood" in head[:20]:
            writer.write(FRAME * 200)
            await writer.drain()
        while True:
            _, size = await reader.readexactly(2)
            await reader.readexactly(4 + (size & 0x7F))
            writer.write(FRAME)
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
