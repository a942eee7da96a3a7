"""The socket driver of an environment: its CA bundle, its proxies, its transport; and the memory of a WebSocket."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from helpers.socket_programs import MEGABYTE, do

from interpreters.helpers.certificates import authority_file, serving
from interpreters.helpers.servers import PatientServer
from interpreters.sockets.helpers.drivers import DRIVERS
from interpreters.sockets.helpers.peer import talking, text, url_of
from interpreters.sockets.test_drivers import proxy
from lensconnect import (
    Error,
    HttpRequest,
    HttpResponse,
    Program,
    Result,
    Steps,
    Success,
    TransportError,
    new_async_env,
    new_env,
    program,
    to_result,
)
from lensconnect.programs.effects import CloseSocket, OpenSocket, ReceiveFrame


def sync(performed: Program[Any, Error], **options: Any) -> Result[Any, Error]:
    with new_env(region="us-east-1", **options) as env:
        return to_result(performed(env))


def on(run: Callable[..., Any]) -> Callable[..., Result[Any, Error]]:
    def performed_on(performed: Program[Any, Error], **options: Any) -> Result[Any, Error]:
        async def main() -> Result[Any, Error]:
            async with new_async_env(region="us-east-1", **options) as env:
                return to_result(await performed(env))

        return run(main)

    return performed_on


def answer(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
    return Success(HttpResponse(200))


async def answer_later(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
    return Success(HttpResponse(200))


RUNS: dict[str, tuple[Callable[..., Result[Any, Error]], dict[str, Any]]] = {
    "direct": (sync, {}),
    "a function": (sync, {"transport": answer}),
    "direct on asyncio": (on(lambda main: asyncio.run(main())), {}),
    "aiohttp": (on(lambda main: asyncio.run(main())), {"transport": "aiohttp"}),
    "httpx2 on trio": (on(trio.run), {"transport": "httpx2"}),
    "a function on trio": (on(trio.run), {"transport": answer_later}),
}
with_each_transport = pytest.mark.parametrize("name", RUNS)


@program
def first_frame(url: str) -> Steps[object]:
    socket = yield from do(OpenSocket(url, 10.0, MEGABYTE))
    frame = yield from do(ReceiveFrame(socket, 10.0))
    yield from do(CloseSocket(socket, 1000))
    return frame


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@with_each_transport
def test_the_ca_bundle_is_trusted(name: str, tmp_path: Path) -> None:
    run, options = RUNS[name]
    with talking(lambda peer: peer.send(text("trusted")), serving()) as server:
        assert run(first_frame(url_of(server)), **options, ca_bundle=authority_file(tmp_path)).unwrap() == "trusted"
        error = run(first_frame(url_of(server)), **options).failure()
        assert isinstance(error, TransportError)
        assert (error.kind, error.sent) == ("tls", "no")


@with_each_transport
def test_a_ca_bundle_that_cannot_be_read_fails_each_opening(name: str, tmp_path: Path) -> None:
    run, options = RUNS[name]
    (tmp_path / "no.pem").write_text("nothing")
    error = run(first_frame("wss://127.0.0.1:1/secret"), **options, ca_bundle=str(tmp_path / "no.pem")).failure()
    assert isinstance(error, TransportError)
    assert (error.kind, error.sent) == ("tls", "no")
    assert "the CA bundle cannot be used" in error.message


@with_each_transport
def test_the_proxy_is_used(name: str, tmp_path: Path) -> None:
    run, options = RUNS[name]
    seen: list[bytes] = []
    with (
        talking(lambda peer: peer.send(text("through")), serving()) as server,
        PatientServer(proxy(server.port, seen)) as between,
    ):
        proxies = {"https": f"http://127.0.0.1:{between.port}"}
        outcome = run(first_frame(url_of(server)), **options, ca_bundle=authority_file(tmp_path), proxies=proxies)
        assert outcome.unwrap() == "through"
    assert len(seen) == 1


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with talking(lambda peer: peer.send(text("directly"))) as server:
        assert sync(first_frame(url_of(server))).unwrap() == "directly"


def test_an_environment_closed_by_another_thread_while_a_socket_is_opened_keeps_none() -> None:
    accept = threading.Event()

    def serve_late(peer: Any) -> None:
        peer.read_to_close()

    with talking(serve_late) as server:
        server_script, go_on = server.script, threading.Event()

        def wait_first(connection: Any) -> None:
            accept.set()
            go_on.wait(20.0)
            server_script(connection)

        server.script = wait_first
        env = new_env(region="us-east-1")
        outcomes: list[Result[Any, Error]] = []
        opening = threading.Thread(target=lambda: outcomes.append(to_result(first_frame(url_of(server))(env))))
        opening.start()
        accept.wait(20.0)
        env.close()
        go_on.set()
        opening.join(20.0)
        error = outcomes[0].failure()
        assert isinstance(error, TransportError)
        assert error.kind == "closed"
        for thread in server.serving():
            thread.join(20.0)
            assert not thread.is_alive()


@pytest.mark.slow
@pytest.mark.parametrize("name", DRIVERS)
def test_an_idle_socket_is_small(name: str) -> None:
    """At most 20 KiB of Python's memory, its buffer of 4 KiB included."""
    count = 30
    with talking(lambda peer: None) as server, DRIVERS[name]() as driver:
        for _ in range(5):
            driver.open(url_of(server)).unwrap()
        gc.collect()
        tracemalloc.start()
        try:
            for _ in range(count):
                driver.open(url_of(server)).unwrap()
            gc.collect()
            ours = [
                tracemalloc.Filter(True, f"*/{name}/*") for name in ("interpreters", "websockets", "asyncio", "trio")
            ]
            snapshot = tracemalloc.take_snapshot().filter_traces([*ours, tracemalloc.Filter(False, "*/tests/*")])
        finally:
            tracemalloc.stop()
        size = sum(statistic.size for statistic in snapshot.statistics("filename")) / count
    assert size < 20 * 1024
