"""CreateParticipantConnection: exchange the participant token for a connection token and a WebSocket URL."""

from __future__ import annotations

from typing import Annotated

from lensconnect.errors import COMMON_ERRORS
from lensconnect.marks import count
from lensconnect.operations.row import Operation, Part, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ParticipantToken, named
from lensconnect.types.connection import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBRTC_CONNECTION,
    CONNECTION_TYPE_WEBSOCKET,
    ConnectionCredentials,
    ConnectionType,
    Websocket,
)
from lensconnect.types.scalars import ParticipantBearer
from lensconnect.types.web_rtc import WebRTCConnection

__all__ = [
    "CREATE_PARTICIPANT_CONNECTION",
    "CreateParticipantConnection",
    "CreateParticipantConnectionResponse",
    "create_participant_connection_connect_participant",
    "create_participant_connection_participant_token",
    "create_participant_connection_response_connection_credentials",
    "create_participant_connection_response_http_status",
    "create_participant_connection_response_undecoded",
    "create_participant_connection_response_web_rtc_connection",
    "create_participant_connection_response_websocket",
    "create_participant_connection_type",
    "new_create_participant_connection",
    "new_create_participant_connection_response",
]


class CreateParticipantConnectionResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The parts of the connection that `type` of the request names; none if it has no `type`."""

    websocket: Websocket | None = None
    connection_credentials: ConnectionCredentials | None = None
    web_rtc_connection: WebRTCConnection | None = named("WebRTCConnection")


class CreateParticipantConnection(
    Request[CreateParticipantConnectionResponse], frozen=True, kw_only=True, rename="pascal"
):
    """Exchange a participant token for a connection token or a WebSocket URL (`POST /participant/connection`).

    `type` lists the kinds of connection.  Without it the service refuses the request, unless `connect_participant`
    is true, which marks the participant as connected without a WebSocket.  Every reply contains a new URL and a
    new token; the previous token stays valid until its own expiry (assumed, from AWS's clients).
    Source: API_CreateParticipantConnection.
    """

    participant_token: ParticipantBearer
    type: Annotated[tuple[ConnectionType, ...], count(1)] | None = None
    connect_participant: bool | None = None


def new_create_participant_connection(participant_token: ParticipantToken) -> CreateParticipantConnection:
    """Build the request; `type` and `connect_participant` are absent.

    The service refuses it as it is: set one of the two.  `get_connection_token` is the whole call where only the
    token is needed.
    """
    return CreateParticipantConnection(participant_token=participant_token)


def new_create_participant_connection_response(http_status: int) -> CreateParticipantConnectionResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return CreateParticipantConnectionResponse(http_status=http_status)


CREATE_PARTICIPANT_CONNECTION: Operation[CreateParticipantConnection, CreateParticipantConnectionResponse] = Operation(
    request=CreateParticipantConnection,
    reply=CreateParticipantConnectionResponse,
    method="POST",
    path="/participant/connection",
    errors=COMMON_ERRORS,
    repeat="always",
    parts=(
        Part(CONNECTION_TYPE_WEBSOCKET, "websocket"),
        Part(CONNECTION_TYPE_CONNECTION_CREDENTIALS, "connection_credentials"),
        Part(CONNECTION_TYPE_WEBRTC_CONNECTION, "web_rtc_connection"),
    ),
)

create_participant_connection_type: Lens[CreateParticipantConnection, tuple[ConnectionType, ...] | None] = Lens(
    CreateParticipantConnection, "type"
)
create_participant_connection_participant_token: Lens[CreateParticipantConnection, ParticipantToken] = Lens(
    CreateParticipantConnection, "participant_token"
)
create_participant_connection_connect_participant: Lens[CreateParticipantConnection, bool | None] = Lens(
    CreateParticipantConnection, "connect_participant"
)
create_participant_connection_response_websocket: Lens[CreateParticipantConnectionResponse, Websocket | None] = Lens(
    CreateParticipantConnectionResponse, "websocket"
)
create_participant_connection_response_connection_credentials: Lens[
    CreateParticipantConnectionResponse, ConnectionCredentials | None
] = Lens(CreateParticipantConnectionResponse, "connection_credentials")
create_participant_connection_response_web_rtc_connection: Lens[
    CreateParticipantConnectionResponse, WebRTCConnection | None
] = Lens(CreateParticipantConnectionResponse, "web_rtc_connection")
create_participant_connection_response_http_status: Lens[CreateParticipantConnectionResponse, int] = Lens(
    CreateParticipantConnectionResponse, "http_status"
)
create_participant_connection_response_undecoded: Lens[CreateParticipantConnectionResponse, tuple[str, ...]] = Lens(
    CreateParticipantConnectionResponse, "undecoded"
)
