"""DisconnectParticipant: a participant leaves; the chat ends with its customer.

Facts: `participant.left` comes just before `chat.ended` (observed in ChatJS's tests); after the end every
operation answers 403 (observed: amazon-connect-chatjs#294).  Assumed: a repeated ClientToken still returns
the first reply.
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import MemberContext
from lensconnect.errors import ServiceError
from lensconnect.operations import DisconnectParticipant, DisconnectParticipantResponse
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER


def disconnect_participant(
    context: MemberContext, _request: DisconnectParticipant
) -> DisconnectParticipantResponse | ServiceError:
    """Make the caller leave the chat."""
    depart(context)
    return DisconnectParticipantResponse(http_status=200)


def depart(context: MemberContext) -> None:
    """Make the participant leave; the chat ends with the customer, by the flow, or with an agent and `agent_ends_chat`."""
    context.leave()
    role = context.participant.role
    agent_ends = role == PARTICIPANT_ROLE_AGENT and context.state.options.agent_ends_chat
    if role == PARTICIPANT_ROLE_CUSTOMER or context.participant.is_flow or agent_ends:
        context.end()
