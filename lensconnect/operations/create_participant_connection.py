"""CreateParticipantConnection: from the participant token to a connection token and a live socket."""

from __future__ import annotations

from typing import Annotated

from lensconnect.errors import COMMON_ERRORS
from lensconnect.marks import count
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ParticipantToken, named
from lensconnect.types.connection import ConnectionCredentials, ConnectionType, Websocket
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
    "create_participant_connection_response_web_rtc_connection",
    "create_participant_connection_response_websocket",
    "create_participant_connection_type",
    "new_create_participant_connection",
    "new_create_participant_connection_response",
]


class CreateParticipantConnectionResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """What was asked for by `type`, and only that."""

    websocket: Websocket | None = None
    connection_credentials: ConnectionCredentials | None = None
    web_rtc_connection: WebRTCConnection | None = named("WebRTCConnection")


class CreateParticipantConnection(
    Request[CreateParticipantConnectionResponse], frozen=True, kw_only=True, rename="pascal"
):
    """Ask for a connection (`POST /participant/connection`).

    `type` says what for, and may be absent when `connect_participant` is true, which marks the participant
    as connected without a socket.  Every success mints a new socket URL and a new token; the older token
    stays good until its own expiry.
    """

    participant_token: ParticipantBearer
    type: Annotated[tuple[ConnectionType, ...], count(1)] | None = None
    connect_participant: bool | None = None


def new_create_participant_connection(participant_token: ParticipantToken) -> CreateParticipantConnection:
    """The request; everything else is absent."""
    return CreateParticipantConnection(participant_token=participant_token)


def new_create_participant_connection_response(http_status: int) -> CreateParticipantConnectionResponse:
    """A reply of this HTTP status with every member absent."""
    return CreateParticipantConnectionResponse(http_status=http_status)


CREATE_PARTICIPANT_CONNECTION: Operation[CreateParticipantConnection, CreateParticipantConnectionResponse] = Operation(
    request=CreateParticipantConnection,
    reply=CreateParticipantConnectionResponse,
    method="POST",
    path="/participant/connection",
    errors=COMMON_ERRORS,
    repeat="always",
)

create_participant_connection_type: Lens[CreateParticipantConnection, tuple[ConnectionType, ...] | None] = Lens("type")
create_participant_connection_participant_token: Lens[CreateParticipantConnection, ParticipantToken] = Lens(
    "participant_token"
)
create_participant_connection_connect_participant: Lens[CreateParticipantConnection, bool | None] = Lens(
    "connect_participant"
)
create_participant_connection_response_websocket: Lens[CreateParticipantConnectionResponse, Websocket | None] = Lens(
    "websocket"
)
create_participant_connection_response_connection_credentials: Lens[
    CreateParticipantConnectionResponse, ConnectionCredentials | None
] = Lens("connection_credentials")
create_participant_connection_response_web_rtc_connection: Lens[
    CreateParticipantConnectionResponse, WebRTCConnection | None
] = Lens("web_rtc_connection")
create_participant_connection_response_http_status: Lens[CreateParticipantConnectionResponse, int] = Lens("http_status")
