"""plan: the next order of a chat, by its phase and the time."""

from __future__ import annotations

from math import inf

import pytest

from lensconnect import (
    LIVE,
    ChatEnded,
    ConnectionLost,
    ConnectionRenewed,
    Item,
    ItemReceived,
    ParticipantToken,
    StartPosition,
    TransportError,
)
from lensconnect.live import orders
from lensconnect.live.frames import HEARTBEAT, PING, SUBSCRIBE
from lensconnect.live.planning import CLOSED, plan
from lensconnect.live.position import Position
from lensconnect.live.state import BURST, ChatState, Link, Phase, Walk

FIRST, SECOND = orders.Socket(1), orders.Socket(2)
URL = "wss://chat.example/1"
NOW = 100.0


def chat(phase: Phase = "online", position: Position | None = None) -> ChatState:
    """Return a chat that has been in a phase for a while: nothing is due before 110 s."""
    state = ChatState(ParticipantToken("participant"), LIVE, NOW, position, phase=phase)
    if phase != "offline":
        state.link = Link(FIRST, NOW, LIVE.subscribe_timeout)
        state.link.subscribed = state.subscribed_once = phase != "subscribing"
        state.heartbeat_at = 110.0
    if phase == "catching up":
        state.walk = state.new_walk()
    return state


def looked(state: ChatState) -> ChatState:
    state.looked = True
    return state


def listen(seconds: float, socket: orders.Socket = FIRST) -> orders.Listen:
    return orders.Listen(socket, seconds)


# --- in every phase


def test_sockets_are_closed_and_observers_told_before_anything_else() -> None:
    state = chat("closed")
    state.to_close, state.tells = (
        [(FIRST, orders.GOING_AWAY), (SECOND, 1000)],
        [orders.Tell("opened"), orders.Tell("renewed")],
    )
    assert plan(state, NOW, inf) == orders.Close(FIRST, 1001)
    state.to_close = []
    assert plan(state, NOW, inf) == orders.Tell("opened")
    state.tells = []
    assert plan(state, NOW, inf) == orders.Fail(CLOSED)


def test_nothing_is_handed_out_before_the_first_subscription() -> None:
    state = chat("subscribing")
    state.delivery.queue(ConnectionRenewed())
    assert plan(state, NOW, inf) == orders.Transmit(FIRST, SUBSCRIBE)
    state.subscribed_once = True
    assert plan(state, NOW, inf) == orders.HandOut(ConnectionRenewed())


def test_what_is_queued_is_handed_out_before_the_end_and_before_a_failure() -> None:
    ended, failed, error = chat("over"), chat("failed"), TransportError("closed", "closed", "no")
    ended.subscribed_once = False
    failed.error = error
    for state, last in ((ended, orders.HandOut(ChatEnded("ended"))), (failed, orders.Fail(error))):
        state.delivery.queue(ConnectionLost("closed"))
        assert plan(state, NOW, inf) == orders.HandOut(ConnectionLost("closed"))
        assert plan(state, NOW, inf) == plan(state, NOW, inf) == last


@pytest.mark.parametrize(
    ("phase", "is_released"), [("online", True), ("renewing", True), ("catching up", False), ("offline", False)]
)
def test_items_are_held_back_until_the_chat_has_caught_up(phase: Phase, is_released: bool) -> None:
    state, item = chat(phase), Item(id="m-1", absolute_time="2026-11-01T00:00:00Z")
    state.subscribed_once = True
    state.delivery.take(item, NOW)
    assert (plan(state, NOW, inf) == orders.HandOut(ItemReceived(item))) == is_released


def test_a_broken_socket_is_read_to_its_end() -> None:
    state = chat("renewing")
    state.second = Link(SECOND, NOW, 5.0)
    state.second.broken = "reset"
    assert plan(state, NOW, inf) == listen(0.0, SECOND)
    state.open_link().broken = "reset"
    assert plan(state, NOW, inf) == listen(0.0)


def test_frames_without_a_notification_end_a_call_that_is_late() -> None:
    state = chat()
    state.heartbeat_pending, state.heartbeat_at = True, NOW
    assert plan(state, NOW, NOW - LIVE.open_timeout) == listen(0.0)
    assert plan(state, NOW + 0.1, NOW - LIVE.open_timeout) == orders.Nothing()


