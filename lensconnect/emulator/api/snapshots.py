"""Snapshots of the service for the admin API and the agent's page; nothing here changes the state."""

from __future__ import annotations

from lensconnect.emulator.chat.state import ChatRecord, State
from lensconnect.emulator.faults.fault_input import faults_as_json
from lensconnect.jsontext import Json, JsonObject
from lensconnect.record import to_members


def overview(state: State) -> JsonObject:
    """Return all chats, without tokens, and the planned faults."""
    return {"Chats": [shown_chat(chat, tokens=False) for chat in state.chats.values()], **faults_as_json(state)}


def shown_chat(chat: ChatRecord, *, tokens: bool) -> Json:
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


def shown_items(chat: ChatRecord) -> JsonObject:
    """Return the whole transcript of a chat."""
    return {"Items": [to_members(item) for item in chat.items]}
