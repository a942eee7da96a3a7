"""Participation: who this participant is to the service, and the rules for what it sends.

The participant id is learned from the echo of a message that this participant has sent.  Each function changes the
state at once or answers a question about it; the programs send.
"""

from __future__ import annotations

from math import inf
from typing import Final

from lensconnect.live.orders import ReceiptKind, SendReceipt
from lensconnect.live.state import ChatState
from lensconnect.live.transcript import find_item, place_of
from lensconnect.record import ConnectionToken
from lensconnect.types.item import CHAT_ITEM_TYPE_EVENT, Item

_LEAVING_SECONDS: Final = 5.0
"""Seconds after `leave` in which one's own participant id must be known."""
_MOST_SENT_IDS: Final = 100
"""Sent messages whose echo is waited for; one is enough to learn the participant."""


def learn_participant(state: ChatState, item: Item) -> None:
    """Learn who this participant is from the echo of an item of its own."""
    state.participant_id = state.participant_id or item.participant_id


def set_token(state: ChatState, token: ConnectionToken, now: float) -> None:
    """Use a new connection token."""
    state.token, state.token_at = token, now


def begin_token_renewal(state: ChatState, now: float) -> bool:
    """Return whether the connection token is too old, and nobody renews it yet: then the caller does."""
    if state.token_renewing or not state.participant_token or now - state.token_at < state.options.token_seconds:
        return False
    state.token_renewing = True
    return True


def end_token_renewal(state: ChatState) -> None:
    """Let others renew the connection token again, whether this renewal has worked or not."""
    state.token_renewing = False


def note_sent(state: ChatState, item_id: str) -> None:
    """Note the Id of a message that was sent, and learn from its echo, which may have come before the reply."""
    state.sent_ids[item_id] = None
    item = find_item(state.delivery.transcript, item_id)
    if item is not None:
        learn_participant(state, item)
    if len(state.sent_ids) > _MOST_SENT_IDS:
        del state.sent_ids[next(iter(state.sent_ids))]


def may_type(state: ChatState, now: float) -> bool:
    """Return whether typing is to be shown, and note the time if it is."""
    if now - state.typing_at < state.options.typing_seconds:
        return False
    state.typing_at = now
    return True


def forget_typing(state: ChatState, now: float) -> None:
    """Forget that typing was to be shown at this time: it could not be sent."""
    if state.typing_at == now:
        state.typing_at = -inf


def is_own(state: ChatState, item: Item) -> bool:
    """Return whether this participant has sent the item, as far as the chat knows who it is."""
    return item.id in state.sent_ids or (
        state.participant_id is not None and item.participant_id == state.participant_id
    )


def mark(state: ChatState, item: Item, kind: ReceiptKind, now: float) -> SendReceipt | None:
    """Mark a message as delivered or read, and return the receipt that is to be sent at once."""
    if item.id is None or item.type == CHAT_ITEM_TYPE_EVENT or is_own(state, item):
        return None
    if state.phase in ("over", "failed", "closed"):
        return None
    state.receipts.mark(kind, item.id, place_of(item), now)
    report = state.receipts.next(now)
    if report is not None:
        state.receipts.sent(report, now)
    return report


def note_left(state: ChatState, now: float) -> None:
    """Note that the program has left the chat."""
    state.left_at = now


def leaving_until(state: ChatState) -> float:
    """Return the time at which a chat that the participant left ends, though its own participant id is not known."""
    return inf if state.left_at is None or state.participant_id is not None else state.left_at + _LEAVING_SECONDS
