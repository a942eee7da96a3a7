"""One address: the URLs in replies follow the Host that was asked, or the URL that the server was given."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from lensconnect import CONNECTION_TYPE_WEBSOCKET, HttpRequest, HttpResponse
from lensconnect.emulator import Emulator, Options, RunningEmulator, running
from lensconnect.emulator.wire.origin import public_origin

from ..by_boto3.clients import fetched

PUBLIC = "https://chat.example:8443"


def called(service: RunningEmulator, path: str, token: str, body: dict[str, Any], host: str) -> Any:
    headers = {"Host": host, "X-Amz-Bearer": token, "Content-Type": "application/json"}
    response = fetched("POST", service.base_url + path, json.dumps(body).encode(), headers)
    assert response.status == 200, response.content
    return json.loads(response.content)


def urls_in_replies(service: RunningEmulator, host: str) -> tuple[str, list[str]]:
    """Return the start of the WebSocket URL, and of the URLs to upload to, to download from and to log in at."""
    chat = service.start_chat()
    types = [CONNECTION_TYPE_WEBSOCKET, "CONNECTION_CREDENTIALS"]
    opened = called(service, "/participant/connection", chat.participant_token, {"Type": types}, host)
    token = opened["ConnectionCredentials"]["ConnectionToken"]
    file = {"ContentType": "text/plain", "AttachmentSizeInBytes": 1, "AttachmentName": "a.txt", "ClientToken": "c"}
    begun = called(service, "/participant/start-attachment-upload", token, file, host)
    upload, headers = begun["UploadMetadata"]["Url"], begun["UploadMetadata"]["HeadersToInclude"]
    assert fetched("PUT", service.base_url + urlsplit(upload).path, b"x", headers).status == 200
    complete = {"AttachmentIds": [begun["AttachmentId"]], "ClientToken": "c"}
    called(service, "/participant/complete-attachment-upload", token, complete, host)
    wanted = {"AttachmentId": begun["AttachmentId"]}
    download = called(service, "/participant/attachment", token, wanted, host)["Url"]
    session = {"SessionId": chat.session_id, "RedirectUri": "https://app.example/"}
    login = called(service, "/participant/authentication-url", token, session, host)["AuthenticationUrl"]
    return (
        opened["Websocket"]["Url"].partition("/participant/")[0],
        [url.partition("/_emulator/")[0] for url in (upload, download, login)],
    )


@pytest.mark.parametrize(
    ("host", "socket", "origin"),
    [
        ("127.0.0.1:9000", "ws://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("localhost:9000", "ws://127.0.0.1:9000", "http://localhost:9000"),
        ("LocalHost:9000", "ws://127.0.0.1:9000", "http://localhost:9000"),
        ("chat.localhost:9000", "ws://127.0.0.1:9000", "http://chat.localhost:9000"),
        ("localhost", "ws://127.0.0.1:80", "http://localhost"),
        ("127.0.0.2:9000", "ws://127.0.0.2:9000", "http://127.0.0.2:9000"),
        ("[::1]:9000", "ws://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_urls_follow_the_host_that_was_asked(service: RunningEmulator, host: str, socket: str, origin: str) -> None:
    assert urls_in_replies(service, host) == (socket, [origin] * 3)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1@evil.example", "localhost/x", "localhost:9 9"])
def test_urls_do_not_follow_another_host(service: RunningEmulator, host: str) -> None:
    own = service.base_url
    assert urls_in_replies(service, host) == (own.replace("http", "ws"), [own] * 3)


def test_a_websocket_opens_at_the_host_that_was_asked(service: RunningEmulator) -> None:
    port = urlsplit(service.base_url).port
    body = {"Type": [CONNECTION_TYPE_WEBSOCKET]}
    opened = called(
        service, "/participant/connection", service.start_chat().participant_token, body, f"localhost:{port}"
    )
    with connect(opened["Websocket"]["Url"], proxy=None) as socket:
        socket.send('{"topic":"aws/heartbeat"}')
        assert json.loads(socket.recv(timeout=5)) == {"topic": "aws/heartbeat"}


@pytest.mark.parametrize("host", ["chat.example:8443", "CHAT.example", "localhost:9000"])
def test_a_given_url_is_the_address_in_every_reply(host: str) -> None:
    with running(url=PUBLIC + "/") as service:
        assert urlsplit(service.base_url).hostname == "127.0.0.1"
        assert service.emulator.base_url == PUBLIC
        assert urls_in_replies(service, host) == ("wss://chat.example:8443", [PUBLIC] * 3)


def test_a_given_url_admits_its_host_and_its_pages() -> None:
    with running(url=PUBLIC) as service:

        def status(path: str, **headers: str) -> int:
            return int(fetched("GET", service.base_url + path, None, headers).status)

        for path in ("/", "/_emulator/chats"):
            assert status(path, Host="chat.example:8443", Origin=PUBLIC) == status(path, Host="localhost:1") == 200
            assert status(path, Host="evil.example:8443") == status(path, Host="x.chat.example:8443") == 403
            assert status(path, Host="chat.example:8443", Origin="https://evil.example") == 403
        feed = service.base_url.replace("http", "ws") + "/_emulator/feed"
        with connect(feed, origin=Origin(PUBLIC), proxy=None) as page:
            assert "Chats" in str(page.recv(timeout=20))
        with pytest.raises(InvalidStatus, match="403"), connect(feed, origin=Origin("https://x"), proxy=None):
            pass


@pytest.mark.parametrize(
    ("host", "own"), [("127.0.0.2", "127.0.0.2"), ("0.0.0.0", "127.0.0.1"), ("localhost", "localhost")]
)
def test_it_listens_on_the_host_that_it_is_given(host: str, own: str) -> None:
    with running(host=host) as service:
        address = urlsplit(service.base_url)
        assert address.hostname == own
        assert urls_in_replies(service, f"{own}:9000")[1] == [f"http://{own}:9000"] * 3
        if host == "127.0.0.2":
            with pytest.raises(ConnectionRefusedError):
                fetched("GET", f"http://127.0.0.1:{address.port}/")
        for refused in ("0.0.0.0:8080", "192.0.2.7", "emulator:8080"):
            assert fetched("GET", service.base_url, None, {"Host": refused}).status == 403


def test_it_listens_on_ipv6() -> None:
    try:
        with running(host="::1") as service:
            assert service.base_url.startswith("http://[::1]:")
            assert fetched("GET", service.base_url).status == 200
    except OSError:
        pytest.skip("this machine has no IPv6")


def test_the_host_of_the_server_counts_as_this_machine(service: RunningEmulator) -> None:
    """A test cannot bind another address than loopback everywhere, so this sets the one that the server would have."""
    own, emulator = service.base_url, service.emulator

    def status(**headers: str) -> int:
        return int(fetched("GET", f"{own}/", None, headers).status)

    assert status(Host="192.0.2.7:9000") == 403
    emulator.set_base_url("http://emulator:8080", follows_host=False, host="192.0.2.7")
    try:
        assert status(Host="192.0.2.7:9000") == status(Host="192.0.2.7:9", Origin="http://192.0.2.7:9") == 200
        assert status(Host="emulator:9") == status(Host="localhost") == 200
        assert status(Host="192.0.2.8") == status(Host="192.0.2.7:9", Origin="http://192.0.2.7:8") == 403
        emulator.set_base_url("http://192.0.2.7:80", host="192.0.2.7")
        assert urls_in_replies(service, "192.0.2.7:9000") == ("ws://192.0.2.7:9000", ["http://192.0.2.7:9000"] * 3)
    finally:
        emulator.set_base_url(own)


def test_the_agent_page_is_served_at_the_host_that_was_asked(service: RunningEmulator) -> None:
    page = fetched("GET", f"{service.base_url}/", None, {"Host": "localhost:9000"})
    assert page.status == 200
    connect_to = page.headers["content-security-policy"].partition("connect-src ")[2].partition(";")[0].split()
    assert connect_to == ["'self'", "http://localhost:9000", "ws://localhost:9000", "ws://127.0.0.1:9000"]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("HTTPS://Chat.Example/", "https://chat.example"),
        ("https://chat.example:443", "https://chat.example"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_the_origin_of_a_url(url: str, origin: str) -> None:
    assert public_origin(url) == origin


@pytest.mark.parametrize(
    "url",
    ["", "chat.example", "ws://chat.example", "http://", "http://u:p@chat.example", "http://chat.example/base",
     "http://chat.example?", "http://chat.example#x", "http://chat.example:x", "http://chat.example:65536", "http://é"],
)  # fmt: skip
def test_a_url_that_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="http://HOST"), running(url=url):
        pass


def with_question_mark(target: str) -> list[str]:
    """Return the target with a `?` put in at each place behind its path's first segment."""
    return [f"{target[:i]}?{target[i:]}" for i in range(target.index("/", 1) + 1, len(target) + 1)]


