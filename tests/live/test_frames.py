"""Frames: what a client reads of them, and which ones it skips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import Item
from lensconnect.jsontext import dumps
from lensconnect.live import frames
from lensconnect.live.frames import ChatFrame, HeartbeatEcho, Junk, PingAnswer, SubscribeAnswer, parse

from .helpers.model_service import CONFIRMED, HOSTILE


def test_an_item_is_read_from_a_text_and_from_an_object() -> None:
    members = {"Id": "m", "Type": "MESSAGE", "Content": "Hello", "InitialContactId": "c", "New": 1}
    wanted = ChatFrame(Item(id="m", type="MESSAGE", content="Hello"), "c")
    assert parse(dumps({"topic": "aws/chat", "content": dumps(members).decode()}).decode()) == wanted
    assert parse(dumps({"topic": "aws/chat", "content": members}).decode()) == wanted


def test_control_frames_are_read() -> None:
    assert parse(CONFIRMED) == SubscribeAnswer(confirmed=True)
    assert parse(CONFIRMED.replace("success", "failure")) == SubscribeAnswer(confirmed=False)
    assert parse(frames.HEARTBEAT) == HeartbeatEcho()
    assert parse('{"topic":"aws/ping","statusCode":500}') == PingAnswer(500)
    assert parse(frames.PING) == PingAnswer(None)


def test_an_item_of_an_unknown_kind_is_read() -> None:
    frame = parse(
        '{"topic":"aws/chat","content":"{\\"Id\\":\\"m\\",\\"Type\\":\\"NEW\\",\\"ContentType\\":\\"a/b\\"}"}'
    )
    assert frame == ChatFrame(Item(id="m", type="NEW", content_type="a/b"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_frame_is_skipped(text: str | bytes) -> None:
    frame = parse(text)
    assert isinstance(frame, Junk | PingAnswer) or frame == ChatFrame(Item())
    if isinstance(frame, Junk):
        assert len(frame.why) < 40, "it names a kind, not the text"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{}", "binary"),
        ("\n", "empty"),
        ("no JSON", "not JSON"),
        ('{"topic":"aws/chat"}', "a chat frame without content"),
        ('{"topic":"aws/chat","content":"[]"}', "content that is no item"),
        ('{"message":"Forbidden"}', "no topic"),
        ('{"topic":"aws/new"}', "an unknown topic"),
    ],
)
def test_observers_learn_why_a_frame_was_skipped(text: str | bytes, why: str) -> None:
    assert parse(text) == Junk(why)


@given(st.text() | st.binary() | st.text().map(lambda text: dumps({"topic": "aws/chat", "content": text}).decode()))
def test_no_frame_raises(text: str | bytes) -> None:
    parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
MEMBERS = st.sampled_from(["Id", "AbsoluteTime", "Content", "Type", "Attachments", "MessageMetadata", "ContactId"])


@given(
    st.sampled_from(["aws/chat", "aws/subscribe", "aws/heartbeat", "aws/ping", "aws/new", None, 7]),
    JSON | st.dictionaries(MEMBERS, JSON) | st.dictionaries(MEMBERS, JSON).map(lambda members: dumps(members).decode()),
    JSON,
)
def test_no_value_in_a_frame_raises(topic: object, content: object, status: object) -> None:
    parse(dumps({"topic": topic, "content": content, "statusCode": status}).decode())
