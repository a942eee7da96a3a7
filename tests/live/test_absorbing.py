"""absorb: the state of a chat after the outcome of each order."""

from __future__ import annotations

import pytest

from lensconnect import (
    EVENT_CHAT_ENDED,
    EVENT_PARTICIPANT_LEFT,
    LIVE,
    ConnectionToken,
    Error,
    Failure,
    Item,
    ItemReceived,
    ParticipantToken,
    Result,
    ServiceError,
    Success,
    TransportError,
)
from lensconnect.jsontext import dumps
from lensconnect.live import orders
from lensconnect.live.absorbing import absorb
from lensconnect.live.frames import HEARTBEAT, SUBSCRIBE
from lensconnect.live.machine import advance
from lensconnect.live.planning import plan
from lensconnect.live.state import BURST, ChatState, Link, Phase

from .helpers.model_service import CONFIRMED, denied

SOCKET = orders.Socket(1)
URL = "wss://chat.example/1"
RESET = TransportError("reset", "the connection broke", "yes")


def chat(phase: Phase = "online", *, subscribed: bool = True) -> ChatState:
    """Return a chat at 10 s that has a socket, except offline."""
    state = ChatState(ParticipantToken("participant"), LIVE, 10.0, phase=phase)
    state.url, state.url_at = URL, 10.0
    if phase != "offline":
        state.link = Link(SOCKET, 10.0, LIVE.subscribe_timeout)
        state.link.subscribed = state.subscribed_once = subscribed
    return state


# --- connecting


def test_a_postponed_request_is_sent_at_its_time_without_another_reservation() -> None:
    state = chat("offline")
    state.url, state.lost_at = None, 9.0
    order = plan(state, 10.0, 100.0)
    assert order == orders.FetchConnection(reserve=True)
    absorb(state, order, Success(orders.Postponed(3.0)), 10.0, 0.5)
    assert plan(state, 12.5, 100.0) == orders.Wait(0.5)
    order = plan(state, 13.0, 100.0)
    assert order == orders.FetchConnection(reserve=False)
    absorb(state, order, Failure(RESET), 13.0, 0.5)
    assert plan(state, 14.0, 100.0) == orders.FetchConnection(reserve=True), "the next one reserves again"


@pytest.mark.parametrize(
    ("error", "opened_again"),
    [
        (RESET, True),
        *((ServiceError(status, ""), True) for status in (429, 503)),
        *((ServiceError(status, ""), False) for status in (400, 403, 404, 410, 428, 430, 500, 502, 504)),
    ],
)
def test_a_url_is_opened_again_unless_the_service_refused_it(error: Error, opened_again: bool) -> None:
    state = chat("offline")
    absorb(state, orders.Open(URL), Failure(error), 10.0, 0.5)
    assert state.error is None
    assert plan(state, 10.5, 100.0) == orders.Wait(0.5), "not at once"
    again = plan(state, 11.0, 100.0)
    assert again == (orders.Open(URL) if opened_again else orders.FetchConnection())


def test_an_opening_that_cannot_succeed_is_a_failure() -> None:
    state, error = chat("offline"), TransportError("unsupported", "no TLS", "no")
    absorb(state, orders.Open(URL), Failure(error), 10.0, 0.5)
    assert plan(state, 10.0, 100.0) == orders.Fail(error)


def test_a_renewal_whose_opening_fails_is_tried_later() -> None:
    state = chat("renewing")
    absorb(state, orders.Open(URL), Failure(RESET), 10.0, 0.5)
    assert (state.phase, state.renew_at) == ("online", 11.0)


def begun_by_a_call(state: ChatState, *frames: str) -> orders.Order | None:
    """Return what a call begins whose time is over; each frame comes when the socket is looked at."""
    coming, begun = list(frames), list[orders.Order]()
    order = advance(state, None, None, 20.0, 0.5, 20.0)
    while not isinstance(order, orders.Nothing):
        outcome: Result[object, Error] = Success(None)
        if isinstance(order, orders.FetchConnection):
            outcome = Success(orders.ConnectionFound(URL, "token"))
        elif isinstance(order, orders.Open):
            outcome = Success(SOCKET)
        elif isinstance(order, orders.Listen) and coming:
            outcome = Success(coming.pop(0))
        if isinstance(order, orders.FetchConnection | orders.Open | orders.SendReceipt | orders.AskPage):
            begun.append(order)
        order = advance(state, order, outcome, 20.0, 0.5, 20.0)
    assert not coming
    assert len(begun) < 2
    return begun[0] if begun else None


