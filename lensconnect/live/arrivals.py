"""Arrivals: an item that has come, by a frame or in a page, and what it says about the chat itself.

Facts: the frame of `transfer.succeeded` without a ParticipantId reaches the agent who transferred alone (observed:
amazon-connect-chatjs#241), so the chat is over for its reader.  The transcript holds the event for every reader
(documented: GetTranscript), so in a page it says nothing of this one.
"""

from __future__ import annotations

from lensconnect.content.types import EVENT_CHAT_ENDED, EVENT_PARTICIPANT_LEFT, EVENT_TRANSFER_SUCCEEDED
from lensconnect.live.orders import Tell
from lensconnect.live.participation import learn_participant
from lensconnect.live.state import ChatState
from lensconnect.live.transitions import end
from lensconnect.types.item import CHAT_ITEM_TYPE_MESSAGEMETADATA, PARTICIPANT_ROLE_CUSTOMER, Item


def take_item(state: ChatState, item: Item, initial_contact_id: str | None, now: float) -> None:
    """Take an item that the socket delivered; it may end the chat."""
    if _is_of_another_chat(state, item, initial_contact_id):
        state.tells.append(Tell("skipped", "an item of another contact"))
        return
    state.contact_id = item.contact_id or state.contact_id
    state.initial_contact_id = initial_contact_id or state.initial_contact_id
    if item.id in state.sent_ids:
        learn_participant(state, item)
    state.delivery.take(item, now + state.options.settle)
    if item.content_type == EVENT_TRANSFER_SUCCEEDED and item.participant_id is None and state.phase != "over":
        end(state, "transferred")
    else:
        end_if_told(state, item)


def end_if_told(state: ChatState, item: Item) -> None:
    """End the chat if the item says that it is over for this participant; that of a past session does not."""
    kind = item.content_type
    if state.phase == "over" or (item.contact_id is None and item.related_contact_id is not None):
        return
    if kind == EVENT_CHAT_ENDED:
        end(state, "ended")
    elif (
        kind == EVENT_PARTICIPANT_LEFT
        and item.participant_id is not None
        and item.participant_id == state.participant_id
        and item.participant_role != PARTICIPANT_ROLE_CUSTOMER
    ):
        state.has_left = True


def _is_of_another_chat(state: ChatState, item: Item, initial_contact_id: str | None) -> bool:
    """Return whether both contact ids are known and differ; a transfer changes one of them."""
    if item.contact_id == state.contact_id or item.contact_id is None or item.type == CHAT_ITEM_TYPE_MESSAGEMETADATA:
        return False
    known, first = state.initial_contact_id, state.contact_id
    return None not in (known, first, initial_contact_id) and known != initial_contact_id
