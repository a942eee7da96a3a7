"""Any request and any frame is refused or answered; small examples, which Hypothesis shrinks."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import HttpRequest
from lensconnect.operations import OPERATIONS

from .helpers.harness import SUBSCRIBE, Harness

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


def started(**more: Any) -> bytes:
    asked = {"InstanceId": "i", "ContactFlowId": "f", "ParticipantDetails": {"DisplayName": "x"}, **more}
    return json.dumps(asked).encode()


@settings(max_examples=250, deadline=None)
@given(
    method=st.sampled_from(["POST", "GET", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    path=st.sampled_from(PATHS),
    tail=st.sampled_from(["", "/", "/a%2Fb", "/%ff", "/..", "?x=%", "?state=x"]),
    body=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()),
    known=st.booleans(),
)
def test_any_request_is_answered(method: str, path: str, tail: str, body: bytes, known: bool) -> None:
    harness = Harness()
    token = harness.chat.participant_token if path.endswith("connection") else harness.connect()
    path = path.replace("/x/", f"/{harness.chat.contact_id}/")
    headers = (("X-Amz-Bearer", token if known else "x"), ("Origin", "null"))
    response = harness.handle(HttpRequest(method, "http://emulator.invalid" + path + tail, headers, body))
    assert response.status in (200, 302, 400, 403, 404, 405, 409, 410)
    assert response.status != 302 or path.endswith("login")


@settings(max_examples=100, deadline=None)
@given(more=st.dictionaries(st.sampled_from(WORDS[2:]), JSON, max_size=3))
def test_any_start_chat_contact_is_answered(more: dict[str, Any]) -> None:
    response = Harness().handle(HttpRequest("PUT", "http://emulator.invalid/contact/chat", (), started(**more)))
    assert response.status in (200, 400, 404)


@settings(max_examples=120, deadline=None)
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
def test_any_frames_are_answered(frames: list[str | None]) -> None:
    client = Harness().open_socket()
    for frame in frames:
        answers = client.send(frame)
        assert len(answers) in (1, 2)
        assert answers[0].keys() >= {"topic"} or answers[0]["message"] == "Forbidden"
    client.subscribe()
