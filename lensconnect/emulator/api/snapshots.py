"""What can be seen of the service from outside a chat, without touching anything: all chats, and who is who."""

from __future__ import annotations

from typing import NamedTuple

from lensconnect.emulator.api.participant import membership_behind
from lensconnect.emulator.chat.state import Chat, State
from lensconnect.emulator.faults.planning import faults_as_json
from lensconnect.http import HttpRequest
from lensconnect.jsontext import Json, JsonObject
from lensconnect.record import to_members
from lensconnect.types.item import ParticipantRole

__all__ = ["Caller", "origin_of", "overview", "shown_chat", "shown_items", "caller_of", "caller_of_socket"]


class Caller(NamedTuple):
    """A participant, as a watcher tells them apart."""

    contact_id: str
    role: ParticipantRole


def origin_of(state: State) -> str:
    """Where the shell around the service is reached."""
    return state.origin


def caller_of(state: State, http_request: HttpRequest) -> Caller | None:
    """Whose token a request carries."""
    membership = membership_behind(state, http_request)
    return None if membership is None else Caller(membership.chat.contact_id, membership.participant.role)


def caller_of_socket(state: State, socket_id: str) -> Caller | None:
    """Whose socket it is, while it is open."""
    socket = state.sockets.get(socket_id)
    return None if socket is None else Caller(socket.contact_id, socket.participant.role)


def overview(state: State) -> JsonObject:
    """All chats, without a token, and what is planned to go wrong."""
    return {"Chats": [shown_chat(chat, tokens=False) for chat in state.chats.values()], **faults_as_json(state)}


def shown_chat(chat: Chat, *, tokens: bool) -> Json:
    """A chat and who is in it."""
    return {
        "ContactId": chat.contact_id,
        "Over": chat.over,
        "Items": len(chat.items),
        "Participants": [
            {
                "ParticipantId": one.id,
                "ParticipantRole": one.role,
                "DisplayName": one.display_name,
                "Standing": one.status,
                **({"ParticipantToken": one.token} if tokens else {}),
                "Sockets": len(one.sockets),
            }
            for one in chat.participants.values()
        ],
    }


def shown_items(chat: Chat) -> JsonObject:
    """The whole transcript, which stays to be seen here when the chat is over."""
    return {"Items": [to_members(item) for item in chat.items]}
