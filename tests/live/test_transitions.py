"""Transitions that an environment brings about: its end, and a fork."""

from __future__ import annotations

from lensconnect import LIVE, ConnectionToken, Failure, ParticipantToken, Success, TransportError
from lensconnect.live import orders
from lensconnect.live.absorbing import absorb
from lensconnect.live.state import ChatState, Link, Phase
from lensconnect.live.transitions import leave_to_parent

SOCKET = orders.Socket(1)
OTHER = orders.Socket(2)
CLOSED = TransportError("closed", "the environment is closed", "no")
RESET = TransportError("incomplete", "the connection was reset", "yes")


def chat(phase: Phase = "online") -> ChatState:
    state = ChatState(ParticipantToken("participant"), LIVE, 0.0, phase=phase)
    state.link = None if phase == "joined" else Link(SOCKET, 0.0, 5.0)
    state.token_renewing = True
    return state


def test_a_chat_of_a_closed_environment_has_failed() -> None:
    state = chat()
    absorb(state, orders.Listen(SOCKET, 1.0), Failure(CLOSED), 1.0, 0.5)
    assert (state.phase, state.error, state.link) == ("failed", CLOSED, None)
    assert state.to_close == [(SOCKET, orders.GOING_AWAY)]


def test_a_forked_child_leaves_a_chat_to_its_parent() -> None:
    state = chat()
    leave_to_parent(state)
    assert (state.phase, state.link, state.to_close, state.token_renewing) == ("failed", None, [], False)
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
