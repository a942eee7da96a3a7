"""Starting a chat, and changing it from outside: participants, views, messages of the flow, sessions, its end.

`start_chat` stands in for StartChatContact, which belongs to the Amazon Connect API.
"""

from __future__ import annotations

from typing import Annotated, Final

from lensconnect.arguments import expect_one_of
from lensconnect.content.types import (
    CLIENT_CONTENT_TYPES,
    CONTENT_INTERACTIVE,
    CONTENT_TEXT_PLAIN,
    EVENT_AUTHENTICATION_INITIATED,
)
from lensconnect.emulator.chat.context import MemberContext, OperationContext
from lensconnect.emulator.chat.idle_timeout import restart_idle_timer
from lensconnect.emulator.chat.idle_timer import default_idle_limits
from lensconnect.emulator.chat.staged_messages import post_message
from lensconnect.emulator.chat.state import ChatRecord, Membership, Participant, ParticipantStatus, Session, TokenGrant
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

MESSAGE_TYPES: Final = (*CLIENT_CONTENT_TYPES, CONTENT_INTERACTIVE)
"""Every content type that a chat can be started with."""

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
"""The view that every chat starts with."""

_SYSTEM: Final = "system"


class StartedChat(Record, frozen=True, kw_only=True, rename="pascal"):
    """The ids and tokens of a new chat; each participant token goes to CreateParticipantConnection."""

    contact_id: str
    participant_id: str
    participant_token: Annotated[ParticipantToken, SECRET]
    agent_id: str
    agent_token: Annotated[ParticipantToken, SECRET]
    view_token: Annotated[str, SECRET]
    session_id: str


def start_chat(
    context: OperationContext,
    *,
    customer: str = "Customer",
    agent: str = "Agent",
    content_types: tuple[str, ...] = MESSAGE_TYPES,
    flow: str | None = None,
) -> StartedChat:
    """Start a chat with a customer and an agent who have not joined, a view, and an open session.

    `flow` is the name of its contact flow, "" for none, `None` for the default; `ValueError` for an unknown one, and for
    an unknown content type.
    """
    for each in content_types:
        expect_one_of("a content type of the chat", each, MESSAGE_TYPES)
    state, options = context.state, context.state.options
    named = state.flow_named(flow)
    taken = frozenset(content_types) | {CONTENT_TEXT_PLAIN}
    chat = ChatRecord(state.ids.uuid(), taken, context.after(options.chat_seconds), default_idle_limits(options))
    state.chats[chat.contact_id] = state.contacts[chat.contact_id] = chat
    chat.flow = named
    state.timers.at(chat.ends, "chat", chat.contact_id)
    if options.unseen_seconds is not None:
        state.timers.at(context.after(options.unseen_seconds), "unseen", chat.contact_id)
    participant_id, participant_token = add_participant(context, chat, PARTICIPANT_ROLE_CUSTOMER, customer)
    agent_id, agent_token = add_participant(context, chat, PARTICIPANT_ROLE_AGENT, agent)
    return StartedChat(
        contact_id=chat.contact_id,
        participant_id=participant_id,
        participant_token=participant_token,
        agent_id=agent_id,
        agent_token=agent_token,
        view_token=add_view(context, chat.contact_id, SAMPLE_VIEW),
        session_id=_open_session(context, chat, announced=False),
    )


def add_view(context: OperationContext, contact_id: str, view: View) -> str:
    """Add a view to a chat and return its token; `KeyError` for an unknown chat."""
    chat = context.state.contacts[contact_id]
    token = context.state.ids.token("view")
    chat.views[token] = view
    context.state.view_owners[token] = chat.contact_id
    return token


def add_participant(
    context: OperationContext, chat: ChatRecord, role: ParticipantRole, name: str
) -> tuple[str, ParticipantToken]:
    """Add a participant who has not joined; return its id and its participant token."""
    state = context.state
    participant_id = state.ids.uuid()
    token = ParticipantToken(state.ids.token("participant"))
    participant = Participant(participant_id, role, name, token)
    chat.participants[participant_id] = participant
    state.tokens[token] = TokenGrant("participant", Membership(chat, participant))
    return participant_id, token


