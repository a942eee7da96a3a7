"""Walks: the pages of a transcript, taken, confirmed and given up."""

from __future__ import annotations

from math import inf

import pytest

from lensconnect import (
    EVENT_CHAT_ENDED,
    EVENT_PARTICIPANT_LEFT,
    LIVE,
    PARTICIPANT_ROLE_AGENT,
    SCAN_DIRECTION_BACKWARD,
    SCAN_DIRECTION_FORWARD,
    Error,
    Failure,
    InvalidRequest,
    Item,
    ItemReceived,
    LiveOptions,
    ParticipantToken,
    ServiceError,
    StartPosition,
    Success,
    TransportError,
    backoff_longest,
    items_of,
    live_options_backoff,
    live_options_history,
)
from lensconnect.live import orders
from lensconnect.live.position import Position
from lensconnect.live.state import ChatState, Link
from lensconnect.live.transcript import place_of
from lensconnect.live.walks import absorb_page

from .helpers.model_service import INVALID, denied

NOW = 100.0
BUSY = ServiceError(429, "ThrottlingException")
ANY_PAGE = orders.AskPage(None, SCAN_DIRECTION_BACKWARD)


def item(number: int, item_id: str | None = None, **fields: str) -> Item:
    time = f"2026-11-01T00:{number // 60:02}:{number % 60:02}Z"
    return Item(id=item_id or f"m{number}", absolute_time=time, **fields)  # type: ignore[arg-type]


def items(*numbers: int) -> tuple[Item, ...]:
    return tuple(map(item, numbers))


def chat(position: Position | None = None, options: LiveOptions = LIVE) -> ChatState:
    """Return a chat that catches up: from the history, or from a position."""
    state = ChatState(ParticipantToken("participant"), options, NOW, position, "me", "catching up")
    state.link = Link(orders.Socket(1), NOW, 5.0)
    state.link.subscribed = state.subscribed_once = True
    state.walk = state.new_walk()
    return state


def from_position(number: int = 5) -> ChatState:
    return chat(Position(f"m{number}", item(number).absolute_time))


def with_history(count: int | None) -> ChatState:
    return chat(options=LIVE & live_options_history.set(count))


def take(state: ChatState, found: tuple[Item, ...], next_token: str | None = None, now: float = NOW) -> None:
    absorb_page(state, ANY_PAGE, Success(orders.PageFound(found, next_token, None)), now, 0.5)


def refuse(state: ChatState, error: Error, now: float = NOW) -> None:
    absorb_page(state, ANY_PAGE, Failure(error), now, 0.5)


def handed_out(state: ChatState, until: float = inf) -> list[str | None]:
    """Return the Ids of the items that are handed out up to a time."""
    found = list[str | None]()
    state.delivery.release(until)
    while (note := state.delivery.pop()) is not None:
        if isinstance(note, ItemReceived):
            found.append(note.item.id)
    return found


# --- one page after the other


def test_a_page_that_is_postponed_is_asked_for_later_without_another_reservation() -> None:
    state = chat()
    state.phase = "online"
    absorb_page(state, ANY_PAGE, Success(orders.Postponed(3.0)), NOW, 0.5)
    assert (state.phase, state.reconcile_at, state.reserved, state.begun) == ("online", NOW + 3.0, True, False)


def test_a_page_begins_a_comparison() -> None:
    state = from_position()
    state.phase, state.walk, state.reserved, state.looked = "online", None, True, True
    state.open_link().burst = 7
    take(state, items(5), "next")
    assert (state.phase, state.reserved, state.begun, state.looked) == ("catching up", False, True, False)
    assert (state.open_walk().next_token, state.open_link().burst) == ("next", 0)


def test_a_place_that_is_reserved_is_kept_while_the_chat_catches_up() -> None:
    state = from_position()
    state.reserved = True
    take(state, items(5), "next")
    assert state.reserved


def test_the_first_contact_that_a_page_names_is_kept() -> None:
    state = from_position()
    for name in ("initial", None):
        absorb_page(state, ANY_PAGE, Success(orders.PageFound(items(5), "next", name)), NOW, 0.5)
    assert state.initial_contact_id == "initial"


def test_the_contact_that_an_item_names_is_kept() -> None:
    state = from_position()
    take(state, (item(5, contact_id="contact"), item(6)))
    assert state.contact_id == "contact"


@pytest.mark.parametrize("tokens", [("a", None), ("a", ""), ("a", "a"), ("a", "b", "a")])
def test_a_walk_ends_at_a_token_that_is_none_or_comes_again(tokens: tuple[str | None, ...]) -> None:
    state = from_position()
    state.transcript_denied = True
    for token in tokens[:-1]:
        take(state, (), token)
        assert state.phase == "catching up"
    take(state, (), tokens[-1])
    assert (state.phase, state.with_history, state.transcript_denied) == ("online", False, False)


def test_waits_begin_anew_after_a_page() -> None:
    state = from_position()
    for wait in (1.0, 2.0, 4.0):
        refuse(state, BUSY)
        assert state.open_walk().retry_at == NOW + wait
    take(state, (), "next")
    refuse(state, BUSY)
    assert state.open_walk().retry_at == NOW + 1.0


