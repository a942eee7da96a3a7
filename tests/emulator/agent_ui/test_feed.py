"""The feed without a page: traffic arrives complete, in order and masked; chats once, then those that change."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.client import ClientConnection, connect

from lensconnect.emulator import Emulator, HttpFault, RunningEmulator, running
from lensconnect.emulator.api.snapshots import difference, overview

from ..by_boto3.clients import fetched

CHATS = 1_000
LARGEST_CHANGE = 2 * 1024

CHANGES: dict[str, Callable[[Emulator, str], object]] = {
    "a message": lambda emulator, contact_id: emulator.say(contact_id, "Hello"),
    "a new chat": lambda emulator, _: emulator.start_chat(customer="Ada"),
    "a third participant": lambda emulator, contact_id: emulator.add_participant(contact_id, "SUPERVISOR", "Eve"),
    "the end of a chat": lambda emulator, contact_id: emulator.stop_chat(contact_id),
    "a planned fault": lambda emulator, _: emulator.plan(HttpFault("throttle", "SendMessage", count=2)),
}


def connect_feed(service: RunningEmulator) -> ClientConnection:
    return connect(f"{service.base_url.replace('http', 'ws')}/_emulator/feed", proxy=None, max_size=None)


def apply(shown: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """Return what a page shows after an update: its chats by contact id, and the planned faults."""
    chats = {} if "Chats" in update else dict(shown["chats"])
    chats.update({chat["ContactId"]: chat for chat in update.get("Chats", update.get("Changed", ()))})
    return {"chats": chats, "faults": update.get("Faults", shown.get("faults"))}


def read_entries(service: RunningEmulator, number: int) -> list[dict[str, Any]]:
    """Return the entries up to a number."""
    entries: list[dict[str, Any]] = []
    with connect_feed(service) as feed:
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


def test_the_first_message_has_the_id_of_the_server_whatever_the_seed() -> None:
    def first_messages() -> list[dict[str, Any]]:
        with running(Emulator(seed="one")) as service, connect_feed(service) as one, connect_feed(service) as two:
            return [json.loads(feed.recv(timeout=20)) for feed in (one, two)]

    (one, again), (other, _) = first_messages(), first_messages()
    assert one == again
    assert one["Emulator"] != other["Emulator"]


def test_a_large_body_is_replaced_by_its_size() -> None:
    with running() as service:
        fetched("POST", f"{service.base_url}/_emulator/chats", json.dumps({"CustomerName": "x" * 70_000}).encode())
        (entry,) = read_entries(service, 1)
    assert (entry["Sent"], entry["Status"]) == ("(70020 bytes)", 200)


def test_a_change_among_many_chats_takes_two_kibibytes_at_most() -> None:
    with running() as service:
        contact_ids = [service.start_chat().contact_id for _ in range(CHATS)]
        with connect_feed(service) as feed:
            first = feed.recv(timeout=20)
            assert [chat["ContactId"] for chat in json.loads(first)["Chats"]] == contact_ids
            assert len(first) > 300 * CHATS
            for number, change in enumerate(CHANGES.values()):
                change(service.emulator, contact_ids[number])
                assert len(feed.recv(timeout=20)) <= LARGEST_CHANGE


def test_a_burst_of_requests_is_one_push() -> None:
    with running() as service, connect_feed(service) as feed:
        feed.recv(timeout=20)
        url = f"{service.base_url}/_emulator/faults"
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: fetched("GET", url), range(8)))
        pushes = [json.loads(feed.recv(timeout=20))["Traffic"]]
        while sum(map(len, pushes)) < 8:
            pushes.append(json.loads(feed.recv(timeout=20))["Traffic"])
    assert len(pushes) <= 3, "one, or a few on a busy machine"


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_names_its_chat_alone(name: str) -> None:
    emulator = Emulator(seed="feed")
    contact_id = [emulator.start_chat().contact_id for _ in range(3)][1]
    before = emulator.read(overview)
    CHANGES[name](emulator, contact_id)
    update = difference(before, emulator.read(overview))
    assert len(update.get("Changed", ())) + len(update.get("Faults", ())) == 1  # type: ignore[arg-type]
    assert difference(emulator.read(overview), emulator.read(overview)) == {}


def test_a_new_connection_begins_with_every_chat() -> None:
    with running() as service:
        contact_id = service.start_chat().contact_id
        with connect_feed(service) as feed:
            assert "Chats" in json.loads(feed.recv(timeout=20))
        service.say(contact_id, "Hello")
        service.start_chat()
        with connect_feed(service) as feed:
            first = json.loads(feed.recv(timeout=20))
    del first["Emulator"]
    assert first == {"Chats": [*service.emulator.read(overview).chats.values()], "Faults": [], "Flows": []}


@given(st.lists(st.tuples(st.sampled_from([*CHANGES, "no faults"]), st.integers(0, 2), st.booleans()), max_size=20))
def test_a_page_that_applies_every_update_shows_what_a_new_one_shows(steps: list[tuple[str, int, bool]]) -> None:
    emulator = Emulator(seed="feed")
    contact_ids = [emulator.start_chat().contact_id for _ in range(3)]
    sent = emulator.read(overview)
    shown = apply({}, json.loads(json.dumps(difference(None, sent))))
    for name, index, is_looked_at in steps:
        if name == "no faults":
            emulator.clear_faults()
        else:
            CHANGES[name](emulator, contact_ids[index])
        if is_looked_at:
            shown, sent = apply(shown, dict(difference(sent, now := emulator.read(overview)))), now
    shown = apply(shown, dict(difference(sent, emulator.read(overview))))
    fresh = apply({}, dict(difference(None, emulator.read(overview))))
    assert shown == fresh
    assert list(shown["chats"]) == list(fresh["chats"])
