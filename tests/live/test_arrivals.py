"""Arrivals: the items that belong to a chat, and those that end it."""

from __future__ import annotations

from math import inf

import pytest

from lensconnect import (
    CHAT_ITEM_TYPE_MESSAGE,
    CHAT_ITEM_TYPE_MESSAGEMETADATA,
    EVENT_CHAT_ENDED,
    LIVE,
    ChatItemType,
    Item,
    ItemReceived,
    ParticipantToken,
    live_options_settle,
)
from lensconnect.live.arrivals import take_item
from lensconnect.live.orders import Tell
from lensconnect.live.state import ChatState

AT_ONCE = LIVE & live_options_settle.set(0.0)


def chat() -> ChatState:
    return ChatState(ParticipantToken("participant"), AT_ONCE, 0.0, phase="online")


def message(item_id: str, contact_id: str | None, item_type: ChatItemType = CHAT_ITEM_TYPE_MESSAGE) -> Item:
    return Item(id=item_id, contact_id=contact_id, type=item_type)


@pytest.mark.parametrize(
    ("contact_id", "initial_contact_id", "item_type", "is_taken"),
    [
        ("contact", "initial", CHAT_ITEM_TYPE_MESSAGE, True),
        ("contact", "another", CHAT_ITEM_TYPE_MESSAGE, True),
        ("another", "initial", CHAT_ITEM_TYPE_MESSAGE, True),
        ("another", None, CHAT_ITEM_TYPE_MESSAGE, True),
        ("another", "another", CHAT_ITEM_TYPE_MESSAGE, False),
        (None, "another", CHAT_ITEM_TYPE_MESSAGE, True),
        ("another", "another", CHAT_ITEM_TYPE_MESSAGEMETADATA, True),
    ],
)
def test_an_item_is_of_another_chat_if_both_its_contacts_are(
    contact_id: str | None, initial_contact_id: str | None, item_type: ChatItemType, is_taken: bool
) -> None:
    state = chat()
    take_item(state, message("first", "contact"), "initial", 0.0)
    take_item(state, message("second", contact_id, item_type), initial_contact_id, 0.0)
    assert state.tells == ([] if is_taken else [Tell("skipped", "an item of another contact")])


def test_contacts_that_were_learned_are_kept() -> None:
    state = chat()
    take_item(state, message("first", "contact"), "initial", 0.0)
    take_item(state, message("second", None), None, 0.0)
    take_item(state, message("third", "another"), "another", 0.0)
    state.delivery.release(inf)
    assert [state.delivery.pop(), state.delivery.pop(), state.delivery.pop()] == [
        ItemReceived(message("first", "contact")),
        ItemReceived(message("second", None)),
        None,
    ]


@pytest.mark.parametrize(
    ("contact_id", "related_contact_id", "phase"),
    [("contact", None, "over"), ("contact", "earlier", "over"), (None, None, "over"), (None, "earlier", "online")],
)
def test_the_end_counts_unless_it_is_of_an_earlier_session(
    contact_id: str | None, related_contact_id: str | None, phase: str
) -> None:
    state = chat()
    item = Item(contact_id=contact_id, related_contact_id=related_contact_id, content_type=EVENT_CHAT_ENDED)
    take_item(state, item, None, 0.0)
    assert state.phase == phase
