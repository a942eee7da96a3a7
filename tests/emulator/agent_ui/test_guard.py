"""The guard serves the page, the feed and the admin API to web pages of this machine only."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from lensconnect.emulator import Emulator, Options, RunningEmulator, running

from ..by_boto3.clients import fetched

WITHOUT_TOKEN = [
    ("PUT", "/contact/chat"),
    ("PUT", "/any/base//contact/chat"),
    ("POST", "/contact/stop"),
    ("POST", "/contact/create-participant"),
    ("POST", "/contact/start-streaming"),
    ("POST", "/contact/stop-streaming"),
    ("POST", "/contact/update-participant-authentication"),
    ("PUT", "/contact/participant-role-config/a/b"),
    ("GET", "/contact/chat"),
    ("POST", "/_emulator/chats"),
    ("GET", "/_emulator/chats/x/items"),
    ("POST", "/_emulator/chats/x/messages"),
    ("POST", "/_emulator/chats/x/transfer"),
    ("DELETE", "/_emulator/faults/1"),
    ("DELETE", "/_emulator/faults"),
    ("POST", "/_emulator/flows"),
    ("GET", "/_emulator/unknown"),
    ("GET", "/unknown"),
]
TOKEN_PATHS = ["/participant/connection", "/_emulator/uploads/x", "/_emulator/files/x"]
START = b'{"InstanceId":"i","ContactFlowId":"f","ParticipantDetails":{"DisplayName":"Ada"}}'


@pytest.mark.parametrize("path", ["/", "/_emulator/chats", "/_emulator/faults", "/_emulator/page/main.js"])
def test_web_pages_of_other_sites_are_refused(service: RunningEmulator, path: str) -> None:
    url, own_origin = service.base_url + path, service.base_url

    def status(**headers: str) -> int:
        return int(fetched("GET", url, None, headers).status)

    assert status() == status(Origin=own_origin) == 200
    assert status(Origin="https://evil.example") == status(Origin="null") == 403
    assert status(Host="evil.example:80") == status(Host="127.0.0.1.evil.example") == status(Host="[") == 403
    neighbour = status(Origin="http://localhost:5173")
    assert neighbour == (403 if path in ("/", "/_emulator/page/main.js") else 200)
    refused = fetched("GET", url, None, {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in refused.headers
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert fetched("OPTIONS", url, None, preflight).status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:5173", "null"])
def test_the_feed_requires_the_pages_own_origin(service: RunningEmulator, origin: str) -> None:
    url = f"{service.base_url.replace('http', 'ws')}/_emulator/feed"
    with connect(url, origin=Origin(service.base_url), proxy=None) as feed:
        assert "Chats" in str(feed.recv(timeout=20))
    with pytest.raises(InvalidStatus, match="403"), connect(url, origin=Origin(origin), proxy=None):
        pass


def test_the_pages_files_have_security_headers(service: RunningEmulator) -> None:
    page = fetched("GET", f"{service.base_url}/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert fetched("POST", f"{service.base_url}/").status == 405
    for name in ("nothing.js", "..%2Fguard.py", "../guard.py", "__init__.py"):
        assert fetched("GET", f"{service.base_url}/_emulator/page/{name}").status == 404


@pytest.mark.parametrize(("method", "path"), WITHOUT_TOKEN)
def test_every_route_without_a_token_is_closed_to_other_sites(service: RunningEmulator, method: str, path: str) -> None:
    chats = service.emulator.read(lambda state: len(state.chats))
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ):
        refused = fetched(method, service.base_url + path, START, headers)
        assert refused.status == 403
        assert "access-control-allow-origin" not in refused.headers
        preflight = headers | {"Access-Control-Request-Method": method}
        assert fetched("OPTIONS", service.base_url + path, None, preflight).status == 403
    assert service.emulator.read(lambda state: len(state.chats)) == chats


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost:5173"}, {"Host": "localhost:9"}, {"Host": "[::1]:9"}]
)
def test_clients_and_pages_of_this_machine_may_start_chats(service: RunningEmulator, headers: dict[str, str]) -> None:
    headers = {"Content-Type": "application/json", **headers}
    assert fetched("PUT", f"{service.base_url}/contact/chat", START, headers).status == 200


@pytest.mark.parametrize("path", TOKEN_PATHS)
def test_routes_with_a_token_answer_every_site(service: RunningEmulator, path: str) -> None:
    url, origin = service.base_url + path, "https://chat.example"
    answer = fetched("POST", url, b"{}", {"Origin": origin, "Host": "evil.example"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (403, origin)
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert fetched("OPTIONS", url, None, preflight).status == 200


def test_the_body_of_another_site_is_not_awaited(service: RunningEmulator) -> None:
    headers = {"Origin": "https://evil.example", "Content-Length": "10"}
    assert fetched("PUT", f"{service.base_url}/contact/chat", None, headers).status == 403


def test_the_option_any_origin_opens_every_route() -> None:
    headers = {"Origin": "https://evil.example", "Host": "evil.example"}
    with running(Emulator(Options(any_origin=True))) as service:
        for path in ("/", "/_emulator/chats", "/_emulator/page/main.js"):
            assert fetched("GET", service.base_url + path, None, headers).status == 200
