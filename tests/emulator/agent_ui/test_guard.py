"""The guard serves the page, the feed and the admin API to web pages of this machine only."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from lensconnect.emulator import RunningEmulator

from ..by_boto3.clients import fetched


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
    redirect = fetched("GET", f"{service.base_url}/", None, {"Host": "localhost:1"})
    assert (redirect.status, redirect.headers["location"]) == (307, f"{service.base_url}/")
    assert fetched("POST", f"{service.base_url}/").status == 405
    for name in ("nothing.js", "..%2Fguard.py", "../guard.py", "__init__.py"):
        assert fetched("GET", f"{service.base_url}/_emulator/page/{name}").status == 404
