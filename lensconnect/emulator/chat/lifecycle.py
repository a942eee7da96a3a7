"""What can be done to a chat from outside it: someone more, a message of the flow, a session to log in."""

from __future__ import annotations

from typing import Annotated, Final

from lensconnect.content.types import (
    CONTENT_APPLICATION_JSON,
    CONTENT_INTERACTIVE,
    CONTENT_INTERACTIVE_RESPONSE,
    CONTENT_TEXT_MARKDOWN,
    CONTENT_TEXT_PLAIN,
    EVENT_AUTHENTICATION_INITIATED,
)
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.idle_timer import default_idle_limits
from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.state import Chat, Membership, Participant, Session, State
from lensconnect.jsontext import dumps
from lensconnect.marks import SECRET
from lensconnect.record import ParticipantToken, Record
from lensconnect.types.item import (
    CHAT_ITEM_TYPE_EVENT,
    CHAT_ITEM_TYPE_MESSAGE,
    PARTICIPANT_ROLE_AGENT,
    PARTICIPANT_ROLE_CUSTOMER,
    PARTICIPANT_ROLE_SYSTEM,
    Item,
    ParticipantRole,
)
from lensconnect.types.view import View, ViewContent

__all__ = [
    "MESSAGE_TYPES",
    "SAMPLE_VIEW",
    "StartedChat",
    "add_participant",
    "add_participant_to",
    "add_view",
    "announce_session",
    "open_session",
    "say_as_system",
    "start_chat",
    "stop",
]

MESSAGE_TYPES: Final = (
    CONTENT_TEXT_PLAIN,
    CONTENT_TEXT_MARKDOWN,
    CONTENT_APPLICATION_JSON,
    CONTENT_INTERACTIVE,
    CONTENT_INTERACTIVE_RESPONSE,
)
"""Every content type a chat can be started with."""


SAMPLE_VIEW: Final = View(
    id="sample-confirmation",
    arn="arn:aws:connect:us-east-1:000000000000:instance/sample/view/sample-confirmation",
    name="Sample confirmation",
    version=1,
    content=ViewContent(
        input_schema='{"type":"object","properties":{"Heading":{"type":"string"}},"required":["Heading"]}',
        template='{"Head":{"Title":"Confirm"},"Body":["$.Heading"]}',
        actions=("Confirm", "Cancel"),
    ),
)
"""The view every chat starts with."""


class StartedChat(Record, frozen=True, kw_only=True):
    """What it takes to take part: each token goes to CreateParticipantConnection."""

    contact_id: str
    participant_id: str
    participant_token: Annotated[ParticipantToken, SECRET]
    agent_id: str
    agent_token: Annotated[ParticipantToken, SECRET]
    view_token: Annotated[str, SECRET]
    session_id: str


def start_chat(
    state: State,
    time: int,
    *,
    customer: str = "Customer",
    agent: str = "Agent",
    content_types: tuple[str, ...] = MESSAGE_TYPES,
) -> StartedChat:
    """A new contact; nobody has joined yet."""
    options = state.options
    ends = time + int(options.chat_seconds * 1000)
    chat = Chat(state.ids.uuid(), frozenset(content_types) | {CONTENT_TEXT_PLAIN}, ends)
    chat.idle_limits = default_idle_limits(options)
    state.chats[chat.contact_id] = chat
    state.timers.at(ends, "chat", chat.contact_id)
    if options.unseen_seconds is not None:
        state.timers.at(time + int(options.unseen_seconds * 1000), "unseen", chat.contact_id)
    participant_id, participant_token = add_participant_to(state, chat, PARTICIPANT_ROLE_CUSTOMER, customer)
    agent_id, agent_token = add_participant_to(state, chat, PARTICIPANT_ROLE_AGENT, agent)
    return StartedChat(
        contact_id=chat.contact_id,
        participant_id=participant_id,
        participant_token=participant_token,
        agent_id=agent_id,
        agent_token=agent_token,
        view_token=add_view(state, chat.contact_id, SAMPLE_VIEW),
        session_id=open_session(state, time, chat, announced=False),
    )


def add_view(state: State, contact_id: str, view: View) -> str:
    """Register a view with a chat, and get the token it is described by; `KeyError` for no such chat."""
    chat = state.chats[contact_id]
    token = state.ids.token("view")
    chat.views[token] = view
    state.view_owners[token] = contact_id
    return token


def add_participant_to(state: State, chat: Chat, role: ParticipantRole, name: str) -> tuple[str, ParticipantToken]:
    """Someone more in a chat: the id, and the token to join with."""
    participant_id = state.ids.uuid()
    token = ParticipantToken(state.ids.token("participant"))
    participant = Participant(participant_id, role, name, token)
    chat.participants[participant_id] = participant
    state.participant_tokens[token] = Membership(chat, participant)
    return participant_id, token


def open_session(state: State, time: int, chat: Chat, *, announced: bool) -> str:
    """Open an authentication session."""
    session_id = state.ids.uuid()
    expires = time + int(state.options.authentication_seconds * 1000)
    chat.sessions[session_id] = Session(expires, announced)
    state.timers.at(expires, "session", chat.contact_id, session_id)
    return session_id


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
