"""AsyncioConnection keeps early bytes for the first request, owns no buffer, and has one timer for all its requests."""

from __future__ import annotations

import asyncio
import gc
import socket
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import uvloop

from interpreters.helpers.certificates import serving, trusting
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.aio.connection import AsyncioConnection
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest, encode_request

LOOPS = pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
CONNECTIONS = 24
ROOM = 16 * 1024
"""Bytes that Python may allocate for one idle connection; a receive buffer has 64 KiB, and a small one 4."""


class SteeredLoop(asyncio.SelectorEventLoop):
    """A loop with a clock that the test moves, which counts its timers."""

    now = 0.0
    timers = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, *arguments: object, **options: object) -> asyncio.TimerHandle:
        self.timers += 1
        return super().call_at(when, *arguments, **options)  # type: ignore[arg-type]


@pytest.fixture
def steered() -> Iterator[tuple[asyncio.Runner, SteeredLoop]]:
    loop = SteeredLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        yield runner, loop


def asking() -> Exchange:
    """Return an exchange to send."""
    encoded = encode_request(HttpRequest("POST", "http://127.0.0.1/"))
    assert isinstance(encoded, EncodedRequest)
    return Exchange(encoded)


def reply(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@asynccontextmanager
async def connected(*, tls: bool = False) -> AsyncIterator[tuple[AsyncioConnection, socket.socket]]:
    """Open a connection, and the peer's socket of it, which asks for a TLS handshake if there is to be one."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours, theirs = socket.create_connection(listening.getsockname()), listening.accept()[0]
    with ours, theirs:
        ours.setblocking(False)
        transport, connection = await loop.create_connection(lambda: AsyncioConnection(loop, ours), sock=ours)
        if tls:
            accepting = asyncio.to_thread(serving().wrap_socket, theirs, server_side=True)
            theirs, _ = await asyncio.gather(accepting, connection.start_tls(trusting(), "127.0.0.1"))
        with theirs:
            yield connection, theirs
            transport.abort()
            await connection.lost


async def exchanged(connection: AsyncioConnection, theirs: socket.socket, body: bytes) -> HttpResponse:
    """Return the reply with this body, which the peer sends after the request."""
    exchange = asking()
    end = connection.send(exchange, 60.0)
    await asyncio.to_thread(theirs.sendall, reply(body))
    assert await end is None
    assert connection.finish()
    assert exchange.outcome is not None
    return exchange.outcome.unwrap()


async def two_replies() -> list[bytes]:
    """Return two replies: the first arrives before its request is sent, the second after both requests."""
    async with connected() as (connection, theirs):
        theirs.send(reply(b"early"))
        while not connection._early:  # until the loop has read it
            await asyncio.sleep(0)
        first = asking()
        await connection.send(first)
        assert connection.finish()
        assert first.outcome is not None
        return [first.outcome.unwrap().body, (await exchanged(connection, theirs, b"own")).body]


def test_an_early_reply_belongs_to_the_first_exchange() -> None:
    assert asyncio.run(two_replies()) == [b"early", b"own"]


@LOOPS
def test_what_a_connection_receives_is_not_left_for_the_next(new_loop: object) -> None:
    async def left() -> bytes:
        async with connected() as (connection, theirs), connected(tls=True) as (secure, its_peer):
            for body in (b"secret " * 9000, b"secret", b"secret " * 90):
                for each in ((connection, theirs), (secure, its_peer)):
                    assert (await exchanged(*each, body)).body == body
            return bytes(connection.get_buffer(-1))

    with asyncio.Runner(loop_factory=new_loop) as runner:  # type: ignore[arg-type]
        received = runner.run(left())
    assert len(received) == 65_536
    assert b"secret" not in received


@LOOPS
def test_an_idle_connection_owns_no_receive_buffer(new_loop: object) -> None:
    async def opened(stack: AsyncExitStack, count: int) -> None:
        for _ in range(count):
            await exchanged(*await stack.enter_async_context(connected()), b"{}")

    async def allocated() -> float:
        async with AsyncExitStack() as stack:
            await opened(stack, 1)  # the buffer of all of them
            gc.collect()
            tracemalloc.start()
            try:
                await opened(stack, CONNECTIONS)
                gc.collect()
                return tracemalloc.get_traced_memory()[0] / CONNECTIONS
            finally:
                tracemalloc.stop()

    with asyncio.Runner(loop_factory=new_loop) as runner:  # type: ignore[arg-type]
        assert runner.run(allocated()) < ROOM


def test_a_connection_has_one_timer_for_all_its_requests(steered: tuple[asyncio.Runner, SteeredLoop]) -> None:
    runner, loop = steered

    async def failures() -> list[AttemptFailed | None]:
        async with connected() as (connection, theirs):
            for _ in range(10):
                await exchanged(connection, theirs, b"{}")
                loop.now += 1
            assert loop.timers == 1
            end = connection.send(asking(), 60.0)
            loop.now = 60.0  # the time of the first request, at which the timer is set again
            await turns()
            assert not end.done()
            loop.now = 70.0
            late = await end
            connection.finish()
            assert loop.timers == 2
            await exchanged(connection, theirs, b"{}")
            end = connection.send(asking(), 1.0)
            loop.now = 71.0
            return [late, await end]

    for failure in runner.run(failures()):
        assert failure is not None
        assert (failure.kind, failure.message) == ("timeout", "out of time waiting for the reply")


def test_the_time_of_a_request_that_is_over_ends_no_tls_handshake(
    steered: tuple[asyncio.Runner, SteeredLoop],
) -> None:
    runner, loop = steered

    async def is_pending() -> bool:
        async with connected() as (connection, theirs):
            await exchanged(connection, theirs, b"")
            handshake = asyncio.create_task(connection.start_tls(trusting(), "127.0.0.1"))
            await turns()
            loop.now = 61.0
            await turns()
            pending = not handshake.done()
            handshake.cancel()
            await asyncio.wait([handshake])
            return pending

    assert runner.run(is_pending())


async def turns() -> None:
    """Let the loop go round until it has called what is due."""
    for _ in range(3):
        await asyncio.sleep(0)
