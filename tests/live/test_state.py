"""ChatState: what it has in a phase, and what it refuses in another."""

from __future__ import annotations

import pytest

from lensconnect import LIVE, ParticipantToken, live_options_history
from lensconnect.live.state import ChatState, Phase


def test_a_phase_without_a_socket_or_a_walk_is_a_fault_of_the_machine() -> None:
    state = ChatState(ParticipantToken("participant"), LIVE, 0.0)
    with pytest.raises(AssertionError, match="this phase has a socket"):
        state.open_link()
    with pytest.raises(AssertionError, match="this phase has a walk"):
        state.open_walk()


@pytest.mark.parametrize(("history", "is_handed_out"), [(0, False), (1, True), (None, True)])
def test_the_history_is_handed_out_unless_none_of_it_is_wanted(history: int | None, is_handed_out: bool) -> None:
    state = ChatState(ParticipantToken("participant"), LIVE & live_options_history.set(history), 0.0)
    assert state.delivery.hands_out_past == is_handed_out


@pytest.mark.parametrize(
    ("phase", "receiver", "is_forgettable"),
    [("closed", None, True), ("closed", "waits", False), ("online", None, False), ("online", "waits", False)],
)
def test_a_closed_chat_is_forgotten_once_no_call_waits(
    phase: Phase, receiver: object | None, is_forgettable: bool
) -> None:
    state = ChatState(ParticipantToken("participant"), LIVE, 0.0, phase=phase)
    state.receiver = receiver
    assert state.is_forgettable() == is_forgettable