@pytest.mark.parametrize("in_process", [True, False])
def test_a_presigned_url_counts_byte_for_byte(*, in_process: bool) -> None:
    with running(Emulator(Options(), seed="x")) as service:

        def answer(method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> int:
            if in_process:
                raw = tuple((headers or {}).items())
                response: HttpResponse = service.emulator.handle(
                    HttpRequest(method, "http://127.0.0.1" + target, raw, body)
                )
                return response.status
            return int(raw_status(service, method, target, body, headers or {}))

        chat = service.start_chat()
        types = {"Type": ["CONNECTION_CREDENTIALS"]}
        token = called(service, "/participant/connection", chat.participant_token, types, "localhost")[
            "ConnectionCredentials"
        ]["ConnectionToken"]
        file = {"ContentType": "text/plain", "AttachmentSizeInBytes": 1, "AttachmentName": "a.txt", "ClientToken": "c"}
        begun = called(service, "/participant/start-attachment-upload", token, file, "localhost")
        metadata = begun["UploadMetadata"]
        upload = urlsplit(metadata["Url"]).path
        wrong = [*with_question_mark(upload), f"{upload}?x", f"/{upload}", f"{upload}/", upload.replace("d-", "%64-")]
        for target in wrong:
            assert answer("PUT", target, b"x", metadata["HeadersToInclude"]) in (403, 404), target
        assert answer("PUT", upload, b"x", metadata["HeadersToInclude"]) == 200
        complete = {"AttachmentIds": [begun["AttachmentId"]], "ClientToken": "c"}
        called(service, "/participant/complete-attachment-upload", token, complete, "localhost")
        wanted = {"AttachmentId": begun["AttachmentId"]}
        download = urlsplit(called(service, "/participant/attachment", token, wanted, "localhost")["Url"]).path
        for target in with_question_mark(download):
            assert answer("GET", target) in (403, 404), target
        assert answer("GET", download) == 200
        session = {"SessionId": chat.session_id, "RedirectUri": "https://app.example/"}
        url = urlsplit(
            called(service, "/participant/authentication-url", token, session, "localhost")["AuthenticationUrl"]
        )
        login = f"{url.path}?{url.query}"
        for target in (f"{login}&a=b", f"{url.path}?a=b&{url.query}", login.replace("login-", "%6Cogin-"), f"{login}?"):
            assert answer("GET", target) == 404, target
        assert answer("GET", login) == 302


def raw_status(service: RunningEmulator, method: str, target: str, body: bytes, headers: dict[str, str]) -> int:
    return int(fetched(method, service.base_url, body, headers, target=target).status)