def find_or_add_participant(
    context: OperationContext,
    chat: ChatRecord,
    role: ParticipantRole,
    name: str,
    statuses: tuple[ParticipantStatus, ...],
) -> Participant:
    """Return the first participant of a role in one of these states, or else a new one.

    One that a flow is to play, and has not begun to, is not free.
    """
    found = (
        each
        for each in chat.participants.values()
        if each.role == role and each.status in statuses and not (each.status == "invited" and each.is_played)
    )
    return next(found, None) or chat.participants[add_participant(context, chat, role, name)[0]]


def _open_session(context: OperationContext, chat: ChatRecord, *, announced: bool) -> str:
    session_id = context.state.ids.uuid()
    expires = context.after(context.state.options.authentication_seconds)
    chat.sessions[session_id] = Session(expires, announced)
    context.state.timers.at(expires, "session", chat.contact_id, session_id)
    return session_id


def say_as_system(
    context: OperationContext, contact_id: str, content: str, content_type: str, display_name: str
) -> Item | None:
    """Post a message of the contact flow, of any content type; return `None` if the chat is over."""
    chat = context.state.contacts[contact_id]
    system = Participant(f"{chat.contact_id[:-6]}{_SYSTEM}", PARTICIPANT_ROLE_SYSTEM, display_name)
    member = member_context(context, contact_id, system)
    item = _message(content, content_type)
    return None if member is None else post_message(member, item, system)


def say_as_agent(context: OperationContext, contact_id: str, content: str, content_type: str) -> Item | None:
    """Post a message of the agent, who joins if need be; return `None` if the chat is over."""
    chat = context.state.contacts[contact_id]
    agent = find_or_add_participant(context, chat, PARTICIPANT_ROLE_AGENT, "Agent", ("invited", "joined"))
    member = member_context(context, contact_id, agent)
    if member is None:
        return None
    member.join(is_live=True)
    restart_idle_timer(member)
    return post_message(member, _message(content, content_type), agent)


def _message(content: str, content_type: str) -> Item:
    if not content:
        raise ValueError("content must not be empty")
    return Item(type=CHAT_ITEM_TYPE_MESSAGE, content_type=content_type, content=content)


def announce_session(context: OperationContext, contact_id: str) -> str | None:
    """Open an authentication session, push its event, and return its id; `None` if the chat is over."""
    customer = member_context(context, contact_id, customer_of(context.state.contacts[contact_id]))
    if customer is None:
        return None
    session_id = _open_session(context, customer.chat, announced=True)
    content = dumps({"SessionId": session_id}).decode()
    customer.broadcast(Item(type=CHAT_ITEM_TYPE_EVENT, content_type=EVENT_AUTHENTICATION_INITIATED, content=content))
    return session_id


def stop(context: OperationContext, contact_id: str) -> bool:
    """Make every participant leave, the customer last, and end the chat; return `False` if it was over already."""
    customer = member_context(context, contact_id, customer_of(context.state.contacts[contact_id]))
    if customer is None:
        return False
    for participant in sorted(customer.chat.participants.values(), key=_is_customer):
        if participant.status == "joined":
            customer.leave(participant)
    customer.end()
    return True


def customer_of(chat: ChatRecord) -> Participant:
    """Return the customer of a chat."""
    return next(filter(_is_customer, chat.participants.values()))


def _is_customer(participant: Participant) -> bool:
    return participant.role == PARTICIPANT_ROLE_CUSTOMER


def member_context(context: OperationContext, contact_id: str, participant: Participant) -> MemberContext | None:
    """Return the context of a participant of this chat; `None` if the chat is over, `KeyError` if it is unknown."""
    chat = context.state.contacts[contact_id]
    return None if chat.over else context.member(Membership(chat, participant))