# --- forward


def test_a_forward_page_is_handed_out_at_once_and_confirmed() -> None:
    state = from_position()
    state.delivery.take(item(9), inf)
    take(state, items(5, 8, 7, 6), "next")
    assert handed_out(state) == ["m6", "m7", "m8"], "what came live is behind the page"
    assert state.delivery.position == Position("m8", item(8).absolute_time, ("m8",))
    assert state.missed == 3
    take(state, (), None)
    assert state.delivery.position.item_id == "m8"


def test_items_of_a_forward_page_are_not_past_and_in_order_of_whatever_kind() -> None:
    state = from_position()
    event = item(7, type="EVENT", content_type="application/new")
    take(state, (event, *items(6)))
    assert [state.delivery.pop(), state.delivery.pop()] == [ItemReceived(item(6)), ItemReceived(event)]


def test_the_end_in_a_forward_page_is_the_end() -> None:
    state = from_position()
    take(state, (item(5), item(6, content_type=EVENT_CHAT_ENDED)))
    assert (state.phase, handed_out(state)) == ("over", ["m6"])


@pytest.mark.parametrize(("found", "is_elsewhere"), [((5, 6), False), ((6, 7), True), ((), True)])
def test_a_walk_by_time_that_begins_elsewhere_becomes_a_backward_one(
    found: tuple[int, ...], is_elsewhere: bool
) -> None:
    state = from_position()
    refuse(state, INVALID)
    assert state.open_walk().start == StartPosition(absolute_time=item(5).absolute_time)
    take(state, items(*found), "next")
    walk = state.open_walk()
    if is_elsewhere:
        assert (walk.start, walk.direction, walk.history) == (None, SCAN_DIRECTION_BACKWARD, False)
        assert (walk.next_token, walk.stop) == (None, place_of(item(5)))
        assert handed_out(state) == []
    else:
        assert (walk.direction, walk.next_token, handed_out(state)) == (SCAN_DIRECTION_FORWARD, "next", ["m6"])
        take(state, items(8, 9), "another")
        assert walk is state.open_walk(), "the first page only tells"


def test_a_walk_from_an_item_begins_anywhere() -> None:
    state = from_position()
    take(state, items(8), "next")
    assert handed_out(state) == ["m8"]


# --- backward


@pytest.mark.parametrize(
    ("history", "pages", "taken", "is_over"),
    [
        (3, [(5, 6, 7, 8)], (6, 7, 8), True),
        (3, [(6, 7, 8)], (6, 7, 8), True),
        (3, [(7, 8)], (7, 8), False),
        (3, [(7, 8), (4, 5, 6)], (6, 7, 8), True),
        (None, [(7, 8), (4, 5, 6)], (4, 5, 6, 7, 8), False),
    ],
)
def test_so_many_items_of_the_history_are_read(
    history: int | None, pages: list[tuple[int, ...]], taken: tuple[int, ...], is_over: bool
) -> None:
    state = with_history(history)
    for number, page in enumerate(pages):
        assert handed_out(state, NOW) == [], "they are held back until the oldest has come"
        take(state, items(*page), f"token {number}")
    assert (state.phase == "online") == is_over
    assert items_of(state.delivery.transcript) == items(*taken)
    if is_over:
        older, newest = (
            [f"m{number}" for number in taken if (number in pages[0]) == is_newest] for is_newest in (False, True)
        )
        assert handed_out(state, NOW + 0.1) == older
        assert handed_out(state, NOW + 0.2) == newest, "the newest page is held back as live items are"


def test_a_page_of_the_history_is_read_though_none_of_it_is_handed_out() -> None:
    state = with_history(0)
    take(state, tuple(map(item, range(60, 120))), "next")
    assert state.phase == "catching up"
    take(state, tuple(map(item, range(60))), "another")
    assert (state.phase, len(state.delivery.transcript)) == ("online", 100)
    assert handed_out(state) == []
    assert state.delivery.position.item_id == "m119"


@pytest.mark.parametrize(
    ("found", "wanted", "is_over"),
    [
        (items(6, 7), ["m6", "m7"], False),
        (items(5, 6, 7), ["m6", "m7"], False),
        (items(4, 6, 7), ["m6", "m7"], True),
        ((item(5, "other"), *items(5, 6)), ["other", "m6"], False),
        ((Item(id="soon", absolute_time="soon"), item(6)), ["soon", "m6"], False),
    ],
)
def test_a_backward_walk_ends_before_the_place_up_to_which_everything_is_known(
    found: tuple[Item, ...], wanted: list[str], is_over: bool
) -> None:
    state = from_position()
    for _ in range(2):
        refuse(state, INVALID)
    assert state.open_walk().direction == SCAN_DIRECTION_BACKWARD
    take(state, found, "next")
    assert (state.phase == "online") == is_over
    if not is_over:
        take(state, ())
    assert handed_out(state) == wanted


