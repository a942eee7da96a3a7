"""The feed without a page: entries of the traffic log arrive complete, in order and masked."""

from __future__ import annotations

import json
from typing import Any

from websockets.sync.client import connect

from lensconnect.emulator import RunningEmulator, running

from ..by_boto3.clients import fetched


def read_entries(service: RunningEmulator, number: int) -> list[dict[str, Any]]:
    """Return the entries up to a number."""
    entries: list[dict[str, Any]] = []
    with connect(f"{service.base_url.replace('http', 'ws')}/_emulator/feed", proxy=None) as feed:
        while not entries or entries[-1]["Number"] < number:
            entries += json.loads(feed.recv(timeout=20)).get("Traffic", [])
    return entries


def test_entries_arrive_in_order_and_masked() -> None:
    with running() as service:
        for index in range(230):
            fetched("POST", f"{service.base_url}/_emulator/chats", json.dumps({"CustomerName": str(index)}).encode())
        entries = read_entries(service, 230)
    assert [entry["Number"] for entry in entries] == list(range(1, 231))
    assert [json.loads(entry["Sent"])["CustomerName"] for entry in entries] == [str(index) for index in range(230)]
    assert {json.loads(entry["Got"])["AgentToken"] for entry in entries} == {"participant-***"}


def test_a_large_body_is_replaced_by_its_size() -> None:
    with running() as service:
        fetched("POST", f"{service.base_url}/_emulator/chats", json.dumps({"CustomerName": "x" * 70_000}).encode())
        (entry,) = read_entries(service, 1)
    assert (entry["Sent"], entry["Status"]) == ("(70020 bytes)", 200)