# --- offline


@pytest.mark.parametrize(
    ("until", "order"),
    [
        (NOW - 1, orders.Nothing()),
        (NOW, orders.Nothing()),
        (NOW + 0.25, orders.Wait(0.25)),
        (NOW + 0.75, orders.Wait(0.5)),
        (inf, orders.Wait(0.5)),
    ],
)
def test_an_attempt_is_waited_for(until: float, order: orders.Order) -> None:
    state = chat("offline")
    state.retry_at = NOW + 0.5
    assert plan(state, NOW, until) == order


def test_a_long_wait_is_one_of_many_short_ones() -> None:
    state = chat("offline")
    state.retry_at = NOW + 30
    assert plan(state, NOW, inf) == orders.Wait(1.0)


def test_a_url_is_opened_as_long_as_it_is_new() -> None:
    state = chat("offline")
    assert plan(state, NOW, inf) == orders.FetchConnection()
    state.url, state.url_at = URL, NOW - 84.9
    assert plan(state, NOW, inf) == orders.Open(URL)
    state.url_at = NOW - 85.0
    assert plan(state, NOW, inf) == orders.FetchConnection()


@pytest.mark.parametrize(
    ("lost_at", "reserved", "reserve"),
    [(None, False, False), (None, True, False), (99.0, False, True), (99.0, True, False)],
)
def test_the_way_back_reserves_a_place_once(lost_at: float | None, reserved: bool, reserve: bool) -> None:
    state = chat("offline")
    state.lost_at, state.reserved = lost_at, reserved
    assert plan(state, NOW, inf) == orders.FetchConnection(reserve=reserve)


@pytest.mark.parametrize(
    ("begun", "until", "is_late"),
    [(False, NOW - 1, False), (True, NOW - 1, True), (True, NOW, True), (True, NOW + 1, False)],
)
def test_a_call_begins_nothing_more_once_its_time_is_over(begun: bool, until: float, is_late: bool) -> None:
    offline, catching_up, online = chat("offline"), looked(chat("catching up")), looked(chat())
    online.renew_at = NOW
    for state, order in (
        (offline, orders.FetchConnection()),
        (catching_up, orders.AskPage(None, "BACKWARD")),
        (online, orders.FetchConnection()),
    ):
        state.begun = begun
        assert plan(state, NOW, until) == (orders.Nothing() if is_late else order)


# --- subscribing


def test_a_subscription_is_waited_for_until_it_is_asked_for_again_or_lost() -> None:
    state = chat("subscribing")
    link = state.open_link()
    assert plan(state, NOW, inf) == orders.Transmit(FIRST, SUBSCRIBE)
    link.requests, link.request_at = 2, NOW + 1
    assert plan(state, NOW, inf) == listen(1.0)
    assert plan(state, NOW + 1, inf) == orders.Transmit(FIRST, SUBSCRIBE)
    link.requests, link.request_at = 3, NOW + 2
    assert plan(state, NOW, inf) == listen(5.0)
    assert plan(state, NOW + 2, inf) == listen(3.0)


# --- catching up


def test_frames_are_read_before_a_page_unless_they_are_many() -> None:
    state, page = chat("catching up"), orders.AskPage(None, "BACKWARD")
    assert plan(state, NOW, inf) == listen(0.0)
    state.open_link().burst = BURST - 1
    assert plan(state, NOW, inf) == listen(0.0)
    state.open_link().burst = BURST
    assert plan(state, NOW, inf) == page
    for now in (NOW, -NOW):
        assert plan(looked(chat("catching up")), now, inf) == page


def test_a_page_after_a_failure_is_waited_for() -> None:
    state = looked(chat("catching up"))
    state.open_walk().retry_at = NOW + 4
    assert plan(state, NOW, inf) == listen(4.0)
    state.heartbeat_at = NOW + 3
    assert plan(state, NOW, inf) == listen(3.0)
    assert plan(state, NOW, NOW + 2) == listen(2.0)
    state.heartbeat_at = 110.0
    assert plan(state, NOW + 4, inf) == orders.AskPage(None, "BACKWARD")


