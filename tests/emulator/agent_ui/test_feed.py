"""The page's feed, without a page: what passed comes whole and in order, and without a secret."""

from __future__ import annotations

import json
from typing import Any

from websockets.sync.client import connect

from lensconnect.emulator import RunningEmulator, running

from ..by_boto3.clients import fetched


def traffic(service: RunningEmulator, number: int) -> list[dict[str, Any]]:
    """Everything kept, up to that number."""
    passed: list[dict[str, Any]] = []
    with connect(f"{service.base_url.replace('http', 'ws')}/_emulator/feed", proxy=None) as feed:
        while not passed or passed[-1]["Number"] < number:
            passed += json.loads(feed.recv(timeout=20)).get("Traffic", [])
    return passed


def test_all_that_is_kept_comes_in_order() -> None:
    with running() as service:
        for index in range(230):
            fetched("POST", f"{service.base_url}/_emulator/chats", json.dumps({"CustomerName": str(index)}).encode())
        passed = traffic(service, 230)
    assert [one["Number"] for one in passed] == list(range(1, 231))
    assert [json.loads(one["Sent"])["CustomerName"] for one in passed] == [str(index) for index in range(230)]
    assert {json.loads(one["Got"])["AgentToken"] for one in passed} == {"participant-***"}


def test_what_is_large_is_known_by_its_size() -> None:
    with running() as service:
        fetched("POST", f"{service.base_url}/_emulator/chats", json.dumps({"CustomerName": "x" * 70_000}).encode())
        (passed,) = traffic(service, 1)
    assert (passed["Sent"], passed["Status"]) == ("(70020 bytes)", 200)
