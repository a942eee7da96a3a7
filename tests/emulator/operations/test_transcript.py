"""GetTranscript: defaults, start positions, next tokens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import (
    GetTranscript,
    GetTranscriptResponse,
    ScanDirection,
    ServiceError,
    SortKey,
    StartPosition,
    get_transcript_next_token,
)
from lensconnect.emulator import Options

from ..helpers.harness import Harness

FORWARD, BACKWARD = ScanDirection("FORWARD"), ScanDirection("BACKWARD")

ASCENDING, DESCENDING = SortKey("ASCENDING"), SortKey("DESCENDING")


class Twelve:
    """A chat with one joined event and the messages "0" to "11"."""

    def __init__(self, options: Options | None = None) -> None:
        self.harness = Harness(options)
        self.token = self.harness.connect()
        self.ids = [self.harness.say(self.token, str(n)) for n in range(12)]

    def read(self, **members: Any) -> GetTranscriptResponse:
        return self.harness.send(GetTranscript(connection_token=self.token, **members)).unwrap()

    def texts(self, **members: Any) -> list[str | None]:
        return [item.content for item in self.read(**members).transcript or ()]

    def refusal(self, **members: Any) -> str | None:
        error = self.harness.send(GetTranscript(connection_token=self.token, **members)).failure()
        assert isinstance(error, ServiceError)
        assert (error.status, error.code) == (400, "ValidationException")
        return error.message


@pytest.fixture
def chat() -> Twelve:
    return Twelve()


def numbers(*wanted: int) -> list[str]:
    return [str(n) for n in wanted]


@settings(max_examples=25, deadline=None)
@given(
    messages=st.integers(0, 12),
    between=st.integers(0, 2),
    size=st.integers(1, 5),
    sort=st.sampled_from([ASCENDING, DESCENDING]),
)
def test_pages_hold_each_item_once_while_items_arrive(messages: int, between: int, size: int, sort: SortKey) -> None:
    harness = Harness()
    token = harness.connect()
    expected = [harness.say(token, str(n)) for n in range(messages)]
    request = GetTranscript(connection_token=token, max_results=size, sort_order=sort)
    seen: list[str | None] = []
    while True:
        reply = harness.send(request).unwrap()
        seen += [item.id for item in reply.transcript or () if item.type == "MESSAGE"]
        if not reply.next_token:
            break
        for n in range(between):
            harness.say(token, f"meanwhile {n}")
        request = get_transcript_next_token.put(reply.next_token, request)
    assert sorted(filter(None, seen)) == sorted(expected)


def test_defaults(chat: Twelve) -> None:
    newest = numbers(*range(11, 1, -1))
    assert chat.texts() == newest
    assert chat.texts(max_results=0) == newest
    assert chat.texts(start_position=StartPosition()) == newest
    assert chat.texts(sort_order=ASCENDING) == newest[::-1]


def test_a_start_position_is_part_of_its_page(chat: Twelve) -> None:
    at_three = StartPosition(id=chat.ids[3])
    assert chat.texts(start_position=at_three, max_results=2) == numbers(4, 3)
    assert chat.texts(start_position=at_three, max_results=2, scan_direction=BACKWARD) == numbers(3, 2)
    times = {item.content: item.absolute_time for item in chat.read(max_results=100).transcript or ()}
    by_time = StartPosition(absolute_time=times["3"])
    assert chat.texts(start_position=by_time, max_results=2, sort_order=ASCENDING) == numbers(3, 4)
    assert chat.texts(start_position=by_time, max_results=2, scan_direction=BACKWARD) == numbers(3, 2)
    assert chat.texts(start_position=StartPosition(most_recent=2)) == numbers(11, 10)
    assert chat.texts(start_position=StartPosition(most_recent=2), scan_direction=BACKWARD, max_results=2) == numbers(
        10, 9
    )
    assert chat.texts(start_position=StartPosition(absolute_time="2099-01-01T00:00:00.000Z")) == []
    assert chat.texts(start_position=StartPosition(absolute_time="0001-01-01T00:00:00+23:00"), max_results=2) == [
        "0",
        None,
    ]
    assert chat.texts(start_position=StartPosition(most_recent=100), max_results=2) == ["0", None]


def test_invalid_queries_are_refused(chat: Twelve) -> None:
    plain = "Validation exception due to invalid parameter"
    assert chat.refusal(scan_direction=FORWARD) == plain
    assert chat.refusal(scan_direction=FORWARD, start_position=StartPosition()) == plain
    assert chat.refusal(start_position=StartPosition(id="x", most_recent=1))
    assert chat.refusal(start_position=StartPosition(id="nobody"))
    assert chat.refusal(start_position=StartPosition(absolute_time="yesterday"))
    assert chat.refusal(max_results=101)
    assert chat.refusal(scan_direction=ScanDirection("SIDEWAYS"))
    assert chat.refusal(next_token="")


def test_a_next_token_belongs_to_its_query(chat: Twelve) -> None:
    token = chat.read(max_results=2).next_token or ""
    assert chat.texts(max_results=3, next_token=token) == numbers(9, 8, 7)
    assert chat.refusal(next_token=token, sort_order=ASCENDING)
    assert chat.refusal(next_token=token, start_position=StartPosition(most_recent=5))
    for wrong in ("x", "0.0", token[:-1], token + "0", "-1." + token.partition(".")[2]):
        assert chat.refusal(next_token=wrong)


def test_an_explicit_default_is_the_same_query(chat: Twelve) -> None:
    bare = chat.read(max_results=2).next_token or ""
    spelt = chat.read(max_results=2, sort_order=DESCENDING, start_position=StartPosition(), scan_direction=BACKWARD)
    assert spelt.next_token == bare
    assert chat.texts(max_results=2, next_token=bare, contact_id=chat.harness.chat.contact_id) == numbers(9, 8)


def test_the_last_page_has_an_empty_next_token(chat: Twelve) -> None:
    assert chat.read(max_results=13).next_token == ""
    assert Twelve(Options(end_token=False)).read(max_results=13).next_token is None
    assert chat.read(max_results=12).next_token


def test_the_transcript_of_another_contact_is_empty(chat: Twelve) -> None:
    reply = chat.read(contact_id="00000000-0000-0000-0000-000000000000")
    assert reply.transcript == ()
    assert reply.next_token == ""
    assert chat.texts(contact_id=chat.harness.chat.contact_id, max_results=1) == numbers(11)
