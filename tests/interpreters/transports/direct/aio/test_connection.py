"""AsyncioConnection keeps bytes that arrive before the first request for the first request."""

from __future__ import annotations

import asyncio
import socket

from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.aio.connection import AsyncioConnection
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.poller import READ, new_poller
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest, encode_request


def asking() -> Exchange:
    """Return an exchange to send."""
    encoded = encode_request(HttpRequest("POST", "http://127.0.0.1/"))
    assert isinstance(encoded, EncodedRequest)
    return Exchange(encoded)


async def two_replies(ours: socket.socket, theirs: socket.socket) -> list[HttpResponse]:
    """Return two replies: the first arrives before its request is sent, the second after both requests."""
    loop = asyncio.get_running_loop()
    ours.setblocking(False)
    theirs.setblocking(False)
    theirs.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly")
    transport, connection = await loop.create_connection(lambda: AsyncioConnection(loop, ours, 65_536), sock=ours)
    while new_poller(ours.fileno()).wait(READ, 0):  # until the loop has read it
        await asyncio.sleep(0)
    first, second = asking(), asking()
    await connection.send(first)
    assert connection.finish()
    end = connection.send(second)
    theirs.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown")
    await end
    transport.abort()
    await connection.lost
    assert first.outcome is not None
    assert second.outcome is not None
    return [first.outcome.unwrap(), second.outcome.unwrap()]


def test_an_early_reply_belongs_to_the_first_exchange() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours = socket.create_connection(listening.getsockname())
        theirs, _ = listening.accept()
        with ours, theirs:
            replies = asyncio.run(two_replies(ours, theirs))
    assert [reply.body for reply in replies] == [b"early", b"own"]
