"""DisconnectParticipant: leave the chat."""

from __future__ import annotations

from lensconnect.errors import COMMON_ERRORS
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.scalars import ClientToken, ConnectionBearer

__all__ = [
    "DISCONNECT_PARTICIPANT",
    "DisconnectParticipant",
    "DisconnectParticipantResponse",
    "disconnect_participant_client_token",
    "disconnect_participant_connection_token",
    "disconnect_participant_response_http_status",
    "disconnect_participant_response_undecoded",
    "new_disconnect_participant",
    "new_disconnect_participant_response",
]


class DisconnectParticipantResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The reply to DisconnectParticipant: no members."""


class DisconnectParticipant(Request[DisconnectParticipantResponse], frozen=True, kw_only=True, rename="pascal"):
    """Disconnect the participant from the chat (`POST /participant/disconnect`).

    When the customer leaves, the chat usually ends; every request with one of its tokens then gets a 403.
    Source: API_DisconnectParticipant; the 403 is observed in AWS's chatjs issue 294.
    """

    connection_token: ConnectionBearer
    client_token: ClientToken | None = None


def new_disconnect_participant(connection_token: ConnectionToken) -> DisconnectParticipant:
    """Build the request; `client_token` is absent."""
    return DisconnectParticipant(connection_token=connection_token)


def new_disconnect_participant_response(http_status: int) -> DisconnectParticipantResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return DisconnectParticipantResponse(http_status=http_status)


DISCONNECT_PARTICIPANT: Operation[DisconnectParticipant, DisconnectParticipantResponse] = Operation(
    request=DisconnectParticipant,
    reply=DisconnectParticipantResponse,
    method="POST",
    path="/participant/disconnect",
    errors=COMMON_ERRORS,
    repeat="with_client_token",
)

disconnect_participant_client_token: Lens[DisconnectParticipant, str | None] = Lens(
    DisconnectParticipant, "client_token"
)
disconnect_participant_connection_token: Lens[DisconnectParticipant, ConnectionToken] = Lens(
    DisconnectParticipant, "connection_token"
)
disconnect_participant_response_http_status: Lens[DisconnectParticipantResponse, int] = Lens(
    DisconnectParticipantResponse, "http_status"
)
disconnect_participant_response_undecoded: Lens[DisconnectParticipantResponse, tuple[str, ...]] = Lens(
    DisconnectParticipantResponse, "undecoded"
)
