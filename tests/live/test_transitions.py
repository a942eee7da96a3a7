"""Transitions: how a chat gets a connection, loses it and ends, and what an environment brings about."""

from __future__ import annotations

from math import inf

import pytest

from lensconnect import (
    LIVE,
    ConnectionLost,
    ConnectionRegained,
    ConnectionRenewed,
    ConnectionToken,
    EndReason,
    Error,
    Failure,
    Item,
    ItemReceived,
    ParticipantToken,
    ServiceError,
    Success,
    TransportError,
    live_options_give_up,
    live_options_reconcile,
)
from lensconnect.live import orders
from lensconnect.live.absorbing import absorb
from lensconnect.live.state import ChatState, Link, Phase
from lensconnect.live.transitions import (
    caught_up,
    close_here,
    end,
    leave_to_parent,
    lose_link,
    postpone_renewal,
    retry_later,
    subscribed,
    take_over,
)

from .helpers.model_service import denied

SOCKET = orders.Socket(1)
OTHER = orders.Socket(2)
CLOSED = TransportError("closed", "the environment is closed", "no")
RESET = TransportError("incomplete", "the connection was reset", "yes")


REFUSED = TransportError("connect", "connection refused", "no")
MESSAGE = Item(id="m-1", absolute_time="2026-11-01T00:00:00Z")


def chat(phase: Phase = "online") -> ChatState:
    state = ChatState(ParticipantToken("participant"), LIVE, 0.0, phase=phase)
    state.link = None if phase in ("joined", "offline") else Link(SOCKET, 0.0, 5.0)
    state.token_renewing = True
    return state


def renewing() -> ChatState:
    """Return a chat whose second socket is open."""
    state = chat("renewing")
    state.second = Link(OTHER, 1.0, 5.0)
    return state


# --- getting a connection


@pytest.mark.parametrize(("chance", "renew_at"), [(0.0, 3196.0), (0.5, 3373.0), (1.0, 3550.0)])
def test_the_first_socket_catches_up(chance: float, renew_at: float) -> None:
    state = chat("subscribing")
    link = state.open_link()
    state.heartbeat_pending = state.ping_due = state.looked = True
    subscribed(state, link, 10.0, chance)
    assert (state.phase, link.subscribed, state.subscribed_once) == ("catching up", True, True)
    assert (state.heartbeat_at, state.heartbeat_pending, state.ping_due) == (20.0, False, False)
    assert state.renew_at == pytest.approx(renew_at), "up to a tenth less than socket_seconds, by chance"
    assert state.open_walk().history
    assert not state.looked
    assert state.tells == [orders.Tell("opened")]


def test_the_second_socket_waits_to_take_over() -> None:
    state = renewing()
    state.attempt, state.open_link().burst = 3, 1000
    state.heartbeat_pending = state.ping_due = True
    assert state.second is not None
    subscribed(state, state.second, 10.0, 0.0)
    assert (state.phase, state.walk, state.tells, state.subscribed_once) == ("renewing", None, [], False)
    assert (state.attempt, state.open_link().burst) == (0, 0)
    assert (state.heartbeat_pending, state.ping_due) == (True, True), "of the first socket"


@pytest.mark.parametrize(("chance", "reconcile_at"), [(0.0, 280.0), (0.5, 310.0), (1.0, 340.0)])
def test_a_comparison_is_due_a_tenth_more_or_less_later(chance: float, reconcile_at: float) -> None:
    state = chat("catching up")
    state.walk, state.attempt = state.new_walk(), 2
    caught_up(state, 10.0, chance)
    assert (state.phase, state.walk, state.gap, state.attempt) == ("online", None, False, 0)
    assert state.reconcile_at == pytest.approx(reconcile_at)
    assert (state.delivery.pop(), state.tells) == (None, [])
    never = chat("catching up")
    never.options = LIVE & live_options_reconcile.set(None)
    caught_up(never, 10.0, chance)
    assert never.reconcile_at == inf


def test_a_connection_is_back_once_the_chat_has_caught_up() -> None:
    state = chat("catching up")
    state.lost_at, state.missed = 4.0, 7
    caught_up(state, 10.0, 0.5)
    assert state.delivery.pop() == ConnectionRegained(6.0, 7)
    assert state.tells == [orders.Tell("regained", seconds=6.0, count=7)]
    assert (state.lost_at, state.regained_at) == (None, 10.0)


def test_the_second_socket_takes_over_and_catches_up() -> None:
    state = renewing()
    state.heartbeat_pending = state.ping_due = True
    take_over(state)
    assert (state.open_link().socket, state.second) == (OTHER, None)
    assert state.to_close == [(SOCKET, 1000)]
    assert (state.heartbeat_pending, state.ping_due) == (False, False)
    assert (state.phase, state.open_walk().taken) == ("catching up", 0)
    assert state.delivery.pop() == ConnectionRenewed()
    assert state.tells == [orders.Tell("renewed")]


