"""Control frames: heartbeats, pings, subscriptions and other frames."""

from __future__ import annotations

import pytest

from lensconnect.emulator import Options

from ..helpers.harness import SUBSCRIBE, Harness, WebSocketClient


def status(client: WebSocketClient) -> int:
    assert client.refusal is not None
    return client.refusal.status


JUNK = [
    "",
    "x",
    "{",
    "[]",
    "null",
    "1" * 400,
    "{}",
    '{"topic":1}',
    '{"topic":"aws/chat"}',
    '{"topic":["a"]}',
    "[" * 999,
]


def test_heartbeats_and_pings_are_answered() -> None:
    client = Harness().open_socket()
    assert client.send('{"topic":"aws/heartbeat"}') == [{"topic": "aws/heartbeat"}]
    assert client.send('{"topic":"aws/ping"}') == [{"topic": "aws/ping", "statusCode": 200, "statusContent": "OK"}]


@pytest.mark.parametrize("text", [*JUNK, None, "\ud800", SUBSCRIBE + "))"])
def test_other_frames_get_the_error_of_the_gateway(text: str | None) -> None:
    client = Harness().open_socket()
    (answer,) = client.send(text)
    assert answer.keys() == {"message", "connectionId", "requestId"}
    assert (answer["message"], answer["connectionId"]) == ("Forbidden", client.id)
    assert client.send('{"topic":"aws/heartbeat"}')


@pytest.mark.parametrize("content", ["", ',"content":{}', ',"content":{"topics":["x"]}', ',"content":{"topics":"x"}'])
def test_a_subscription_of_an_unknown_topic_fails(content: str) -> None:
    client = Harness().open_socket()
    (answer,) = client.send('{"topic":"aws/subscribe"' + content + "}")
    assert (answer["topic"], answer["content"]["status"]) == ("aws/subscribe", "failure")


def test_a_stray_parenthesis_is_ignored() -> None:
    client = Harness().open_socket()
    assert client.send(SUBSCRIBE + ")")[0]["content"]["status"] == "success"
    assert "message" in Harness(Options(stray_parenthesis=False)).open_socket().send(SUBSCRIBE + ")")[0]
