"""Starting a chat: the stand-in for StartChatContact, which belongs to another service.

It makes the contact with a customer and an agent, who join as soon as each asks for a connection.
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
from lensconnect.emulator.state import Chat, Participant, Seat, Session, State
from lensconnect.emulator.times import milliseconds
from lensconnect.marks import SECRET
from lensconnect.record import ParticipantToken, Record
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, ParticipantRole
from lensconnect.types.view import View, ViewContent

__all__ = ["MESSAGE_TYPES", "SAMPLE_VIEW", "StartedChat", "add_participant", "add_view", "start_chat"]

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
    now: float,
    *,
    customer: str = "Customer",
    agent: str = "Agent",
    content_types: tuple[str, ...] = MESSAGE_TYPES,
) -> StartedChat:
    """A new contact; nobody has joined yet."""
    chat = Chat(state.ids.uuid(), frozenset(content_types) | {CONTENT_TEXT_PLAIN})
    state.chats[chat.contact_id] = chat
    participant_id, participant_token = _seat(state, chat, PARTICIPANT_ROLE_CUSTOMER, customer)
    agent_id, agent_token = _seat(state, chat, PARTICIPANT_ROLE_AGENT, agent)
    return StartedChat(
        contact_id=chat.contact_id,
        participant_id=participant_id,
        participant_token=participant_token,
        agent_id=agent_id,
        agent_token=agent_token,
        view_token=add_view(state, chat.contact_id, SAMPLE_VIEW),
        session_id=_open_session(state, now, chat),
    )


def add_participant(state: State, contact_id: str, role: ParticipantRole, display_name: str) -> ParticipantToken:
    """Someone more in a chat, by the token to join with; `KeyError` for no such chat."""
    return _seat(state, state.chats[contact_id], role, display_name)[1]


def add_view(state: State, contact_id: str, view: View) -> str:
    """Register a view with a chat, and get the token it is described by; `KeyError` for no such chat."""
    chat = state.chats[contact_id]
    token = state.ids.token("view")
    chat.views[token] = view
    state.view_owners[token] = contact_id
    return token


def _seat(state: State, chat: Chat, role: ParticipantRole, name: str) -> tuple[str, ParticipantToken]:
    participant = Participant(state.ids.uuid(), role, name)
    chat.participants[participant.id] = participant
    token = ParticipantToken(state.ids.token("participant"))
    state.participant_tokens[token] = Seat(chat, participant)
    return participant.id, token


def _open_session(state: State, now: float, chat: Chat) -> str:
    session_id = state.ids.uuid()
    chat.sessions[session_id] = Session(milliseconds(now) + int(state.options.authentication_seconds * 1000))
    return session_id
