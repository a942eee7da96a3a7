"""CancelParticipantAuthentication: continue a chat without authentication."""

from __future__ import annotations

from lensconnect.errors import COMMON_ERRORS
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.scalars import ConnectionBearer, SessionId

__all__ = [
    "CANCEL_PARTICIPANT_AUTHENTICATION",
    "CancelParticipantAuthentication",
    "CancelParticipantAuthenticationResponse",
    "cancel_participant_authentication_connection_token",
    "cancel_participant_authentication_response_http_status",
    "cancel_participant_authentication_response_undecoded",
    "cancel_participant_authentication_session_id",
    "new_cancel_participant_authentication",
    "new_cancel_participant_authentication_response",
]


class CancelParticipantAuthenticationResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The reply to CancelParticipantAuthentication: no members."""


class CancelParticipantAuthentication(
    Request[CancelParticipantAuthenticationResponse], frozen=True, kw_only=True, rename="pascal"
):
    """Cancel the customer's authentication session (`POST /participant/cancel-authentication`).

    `session_id` (36 characters) is a member of the content of the event `authentication.initiated`.  The contact
    flow continues with its opted-out branch.  Source: API_CancelParticipantAuthentication.
    """

    session_id: SessionId
    connection_token: ConnectionBearer


def new_cancel_participant_authentication(
    session_id: str, connection_token: ConnectionToken
) -> CancelParticipantAuthentication:
    """Build the request; both members are required."""
    return CancelParticipantAuthentication(session_id=session_id, connection_token=connection_token)


def new_cancel_participant_authentication_response(http_status: int) -> CancelParticipantAuthenticationResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return CancelParticipantAuthenticationResponse(http_status=http_status)


CANCEL_PARTICIPANT_AUTHENTICATION: Operation[
    CancelParticipantAuthentication, CancelParticipantAuthenticationResponse
] = Operation(
    request=CancelParticipantAuthentication,
    reply=CancelParticipantAuthenticationResponse,
    method="POST",
    path="/participant/cancel-authentication",
    errors=COMMON_ERRORS,
    repeat="always",
)

cancel_participant_authentication_session_id: Lens[CancelParticipantAuthentication, str] = Lens(
    CancelParticipantAuthentication, "session_id"
)
cancel_participant_authentication_connection_token: Lens[CancelParticipantAuthentication, ConnectionToken] = Lens(
    CancelParticipantAuthentication, "connection_token"
)
cancel_participant_authentication_response_http_status: Lens[CancelParticipantAuthenticationResponse, int] = Lens(
    CancelParticipantAuthenticationResponse, "http_status"
)
cancel_participant_authentication_response_undecoded: Lens[CancelParticipantAuthenticationResponse, tuple[str, ...]] = (
    Lens(CancelParticipantAuthenticationResponse, "undecoded")
)