def test_pages_of_a_backward_walk_are_confirmed_from_the_oldest_on() -> None:
    state = with_history(None)
    take(state, (item(7), item(9, "z"), item(9, "a")), "next")
    take(state, items(4, 6, 5), "another")
    take(state, (Item(id="soon", absolute_time="soon"),))
    assert state.phase == "online"
    assert handed_out(state, NOW) == ["soon", "m4", "m5", "m6"], "the newest page is held back as live items are"
    assert state.delivery.position.item_id == "m6"
    assert handed_out(state) == ["m7", "a", "z"]
    assert state.delivery.position.item_id == "z"


def test_the_history_begins_with_its_oldest_item() -> None:
    state = with_history(None)
    take(state, items(6, 7), "next")
    take(state, (Item(id="soon", absolute_time="soon"), *items(4, 5)))
    assert not state.delivery.take(item(3), 0.0), "what was before it counts as known"
    assert state.delivery.position.absolute_time == item(4).absolute_time


def test_what_was_missed_is_handed_out_before_the_connection_is_back() -> None:
    state = from_position()
    state.lost_at = NOW - 1
    for _ in range(2):
        refuse(state, INVALID)
    take(state, items(4, 6, 7))
    assert handed_out(state, NOW) == ["m6", "m7"]
    resumed = chat()
    resumed.lost_at = NOW - 1
    take(resumed, items(6, 7))
    assert handed_out(resumed, NOW) == ["m6", "m7"], "of the history too"


@pytest.mark.parametrize(
    ("content_type", "has_left_before", "phase", "has_left"),
    [
        (EVENT_CHAT_ENDED, False, "online", False),
        (EVENT_CHAT_ENDED, True, "online", False),
        (EVENT_PARTICIPANT_LEFT, False, "online", False),
        (EVENT_PARTICIPANT_LEFT, True, "online", True),
    ],
)
def test_the_history_tells_the_departure_alone_of_one_who_leaves(
    content_type: str, has_left_before: bool, phase: str, has_left: bool
) -> None:
    state = chat()
    state.left_at = NOW if has_left_before else None
    event = item(6, content_type=content_type, participant_id="me", participant_role=PARTICIPANT_ROLE_AGENT)
    take(state, (event,))
    assert (state.phase, state.has_left) == (phase, has_left)


# --- pages that cannot be had


@pytest.mark.parametrize("error", [INVALID, InvalidRequest(())])
def test_a_place_that_is_not_known_is_looked_for_by_time_and_then_from_the_newest_back(error: Error) -> None:
    state = from_position()
    refuse(state, error)
    walk = state.open_walk()
    assert (walk.start, walk.direction) == (StartPosition(absolute_time=item(5).absolute_time), SCAN_DIRECTION_FORWARD)
    assert (walk.stop, walk.history) == (place_of(item(5)), False)
    refuse(state, error)
    walk = state.open_walk()
    assert (walk.start, walk.direction, walk.history) == (None, SCAN_DIRECTION_BACKWARD, False)
    assert walk.stop == place_of(item(5))
    refuse(state, error)
    assert (state.phase, state.tells) == ("online", [orders.Tell("abandoned", "the transcript was refused")])


def test_a_transcript_that_is_denied_asks_once_whether_the_chat_is_over() -> None:
    state, tell = from_position(), orders.Tell("abandoned", "the transcript is denied")
    refuse(state, denied("GetTranscript"))
    assert (state.phase, state.renew_at, state.tells) == ("online", NOW, [tell])
    assert state.reconcile_at == NOW + 300.0 * 1.0
    state.renew_at = inf
    refuse(state, denied("GetTranscript"), NOW + 300.0)
    assert (state.phase, state.renew_at, state.reconcile_at) == ("online", inf, inf)


@pytest.mark.parametrize(
    ("error", "gap", "tells"),
    [
        (ServiceError(404, ""), True, "the transcript cannot be read"),
        (TransportError("unsupported", "", "no"), True, "the transcript cannot be read"),
        (BUSY, False, "the transcript: status 429"),
        (BUSY, True, None),
    ],
)
def test_a_page_is_asked_for_again_where_items_may_be_missing(error: Error, gap: bool, tells: str | None) -> None:
    state = from_position()
    state.gap = gap
    refuse(state, error)
    assert state.phase == ("catching up" if tells is None else "online")
    assert state.tells == ([] if tells is None else [orders.Tell("abandoned", tells)])


@pytest.mark.parametrize(("longest", "reconcile_at"), [(30.0, NOW + 30.0), (400.0, NOW + 300.0)])
def test_a_comparison_that_fails_is_made_soon(longest: float, reconcile_at: float) -> None:
    state = chat(Position("m5", item(5).absolute_time), LIVE & (live_options_backoff & backoff_longest).set(longest))
    state.gap = False
    refuse(state, BUSY)
    assert state.reconcile_at == pytest.approx(reconcile_at)


@pytest.mark.parametrize("lost_at", [None, NOW - 1])
def test_what_came_before_a_walk_was_given_up_is_handed_out_before_the_return(lost_at: float | None) -> None:
    state = from_position()
    state.lost_at = lost_at
    state.delivery.take(item(9), inf)
    refuse(state, ServiceError(404, ""))
    assert handed_out(state, NOW) == ([] if lost_at is None else ["m9"])
