"""Behaviour of AiohttpTransport alone."""

from __future__ import annotations

import asyncio
import threading

import aiohttp
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
def test_a_stray_reply_that_the_loop_has_not_read_costs_no_call(secure: bool) -> None:
    """A stray reply that a blocked loop has not read yet closes its connection; the next request takes another."""
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
        assert asyncio.run(twice(peer)).unwrap().status == 200
    assert peer.connections == len(peer.requests) == 2


def test_a_peer_that_speaks_first_is_refused() -> None:
    """Bytes on a new connection are no stale ones: no further connection is tried."""

    def script(connection: ServerConnection) -> None:
        connection.send(REPLY % 200)
        sent.set()
        connection.hang()

    async def late(*_: object) -> None:
        sent.wait(5.0)  # blocks the loop
        await asyncio.sleep(0)

    async def ask(url: str) -> Result[HttpResponse, TransportError]:
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(late)
        async with aiohttp.ClientSession(trace_configs=[trace]) as session:
            return await AiohttpTransport(session)(post(url), 5.0)

    sent = threading.Event()
    with PatientServer(script) as peer:
        refused = asyncio.run(ask(peer.url())).failure()
    assert (refused.kind, refused.sent, peer.connections) == ("protocol", "no", 1)


def test_an_exception_of_a_trace_function_is_a_value() -> None:
    async def fail(*_: object) -> None:
        raise KeyError("secret")

    async def ask(url: str, name: str) -> TransportError:
        trace = aiohttp.TraceConfig()
        getattr(trace, name).append(fail)
        async with aiohttp.ClientSession(trace_configs=[trace]) as session:
            return (await AiohttpTransport(session)(post(url), 5.0)).failure()

    with PatientServer(lambda connection: connection.send(connection.read_request() and REPLY % 200)) as peer:
        before = asyncio.run(ask(peer.url(), "on_request_start"))
        after = asyncio.run(ask(peer.url(), "on_request_end"))
    assert (before.kind, before.sent, after.kind, after.sent) == ("protocol", "no", "protocol", "maybe")
    assert "secret" not in f"{before}{after}"