# --- losing it


@pytest.mark.parametrize("phase", ["renewing", "online"])
def test_a_renewal_is_postponed_by_growing_waits(phase: Phase) -> None:
    state = renewing()
    state.phase = phase
    for attempt, wait in ((1, 1.0), (2, 2.0), (3, 4.0)):
        postpone_renewal(state, 10.0, 0.5)
        assert (state.phase, state.attempt, state.renew_at) == ("online", attempt, 10.0 + wait)
        assert (state.second, state.to_close) == (None, [(OTHER, 1001)])


def test_the_loss_of_the_second_socket_postpones_the_renewal() -> None:
    state = renewing()
    lose_link(state, OTHER, "network", "", 10.0, 0.5)
    assert (state.phase, state.second, state.lost_at, state.renew_at) == ("online", None, None, 11.0)
    assert state.to_close == [(OTHER, 1001)]


def test_the_loss_of_the_first_socket_is_a_lost_connection() -> None:
    state = renewing()
    state.subscribed_once = True
    state.heartbeat_pending = state.ping_due = state.reserved = True
    state.gap, state.missed = False, 5
    state.delivery.take(MESSAGE, inf)
    lose_link(state, SOCKET, "network", "reset", 10.0, 0.5)
    assert state.to_close == [(SOCKET, 1001), (OTHER, 1001)]
    assert (state.phase, state.link, state.second, state.walk) == ("offline", None, None, None)
    assert (state.heartbeat_pending, state.ping_due, state.reserved) == (False, False, False)
    assert (state.gap, state.missed) == (True, 0)
    assert (state.lost_at, state.offline_since, state.retry_at, state.attempt) == (10.0, 10.0, 10.0, 0)
    assert state.delivery.pop() == ItemReceived(MESSAGE)
    assert state.delivery.pop() == ConnectionLost("network", "reset")
    assert state.tells == [orders.Tell("lost", "network")]


@pytest.mark.parametrize("phase", ["catching up", "subscribing"])
def test_items_that_wait_for_pages_wait_on_after_a_loss(phase: Phase) -> None:
    state = chat(phase)
    state.subscribed_once, state.lost_at = True, 5.0
    state.delivery.take(MESSAGE, inf)
    lose_link(state, SOCKET, "network", "reset", 100.0, 0.5)
    assert (state.delivery.pop(), state.lost_at, state.tells) == (None, 5.0, []), "it was lost before"
    assert (state.attempt, state.retry_at) == (1, 101.0)


def test_a_chat_that_was_never_open_has_nothing_to_lose() -> None:
    state = chat("subscribing")
    lose_link(state, SOCKET, "subscription", "", 10.0, 0.5)
    assert (state.phase, state.lost_at, state.delivery.pop(), state.tells) == ("offline", None, None, [])
    assert state.retry_at == 11.0


def test_a_connection_that_breaks_soon_after_its_return_is_opened_later_each_time() -> None:
    state, waits = chat(), list[float]()
    now = 100.0
    for seconds_online in (29.9, 29.9, 29.9, 30.0):
        state.link, state.phase, state.subscribed_once = Link(SOCKET, now, 5.0), "online", True
        state.lost_at, state.regained_at = None, now
        now += seconds_online
        lose_link(state, SOCKET, "network", "", now, 0.5)
        waits.append(round(state.retry_at - now, 6))
    assert waits == [1.0, 2.0, 4.0, 0.0]
    assert (state.relapses, state.attempt) == (0, 0)


def test_the_attempts_after_a_relapse_go_on_from_it() -> None:
    state = chat()
    state.subscribed_once, state.regained_at, state.relapses = True, 99.0, 1
    lose_link(state, SOCKET, "network", "", 100.0, 0.5)
    assert state.retry_at == 102.0
    retry_later(state, RESET, 102.0, 0.5)
    assert state.retry_at == 106.0


@pytest.mark.parametrize(
    ("error", "attempt", "token", "was_open", "fails"),
    [
        (RESET, 50, None, False, False),
        (REFUSED, 2, None, False, False),
        (REFUSED, 3, None, False, True),
        (REFUSED, 3, None, True, False),
        (None, 3, None, False, False),
        (denied("CreateParticipantConnection"), 1, None, False, True),
        (denied("CreateParticipantConnection"), 1, "token", False, False),
        (ServiceError(400, ""), 1, "token", True, True),
    ],
)
def test_connecting_fails_where_it_cannot_succeed(
    error: Error | None, attempt: int, token: str | None, was_open: bool, fails: bool
) -> None:
    state = chat("offline")
    state.attempt, state.subscribed_once = attempt - 1, was_open
    state.token = None if token is None else ConnectionToken(token)
    state.delivery.take(MESSAGE, inf)
    retry_later(state, error, 10.0, 0.5)
    assert state.attempt == attempt
    assert (state.phase, state.error) == (("failed", error) if fails else ("offline", None))
    assert state.delivery.pop() == (ItemReceived(MESSAGE) if fails else None)