def test_the_next_page_of_a_walk_is_asked_for() -> None:
    state = looked(chat("catching up"))
    state.walk = Walk(StartPosition(id="m-1"), "FORWARD", None, history=False)
    state.walk.next_token = "next"
    assert plan(state, NOW, inf) == orders.AskPage(StartPosition(id="m-1"), "FORWARD", "next", reserve=False)


# --- online


@pytest.mark.parametrize("phase", ["online", "catching up"])
def test_a_heartbeat_is_sent_with_a_ping_and_judged_when_no_frame_is_left(phase: Phase) -> None:
    state = looked(chat(phase))
    assert not isinstance(plan(state, 109.9, inf), orders.Transmit)
    assert plan(state, 110.0, inf) == orders.Transmit(FIRST, HEARTBEAT)
    state.ping_due, state.heartbeat_pending, state.heartbeat_at = True, True, 120.0
    assert plan(state, 110.0, inf) == orders.Transmit(FIRST, PING)
    state.ping_due = False
    assert plan(state, 120.0, inf) == listen(0.0)
    state.open_link().burst = BURST - 1
    assert plan(state, 120.0, inf) == listen(0.0)
    state.open_link().burst, state.renew_at = BURST, 120.0
    following = orders.FetchConnection() if phase == "online" else orders.AskPage(None, "BACKWARD")
    assert plan(state, 120.0, inf) == following


def test_a_receipt_goes_before_a_renewal_and_that_before_a_comparison() -> None:
    state = chat(position=Position("m-1", "2026-11-01T00:00:00Z"))
    state.receipts.mark("read", "m-2", ("", "m-2"), NOW)
    state.renew_at = state.reconcile_at = NOW
    assert plan(state, NOW, inf) == orders.SendReceipt("read", "m-2")
    state.receipts.disable()
    assert plan(state, NOW, inf) == orders.FetchConnection()
    state.renew_at = NOW + 0.1
    assert plan(state, NOW, inf) == orders.AskPage(StartPosition(id="m-1"), "FORWARD", reserve=True)
    state.reserved = True
    assert plan(state, NOW, inf) == orders.AskPage(StartPosition(id="m-1"), "FORWARD", reserve=False)
    state.reconcile_at = NOW + 0.2
    assert plan(state, NOW, inf) == listen(pytest.approx(0.1))  # type: ignore[arg-type]


def test_a_socket_is_listened_to_until_the_next_thing_is_due() -> None:
    def seconds(until: float = inf) -> float:
        order = plan(state, NOW, until)
        assert isinstance(order, orders.Listen)
        return order.seconds

    state = chat()
    assert seconds() == 10.0, "the heartbeat"
    state.renew_at = NOW + 9
    assert seconds() == 9.0
    state.reconcile_at = NOW + 8
    assert seconds() == 8.0
    state.left_at = NOW + 2
    assert seconds() == 7.0, "five seconds after the participant has left"
    state.delivery.take(Item(id="m-1", absolute_time="2026-11-01T00:00:00Z"), NOW + 6)
    assert seconds() == 6.0
    state.receipts.mark("delivered", "m-2", ("", "m-2"), NOW)
    assert seconds() == pytest.approx(0.3)
    assert seconds(NOW + 0.2) == pytest.approx(0.2)
    assert seconds(NOW) == seconds(NOW - 1) == 0.0
    state.left_at = NOW - 6
    assert seconds() == 0.0
    assert plan(looked(state), NOW, NOW) == orders.Nothing()


# --- renewing


def test_a_second_socket_is_opened_and_subscribed_before_the_first_is_read_to_its_end() -> None:
    state = looked(chat("renewing"))
    assert plan(state, NOW, inf) == orders.FetchConnection()
    state.url, state.url_at = URL, NOW
    assert plan(state, NOW, inf) == orders.Open(URL)
    state.second = Link(SECOND, NOW, 5.0)
    assert plan(state, NOW, inf) == orders.Transmit(SECOND, SUBSCRIBE)
    state.second.requests = 3
    assert plan(state, NOW, inf) == listen(5.0, SECOND)
    state.second.subscribed = True
    assert plan(state, NOW, inf) == listen(0.0)
