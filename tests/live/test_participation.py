"""Participation: who this participant is, typing, and the age of the connection token."""

from __future__ import annotations

from lensconnect import LIVE, Item, ParticipantToken
from lensconnect.live import participation
from lensconnect.live.state import ChatState


def chat() -> ChatState:
    return ChatState(ParticipantToken("participant"), LIVE, 0.0)


def test_an_echo_before_the_reply_tells_who_this_participant_is() -> None:
    state = chat()
    state.delivery.take(Item(id="m-1", participant_id="me", type="MESSAGE"), 0.0)  # type: ignore[arg-type]
    participation.note_sent(state, "m-1")
    assert state.participant_id == "me"
    assert participation.is_own(state, Item(id="m-2", participant_id="me"))


def test_only_the_newest_sent_ids_are_kept() -> None:
    state = chat()
    for number in range(participation._MOST_SENT_IDS + 1):
        participation.note_sent(state, f"m-{number}")
    assert len(state.sent_ids) == participation._MOST_SENT_IDS
    assert "m-0" not in state.sent_ids


def test_typing_that_could_not_be_sent_does_not_count() -> None:
    state = chat()
    assert participation.may_type(state, 100.0)
    participation.forget_typing(state, 100.0)
    assert participation.may_type(state, 101.0)
    participation.forget_typing(state, 100.0)
    assert not participation.may_type(state, 102.0), "a newer call has shown it"