@pytest.mark.parametrize("error", [RESET, None])
def test_a_chat_without_a_connection_gives_up_in_time(error: Error | None) -> None:
    state = chat("offline")
    state.options = LIVE & live_options_give_up.set(60.0)
    state.offline_since = 100.0
    retry_later(state, error, 159.9, 0.5)
    assert state.phase == "offline"
    retry_later(state, error, 160.0, 0.5)
    assert (state.phase, state.error) == (
        "failed",
        error or TransportError("timeout", "no connection within 60 s", "no"),
    )


# --- the end


@pytest.mark.parametrize(
    ("reason", "left_at", "reported"),
    [
        ("ended", None, "ended"),
        ("denied", None, "denied"),
        ("ended", 5.0, "left"),
        ("denied", 5.0, "left"),
        ("transferred", 5.0, "transferred"),
        ("left", None, "left"),
    ],
)
def test_the_end_closes_both_sockets_and_hands_out_what_is_held(
    reason: EndReason, left_at: float | None, reported: EndReason
) -> None:
    state = renewing()
    state.left_at, state.walk = left_at, state.new_walk()
    state.delivery.take(MESSAGE, inf)
    state.receipts.mark("read", "m-1", ("", "m-1"), 5.0)
    end(state, reason)
    assert (state.phase, state.end_reason, state.link, state.second, state.walk) == ("over", reported, None, None, None)
    assert state.to_close == [(SOCKET, 1000), (OTHER, 1000)]
    assert state.delivery.pop() == ItemReceived(MESSAGE)
    assert state.receipts.next_due() == inf
    assert state.tells == [orders.Tell("ended", reported)]


def test_a_socket_that_is_closed_here_is_a_failure() -> None:
    state = renewing()
    state.walk = state.new_walk()
    state.delivery.take(MESSAGE, inf)
    close_here(state, CLOSED)
    assert (state.phase, state.error, state.walk, state.link, state.second) == ("failed", CLOSED, None, None, None)
    assert state.to_close == [(SOCKET, 1001), (OTHER, 1001)]
    assert state.delivery.pop() == ItemReceived(MESSAGE)


# --- an environment that ends, and a fork


def test_a_chat_of_a_closed_environment_has_failed() -> None:
    state = chat()
    absorb(state, orders.Listen(SOCKET, 1.0), Failure(CLOSED), 1.0, 0.5)
    assert (state.phase, state.error, state.link) == ("failed", CLOSED, None)
    assert state.to_close == [(SOCKET, orders.GOING_AWAY)]


def test_a_forked_child_leaves_a_chat_to_its_parent() -> None:
    state = renewing()
    state.walk, state.receiver = state.new_walk(), object()
    state.to_close, state.tells = [(SOCKET, 1000)], [orders.Tell("opened")]
    state.delivery.queue(ConnectionRenewed())
    leave_to_parent(state)
    assert (state.phase, state.link, state.second, state.walk, state.receiver) == ("failed", None, None, None, None)
    assert (state.to_close, state.tells, state.token_renewing, state.delivery.pop()) == ([], [], False, None)
    assert isinstance(state.error, TransportError)
    assert state.error.kind == "closed"


def test_a_chat_without_a_socket_goes_on_in_a_forked_child() -> None:
    state = chat("joined")
    state.token = ConnectionToken("token")
    leave_to_parent(state)
    assert (state.phase, state.error, state.token_renewing) == ("joined", None, False)


def test_a_socket_that_ends_while_another_takes_over_is_no_loss() -> None:
    state = chat("renewing")
    state.second = Link(OTHER, 1.0, 5.0)
    state.second.subscribed = True
    absorb(state, orders.Listen(SOCKET, 1.0), Failure(RESET), 2.0, 0.5)
    assert state.link is not None
    assert (state.link.socket, state.second, state.lost_at) == (OTHER, None, None)


def test_a_socket_that_was_opened_while_the_chat_ended_is_closed() -> None:
    state = chat("over")
    absorb(state, orders.Open("wss://chat.example/"), Success(OTHER), 1.0, 0.5)
    absorb(state, orders.Open("wss://chat.example/"), Failure(RESET), 1.0, 0.5)
    assert state.to_close == [(OTHER, orders.NORMAL_CLOSURE)]


def test_the_outcome_for_a_socket_or_a_report_that_is_gone_changes_nothing() -> None:
    state = chat()
    first, second = orders.Tell("lost", "network"), orders.Tell("lost", "network")
    state.tells = [first]
    absorb(state, second, Success(None), 1.0, 0.5)
    assert state.tells == [first]
    absorb(state, orders.Transmit(OTHER, "text"), Failure(RESET), 1.0, 0.5)
    assert state.open_link().broken is None
