"""An adapter uses a given client's connections and proxies, and nothing else of it."""

from __future__ import annotations

import asyncio
import logging
import threading
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import Outcome, post
from lensconnect.http import HttpRequest
from lensconnect.interpreters.aiohttp import AiohttpTransport
from lensconnect.interpreters.httpx2 import Httpx2Transport

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
OK = HEAD + b"{}"
WITH_COOKIE = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def asked() -> list[bytes]:
    """The heads of the received requests."""
    return []


@pytest.fixture
def peer(asked: list[bytes]) -> Iterator[PatientServer]:
    def script(connection: ServerConnection) -> None:
        while True:
            asked.append(connection.read_request().partition(b"\r\n\r\n")[0])
            connection.send(OK)

    with PatientServer(script) as peer:
        yield peer


def over_session(request: HttpRequest, **options: Any) -> Outcome:
    async def ask() -> Outcome:
        async with aiohttp.ClientSession(**options) as session:
            return await AiohttpTransport(session)(request, 5.0)

    return asyncio.run(ask())


def over_client(request: HttpRequest, **options: Any) -> Outcome:
    async def ask() -> Outcome:
        async with httpx2.AsyncClient(**options) as client:
            return await Httpx2Transport(client)(request, 5.0)

    return asyncio.run(ask())


def test_a_password_in_netrc_is_not_sent(
    peer: PatientServer, asked: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`trust_env` is used for proxies only."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for over in (over_session, over_client):
        assert over(post(peer.url()), trust_env=True).unwrap().status == 200
        assert b"authorization" not in asked.pop().lower()


def test_the_proxy_of_the_environment_is_used(
    peer: PatientServer, asked: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's proxy is used with its password, except for hosts in NO_PROXY."""
    monkeypatch.setenv("http_proxy", f"http://user:password@127.0.0.1:{peer.port}")
    monkeypatch.setenv("no_proxy", "direct.invalid")
    request = post("http://chat.invalid/participant/message")
    for over in (over_session, over_client):
        assert over(request, trust_env=True).unwrap().status == 200
        assert b"Proxy-Authorization: Basic " + b64encode(b"user:password") in asked.pop()
        assert over(request, trust_env=False).failure().kind == "name"
        assert over(post("http://direct.invalid/"), trust_env=True).failure().kind == "name"


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy"])
def test_the_proxy_of_the_environment_gets_no_request_to_this_machine(
    name: str, peer: PatientServer, asked: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that the caller gives to the client in code gets it."""
    with PatientServer(lambda connection: connection.hang()) as proxy:
        monkeypatch.setenv(name, proxy.url(""))
        for host in ("127.0.0.1", "localhost"):
            for over in (over_session, over_client):
                assert over(post(peer.url(host=host)), trust_env=True).unwrap().status == 200
        assert not proxy.connections
    asked.clear()
    for over in (over_session, over_client):
        assert over(post(proxy.url()), proxy=peer.url(""), trust_env=True).unwrap().status == 200
    assert all(head.startswith(b"POST http://") for head in asked)


@pytest.mark.filterwarnings("ignore:BasicAuth|The 'proxy_auth':DeprecationWarning")
def test_the_proxy_of_a_session_gets_its_password(peer: PatientServer, asked: list[bytes]) -> None:
    auth = aiohttp.BasicAuth("user", "password")
    request = post("http://chat.invalid/participant/message")
    proxy = f"http://127.0.0.1:{peer.port}"
    assert over_session(request, proxy=proxy, proxy_auth=auth).unwrap().status == 200
    assert b"Proxy-Authorization: " + auth.encode().encode() in asked.pop()


def test_nothing_of_a_call_reaches_the_client(peer: PatientServer) -> None:
    """Event hooks, which see the token and may raise, are not called, and no cookie lands in the caller's jar."""

    async def fail(_: object) -> None:
        raise RuntimeError

    async def ask() -> list[object]:
        async with (
            httpx2.AsyncClient(event_hooks={"request": [fail], "response": [fail]}) as client,
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        ):
            for transport in (Httpx2Transport(client), AiohttpTransport(session)):
                assert (await transport(post(peer.url()), 5.0)).unwrap().status == 200
            return [*client.cookies, *session.cookie_jar]

    peer.script = lambda connection: connection.send(connection.read_request() and WITH_COOKIE)
    assert asyncio.run(ask()) == []


async def answer(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, content=request.url.raw_path)


async def application(scope: dict[str, Any], _: object, say: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    length = str(len(scope["raw_path"])).encode()
    await say({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await say({"type": "http.response.body", "body": scope["raw_path"]})


@pytest.mark.parametrize(
    "transport", [httpx2.MockTransport(answer), httpx2.ASGITransport(application)], ids=["mock", "asgi"]
)
def test_a_mock_transport_without_connections_works(transport: httpx2.AsyncBaseTransport) -> None:
    """A client with a mock transport works, though it has no connection to check."""
    outcome = over_client(post("https://chat.invalid/participant/views/a%2Fb"), transport=transport)
    assert outcome.unwrap().body == b"/participant/views/a%2Fb"


def test_a_client_logs_no_secret_of_a_url(peer: PatientServer, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG level a client logs neither a presigned URL's signature nor a view's token."""
    caplog.set_level(logging.DEBUG)
    for over in (over_session, over_client):
        for target in ("/key?X-Amz-Signature=secret", "/participant/views/secret"):
            assert over(post(peer.url(target))).unwrap().status == 200
    assert "HTTP Request: POST" in caplog.text
    assert "secret" not in caplog.text


TRANSPORTS: dict[str, Callable[..., Any]] = {"aiohttp": AiohttpTransport, "httpx2": Httpx2Transport}


@pytest.mark.parametrize("make", TRANSPORTS.values(), ids=TRANSPORTS)
def test_a_stray_reply_in_its_own_tls_record_is_noticed(make: Callable[..., Any]) -> None:
    """A stray reply that TLS holds decrypted is noticed, though the socket is not readable."""
    stray = OK.replace(b"200 OK", b"203 No")

    def script(connection: ServerConnection) -> None:
        while connection.read_request():
            connection.send(HEAD + b"{")
            begun.set()
            go.wait(20.0)
            go.clear()
            connection.send(b"}", stray)
            answered.set()

    async def ask(transport: Any, url: str) -> int:
        call = asyncio.create_task(transport(post(url), 5.0))
        while not begun.is_set():
            await asyncio.sleep(0)
        begun.clear()
        go.set()
        answered.wait(20.0)  # and the loop with it, so that both are there when it reads
        answered.clear()
        return (await call).unwrap().status

    async def twice(url: str) -> list[int]:
        async with make(ssl_context=trusting()) as transport:
            return [await ask(transport, url) for _ in range(2)]

    begun, go, answered = threading.Event(), threading.Event(), threading.Event()
    with PatientServer(script, serving()) as peer:
        assert asyncio.run(twice(peer.url())) == [200, 200]
