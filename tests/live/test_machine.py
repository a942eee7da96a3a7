"""The state machine of a live chat: the rules that every life keeps, and one test for each rule by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import inf
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lensconnect import (
    EVENT_CHAT_ENDED,
    EVENT_PARTICIPANT_LEFT,
    EVENT_TRANSFER_SUCCEEDED,
    EVENT_TYPING,
    LIVE,
    PARTICIPANT_ROLE_AGENT,
    PARTICIPANT_ROLE_CUSTOMER,
    Backoff,
    ChatEnded,
    ConnectionLost,
    ConnectionRegained,
    ConnectionRenewed,
    Error,
    InvalidEndpoint,
    Item,
    ItemReceived,
    LiveOptions,
    ServiceError,
    TransportError,
    item_contact_id,
    item_related_contact_id,
    live_options_give_up,
    live_options_history,
    live_options_reconcile,
    live_options_settle,
)
from lensconnect.jsontext import dumps
from lensconnect.live import orders
from lensconnect.live.failures import backoff_seconds
from lensconnect.live.frames import HEARTBEAT
from lensconnect.live.machine import advance
from lensconnect.live.planning import CLOSED
from lensconnect.live.position import Position
from lensconnect.live.state import TRANSITIONS
from lensconnect.live.transcript import items_of
from lensconnect.results import Failure, Result, Success

from .helpers.lives import ENDS, EVENTS, Life, life_of, live
from .helpers.model_service import CONFIRMED, HOSTILE, INVALID, Faults, ModelService, Run, denied

# --- every life keeps the rules

LIVES = st.builds(
    Life,
    st.integers(0, 2**32),
    st.builds(
        Faults,
        *[st.sampled_from((0.0, 0.05, 0.2))] * 3,
        *[st.sampled_from((0.0, 0.01, 0.05))] * 2,
        *[st.sampled_from((0.0, 0.1, 0.4))] * 7,
    ),
    st.lists(st.tuples(st.sampled_from((0.0, 0.2, 3.0, 15.0, 70.0)), st.sampled_from(EVENTS)), max_size=12).map(tuple),
    st.lists(st.sampled_from((0.0, 0.05, 3.0, 40.0, inf)), min_size=1, max_size=4).map(tuple),
    st.sampled_from(ENDS),
    st.sampled_from((0, 5, 30)),
    st.booleans(),
    st.sampled_from((1, 3, 100)),
    st.builds(
        LiveOptions,
        socket_seconds=st.sampled_from((60.0, 3540.0)),
        settle=st.sampled_from((0.0, 0.2, 2.0)),
        reconcile=st.sampled_from((30.0, 300.0)),
        history=st.sampled_from((0, 3, None)),
        keep=st.sampled_from((5, None)),
    ),
)


@settings(max_examples=60)
@given(LIVES)
@example(life_of(235))
def test_a_life_keeps_the_rules(life: Life) -> None:
    live(life)


def test_many_lives_keep_the_rules() -> None:
    assert sum(live(life_of(seed)) for seed in range(150)) > 50_000


@pytest.mark.slow
def test_very_many_lives_keep_the_rules() -> None:
    steps = seed = 0
    while steps < 1_000_000:
        seed += 1
        steps += live(life_of(10_000 + seed))


@pytest.mark.slow
@settings(max_examples=500)
@given(LIVES)
def test_more_lives_keep_the_rules(life: Life) -> None:
    live(life)


# --- one rule after another


def opened(
    service: ModelService | None = None,
    options: LiveOptions = LIVE,
    position: Position | None = None,
    seconds: float = 1.0,
) -> Run:
    """Return a chat that is online, and hands out nothing any more."""
    run = Run(service or ModelService(1), options, position)
    run.receive_until(run.service.now + seconds)
    assert run.state.phase == "online"
    return run


def kinds(run: Run) -> list[str]:
    return [type(note).__name__ for note in run.notes]


def frame(run: Run, text: str | bytes) -> None:
    for socket in run.service.open_sockets():
        run.service._send(socket, text)


def cut(run: Run) -> None:
    for socket in run.service.open_sockets():
        socket.cut_at = run.service.now


def test_a_loss_is_told_once_however_often_connecting_fails() -> None:
    run = opened()
    cut(run)
    run.service.faults = Faults(throttled=1.0)
    run.receive_until(run.service.now + 600)
    run.service.faults = Faults()
    run.receive_until(run.service.now + 600)
    assert kinds(run) == ["ConnectionLost", "ConnectionRegained"]


def test_a_close_with_code_1000_is_a_loss() -> None:
    run = opened()
    (socket,) = run.service.open_sockets()
    socket.cut_error = TransportError("incomplete", "the peer closed the socket (close code 1000)", "yes")
    cut(run)
    run.receive_until(run.service.now + 5)
    assert run.notes[0] == ConnectionLost("closed", socket.cut_error.message)
    assert isinstance(run.notes[1], ConnectionRegained)


@pytest.mark.parametrize("after", [0.0, 3.0, 9.9, 10.1])
def test_a_silent_connection_is_noticed_within_two_heartbeats_each_time(after: float) -> None:
    run = opened()
    for number in (1, 2, 3):
        run.receive_until(run.service.now + 30 + after)
        for socket in run.service.open_sockets():
            socket.silence(run.service.now)
        silent_at = run.service.now
        run.receive_until(silent_at + 60)
        assert len(run.lost_times) == number
        assert run.lost_times[-1] <= silent_at + 20.001
    assert kinds(run) == ["ConnectionLost", "ConnectionRegained"] * 3
    assert all(note.reason == "heartbeat" for note in run.notes if isinstance(note, ConnectionLost))


def test_a_slow_handler_does_not_make_a_healthy_connection_lost() -> None:
    run = opened()
    for _ in range(20):
        run.service.pass_time(run.service.now + 61)  # the echoes wait meanwhile
        run.receive(run.service.now)
        run.receive(run.service.now + 0.5)
    assert run.notes == []


def test_a_slow_handler_and_a_dead_connection_are_a_loss_at_once() -> None:
    run = opened()
    run.receive(run.service.now + 11)
    for socket in run.service.open_sockets():
        socket.silence(run.service.now)
    run.receive(run.service.now + 12)
    run.service.pass_time(run.service.now + 60)
    start = run.service.now
    run.receive_until(start + 5)
    assert kinds(run) == ["ConnectionLost", "ConnectionRegained"]
    assert run.lost_times == [start]


def test_a_bad_answer_to_a_ping_is_told_to_observers_only() -> None:
    run = opened()
    frame(run, '{"topic":"aws/ping","statusCode":500,"statusContent":"bad"}')
    run.receive_until(run.service.now + 60)
    assert run.notes == []


def test_hostile_frames_are_skipped_and_counted() -> None:
    run = opened()
    for text in HOSTILE:
        frame(run, text)
    run.service.post("Hello")
    run.receive_until(run.service.now + 2)
    assert [note.item.content for note in run.notes if isinstance(note, ItemReceived)] == ["Hello"]
    assert run.skipped >= len(HOSTILE) - 3


def test_a_frame_that_is_lost_on_a_living_connection_is_found_by_reconciling() -> None:
    run = opened()
    run.service.faults = Faults(lost=1.0)
    lost = run.service.post("lost")
    run.service.faults = Faults()
    run.receive_until(run.service.now + 1)
    run.service.post("seen")
    run.receive_until(run.service.now + LIVE_RECONCILE)
    assert [(n.item.content, n.late) for n in run.notes if isinstance(n, ItemReceived)] == [
        ("seen", False),
        ("lost", True),
    ]
    assert lost in items_of(run.state.delivery.transcript)
    assert kinds(run) == ["ItemReceived"] * 2


LIVE_RECONCILE = 1.2 * (LIVE.reconcile or 0)


@pytest.mark.parametrize("missed", [0, 1, 250])
def test_what_was_missed_while_offline_is_handed_out_before_the_return_is_told(missed: int) -> None:
    run = opened()
    cut(run)
    for number in range(missed):
        run.service.post(str(number))
    run.receive_until(run.service.now + 5)
    assert kinds(run) == ["ConnectionLost", *["ItemReceived"] * missed, "ConnectionRegained"]
    contents = [note.item.content for note in run.notes if isinstance(note, ItemReceived)]
    assert sorted(contents, key=lambda text: int(text or "")) == [str(number) for number in range(missed)]
    assert isinstance(regained := run.notes[-1], ConnectionRegained)
    assert regained.missed == missed


def test_what_two_attempts_to_catch_up_have_found_is_counted_together() -> None:
    service = ModelService(1, page=10)
    service.post("past")
    run = opened(service)
    cut(run)
    run.receive_to("offline")
    for number in range(25):
        run.service.pass_time(run.service.now + 0.01)
        run.service.post(str(number))
    while len(run.notes) < 4:
        run.receive()
    cut(run)
    run.receive_until(run.service.now + 10)
    assert kinds(run) == ["ItemReceived", "ConnectionLost", *["ItemReceived"] * 25, "ConnectionRegained"]
    assert isinstance(regained := run.notes[-1], ConnectionRegained)
    assert regained.missed == 25


def test_a_connection_that_keeps_breaking_is_opened_again_with_growing_waits() -> None:
    run = opened()
    start = run.service.now
    while run.service.now < start + 600:
        cut(run)
        run.receive(start + 600)
    assert run.service.opened < 45, "not one after another"
    assert run.lost_times[0] - start < 0.2, "the first time at once"


def test_the_history_is_past_and_what_comes_then_is_not() -> None:
    service = ModelService(1)
    for number in range(120):
        service.pass_time(service.now + 1)
        service.post(str(number))
    run = opened(service)
    service.post("new")
    run.receive_until(service.now + 1)
    shown = [(note.item.content, note.past) for note in run.notes if isinstance(note, ItemReceived)]
    assert shown == [*((str(number), True) for number in range(20, 120)), ("new", False)]


def test_no_history_is_handed_out_with_history_0() -> None:
    service = ModelService(1)
    service.post("old")
    run = opened(service, LIVE & live_options_history.set(0))
    assert run.notes == []
    assert run.state.delivery.position.item_id == service.items[0].id
    resumed = opened(service, LIVE, run.state.delivery.position)
    assert resumed.notes == []


def test_a_history_that_was_refused_is_read_later_and_is_past() -> None:
    service = ModelService(1)
    service.post("old")
    service.denies_transcript = True
    run = opened(service)
    service.denies_transcript = False
    run.receive_until(service.now + 4000)
    assert [(note.item.content, note.past) for note in run.notes if isinstance(note, ItemReceived)] == [("old", True)]


def test_live_items_do_not_wait_for_a_reconciliation_that_fails() -> None:
    run = opened()
    run.service.faults = Faults(throttled=1.0)
    run.receive_until(run.service.now + LIVE_RECONCILE)
    start = run.service.now
    run.service.post("Hello")
    assert isinstance(run.receive(), ItemReceived)
    assert run.service.now < start + 1


def test_live_items_wait_for_the_pages_after_a_loss() -> None:
    run = opened()
    cut(run)
    run.service.post("missed")
    run.receive_to("catching up")
    run.service.post("live")
    run.receive_until(run.service.now + 5)
    contents = [note.item.content for note in run.notes if isinstance(note, ItemReceived)]
    assert contents == ["missed", "live"]


def test_an_unknown_anchor_is_tried_by_time_and_then_backward() -> None:
    run = opened()
    for number in range(3):
        run.service.pass_time(run.service.now + 1)
        run.service.post(str(number))
    run.receive_until(run.service.now + LIVE_RECONCILE)
    cut(run)
    run.service.post("missed")
    asked = list[tuple[str, bool, bool]]()
    find = run.service._find_page

    def refuse(order: orders.AskPage) -> Result[object, object]:
        start = order.start
        asked.append((order.direction, start is not None and start.id is not None, order.next_token is None))
        return Failure(INVALID) if order.direction == "FORWARD" else find(order)

    run.service._find_page = refuse  # type: ignore[method-assign]
    run.receive_until(run.service.now + 3)
    assert asked == [("FORWARD", True, True), ("FORWARD", False, True), ("BACKWARD", False, True)]
    assert [n.item.content for n in run.notes if isinstance(n, ItemReceived)] == ["0", "1", "2", "missed"]


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"], ["a", ""], ["a", None]])
def test_a_walk_ends_at_a_token_that_repeats(tokens: list[str | None]) -> None:
    run, left, asked = Run(ModelService(1)), [*tokens, "never"], list[object]()

    def page(order: orders.AskPage) -> Result[object, object]:
        asked.append(order.next_token)
        return Success(orders.PageFound((), left.pop(0), "c"))

    run.service._find_page = page  # type: ignore[method-assign]
    run.receive_until(run.service.now + 3)
    assert run.state.phase == "online"
    assert asked == [None, *tokens[:-1]]


def test_the_end_is_handed_out_after_what_is_held() -> None:
    run = opened(options=LIVE & live_options_settle.set(30.0))
    run.service.post("last")
    run.service.pass_time(run.service.now + 0.1)
    run.service.end()
    run.receive_until(run.service.now + 5)
    assert [note.item.content for note in run.notes if isinstance(note, ItemReceived)] == ["last", None]
    assert run.notes[-1] == ChatEnded("ended")
    steps = run.service.steps
    assert run.receive() == ChatEnded("ended")
    assert run.service.steps == steps, "nothing is done any more"


def test_an_end_while_the_connection_was_lost_is_denied() -> None:
    run = opened()
    cut(run)
    run.service.end()
    run.receive_until(run.service.now + 5)
    assert kinds(run) == ["ConnectionLost", "ChatEnded"]
    assert run.notes[-1] == ChatEnded("denied")


def test_an_end_whose_frame_was_lost_is_noticed_by_reconciling() -> None:
    run = opened()
    run.service.faults = Faults(lost=1.0)
    run.service.end()
    run.service.faults = Faults()
    run.receive_until(run.service.now + LIVE_RECONCILE)
    assert run.notes == [ChatEnded("denied")]


def test_a_chat_without_a_transcript_goes_on() -> None:
    service = ModelService(1)
    service.denies_transcript = True
    run = opened(service, seconds=3.0)
    run.receive_until(service.now + 3000)
    service.post("Hello")
    run.receive_until(service.now + 1)
    assert kinds(run) == ["ConnectionRenewed", "ItemReceived"], "one renewal asks whether the chat is over"
    assert service.opened == 2


def test_the_end_of_an_earlier_session_in_the_history_is_not_the_end() -> None:
    service = ModelService(1)
    service.event(EVENT_CHAT_ENDED)
    run = opened(service)
    run.receive_until(service.now + 2000)
    assert [type(note) for note in run.notes] == [ItemReceived]


@pytest.mark.parametrize(
    ("role", "participant_id", "seconds", "reason"),
    [
        (PARTICIPANT_ROLE_AGENT, "me", 0.1, "left"),
        (PARTICIPANT_ROLE_CUSTOMER, "me", 4.1, "left"),
        (PARTICIPANT_ROLE_AGENT, None, 5.1, "left"),
    ],
)
def test_who_leaves_hears_the_end(role: str, participant_id: str | None, seconds: float, reason: str) -> None:
    run = Run(ModelService(1), participant_id=participant_id)
    run.receive_until(run.service.now + 1)
    start = run.service.now
    run.service.leave("me", role)
    run.state.left_at = start
    run.receive_until(start + 60)
    assert run.notes[-1] == ChatEnded(reason)  # type: ignore[arg-type]
    assert run.service.now - start == pytest.approx(seconds, abs=0.2)
    contents = [note.item.content for note in run.notes if isinstance(note, ItemReceived)]
    assert ("Farewell" in contents) == (role == PARTICIPANT_ROLE_CUSTOMER)


def test_an_own_departure_whose_frame_is_lost_or_early_is_noticed() -> None:
    lost, early = (Run(ModelService(1), participant_id="me") for _ in range(2))
    for run in (lost, early):
        run.receive_until(run.service.now + 1)
        run.service.faults = Faults(lost=float(run is lost))
        run.service.leave("me", PARTICIPANT_ROLE_AGENT)
        run.service.faults = Faults()
    early.receive_until(early.service.now + 2)  # before the reply to DisconnectParticipant
    for run in (lost, early):
        run.state.left_at = run.service.now
        run.receive_until(run.service.now + LIVE_RECONCILE)
        assert run.notes[-1] == ChatEnded("left")


def test_an_own_departure_before_the_history_was_read_is_noticed() -> None:
    run = Run(ModelService(1), participant_id="me")
    run.receive_to("subscribing")
    run.service.leave("me", PARTICIPANT_ROLE_AGENT)
    run.state.left_at = run.service.now
    run.receive_until(run.service.now + 5)
    assert run.notes[-1] == ChatEnded("left")


def test_the_departure_of_another_is_not_the_end() -> None:
    run = Run(ModelService(1), participant_id="me")
    run.receive_until(run.service.now + 1)
    for _ in range(2):
        run.service.event(EVENT_PARTICIPANT_LEFT, participant_id="other", participant_role=PARTICIPANT_ROLE_AGENT)
        run.state.left_at = run.service.now
        run.receive_until(run.service.now + 60)
    assert kinds(run) == ["ItemReceived"] * 2


def test_an_agent_who_transferred_the_chat_hears_so() -> None:
    run = opened()
    run.service.transfer()
    run.receive_until(run.service.now + 1)
    assert run.notes[-1] == ChatEnded("transferred")


def test_a_transfer_that_the_transcript_tells_of_ends_nothing() -> None:
    run = opened()
    run.service.faults = Faults(lost=1.0)
    run.service.event(EVENT_TRANSFER_SUCCEEDED, participant_id=None, participant_role=None)
    run.service.faults = Faults()
    run.receive_until(run.service.now + 2 * LIVE_RECONCILE)
    (note,) = run.notes
    assert isinstance(note, ItemReceived)
    assert note.item.content_type == EVENT_TRANSFER_SUCCEEDED


def test_items_of_another_contact_are_dropped_and_those_of_a_transfer_are_not() -> None:
    run = opened()
    run.service.post("first")
    run.receive_until(run.service.now + LIVE_RECONCILE)
    run.service.strange()
    run.service.post("transferred", contact_id="c")
    run.service.items[-1:] = []
    text = '{"Id":"n","AbsoluteTime":"2026-11-02T00:00:00Z","Type":"MESSAGE","ContactId":"c2","InitialContactId":"c"}'
    frame(run, '{"topic":"aws/chat","content":' + text + "}")
    state, order, outcome = run.state, None, None
    ids = []
    for _ in range(12):
        order = advance(state, order, outcome, run.service.now, 0.5, run.service.now + 1)
        if isinstance(order, orders.HandOut) and isinstance(order.notification, ItemReceived):
            ids.append(order.notification.item.id)
        outcome = run.service.perform(order)
    assert "n" in ids
    assert not any(item_id and item_id.startswith("x") for item_id in ids)


# --- receipts


def test_a_receipt_that_is_due_is_sent_by_receive() -> None:
    run = opened()
    item = run.service.post("Hello")
    run.receive()
    run.mark("delivered")
    run.receive_until(run.service.now + 1)
    run.mark("read")
    run.mark("delivered")
    run.receive_until(run.service.now + 20)
    assert [(kind, item_id) for _, kind, item_id in run.service.reports] == [("delivered", item.id), ("read", item.id)]


def test_no_receipt_is_sent_for_an_item_of_ones_own() -> None:
    known, learnt = Run(ModelService(1), participant_id="me"), Run(ModelService(1))
    for run in (known, learnt):
        run.receive_until(run.service.now + 1)
        first = run.service.post("mine", participant_id="me")
        run.state.sent_ids[first.id or ""] = None  # as `say` does with the Id of the reply
        run.receive()
        run.service.post("mine too", participant_id="me")
        run.receive()
        assert run.state.participant_id == "me"
        run.mark("read")
        run.mark("delivered")
        run.receive_until(run.service.now + 20)
        assert run.service.reports == []


def test_a_conflict_switches_receipts_off() -> None:
    run = opened()
    run.service.post("Hello")
    run.receive()
    run.mark("delivered")
    conflict = ServiceError(409, "ConflictException")
    run.service._request_fails = lambda: Failure(conflict)  # type: ignore[method-assign]
    run.receive_until(run.service.now + 1)
    del run.service._request_fails  # type: ignore[method-assign]
    for _ in range(3):
        run.service.post("Hello")
        run.receive()
        run.mark("read")
    run.receive_until(run.service.now + 20)
    assert len(run.service.reports) == 1


def test_no_receipt_is_sent_after_the_end() -> None:
    run = opened()
    run.service.post("Hello")
    run.receive()
    run.mark("delivered")
    run.service.end()
    run.receive_until(run.service.now + 0.1)
    assert run.notes[-1] == ChatEnded("ended")
    run.mark("read")
    assert run.service.reports == []


# --- connecting


@pytest.mark.parametrize(
    ("error", "fails"),
    [
        (ServiceError(400, "ValidationException"), True),
        (ServiceError(404, "ResourceNotFoundException"), True),
        (InvalidEndpoint("no region"), True),
        (TransportError("closed", "the environment is closed", "no"), True),
        (denied("CreateParticipantConnection"), True),
        (ServiceError(403, ""), False),
        (ServiceError(429, "ThrottlingException"), False),
        (ServiceError(500, ""), False),
        (TransportError("timeout", "timed out", "maybe"), False),
    ],
)
def test_connecting_fails_only_where_another_attempt_cannot_help(error: object, fails: bool) -> None:
    run = Run(ModelService(1))
    fetch, failing = run.service._fetch, True

    def refuse(order: orders.FetchConnection) -> Result[object, object]:
        run.service.pass_time(run.service.now + 0.1)
        return Failure(error) if failing else fetch(order)

    run.service._fetch = refuse  # type: ignore[method-assign]
    run.receive_until(run.service.now + 200)
    assert (run.failed == error) == fails
    failing = False
    if not fails:
        run.receive_until(run.service.now + 40)
        assert run.state.phase == "online"


def test_what_is_held_is_handed_out_before_a_failure() -> None:
    run = opened(options=LIVE & live_options_settle.set(30.0))
    run.service.post("last")
    run.service.pass_time(run.service.now + 0.1)
    run.receive(run.service.now)
    cut(run)
    run.service._fetch = lambda _order: Failure(ServiceError(400, "ValidationException"))  # type: ignore[method-assign,assignment,return-value]
    run.receive_until(run.service.now + 5)
    assert kinds(run) == ["ItemReceived", "ConnectionLost"]
    assert run.failed == ServiceError(400, "ValidationException")


def test_give_up_ends_the_attempts() -> None:
    run = opened(options=LIVE & live_options_give_up.set(60.0))
    cut(run)
    run.service.faults = Faults(throttled=1.0)
    run.receive_until(run.service.now + 200)
    assert run.failed is not None
    assert run.service.now < 1000 + 150


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_waits_double_up_to_the_longest(chance: float) -> None:
    waits = [backoff_seconds(Backoff(), attempt, chance) for attempt in range(1, 2000)]
    plain = [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    factor = 1 + 0.3 * (2 * chance - 1)
    assert waits[:7] == pytest.approx([wait * factor for wait in plain])
    assert max(waits) == waits[-1]


def test_a_refused_subscription_is_tried_three_times() -> None:
    run = Run(ModelService(1))
    failure = CONFIRMED.replace("success", "failure")
    sent = list[tuple[float, str]]()

    def answer(order: orders.Transmit) -> Result[object, object]:
        sent.append((run.service.now, order.text))
        run.service._send(run.service.sockets[order.socket], failure)  # type: ignore[index]
        return Success(None)

    run.service._receive = answer  # type: ignore[method-assign]
    while run.service.opened < 2:
        run.receive(run.service.now + 0.1)
    first = [time for time, _ in sent][:3]
    assert len(first) == 3
    assert run.service.now - first[0] >= LIVE.subscribe_timeout
    assert run.notes == [], "the chat was not open yet"


# --- patience


@pytest.mark.parametrize("seconds", [0.0, 0.3, 7.0])
def test_a_call_with_an_end_returns_by_then(seconds: float) -> None:
    run = opened()
    for _ in range(50):
        start = run.service.now
        assert run.receive(start + seconds) is None
        assert run.service.now <= start + seconds + 0.1, "what was begun may take a little longer"
        run.service.pass_time(run.service.now + 1)


def test_polling_alone_keeps_a_chat_alive() -> None:
    """Every request, opening and page is begun at last, though each call may begin one only."""
    run = Run(ModelService(1), LIVE & live_options_reconcile.set(30.0))
    for number in range(4000):
        if number % 500 == 0:
            run.service.post(str(number))
        run.receive(run.service.now)
        run.service.pass_time(run.service.now + 1)
    counted = Counter(kinds(run))
    assert counted["ItemReceived"] == 8
    assert counted["ConnectionRenewed"] == 1
    assert counted["ConnectionLost"] == 0


# --- a day


def test_a_simulated_day() -> None:
    service = ModelService(7)
    start = service.now
    for number in range(200):
        service.at(start + 432 * number + 1, lambda number=number: service.post(str(number)))  # type: ignore[misc]
    run = Run(service)
    run.receive_until(start + 86_400)
    counted = Counter(kinds(run))
    assert counted["ItemReceived"] == 200
    assert [note.item.content for note in run.notes if isinstance(note, ItemReceived)] == [str(n) for n in range(200)]
    assert counted["ConnectionLost"] == 0
    assert 24 <= counted["ConnectionRenewed"] <= 27
    assert service.most_open == 2
    assert service.fetches == service.opened == counted["ConnectionRenewed"] + 1
    assert service.oldest_token < 3600
    times = sorted(service.opened_at.values())
    assert all(0.9 * 3540 <= later - time <= 3600 for time, later in pairwise(times))


def test_chats_that_were_opened_together_are_not_renewed_together() -> None:
    times = []
    for seed in range(500):
        run = opened(ModelService(seed))
        times.append(run.state.renew_at)
    assert max(times) - min(times) > 300
    assert max(Counter(int(time) for time in times).values()) <= 8


# --- a process that ends


@pytest.mark.parametrize("handled", [True, False])
def test_a_position_taken_after_handling_repeats_and_one_before_loses_the_item_at_hand(handled: bool) -> None:
    run = opened()
    for number in range(5):
        run.service.post(str(number))
        run.service.pass_time(run.service.now + 0.01)
    run.receive()
    before = run.state.delivery.position
    run.receive()
    position = before if handled else run.state.delivery.position  # it ends while it handles the second item
    run.kill()
    resumed = opened(run.service, position=position)
    contents = [note.item.content for note in resumed.notes if isinstance(note, ItemReceived)]
    assert contents == (["1", "2", "3", "4"] if handled else ["2", "3", "4"])


@pytest.mark.parametrize("steps", range(0, 60, 3))
def test_a_process_may_end_at_any_moment(steps: int) -> None:
    service = ModelService(3, page=4)
    for number in range(9):
        service.post(f"past {number}")
        service.pass_time(service.now + 0.3)
    run = Run(service, LIVE & live_options_history.set(6))
    for number in range(6):
        service.at(service.now + 1 + number / 7, lambda number=number: service.post(str(number)))  # type: ignore[misc]
    handed = list[str | None]()
    position = None
    order: orders.Order | None = None
    outcome = None
    for _ in range(steps):
        order = advance(run.state, order, outcome, service.now, 0.5, inf)
        if isinstance(order, orders.HandOut) and isinstance(order.notification, ItemReceived):
            handed.append(order.notification.item.content)
            position = run.state.delivery.position
        outcome = service.perform(order)
    run.kill()
    resumed = opened(service, LIVE & live_options_history.set(6), position)
    resumed.receive_until(service.now + 5)
    handed += [note.item.content for note in resumed.notes if isinstance(note, ItemReceived)]
    wanted = [*(f"past {number}" for number in range(3, 9)), *map(str, range(6))]
    if position is None:
        wanted = wanted[-len(handed) :]
    assert sorted(map(str, handed)) == sorted(wanted)


# --- steps


def test_an_order_without_an_outcome_changes_nothing() -> None:
    run = opened()
    before = run.state.open_link().burst
    order = advance(run.state, None, None, run.service.now, 0.5, inf)
    assert isinstance(order, orders.Listen)
    assert advance(run.state, order, None, run.service.now, 0.5, inf) == order
    assert run.state.open_link().burst == before


# --- closing


@pytest.mark.parametrize("moment", ["at once", "online", "catching up", "renewing", "offline"])
def test_a_chat_can_be_closed_in_every_phase(moment: str) -> None:
    run = Run(ModelService(1))
    reach: dict[str, Callable[[], object]] = {
        "at once": lambda: None,
        "online": lambda: run.receive_until(run.service.now + 1),
        "catching up": lambda: run.receive_to("catching up"),
        "renewing": lambda: _renew(run),
        "offline": lambda: (run.receive_until(run.service.now + 1), cut(run), run.receive_to("offline")),
    }
    reach[moment]()
    run.close()
    assert not run.service.open_sockets()
    run.receive()
    assert run.failed == CLOSED


def test_every_phase_can_be_reached_and_left() -> None:
    reached = set(TRANSITIONS.values()) | {"offline"}
    left = {phase for phase, _ in TRANSITIONS}
    assert left <= reached
    assert reached - left == {"over", "failed"}


def _renew(run: Run) -> None:
    run.receive_to("online")
    run.state.renew_at = run.service.now
    run.receive_to("renewing")


def test_renewal_hands_out_what_the_first_socket_still_has() -> None:
    run = opened()
    _renew(run)
    run.service.post("on both")
    run.receive_until(run.service.now + 5)
    assert sorted(kinds(run)) == ["ConnectionRenewed", "ItemReceived"]
    assert isinstance(run.notes[0], ItemReceived | ConnectionRenewed)


@pytest.mark.parametrize("phase", ["online", "catching up"])
def test_a_flood_of_frames_that_hold_nothing_ends_a_call(phase: str) -> None:
    run = opened()
    if phase == "catching up":
        run.state.go("page due")
        run.state.walk = run.state.new_walk()
    now = run.service.now
    until = now + 1.0
    order: orders.Order | None = None
    outcome: Result[object, TransportError] | None = None
    for _ in range(1000):
        order = advance(run.state, order, outcome, now, 0.5, until)
        if isinstance(order, orders.Nothing):
            break
        outcome = Success("no frame" if isinstance(order, orders.Listen) else None)
        now += 0.1
    assert isinstance(order, orders.Nothing)
    assert until <= now <= until + LIVE.open_timeout + 1.0


# --- a flood of frames


def flood(run: Run, socket_number: int, *, notes: bool = False) -> None:
    """Let a frame come whenever this socket is looked at: one of typing with `notes`, else the echo of a heartbeat."""
    service, listen = run.service, run.service._listen

    def flooded(order: orders.Listen) -> Result[Any, Any]:
        if service.sockets[socket_number] is not service._socket(order):
            return listen(order)
        service.pass_time(service.now + 0.001)
        service.numbers += 1
        typing = dumps({"Id": f"t{service.numbers}", "Type": "EVENT", "ContentType": EVENT_TYPING}).decode()
        return Success(dumps({"topic": "aws/chat", "content": typing}).decode() if notes else HEARTBEAT)

    service._listen = flooded  # type: ignore[method-assign]


@pytest.mark.parametrize("notes", [True, False])
def test_a_flood_of_frames_does_not_keep_pages_back(notes: bool) -> None:
    run = opened()
    cut(run)
    for number in range(250):
        run.service.post(str(number))
    run.receive_to("catching up")
    flood(run, run.service.opened, notes=notes)
    run.receive_until(run.service.now + 5)
    contents = {note.item.content for note in run.notes if isinstance(note, ItemReceived)}
    assert contents >= set(map(str, range(250)))
    assert "ConnectionRegained" in kinds(run)
    assert run.state.phase == "online"


def test_a_flood_of_frames_does_not_keep_a_renewal_back() -> None:
    run = opened()
    _renew(run)
    flood(run, 1)
    run.receive(run.service.now + 5)
    assert run.notes == [ConnectionRenewed()]
    assert [socket.number for socket in run.service.open_sockets()] == [2]


def test_a_flood_of_frames_does_not_keep_a_loss_back() -> None:
    run = opened()
    flood(run, 1)
    run.service.sockets[1].cut_at = run.service.now
    run.state.open_link().broken = "the connection was reset"
    run.receive(run.service.now + 5)
    assert run.notes == [ConnectionLost("network", "the connection was reset")]


def test_a_flood_of_frames_is_no_subscription() -> None:
    run = Run(ModelService(1))
    run.receive_to("subscribing")
    flood(run, 1)
    run.service.sockets[1].silence(run.service.now)
    run.receive_until(run.service.now + LIVE.subscribe_timeout + 5)
    assert run.service.opened == 2
    assert run.state.phase == "online"


# --- walks through the transcript


def with_past(count: int, seed: int = 1, page: int = 100) -> ModelService:
    """Return a service whose chat has so many messages."""
    service = ModelService(seed, page=page)
    for number in range(count):
        service.pass_time(service.now + 1)
        service.post(str(number))
    return service


def received(run: Run) -> list[str | None]:
    return [note.item.content for note in run.notes if isinstance(note, ItemReceived)]


def refuse_page(run: Run, number: int, error: Error) -> list[int]:
    """Refuse the page of this number, from 1, and return the list that grows by each page that is asked for."""
    find, asked = run.service._find_page, list[int]()

    def page(order: orders.AskPage) -> Result[Any, Any]:
        asked.append(len(asked) + 1)
        return Failure(error) if len(asked) == number else find(order)

    run.service._find_page = page  # type: ignore[method-assign]
    return asked


@pytest.mark.parametrize("error", [INVALID, ServiceError(404, "ResourceNotFoundException")])
def test_pages_of_the_history_before_a_refused_one_are_handed_out(error: Error) -> None:
    service = with_past(25, page=10)
    run = Run(service, LIVE & live_options_history.set(None))
    refuse_page(run, 3, error)
    while len(run.notes) < 20:
        run.receive(service.now + 10)
    assert received(run) == [str(number) for number in range(5, 25)]
    service.post("new")
    run.receive_until(service.now + LIVE_RECONCILE)
    assert sorted(map(str, received(run)[20:])) == [*map(str, range(5)), "new"], "the rest is read later"
    assert all(note.past == (note.item.content != "new") for note in run.notes if isinstance(note, ItemReceived))


def post_each_second(run: Run, numbers: Iterable[int], **fields: str) -> None:
    """Post numbers, one a second."""
    for number in numbers:
        run.service.pass_time(run.service.now + 1)
        run.service.post(str(number), **fields)


def test_pages_before_a_refused_one_are_handed_out_before_the_return_and_the_rest_later() -> None:
    run = opened(with_past(3, page=10))
    cut(run)
    run.receive_to("offline")
    post_each_second(run, range(3, 25))
    find, refused = run.service._find_page, True

    def page(order: orders.AskPage) -> Result[Any, Any]:
        refuses = refused and (order.direction == "FORWARD" or order.next_token is not None)
        return Failure(INVALID) if refuses else find(order)

    run.service._find_page = page  # type: ignore[method-assign]
    run.history_until = None  # what is missing here is known to be
    run.receive_until(run.service.now + 10)
    assert received(run)[3:] == [str(number) for number in range(15, 25)], "the newest page only"
    assert run.notes[-1] == ConnectionRegained(run.notes[-1].seconds, 10)  # type: ignore[union-attr]
    refused = False
    run.receive_until(run.service.now + LIVE_RECONCILE)
    assert sorted(map(int, map(str, received(run)))) == list(range(25)), "each once"


@pytest.mark.parametrize("how", ["cut", "end"])
def test_pages_of_the_history_are_handed_out_though_the_walk_is_cut_short(how: str) -> None:
    service = with_past(25, page=10)
    run = Run(service, LIVE & live_options_history.set(None))
    run.receive_to("catching up")
    find, asked = service._find_page, refuse_page(run, 99, INVALID)
    while len(asked) < 2:
        assert run.receive(service.now) is None
    service._find_page = find  # type: ignore[method-assign]
    if how == "cut":
        cut(run)
    else:
        service.end()
    run.receive_until(service.now + 10)
    numbers = [content for content in received(run) if content is not None]
    assert numbers == [str(number) for number in range(0 if how == "cut" else 5, 25)]


def test_a_long_history_is_read_and_handed_out_in_small_steps() -> None:
    service = with_past(3000)
    run = Run(service, LIVE & live_options_history.set(None))
    delivery, most = run.state.delivery, 0
    while len(run.notes) < 3000:
        run.receive()
        most = max(most, len(delivery.position.after))
    assert received(run) == [str(number) for number in range(3000)]
    assert most <= 101, "each page is confirmed as soon as it is handed out"


def test_one_step_takes_one_page() -> None:
    service = with_past(1000)
    run = Run(service, LIVE & live_options_history.set(None))
    run.receive_to("catching up")
    order: orders.Order | None = None
    outcome: Result[Any, Any] | None = None
    sizes = [0]
    while not isinstance(order, orders.HandOut):
        order = advance(run.state, order, outcome, service.now, 0.5, inf)
        outcome = service.perform(order)
        sizes.append(len(run.state.delivery.transcript))
    assert max(later - before for before, later in pairwise(sizes)) == 100


def test_an_item_whose_time_cannot_be_read_is_handed_out_once_however_it_comes() -> None:
    service = with_past(250, page=10)
    service.post("in a page", absolute_time="yesterday")
    run = opened(service)
    service.post("in a frame", absolute_time="soon")
    run.receive_until(service.now + 1)
    cut(run)
    for number in range(30):
        service.post(f"missed {number}")
    service.post("missed", absolute_time="once")
    run.receive_until(service.now + LIVE_RECONCILE)
    counted = Counter(received(run))
    assert all(counted[content] == 1 for content in ("in a page", "in a frame", "missed")), counted
    assert len(received(run)) == 100 + 1 + 31
    position = run.state.delivery.position
    run.kill()
    service.post("after the kill", absolute_time="later")
    assert received(opened(service, position=position)) == ["after the kill"]


def test_an_item_whose_time_cannot_be_read_does_not_end_a_backward_walk() -> None:
    run = opened(with_past(5, page=3))
    cut(run)
    run.receive_to("offline")
    post_each_second(run, range(5, 13))
    post_each_second(run, [13], absolute_time="?")
    post_each_second(run, [14])
    find = run.service._find_page
    run.service._find_page = lambda order: Failure(INVALID) if order.direction == "FORWARD" else find(order)  # type: ignore[method-assign]
    run.receive_until(run.service.now + 5)
    assert sorted(map(int, map(str, received(run)))) == list(range(15))


def past_session(item: Item) -> Item:
    """Return an item as a later session of the persistent chat shows it."""
    return item_related_contact_id.put(item.contact_id, item_contact_id.put(None, item))


@pytest.mark.parametrize("known", [True, False])
def test_the_end_of_an_earlier_session_on_the_way_from_a_position_is_not_the_end(known: bool) -> None:
    """Positions of past sessions select nothing in the service, but the end there must not count if they do."""
    earlier = with_past(3)
    run = opened(earlier)
    position = run.state.delivery.position
    run.kill()
    earlier.pass_time(earlier.now + 1)
    earlier.post("missed")
    earlier.pass_time(earlier.now + 1)
    earlier.event(EVENT_CHAT_ENDED, participant_id=None)
    service = ModelService(2)
    service.numbers = earlier.numbers
    service.pass_time(earlier.now + 100)
    service.items = [past_session(item) for item in earlier.items]
    service.post("Hello again")
    if not known:
        find = service._find_page

        def page(order: orders.AskPage) -> Result[Any, Any]:
            if order.direction == "BACKWARD":
                return find(order)
            if order.start is None or order.start.id is not None:
                return Failure(INVALID)
            return Success(orders.PageFound(tuple(service.items[-1:]), None, "c"))

        service._find_page = page  # type: ignore[method-assign]
    resumed = opened(service, position=position)
    assert received(resumed) == ["missed", None, "Hello again"]
    assert not any(isinstance(note, ChatEnded) for note in resumed.notes)


def test_an_item_that_history_0_has_left_out_is_not_updated() -> None:
    service = with_past(2)
    service.attach()
    run = opened(service, LIVE & live_options_history.set(0))
    service.receipt()
    run.receive_until(service.now + 30)
    assert run.notes == []
    service.post("new")
    run.receive_until(service.now + 1)
    service.receipt()
    run.receive_until(service.now + 30)
    assert kinds(run) == ["ItemReceived", "ItemUpdated"]
