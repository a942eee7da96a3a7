"""pages walks a transcript to its end, once, from wherever it is gone on with."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import (
    CONTENT_TEXT_PLAIN,
    EMPTY_TRANSCRIPT,
    NO_RETRY,
    SCAN_DIRECTION_BACKWARD,
    SCAN_DIRECTION_FORWARD,
    SORT_KEY_ASCENDING,
    SORT_KEY_DESCENDING,
    START,
    ConnectionToken,
    Cursor,
    Env,
    GetTranscript,
    HttpRequest,
    HttpResponse,
    Item,
    Page,
    ServiceError,
    StartPosition,
    Success,
    cursor_next_token,
    get_connection_token,
    get_transcript_connection_token,
    is_ok,
    items_of,
    merge,
    new_env,
    new_get_transcript,
    new_send_message,
    or_raise,
    pages,
    send,
)
from lensconnect.emulator import Emulator


class Served:
    """An emulator with a chat of so many messages, and an environment."""

    def __init__(self, messages: int) -> None:
        self.service = Emulator(seed="1")
        self.env: Env = new_env(region="us-east-1", transport=self.service.transport, retry=NO_RETRY)
        self.started = self.service.start_chat()
        self.token: ConnectionToken = or_raise(get_connection_token(self.started.participant_token)(self.env))
        for number in range(messages):
            or_raise(send(new_send_message(CONTENT_TEXT_PLAIN, str(number), self.token))(self.env))

    def request(self, **members: Any) -> GetTranscript:
        return GetTranscript(connection_token=self.token, **members)

    def walk(self, request: GetTranscript, cursor: Cursor = START) -> list[Page]:
        return [or_raise(result) for result in pages(request, cursor=cursor)(self.env)]


def items_in(found: list[Page]) -> list[Item]:
    return [item for page in found for item in page.items]


@pytest.fixture(scope="module")
def served() -> Served:
    return Served(23)


directions = st.sampled_from([None, SCAN_DIRECTION_FORWARD, SCAN_DIRECTION_BACKWARD])
orders = st.sampled_from([None, SORT_KEY_ASCENDING, SORT_KEY_DESCENDING])


def query(served: Served, direction: Any, order: Any, size: int | None) -> tuple[GetTranscript, list[str]]:
    """Return a request for the whole transcript, and the Ids in the order in which the walk passes them."""
    newest_first = or_raise(send(served.request(max_results=100))(served.env)).transcript or ()
    ids = [item.id or "" for item in newest_first]
    request = served.request(scan_direction=direction, sort_order=order, max_results=size)
    if direction != SCAN_DIRECTION_FORWARD:
        return request, ids
    position = StartPosition(id=ids[-1])
    return served.request(scan_direction=direction, sort_order=order, max_results=size, start_position=position), ids[
        ::-1
    ]


@settings(max_examples=40)
@given(directions, orders, st.integers(1, 30), st.data())
def test_every_item_comes_once_however_often_one_stops(
    direction: Any, order: Any, size: int, data: st.DataObject
) -> None:
    served = SERVED
    request, ids = query(served, direction, order, size)
    whole = served.walk(request)
    assert sorted(item.id or "" for item in items_in(whole)) == sorted(ids)
    assert [page.cursor.done for page in whole] == [False] * (len(whole) - 1) + [True]
    assert len(items_of(merge(EMPTY_TRANSCRIPT, items_in(whole)))) == len(ids)
    passed = 0
    for page in whole:
        passed += len(page.items)
        assert page.cursor.last_id == ids[passed - 1]
    stop = data.draw(st.integers(0, len(whole) - 1))
    cursor: Cursor = pickle.loads(pickle.dumps(whole[stop].cursor))
    assert served.walk(request, cursor) == whole[stop + 1 :]
    refused = cursor if cursor.done else cursor & cursor_next_token.set("0.of another day")
    went_on = served.walk(request, refused)
    known = {item.id for item in items_in(whole[: stop + 1])}
    assert {item.id for item in items_in(went_on)} == set(ids) - known
    assert len(items_in(went_on)) == len(ids) - len(known)


SERVED = Served(23)


def test_the_connection_token_may_be_a_new_one(served: Served) -> None:
    first, *_ = served.walk(served.request(max_results=5))
    fresh = or_raise(get_connection_token(served.started.participant_token)(served.env))
    later = served.request(max_results=5) & get_transcript_connection_token.set(fresh)
    assert len(items_in(served.walk(later, first.cursor))) == 24 - 5


def test_a_cursor_shows_no_token() -> None:
    cursor = Cursor("the token", "m-1")
    assert repr(cursor) == "Cursor(next_token='***', last_id='m-1', done=False)"
    assert cursor.next_token == "the token"
    assert Cursor() == START


# -- replies that the emulator does not give ---------------------------------------------------------------------------


def replying(*replies: dict[str, Any] | int) -> tuple[Env, list[dict[str, Any]]]:
    """Return an environment that gives these replies, a number for an error, and the bodies that it got."""
    asked: list[dict[str, Any]] = []
    left = iter(replies)

    def transport(request: HttpRequest, seconds: float) -> Success[HttpResponse]:
        asked.append(json.loads(request.body))
        reply = next(left)
        body = {"message": "no"} if isinstance(reply, int) else {"InitialContactId": "c", **reply}
        return Success(HttpResponse(reply if isinstance(reply, int) else 200, (), json.dumps(body).encode()))

    return new_env(region="us-east-1", transport=transport, retry=NO_RETRY), asked


REQUEST = new_get_transcript(ConnectionToken("t"))
ENDS: dict[str, dict[str, Any]] = {
    "absent": {},
    "null": {"NextToken": None},
    "empty": {"NextToken": ""},
    "repeated": {"NextToken": "n"},
}


@pytest.mark.parametrize("end", ENDS)
def test_the_end(end: str) -> None:
    env, asked = replying({"Transcript": [{"Id": "b"}], "NextToken": "n"}, {"Transcript": [{"Id": "a"}], **ENDS[end]})
    found = [or_raise(result) for result in pages(REQUEST)(env)]
    assert [page.cursor for page in found] == [Cursor("n", "b"), Cursor(None, "a", done=True)]
    assert [body.get("NextToken") for body in asked] == [None, "n"]


def test_an_empty_page_is_no_end() -> None:
    env, _ = replying(
        {"Transcript": [{"Id": "b"}], "NextToken": "n"},
        {"Transcript": [], "NextToken": "o"},
        {"Transcript": [{"Id": "a"}]},
    )
    found = [or_raise(result) for result in pages(REQUEST)(env)]
    assert [page.cursor.last_id for page in found] == ["b", "b", "a"]


@pytest.mark.parametrize(
    ("direction", "start", "order", "last_id"),
    [
        (None, None, None, "old"),
        (None, StartPosition(id="s"), None, "new"),
        (SCAN_DIRECTION_BACKWARD, StartPosition(id="s"), None, "old"),
        (SCAN_DIRECTION_BACKWARD, None, SORT_KEY_DESCENDING, "old"),
        (SCAN_DIRECTION_FORWARD, StartPosition(id="s"), None, "new"),
        (None, None, SORT_KEY_ASCENDING, "new"),
        (None, StartPosition(id="s"), SORT_KEY_ASCENDING, "old"),
    ],
)
def test_the_cursor_has_the_farthest_item_with_an_id_in_the_direction_of_the_scan(
    direction: Any, start: StartPosition | None, order: Any, last_id: str
) -> None:
    env, _ = replying({"Transcript": [{}, {"Id": "new"}, {"Id": "old"}, {}], "NextToken": "n"})
    request = GetTranscript(
        connection_token=ConnectionToken("t"), scan_direction=direction, start_position=start, sort_order=order
    )
    page = or_raise(next(pages(request)(env)))
    assert (len(page.items), page.cursor) == (4, Cursor("n", last_id))


def test_items_of_past_sessions_cannot_be_gone_on_with() -> None:
    env, asked = replying({"Transcript": [{"Id": "b"}], "NextToken": "n"}, 400, 400)
    first, second = pages(REQUEST)(env)
    assert is_ok(first)
    error = second.failure()
    assert isinstance(error, ServiceError)
    assert asked[-1] == {"ScanDirection": "BACKWARD", "StartPosition": {"Id": "b"}}


@pytest.mark.parametrize("status", [403, 404, 429, 500])
def test_another_error_is_the_last_result(status: int) -> None:
    env, asked = replying({"Transcript": [{"Id": "b"}], "NextToken": "n"}, status)
    _, last = pages(REQUEST)(env)
    error = last.failure()
    assert isinstance(error, ServiceError)
    assert error.status == status
    assert len(asked) == 2


def test_a_refusal_of_the_first_page_is_final() -> None:
    env, asked = replying(400)
    assert len(list(pages(REQUEST)(env))) == len(asked) == 1


@pytest.mark.parametrize("cursor", [Cursor("n"), Cursor(None, "b"), Cursor("", "b"), Cursor("n", "")], ids=str)
def test_a_refusal_is_final_where_the_cursor_lacks_the_token_or_the_item(cursor: Cursor) -> None:
    env, asked = replying(400)
    (only,) = pages(REQUEST, cursor=cursor)(env)
    assert isinstance(only.failure(), ServiceError)
    assert len(asked) == 1


def test_another_value_is_a_mistake() -> None:
    mistakes: list[tuple[Callable[[], object], str]] = [
        (lambda: pages("t"), "pages: request must be a GetTranscript"),  # type: ignore[arg-type]
        (lambda: pages(REQUEST, cursor="n"), "pages: cursor must be a Cursor"),  # type: ignore[arg-type]
    ]
    for mistake, message in mistakes:
        with pytest.raises(TypeError, match=message):
            mistake()
