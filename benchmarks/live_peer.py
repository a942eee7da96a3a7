"""The other end of live chats, in its own process: `python -m benchmarks.live_peer` sends frames when it is told to.

It prints its port.  A WebSocket is known by the path of its URL.  A line "path count interval" on standard input sends
so many frames, one each `interval` seconds and in turn to the WebSockets of that path; with an interval of 0 all at
once.  Each frame holds an item with a new Id and a later time; all are equally long.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count, cycle, islice

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from benchmarks.harness import ROOT
from benchmarks.server import one_core

SUBSCRIBED = '{"topic":"aws/subscribe","content":{"status":"success","topics":["aws/chat"]}}'
TEXT = "Good morning, my parcel has not arrived."
LONG = 126
"""The length that says that two bytes with the length follow (RFC 6455, 5.2)."""


def message(number: int) -> str:
    """Return the text of a chat frame, some 300 bytes."""
    seconds, thousandth = divmod(number, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    item = {
        "AbsoluteTime": f"2026-11-03T{hour:02}:{minute:02}:{second:02}.{thousandth:03}Z",
        "Content": TEXT,
        "ContentType": "text/plain",
        "Id": f"0a6d3c1e-{number:012}",
        "Type": "MESSAGE",
        "ParticipantId": "7c2b8f0a-1111",
        "ParticipantRole": "AGENT",
    }
    content = json.dumps(item, separators=(",", ":"))
    frame = {"topic": "aws/chat", "contentType": "application/json", "content": content}
    return json.dumps(frame, separators=(",", ":"))


def frame(number: int) -> bytes:
    payload = message(number).encode()
    return bytes([0x81, LONG]) + len(payload).to_bytes(2, "big") + payload


FRAME_LENGTH = len(frame(0))


class Peer:
    """All WebSockets by path, in the order in which they get frames, and the number of the next item."""

    def __init__(self) -> None:
        self.connections: dict[str, list[ServerConnection]] = defaultdict(list)
        self.in_turn: dict[str, Iterator[ServerConnection]] = {}
        self.numbers = count()

    async def listen(self, connection: ServerConnection) -> None:
        """Answer subscriptions and echo heartbeats."""
        assert connection.request is not None
        self.connections[connection.request.path].append(connection)
        with suppress(ConnectionClosed):  # a bare socket sends no close frame
            async for text in connection:
                if "subscribe" in str(text):
                    await connection.send(SUBSCRIBED)
                elif "heartbeat" in str(text):
                    await connection.send(text)

    async def send(self, path: str, frames: int, interval: float) -> None:
        connections = self.connections[path]
        if interval == 0:
            for connection in connections:
                each = islice(self.numbers, frames // len(connections))
                connection.transport.write(b"".join(map(frame, each)))
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        in_turn = self.in_turn.setdefault(path, cycle(connections))
        for sent, connection in enumerate(islice(in_turn, frames)):
            await asyncio.sleep(began + sent * interval - loop.time())
            connection.transport.write(frame(next(self.numbers)))


async def main() -> None:
    peer = Peer()
    async with serve(peer.listen, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            path, frames, interval = line.split()
            await peer.send(path, int(frames), float(interval))


Order = Callable[[str, int, float], None]
"""Sends frames: a path, their number, and the seconds between two."""


@contextmanager
def running() -> Iterator[tuple[str, Order]]:
    """Run the peer on the core of this process; yield the start of its URLs, and the function that gives it an order."""
    with ExitStack() as stack:
        stack.enter_context(one_core())
        command = [sys.executable, "-m", "benchmarks.live_peer"]
        process = stack.enter_context(
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        assert process.stdin is not None
        assert process.stdout is not None
        stdin = process.stdin
        stack.callback(process.terminate)

        def order(path: str, frames: int, interval: float) -> None:
            print(path, frames, interval, file=stdin, flush=True)

        yield f"ws://127.0.0.1:{int(process.stdout.readline())}", order


if __name__ == "__main__":
    asyncio.run(main())
