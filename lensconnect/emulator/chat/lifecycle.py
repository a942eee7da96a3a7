"""What can be done to a chat from outside it: someone more, a message of the flow, a session to log in."""

from __future__ import annotations

from typing import Final

from lensconnect.content.types import EVENT_AUTHENTICATION_INITIATED
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.people import Participant
from lensconnect.emulator.chat.starting import add_participant_to, open_session
from lensconnect.emulator.chat.state import Membership, State
from lensconnect.jsontext import dumps
from lensconnect.record import ParticipantToken
from lensconnect.types.item import (
    CHAT_ITEM_TYPE_EVENT,
    CHAT_ITEM_TYPE_MESSAGE,
    PARTICIPANT_ROLE_CUSTOMER,
    PARTICIPANT_ROLE_SYSTEM,
    Item,
    ParticipantRole,
)

__all__ = ["add_participant", "announce_session", "say_as_system", "stop"]

_SYSTEM: Final = "system"


def add_participant(
    state: State, contact_id: str, role: ParticipantRole, display_name: str
) -> tuple[str, ParticipantToken]:
    """Someone more in a chat: the id, and the token to join with; `KeyError` for no such chat."""
    return add_participant_to(state, state.chats[contact_id], role, display_name)


def say_as_system(
    state: State, time: int, contact_id: str, content: str, content_type: str, display_name: str, outbox: Outbox
) -> Item | None:
    """A message of the flow, of any content type; `None` where the chat is over."""
    system = Participant(f"{contact_id[:-6]}{_SYSTEM}", PARTICIPANT_ROLE_SYSTEM, display_name)
    context = _context(state, time, contact_id, system, outbox)
    item = Item(type=CHAT_ITEM_TYPE_MESSAGE, content_type=content_type, content=content)
    return None if context is None else context.post(item, system)


def announce_session(state: State, time: int, contact_id: str, outbox: Outbox) -> str | None:
    """Open an authentication session and tell everyone; `None` where the chat is over."""
    context = _context(state, time, contact_id, None, outbox)
    if context is None:
        return None
    session_id = open_session(state, time, context.chat, announced=True)
    content = dumps({"SessionId": session_id}).decode()
    context.broadcast(Item(type=CHAT_ITEM_TYPE_EVENT, content_type=EVENT_AUTHENTICATION_INITIATED, content=content))
    return session_id


def stop(state: State, time: int, contact_id: str, outbox: Outbox) -> bool:
    """Everyone leaves, the customer last, and the chat is over; `False` where it was already."""
    context = _context(state, time, contact_id, None, outbox)
    if context is None:
        return False
    for one in sorted(context.chat.participants.values(), key=lambda one: one.role == PARTICIPANT_ROLE_CUSTOMER):
        if one.status == "joined":
            context.leave(one)
    context.end()
    return True


def _context(
    state: State, time: int, contact_id: str, participant: Participant | None, outbox: Outbox
) -> OperationContext | None:
    chat = state.chats[contact_id]
    who = participant or next(iter(chat.participants.values()))
    return None if chat.over else OperationContext(state, time, Membership(chat, who), outbox)
