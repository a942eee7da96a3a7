"""Anything at all, by request and by frame: refused or answered, never broken, and nothing said in a log."""

from __future__ import annotations

import http.client
import json
import logging
import random
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lensconnect import HttpRequest
from lensconnect import emulator as doors
from lensconnect.emulator import Emulator, HttpFault, SocketFault
from lensconnect.operations import OPERATIONS

from .talk import SUBSCRIBE, Talk
from .test_websocket import socket_url

CONTACT = ["chat", "stop", "create-participant", "update-participant-authentication", "participant-role-config/i/c"]
OWN = ["chats", "faults", "login", "uploads/x", "files/x", "chats/x/messages", "chats/x/participants", "x"]
PATHS = [row.path for row in OPERATIONS] + ["/contact/" + one for one in CONTACT] + ["/_emulator/" + one for one in OWN]
WORDS = ["InstanceId", "ContactFlowId", "ParticipantDetails", "DisplayName", "ContactId", "ParticipantRole", "Kind",
         "Faults", "Seed", "Content", "ContentType", "Type", "State", "Code", "ChannelConfiguration", "Chat",
         "ParticipantTimerConfigList", "PersistentChat", "Attributes", "ConnectionTypes", "StartPosition"]  # fmt: skip
MEMBERS = sorted({field.member for row in OPERATIONS for field in row.at("body")})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS + MEMBERS), inner, max_size=4),
    max_leaves=12,
)
TOPICS = ["aws/subscribe", "aws/unsubscribe", "aws/heartbeat", "aws/ping", "aws/chat", "", None, 1]


@settings(max_examples=600, deadline=None)
@given(
    method=st.sampled_from(["POST", "GET", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    path=st.sampled_from(PATHS),
    tail=st.sampled_from(["", "/", "/a%2Fb", "/%ff", "/..", "?x=%", "?state=x"]),
    body=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()),
    known=st.booleans(),
)
def test_requests(method: str, path: str, tail: str, body: bytes, known: bool) -> None:
    talk = Talk()
    token = talk.chat.participant_token if path.endswith("connection") else talk.connect()
    path = path.replace("/x/", f"/{talk.chat.contact_id}/")
    headers = (("X-Amz-Bearer", token if known else "x"), ("Origin", "null"))
    response = talk.raw(HttpRequest(method, "http://emulator.invalid" + path + tail, headers, body))
    assert response.status in (200, 302, 400, 403, 404, 405, 409, 410)
    assert response.status != 302 or path.endswith("login")


def started(**more: Any) -> bytes:
    asked = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "x"}, **more}
    return json.dumps(asked).encode()


@settings(max_examples=200, deadline=None)
@given(more=st.dictionaries(st.sampled_from(WORDS[2:]), JSON, max_size=3))
def test_chats_are_started_or_not(more: dict[str, Any]) -> None:
    response = Talk().raw(HttpRequest("PUT", "http://emulator.invalid/contact/chat", (), started(**more)))
    assert response.status in (200, 400, 404)


@settings(max_examples=300, deadline=None)
@given(
    frames=st.lists(
        st.none()
        | st.text(max_size=20)
        | st.builds(
            lambda topic, content: json.dumps({"topic": topic, "content": content}), st.sampled_from(TOPICS), JSON
        )
        | st.just(SUBSCRIBE),
        max_size=12,
    )
)
def test_frames(frames: list[str | None]) -> None:
    ear = Talk().ear()
    for frame in frames:
        answers = ear.says(frame)
        assert len(answers) in (1, 2)
        assert answers[0].keys() >= {"topic"} or answers[0]["message"] == "Forbidden"
    ear.subscribe()


def test_the_server_goes_on_and_says_nothing(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    chance = random.Random(2)
    emulator = Emulator(seed="fuzz")
    with doors.running(emulator) as service:
        chat = service.start_chat()
        address = urlsplit(service.base_url)
        home = (address.hostname or "", address.port or 0)
        emulator.plan(*(HttpFault(kind, probability=0.02) for kind in ("drop", "reset", "truncate")))
        emulator.plan(*(SocketFault(kind, probability=0.02) for kind in ("drop", "duplicate", "reorder", "expire")))
        for _ in range(40):
            junk(chance, home)
            talk_nonsense(chance, home, chat.participant_token)
        for _ in range(10):
            listen_to_nonsense(chance, socket_url(service, chat.participant_token))
        emulator.clear_faults()
        connection = http.client.HTTPConnection(*home, timeout=5)
        connection.request("POST", "/_emulator/chats")
        response = connection.getresponse()
        assert (response.status, b"ContactId" in response.read()) == (200, True)
        connection.close()
    said = "".join(capfd.readouterr()) + "".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("websockets.client")
    )
    assert "Traceback" not in said
    assert not [secret for secret in (chat.participant_token, chat.agent_token, chat.view_token) if secret in said]
    assert not [record for record in caplog.records if record.exc_info]


def junk(chance: random.Random, home: tuple[str, int]) -> None:
    """Bytes that are no HTTP, or only begin like it."""
    heads = [b"", b"POST /participant/message HTTP/1.1\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
             b"GET /participant/socket?ticket=\xff HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
             b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]  # fmt: skip
    with socket.create_connection(home, timeout=5) as raw:
        raw.sendall(chance.choice(heads) + chance.randbytes(chance.randrange(80)))


def talk_nonsense(chance: random.Random, home: tuple[str, int], token: str) -> None:
    connection = http.client.HTTPConnection(*home, timeout=5)
    try:
        for _ in range(8):
            body = chance.randbytes(chance.randrange(60))
            connection.request(
                chance.choice(["POST", "GET", "PUT"]), chance.choice(PATHS), body, {"X-Amz-Bearer": token}
            )
            response = connection.getresponse()
            response.read()
            assert response.status < 500
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


def listen_to_nonsense(chance: random.Random, url: str) -> None:
    with connect(url, proxy=None) as listening:
        try:
            for _ in range(10):
                frames: list[str | bytes] = [SUBSCRIBE, chance.randbytes(9), "{", '{"topic":"aws/ping"}']
                listening.send(chance.choice(frames))
                listening.recv(timeout=0.02)
        except (TimeoutError, ConnectionClosed):
            pass
