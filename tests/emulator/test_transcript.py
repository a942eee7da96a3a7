"""Scanning and paging."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import (
    GetTranscript,
    GetTranscriptResponse,
    Item,
    ScanDirection,
    ServiceError,
    SortKey,
    StartPosition,
    get_transcript_next_token,
)
from lensconnect.emulator import Options
from lensconnect.emulator.chat.timestamps import written
from lensconnect.emulator.chat.transcript import page

from .talk import Talk

FORWARD, BACKWARD = ScanDirection("FORWARD"), ScanDirection("BACKWARD")
ASCENDING, DESCENDING = SortKey("ASCENDING"), SortKey("DESCENDING")


def items(count: int, first: int = 0) -> list[Item]:
    return [Item(id=str(n), absolute_time=written(n)) for n in range(first, first + count)]


@given(
    start=st.integers(1, 40),
    arriving=st.lists(st.integers(0, 7), max_size=40),
    size=st.integers(1, 12),
    forward=st.booleans(),
    ascending=st.booleans(),
)
def test_pages_yield_each_item_once(start: int, arriving: list[int], size: int, forward: bool, ascending: bool) -> None:
    """Forward finds all there is in the end, backward all there was at first; arrivals disturb neither."""
    held = items(start)
    request = GetTranscript(
        connection_token="t",  # type: ignore[arg-type]
        max_results=size,
        scan_direction=FORWARD if forward else BACKWARD,
        sort_order=ASCENDING if ascending else DESCENDING,
    )
    seen: list[str | None] = []
    index: int | None = 0 if forward else start - 1
    arrivals = iter(arriving)
    while index is not None:
        found = page(held, index, request)
        assert len(found.items) <= size
        one_way = [item.absolute_time or "" for item in found.items]
        assert one_way == sorted(one_way, reverse=not ascending)
        seen += [item.id for item in found.items]
        index = found.next_index
        held += items(next(arrivals, 0), len(held))
    reached = max(int(identity or 0) for identity in seen) + 1
    assert reached >= start if forward else reached == start
    assert sorted(int(identity or 0) for identity in seen) == list(range(reached))


@settings(max_examples=25, deadline=None)
@given(
    said=st.integers(0, 12),
    between=st.integers(0, 2),
    size=st.integers(1, 5),
    sort=st.sampled_from([ASCENDING, DESCENDING]),
)
def test_pages_through_the_service(said: int, between: int, size: int, sort: SortKey) -> None:
    talk = Talk()
    token = talk.connect()
    expected = [talk.say(token, str(n)) for n in range(said)]
    request = GetTranscript(connection_token=token, max_results=size, sort_order=sort)
    seen: list[str | None] = []
    while True:
        reply = talk.ask(request).unwrap()
        seen += [item.id for item in reply.transcript or () if item.type == "MESSAGE"]
        if not reply.next_token:
            break
        for n in range(between):
            talk.say(token, f"meanwhile {n}")
        request = get_transcript_next_token.put(reply.next_token, request)
    assert sorted(filter(None, seen)) == sorted(expected)


class Twelve:
    """A chat with one joined event and the messages "0" to "11"."""

    def __init__(self, options: Options | None = None) -> None:
        self.talk = Talk(options)
        self.token = self.talk.connect()
        self.ids = [self.talk.say(self.token, str(n)) for n in range(12)]

    def read(self, **members: Any) -> GetTranscriptResponse:
        return self.talk.ask(GetTranscript(connection_token=self.token, **members)).unwrap()

    def texts(self, **members: Any) -> list[str | None]:
        return [item.content for item in self.read(**members).transcript or ()]

    def refusal(self, **members: Any) -> str | None:
        error = self.talk.ask(GetTranscript(connection_token=self.token, **members)).failure()
        assert isinstance(error, ServiceError)
        assert (error.status, error.code) == (400, "ValidationException")
        return error.message


@pytest.fixture
def chat() -> Twelve:
    return Twelve()


def numbers(*wanted: int) -> list[str]:
    return [str(n) for n in wanted]


def test_defaults(chat: Twelve) -> None:
    newest = numbers(*range(11, 1, -1))
    assert chat.texts() == newest
    assert chat.texts(max_results=0) == newest
    assert chat.texts(start_position=StartPosition()) == newest
    assert chat.texts(sort_order=ASCENDING) == newest[::-1]


def test_start_positions_are_inclusive(chat: Twelve) -> None:
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


def test_refusals(chat: Twelve) -> None:
    plain = "Validation exception due to invalid parameter"
    assert chat.refusal(scan_direction=FORWARD) == plain
    assert chat.refusal(scan_direction=FORWARD, start_position=StartPosition()) == plain
    assert chat.refusal(start_position=StartPosition(id="x", most_recent=1))
    assert chat.refusal(start_position=StartPosition(id="nobody"))
    assert chat.refusal(start_position=StartPosition(absolute_time="yesterday"))
    assert chat.refusal(max_results=101)
    assert chat.refusal(scan_direction=ScanDirection("SIDEWAYS"))
    assert chat.refusal(next_token="")


def test_a_next_token_is_bound_to_its_question(chat: Twelve) -> None:
    token = chat.read(max_results=2).next_token or ""
    assert chat.texts(max_results=3, next_token=token) == numbers(9, 8, 7)
    assert chat.refusal(next_token=token, sort_order=ASCENDING)
    assert chat.refusal(next_token=token, start_position=StartPosition(most_recent=5))
    for wrong in ("x", "0.0", token[:-1], token + "0", "-1." + token.partition(".")[2]):
        assert chat.refusal(next_token=wrong)


def test_a_default_that_is_spelt_out_asks_the_same(chat: Twelve) -> None:
    bare = chat.read(max_results=2).next_token or ""
    spelt = chat.read(max_results=2, sort_order=DESCENDING, start_position=StartPosition(), scan_direction=BACKWARD)
    assert spelt.next_token == bare
    assert chat.texts(max_results=2, next_token=bare, contact_id=chat.talk.chat.contact_id) == numbers(9, 8)


def test_the_end(chat: Twelve) -> None:
    assert chat.read(max_results=13).next_token == ""
    assert Twelve(Options(end_token=False)).read(max_results=13).next_token is None
    assert chat.read(max_results=12).next_token


def test_a_foreign_contact_is_an_empty_list(chat: Twelve) -> None:
    reply = chat.read(contact_id="00000000-0000-0000-0000-000000000000")
    assert reply.transcript == ()
    assert reply.next_token == ""
    assert chat.texts(contact_id=chat.talk.chat.contact_id, max_results=1) == numbers(11)
