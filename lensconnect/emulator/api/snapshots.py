"""Snapshots of the service for the admin API and the agent's page; nothing here changes the state."""

from __future__ import annotations

from typing import NamedTuple

from lensconnect.emulator.chat.state import Chat, Membership, State
from lensconnect.emulator.faults.planning import faults_as_json
from lensconnect.jsontext import Json, JsonObject
from lensconnect.record import to_members
from lensconnect.types.item import ParticipantRole

__all__ = ["Caller", "caller_of", "overview", "caller_of_socket", "shown_chat", "shown_items"]


class Caller(NamedTuple):
    """The chat and the role of the participant that sent a request or owns a WebSocket."""

    contact_id: str
    role: ParticipantRole


def caller_of(membership: Membership | None) -> Caller | None:
    """Return the owner of the token that a request carried, `None` for no owner."""
    return None if membership is None else Caller(membership.chat.contact_id, membership.participant.role)


def caller_of_socket(state: State, socket_id: str) -> Caller | None:
    """Return the owner of an open WebSocket, `None` for an unknown id."""
    socket = state.sockets.get(socket_id)
    return None if socket is None else Caller(socket.contact_id, socket.participant.role)


def overview(state: State) -> JsonObject:
    """Return all chats, without tokens, and the planned faults."""
    return {"Chats": [shown_chat(chat, tokens=False) for chat in state.chats.values()], **faults_as_json(state)}


def shown_chat(chat: Chat, *, tokens: bool) -> Json:
    """Return a chat and its participants, with their tokens if asked for."""
    return {
        "ContactId": chat.contact_id,
        "Over": chat.over,
        "Items": len(chat.items),
        "Participants": [
            {
                "ParticipantId": participant.id,
                "ParticipantRole": participant.role,
                "DisplayName": participant.display_name,
                "Standing": participant.status,
                **({"ParticipantToken": participant.token} if tokens else {}),
                "Sockets": len(participant.sockets),
            }
            for participant in chat.participants.values()
        ],
    }


def shown_items(chat: Chat) -> JsonObject:
    """Return the whole transcript of a chat."""
    return {"Items": [to_members(item) for item in chat.items]}
