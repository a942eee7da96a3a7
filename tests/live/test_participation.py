"""Participation: who this participant is, typing, and the age of the connection token."""

from __future__ import annotations

from math import inf

import pytest

from lensconnect import CHAT_ITEM_TYPE_EVENT, LIVE, ConnectionToken, Item, ParticipantToken
from lensconnect.live import participation
from lensconnect.live.orders import SendReceipt
from lensconnect.live.state import ChatState, Phase


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
    assert not participation.may_type(state, 110.9)
    assert participation.may_type(state, 111.0)


def test_typing_can_be_shown_at_any_time_of_a_clock() -> None:
    state = chat()
    for now in (-100.0, -89.0, 5.0):
        assert participation.may_type(state, now)
    participation.forget_typing(state, 5.0)
    assert participation.may_type(state, 5.0)


def test_a_participant_that_is_not_known_owns_what_it_has_sent_only() -> None:
    state = chat()
    participation.note_sent(state, "m-1")
    assert participation.is_own(state, Item(id="m-1"))
    assert not participation.is_own(state, Item(id="m-2"))


def test_a_token_that_is_too_old_is_renewed_by_one_caller() -> None:
    state = chat()
    assert participation.begin_token_renewal(state, 100.0), "there is none yet"
    participation.set_token(state, ConnectionToken("token"), 100.0)
    participation.end_token_renewal(state)
    assert not participation.begin_token_renewal(state, 100.0 + LIVE.token_seconds - 0.1)
    assert participation.begin_token_renewal(state, 100.0 + LIVE.token_seconds)
    assert not participation.begin_token_renewal(state, 100.0 + LIVE.token_seconds)
    participation.end_token_renewal(state)
    assert participation.begin_token_renewal(state, 100.0 + LIVE.token_seconds)


def test_a_connection_token_without_a_participant_token_is_never_renewed() -> None:
    state = ChatState(ParticipantToken(""), LIVE, 0.0)
    assert not participation.begin_token_renewal(state, 1e9)


@pytest.mark.parametrize(
    ("phase", "item", "is_sent"),
    [
        ("online", Item(id="m-2", participant_id="agent"), True),
        ("offline", Item(id="m-2", participant_id="agent"), True),
        ("online", Item(id="m-1", participant_id="agent"), False),
        ("online", Item(id="m-2", participant_id="me"), False),
        ("online", Item(participant_id="agent"), False),
        ("online", Item(id="m-2", type=CHAT_ITEM_TYPE_EVENT, participant_id="agent"), False),
        *((phase, Item(id="m-2", participant_id="agent"), False) for phase in ("over", "failed", "closed")),
    ],
)
def test_a_receipt_is_sent_for_a_message_of_another(phase: Phase, item: Item, is_sent: bool) -> None:
    state = ChatState(ParticipantToken("participant"), LIVE, 0.0, participant_id="me", phase=phase)
    participation.note_sent(state, "m-1")
    assert participation.mark(state, item, "read", 100.0) == (SendReceipt("read", "m-2") if is_sent else None)
    assert state.receipts.next_due() == inf


def test_a_receipt_that_cannot_be_sent_at_once_is_due_later() -> None:
    state = chat()
    assert participation.mark(state, Item(id="m-1", absolute_time="2026-11-01T00:00:00Z"), "read", 100.0) is not None
    assert participation.mark(state, Item(id="m-2", absolute_time="2026-11-01T00:00:01Z"), "read", 101.0) is None
    assert state.receipts.next_due() == 105.0


def test_a_participant_that_is_not_known_leaves_five_seconds_later() -> None:
    state = chat()
    assert participation.leaving_until(state) == inf
    participation.note_left(state, 100.0)
    assert participation.leaving_until(state) == 105.0
    state.participant_id = "me"
    assert participation.leaving_until(state) == inf, "its own departure tells"
