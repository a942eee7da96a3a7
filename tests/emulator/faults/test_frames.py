"""Faults of frames: lost, repeated, reordered, stopped, expired and refused."""

from __future__ import annotations

import json

import pytest

from lensconnect.emulator import Options, SocketFault
from lensconnect.emulator.chat.fault_plan import SocketKind

from ..helpers.harness import SUBSCRIBE, Harness, WebSocketClient

HEARTBEAT = '{"topic":"aws/heartbeat"}'
PING = '{"topic":"aws/ping"}'


def receive_three_messages(kind: SocketKind, count: int = 1) -> tuple[list[str], WebSocketClient]:
    """Send the messages a, b and c under a fault; return what the client receives, and the client."""
    harness = Harness()
    client, token = harness.open_socket().subscribe(), harness.connect()
    client.frames()
    harness.emulator.plan(SocketFault(kind, topic="aws/chat", count=count))
    for text in "abc":
        harness.say(token, text)
    return [
        json.loads(f["content"])["Content"] if "content" in f else str(f["closed"]) for f in client.frames()
    ], client


@pytest.mark.parametrize(
    ("kind", "received"),
    [("drop", "b c"), ("duplicate", "a a b c"), ("reorder", "b a c"), ("silence", ""), ("expire", "1001")],
)
def test_a_fault_changes_the_frames(kind: SocketKind, received: str) -> None:
    assert receive_three_messages(kind)[0] == received.split()


def test_a_websocket_that_a_fault_has_ended_spends_no_other_fault() -> None:
    harness = Harness(Options(bot_chunk_characters=2, bot_chunk_seconds=0.0))
    harness.open_socket().subscribe()
    harness.emulator.plan(SocketFault("expire", topic="aws/chat", count=2))
    harness.emulator.say(harness.chat.contact_id, "abcdefgh")
    assert len(harness.emulator.faults()) == 1


def test_a_reordered_frame_is_sent_after_a_second() -> None:
    received, client = receive_three_messages("reorder", count=99)
    client.harness.advance(1)
    late = [item["Content"] for item in client.items()]
    assert sorted(received + late) == ["a", "b", "c"]
    client.harness.advance(5)
    assert client.frames() == []


def test_a_silenced_websocket_answers_nothing() -> None:
    client = receive_three_messages("silence")[1]
    assert client.send(HEARTBEAT) == client.send(PING) == client.send("junk") == []


def test_a_refuse_fault_fails_a_ping_and_a_subscription() -> None:
    harness = Harness()
    client = harness.open_socket()
    harness.emulator.plan(SocketFault("refuse", count=2))
    assert client.send(PING)[0]["statusCode"] == 500
    assert client.send(SUBSCRIBE)[0]["content"]["status"] == "failure"
    client.subscribe()
