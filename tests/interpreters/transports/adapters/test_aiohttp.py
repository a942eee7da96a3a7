"""Behaviour of AiohttpTransport alone."""

from __future__ import annotations

import asyncio
import threading

import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import post
from lensconnect.errors import TransportError
from lensconnect.http import HttpResponse
from lensconnect.interpreters.aiohttp import AiohttpTransport
from lensconnect.results import Result

REPLY = b"HTTP/1.1 %d OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_a_stray_reply_that_the_loop_has_not_read_is_dropped(secure: bool) -> None:
    """A stray reply that a blocked loop has not read yet is noticed before the next request."""
    go, answered = threading.Event(), threading.Event()

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        connection.send(REPLY % 200)
        go.wait(5.0)
        connection.send(REPLY % 500)
        answered.set()
        connection.hang()

    async def twice(peer: PatientServer) -> Result[HttpResponse, TransportError]:
        async with AiohttpTransport(ssl_context=trusting()) as transport:
            assert (await transport(post(peer.url()), 5.0)).unwrap().status == 200
            go.set()
            assert answered.wait(5.0)  # blocks the loop
            return await transport(post(peer.url()), 5.0)

    with PatientServer(script, serving() if secure else None) as peer:
        refused = asyncio.run(twice(peer)).failure()
    assert (refused.kind, refused.sent) == ("protocol", "no")
