"""StopContact and CreateParticipant.

Facts (documented): StopContact answers 404 for an unknown contact and 410 for one that is over; a participant
token is good as long as the participant belongs to the contact.  Assumed: its `Expiry` is a day later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.lifecycle import add_participant, stop
from lensconnect.emulator.chat.state import ROLES
from lensconnect.emulator.chat.timestamps import written
from lensconnect.emulator.wire.errors import contact_ended, invalid_request, resource_not_found
from lensconnect.emulator.wire.responses import JsonOutcome
from lensconnect.jsontext import JsonObject
from lensconnect.record import Shape
from lensconnect.types.item import ParticipantRole

_UNKNOWN_CONTACT: Final = "ContactId is not the id of a contact"
_TOKEN_SECONDS: Final = 86_400


class StopContact(Shape, frozen=True, kw_only=True, rename="pascal"):
    """The request of StopContact (Amazon Connect API, API_StopContact)."""

    instance_id: str
    contact_id: str
    disconnect_reason: Mapping[str, Any] | None = None


class _ParticipantDetailsToAdd(Shape, frozen=True, kw_only=True, rename="pascal"):
    participant_role: str | None = None
    display_name: str | None = None


class CreateParticipant(Shape, frozen=True, kw_only=True, rename="pascal"):
    """The request of CreateParticipant (Amazon Connect API, API_CreateParticipant)."""

    instance_id: str
    contact_id: str
    participant_details: _ParticipantDetailsToAdd
    client_token: str | None = None


def stop_contact(context: OperationContext, request: StopContact) -> JsonOutcome:
    """Make every participant leave and end the chat."""
    if request.contact_id not in context.state.contacts:
        return resource_not_found(_UNKNOWN_CONTACT)
    return {} if stop(context, request.contact_id) else contact_ended("The contact is over")


def create_participant(context: OperationContext, request: CreateParticipant) -> JsonOutcome:
    """Add a participant and return its id and token; a repeated ClientToken returns the first response."""
    state = context.state
    chat = state.contacts.get(request.contact_id)
    if chat is None:
        return resource_not_found(_UNKNOWN_CONTACT)
    role, name = request.participant_details.participant_role or "", request.participant_details.display_name or ""
    if role not in ROLES or not 1 <= len(name) <= 256:
        return invalid_request("ParticipantDetails needs a ParticipantRole and a DisplayName of 1 to 256 characters")
    if chat.over:
        return invalid_request("The contact is over")
    key = chat.contact_id, request.client_token or ""
    if request.client_token and key in state.started:
        return state.started[key]
    identity, token = add_participant(context, chat, ParticipantRole(role), name)
    response: JsonObject = {
        "ParticipantId": identity,
        "ParticipantCredentials": {"ParticipantToken": token, "Expiry": written(context.after(_TOKEN_SECONDS))},
    }
    if request.client_token:
        state.started[key] = response
    return response
