"""No frame of a client leaves an adapter: error reporters show local variables, and a client's hold the token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from traceback import walk_tb
from typing import Any

import anyio
import httpx2
import pytest
import trio

from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import post
from lensconnect.interpreters.aiohttp import AiohttpTransport
from lensconnect.interpreters.httpx2 import Httpx2Transport

ADAPTERS: dict[str, Callable[[], Any]] = {"aiohttp": AiohttpTransport, "httpx2": Httpx2Transport}
on_each = pytest.mark.parametrize("make", ADAPTERS.values(), ids=ADAPTERS)


def hang(connection: ServerConnection) -> None:
    connection.read_request()
    connection.hang()


def frames_of(error: BaseException) -> list[str]:
    """Return the functions of its frames; nothing else hangs on it."""
    assert (error.__cause__, error.__context__) == (None, None)
    return [frame.f_code.co_name for frame, _ in walk_tb(error.__traceback__)]


@on_each
def test_a_cancellation_on_asyncio_is_a_new_one_with_the_same_arguments(make: Callable[[], Any]) -> None:
    async def ask(url: str) -> BaseException:
        async with make() as transport:
            task = asyncio.create_task(transport(post(url), 5.0))
            while not peer.requests:
                await asyncio.sleep(0)
            task.cancel("by the caller")
            with pytest.raises(asyncio.CancelledError) as raised:
                await task
            return raised.value

    with PatientServer(hang) as peer:
        error = asyncio.run(ask(peer.url()))
    assert error.args == ("by the caller",)
    assert frames_of(error) == ["ask", "__call__"]


def test_a_cancellation_on_trio_is_the_same_one() -> None:
    caught: list[BaseException] = []
    frames: list[str] = []

    async def ask(url: str) -> bool:
        async with Httpx2Transport() as transport:
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(call, transport, url)
                    while not peer.requests:
                        await trio.sleep(0)
                    nursery.cancel_scope.cancel()
            return not scope.cancelled_caught

    async def call(transport: Any, url: str) -> None:
        try:
            await transport(post(url), 5.0)
        except trio.Cancelled as error:
            caught.append(error)
            frames.extend(frames_of(error))
            raise

    with PatientServer(hang) as peer:
        assert trio.run(ask, peer.url())
    assert len(caught) == 1
    assert frames == ["call", "__call__"]


@on_each
def test_a_scope_of_anyio_on_asyncio_knows_its_cancellation(make: Callable[[], Any]) -> None:
    async def ask(url: str) -> bool:
        async with make() as transport:
            with anyio.move_on_after(0.05) as scope:
                await transport(post(url), 5.0)
            await asyncio.sleep(0)
            return scope.cancelled_caught

    with PatientServer(lambda connection: connection.hang()) as peer:
        assert asyncio.run(ask(peer.url()))


@on_each
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_another_exception_is_the_same_one(
    make: Callable[[], Any], kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt = kind("now")

    async def stop(*_: object, **__: object) -> None:
        interrupt.__context__ = ValueError("secret")
        raise interrupt

    async def ask() -> BaseException:
        async with make() as transport:
            monkeypatch.setattr(transport, "_perform", stop)
            with pytest.raises(kind) as raised:
                await transport(post("http://127.0.0.1:9/"), 5.0)
            return raised.value

    error = asyncio.run(ask())
    assert error is interrupt
    assert frames_of(error) == ["ask", "__call__"]


def test_a_handler_that_uses_repr_shows_no_url(caplog: pytest.LogCaptureFixture) -> None:
    """The arguments of a log record are masked in every rendering."""

    async def ask(url: str) -> None:
        async with httpx2.AsyncClient() as client:
            await Httpx2Transport(client)(post(url), 5.0)

    caplog.set_level(logging.DEBUG)
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with PatientServer(lambda connection: connection.send(connection.read_request() and ok)) as peer:
        asyncio.run(ask(peer.url("/key?X-Amz-Signature=secret")))
    shown = [repr(record.args) for record in caplog.records if record.name == "httpx2"]
    assert any("127.0.0.1" in text for text in shown)
    assert "secret" not in "".join(shown)
