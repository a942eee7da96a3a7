"""StopContact and CreateParticipant.

Facts: an unknown contact is not found, one that is over is contact_ended; a participant's token is good for as
long as the participant belongs to the contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lensconnect.emulator.chat.lifecycle import add_participant, stop
from lensconnect.emulator.chat.state import ROLES
from lensconnect.emulator.chat.timestamps import written
from lensconnect.emulator.connect.answers import Answer, Moment
from lensconnect.emulator.wire.errors import contact_ended, invalid_request, resource_not_found
from lensconnect.jsontext import JsonObject
from lensconnect.record import Shape
from lensconnect.types.item import ParticipantRole

__all__ = ["CreateParticipant", "StopContact", "create_participant", "stop_contact"]

_UNKNOWN: Final = "ContactId is not of a contact"


class StopContact(Shape, frozen=True, kw_only=True, rename="pascal"):
    instance_id: str
    contact_id: str
    disconnect_reason: Mapping[str, Any] | None = None


class _Details(Shape, frozen=True, kw_only=True, rename="pascal"):
    participant_role: str | None = None
    display_name: str | None = None


class CreateParticipant(Shape, frozen=True, kw_only=True, rename="pascal"):
    instance_id: str
    contact_id: str
    participant_details: _Details
    client_token: str | None = None


def stop_contact(moment: Moment, request: StopContact) -> Answer:
    """End a chat from outside."""
    if request.contact_id not in moment.state.chats:
        return resource_not_found(_UNKNOWN)
    stopped = stop(moment.state, moment.time, request.contact_id, moment.outbox)
    return {} if stopped else contact_ended("The contact is over")


def create_participant(moment: Moment, request: CreateParticipant) -> Answer:
    """Someone more in a chat."""
    state, time, _ = moment
    chat = state.chats.get(request.contact_id)
    if chat is None:
        return resource_not_found(_UNKNOWN)
    details = request.participant_details
    if details.participant_role not in ROLES or not 1 <= len(details.display_name or "") <= 256:
        return invalid_request("ParticipantDetails needs a ParticipantRole and a DisplayName of 1 to 256")
    if chat.over:
        return invalid_request("The contact is over")
    key = request.contact_id, request.client_token or ""
    if request.client_token and key in state.started:
        return state.started[key]
    role = ParticipantRole(details.participant_role or "")
    identity, token = add_participant(state, request.contact_id, role, details.display_name or "")
    told: JsonObject = {
        "ParticipantId": identity,
        "ParticipantCredentials": {"ParticipantToken": token, "Expiry": written(time + 86_400_000)},
    }
    if request.client_token:
        state.started[key] = told
    return told