def test_a_call_whose_time_is_over_begins_one_thing() -> None:
    state = chat("offline")
    state.url = None
    assert begun_by_a_call(state) == orders.FetchConnection()
    assert begun_by_a_call(state, CONFIRMED) == orders.Open(URL)
    assert state.phase == "catching up", "and what is no request goes on"
    state.go("caught up")
    state.receipts.mark("read", "m-1", ("", "m-1"), 20.0)
    state.renew_at = 20.0
    assert begun_by_a_call(state) == orders.SendReceipt("read", "m-1")
    assert begun_by_a_call(state) == orders.FetchConnection()


def test_a_renewal_that_is_denied_twice_is_the_end() -> None:
    state = chat()
    state.token = ConnectionToken("token")
    for now, phase in ((10.0, "online"), (11.0, "over")):
        absorb(state, orders.FetchConnection(), Failure(denied("CreateParticipantConnection")), now, 0.5)
        assert state.phase == phase
    assert state.end_reason == "denied"


def test_a_chat_that_the_participant_leaves_ends_with_its_departure() -> None:
    state = chat()
    state.participant_id, state.left_at = "me", 10.0
    absorb(state, orders.Listen(SOCKET, 1.0), Success(None), 100.0, 0.5)
    assert state.phase == "online"
    members = {"Id": "e", "Type": "EVENT", "ContentType": EVENT_PARTICIPANT_LEFT, "ParticipantId": "me"}
    frame = dumps({"topic": "aws/chat", "content": dumps(members).decode()}).decode()
    absorb(state, orders.Listen(SOCKET, 1.0), Success(frame), 100.0, 0.5)
    assert (state.phase, state.end_reason) == ("over", "left")


# --- reports, frames and sockets


def test_an_event_that_was_told_is_not_told_again() -> None:
    state = chat()
    first, second = orders.Tell("opened"), orders.Tell("lost", "network")
    state.tells = [first, second]
    absorb(state, first, Success(None), 10.0, 0.5)
    assert state.tells == [second]


def test_a_subscription_is_asked_for_three_times_within_its_time() -> None:
    state = chat("subscribing", subscribed=False)
    now, asked = 10.0, list[float]()
    order: orders.Order | None = None
    while not isinstance(order, orders.Close):
        order = advance(state, order, None if order is None else Success(None), now, 0.5, 100.0)
        if isinstance(order, orders.Listen):
            now += order.seconds
        elif isinstance(order, orders.Transmit):
            assert order == orders.Transmit(SOCKET, SUBSCRIBE)
            asked.append(now)
    assert asked == pytest.approx([10.0, 10.0 + 5 / 3, 10.0 + 10 / 3])
    assert now == pytest.approx(15.0)


def test_a_subscription_is_judged_when_no_frame_is_left() -> None:
    state, listen = chat("subscribing", subscribed=False), orders.Listen(SOCKET, 0.0)
    absorb(state, listen, Success(None), 14.9, 0.5)
    absorb(state, listen, Success(HEARTBEAT), 15.1, 0.5)
    assert state.phase == "subscribing"
    absorb(state, listen, Success(None), 15.1, 0.5)
    assert state.phase == "offline"


def test_a_broken_socket_is_read_until_it_is_empty_or_many_frames_have_come() -> None:
    state, listen = chat(), orders.Listen(SOCKET, 0.0)
    state.open_link().broken = "the connection broke"
    for _ in range(BURST - 1):
        absorb(state, listen, Success(HEARTBEAT), 10.0, 0.5)
    assert state.phase == "online"
    absorb(state, listen, Success(HEARTBEAT), 10.0, 0.5)
    assert state.phase == "offline"


def test_the_end_is_no_loss_though_it_is_the_last_frame_of_a_broken_socket() -> None:
    state = chat()
    state.open_link().broken, state.open_link().burst = "the connection broke", BURST - 1
    item = dumps({"Id": "e", "Type": "EVENT", "ContentType": EVENT_CHAT_ENDED}).decode()
    frame = dumps({"topic": "aws/chat", "content": item}).decode()
    absorb(state, orders.Listen(SOCKET, 0.0), Success(frame), 10.0, 0.5)
    assert state.phase == "over"
    assert state.delivery.pop() == ItemReceived(Item(id="e", type="EVENT", content_type=EVENT_CHAT_ENDED))  # type: ignore[arg-type]
