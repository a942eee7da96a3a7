"""Transfers: an agent hands the chat to another one, which has a contact of its own.

Facts: `transfer.succeeded` has no participant and is pushed to the agent who transferred alone (observed:
amazon-connect-chatjs#241); items have the ContactId of the contact in which they were sent, and all contacts of a
chat one InitialContactId (documented: Item; observed in ChatJS 5.0.0); the transcript holds both events (documented:
GetTranscript).  Assumed: the agent leaves behind the event, in the contact before; `transfer.failed` has no participant
and the same reader, and changes nothing.  A queue is an agent who has not joined yet.
"""

from __future__ import annotations

from typing import Annotated

from lensconnect.content.types import EVENT_TRANSFER_FAILED, EVENT_TRANSFER_SUCCEEDED
from lensconnect.emulator.chat.context import MemberContext, OperationContext, event
from lensconnect.emulator.chat.lifecycle import add_participant, member_context
from lensconnect.marks import SECRET
from lensconnect.record import ParticipantToken, Record
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT


class TransferredChat(Record, frozen=True, kw_only=True, rename="pascal"):
    """The contact that a transfer has made, and the agent for it, who has not joined."""

    contact_id: str
    agent_id: str
    agent_token: Annotated[ParticipantToken, SECRET]


def transfer(
    context: OperationContext, contact_id: str, to: str, agent_id: str | None = None
) -> TransferredChat | None:
    """Have an agent, by default the first in the chat, transfer it to a new one with this display name, and leave.

    Return `None` if that agent is not in the chat, or the chat is over.
    """
    agent = _agent_in(context, contact_id, agent_id)
    if agent is None:
        return None
    _tell(agent, EVENT_TRANSFER_SUCCEEDED)
    agent.leave()
    state, chat = agent.state, agent.chat
    if not state.options.transfer_keeps_contact:
        chat.contact_ids.append(state.ids.uuid())
        state.contacts[chat.current_contact_id] = chat
    new_agent, token = add_participant(context, chat, PARTICIPANT_ROLE_AGENT, to)
    return TransferredChat(contact_id=chat.current_contact_id, agent_id=new_agent, agent_token=token)


def fail_transfer(context: OperationContext, contact_id: str) -> bool:
    """Tell the first agent in a chat that a transfer failed; `False` if there is none, or the chat is over."""
    agent = _agent_in(context, contact_id, None)
    if agent is not None:
        _tell(agent, EVENT_TRANSFER_FAILED)
    return agent is not None


def _agent_in(context: OperationContext, contact_id: str, agent_id: str | None) -> MemberContext | None:
    agents = (
        participant
        for participant in context.state.contacts[contact_id].participants.values()
        if participant.role == PARTICIPANT_ROLE_AGENT
        and participant.status == "joined"
        and agent_id in (None, participant.id)
    )
    agent = next(agents, None)
    return None if agent is None else member_context(context, contact_id, agent)


def _tell(agent: MemberContext, content_type: str) -> None:
    item = agent.stamp(event(content_type))
    agent.store(item)
    agent.push(item, only=agent.participant.id)
