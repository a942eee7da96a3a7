"""Starting a chat: the stand-in for StartChatContact, which belongs to another service.

It makes the contact with a customer and an agent; nobody has joined yet.
"""

from __future__ import annotations

from typing import Annotated, Final

from lensconnect.content.types import (
    CONTENT_APPLICATION_JSON,
    CONTENT_INTERACTIVE,
    CONTENT_INTERACTIVE_RESPONSE,
    CONTENT_TEXT_MARKDOWN,
    CONTENT_TEXT_PLAIN,
)
from lensconnect.emulator.chat.idle_timer import default_idle_limits
from lensconnect.emulator.chat.people import Participant
from lensconnect.emulator.chat.state import Chat, Membership, Session, State
from lensconnect.marks import SECRET
from lensconnect.record import ParticipantToken, Record
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, ParticipantRole
from lensconnect.types.view import View, ViewContent

__all__ = [
    "MESSAGE_TYPES",
    "SAMPLE_VIEW",
    "StartedChat",
    "add_view",
    "open_session",
    "add_participant_to",
    "start_chat",
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
