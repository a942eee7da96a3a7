"""Snapshots of the service for the admin API and the agent's page; nothing here changes the state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lensconnect.emulator.chat.state import ChatRecord, State
from lensconnect.emulator.chat.timestamps import written
from lensconnect.emulator.faults.fault_input import faults_as_json
from lensconnect.jsontext import Json, JsonObject
from lensconnect.record import to_members


class Overview(NamedTuple):
    """All chats by contact id, without tokens, the planned faults, and the contact flows that a chat can have."""

    chats: Mapping[str, Json]
    faults: Json
    flows: Json


def overview(state: State) -> Overview:
    """Return all chats, the planned faults and the contact flows."""
    chats = {contact_id: shown_chat(chat, tokens=False) for contact_id, chat in state.chats.items()}
    return Overview(chats, faults_as_json(state)["Faults"], shown_flows(state))


def difference(before: Overview | None, now: Overview) -> JsonObject:
    """Return what a page that shows `before` has to be told: everything if it shows nothing yet, `{}` if nothing changed.

    Chats are never removed.
    """
    if before is None:
        return {"Chats": list(now.chats.values()), "Faults": now.faults, "Flows": now.flows}
    changed = [chat for contact_id, chat in now.chats.items() if chat != before.chats.get(contact_id)]
    chats = {"Changed": changed} if changed else {}
    faults = {"Faults": now.faults} if now.faults != before.faults else {}
    flows = {"Flows": now.flows} if now.flows != before.flows else {}
    return {**chats, **faults, **flows}


def shown_flows(state: State) -> Json:
    """Return the contact flows that a chat can have, the default first if there is one."""
    names = (*state.flow_names, *state.scripts)
    return [{"Name": name, "Script": name in state.scripts} for name in names]


def shown_chat(chat: ChatRecord, *, tokens: bool) -> Json:
    """Return a chat, its participants but the flow, with their tokens if asked for, and the flows that play in it."""
    return {
        "ContactId": chat.contact_id,
        "CurrentContactId": chat.current_contact_id,
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
            if not participant.is_flow
        ],
        "Flow": chat.flow,
        "Flows": [
            {
                "DisplayName": played.display_name,
                "Name": played.name,
                "Status": played.status,
                "Until": None if played.until is None else written(played.until),
                "Line": played.line,
                "Failure": played.failure,
            }
            for played in chat.played
        ],
    }


def shown_items(chat: ChatRecord) -> JsonObject:
    """Return the whole transcript of a chat."""
    return {"Items": [to_members(item) for item in chat.items]}
