"""DisconnectParticipant: a participant leaves, and with the customer the chat is over.

Facts: `participant.left` comes just before `chat.ended`; after the end every operation answers 403,
this one too, except that the same ClientToken has its first success repeated.
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import MemberContext
from lensconnect.errors import ServiceError
from lensconnect.operations import DisconnectParticipant, DisconnectParticipantResponse
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER

__all__ = ["depart", "disconnect_participant"]


def disconnect_participant(
    context: MemberContext, _request: DisconnectParticipant
) -> DisconnectParticipantResponse | ServiceError:
    """Leave."""
    depart(context)
    return DisconnectParticipantResponse(http_status=200)


def depart(context: MemberContext) -> None:
    """The participant is out, and with it perhaps the chat over."""
    context.leave()
    role = context.participant.role
    agent_ends = role == PARTICIPANT_ROLE_AGENT and context.state.options.agent_ends_chat
    if role == PARTICIPANT_ROLE_CUSTOMER or agent_ends:
        context.end()
