"""ChatState: what it has in a phase, and what it refuses in another."""

from __future__ import annotations

import pytest

from lensconnect import LIVE, ParticipantToken
from lensconnect.live.state import ChatState


def test_a_phase_without_a_socket_or_a_walk_is_a_fault_of_the_machine() -> None:
    state = ChatState(ParticipantToken("participant"), LIVE, 0.0)
    with pytest.raises(AssertionError, match="this phase has a socket"):
        state.open_link()
    with pytest.raises(AssertionError, match="this phase has a walk"):
        state.open_walk()
