"""Websocket and ConnectionCredentials: the two parts of a participant's connection."""

from __future__ import annotations

from typing import Annotated, Final, NewType

from lensconnect.marks import SECRET, text
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken, Shape
from lensconnect.types.scalars import PreSignedConnectionUrl

__all__ = [
    "CONNECTION_TYPE_CONNECTION_CREDENTIALS",
    "CONNECTION_TYPE_WEBRTC_CONNECTION",
    "CONNECTION_TYPE_WEBSOCKET",
    "ConnectionCredentials",
    "ConnectionType",
    "Websocket",
    "connection_credentials_connection_token",
    "connection_credentials_expiry",
    "websocket_connection_expiry",
    "websocket_url",
]

ConnectionType = NewType("ConnectionType", str)
"""The kind of connection to request from CreateParticipantConnection (open enum)."""
CONNECTION_TYPE_WEBSOCKET: Final = ConnectionType("WEBSOCKET")
CONNECTION_TYPE_CONNECTION_CREDENTIALS: Final = ConnectionType("CONNECTION_CREDENTIALS")
CONNECTION_TYPE_WEBRTC_CONNECTION: Final = ConnectionType("WEBRTC_CONNECTION")


class Websocket(Shape, frozen=True, kw_only=True):
    """The WebSocket of a participant (API_Websocket).

    `url` is presigned: open it once, within 100 seconds (API_CreateParticipantConnection), without further
    headers.  `connection_expiry` (ISO 8601) is about one hour after the reply (observed in AWS's chatjs issue 298).
    """

    url: PreSignedConnectionUrl | None = None
    connection_expiry: str | None = None


class ConnectionCredentials(Shape, frozen=True, kw_only=True):
    """The connection token, for every operation except CreateParticipantConnection (API_ConnectionCredentials).

    `expiry` (ISO 8601) is one day after the reply, independent of the duration of the chat
    (API_CreateParticipantConnection).
    """

    connection_token: Annotated[ConnectionToken, text(1, 1000), SECRET] | None = None
    expiry: str | None = None


websocket_url: Lens[Websocket, str | None] = Lens(Websocket, "url")
websocket_connection_expiry: Lens[Websocket, str | None] = Lens(Websocket, "connection_expiry")
connection_credentials_connection_token: Lens[ConnectionCredentials, ConnectionToken | None] = Lens(
    ConnectionCredentials, "connection_token"
)
connection_credentials_expiry: Lens[ConnectionCredentials, str | None] = Lens(ConnectionCredentials, "expiry")
