"""Who may see the emulator's page, its feed and its own door: pages of this machine, and no other site."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from lensconnect.emulator import RunningEmulator

from ..by_boto3.clients import fetched


@pytest.mark.parametrize("path", ["/", "/_emulator/chats", "/_emulator/faults", "/_emulator/page/main.js"])
def test_other_sites_are_kept_out(service: RunningEmulator, path: str) -> None:
    url, own = service.base_url + path, service.base_url

    def status(**headers: str) -> int:
        return int(fetched("GET", url, None, headers).status)

    assert status() == status(Origin=own) == 200
    assert status(Origin="https://evil.example") == status(Origin="null") == 403
    assert status(Host="evil.example:80") == status(Host="127.0.0.1.evil.example") == status(Host="[") == 403
    neighbour = status(Origin="http://localhost:5173")
    assert neighbour == (403 if path in ("/", "/_emulator/page/main.js") else 200)
    refused = fetched("GET", url, None, {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in refused.headers
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert fetched("OPTIONS", url, None, preflight).status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:5173", "null"])
def test_the_feed_is_for_the_page_alone(service: RunningEmulator, origin: str) -> None:
    url = f"{service.base_url.replace('http', 'ws')}/_emulator/feed"
    with connect(url, origin=Origin(service.base_url), proxy=None) as feed:
        assert "Chats" in str(feed.recv(timeout=20))
    with pytest.raises(InvalidStatus, match="403"), connect(url, origin=Origin(origin), proxy=None):
        pass


def test_the_page_is_found_and_guarded(service: RunningEmulator) -> None:
    page = fetched("GET", f"{service.base_url}/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"):
        assert rule in policy
    assert "unsafe" not in policy
    there = fetched("GET", f"{service.base_url}/", None, {"Host": "localhost:1"})
    assert (there.status, there.headers["location"]) == (307, f"{service.base_url}/")
    assert fetched("POST", f"{service.base_url}/").status == 405
    for nothing in ("nothing.js", "..%2Fsite.py", "../site.py", "__init__.py"):
        assert fetched("GET", f"{service.base_url}/_emulator/page/{nothing}").status == 404
