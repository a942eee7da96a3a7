"""What a connection is made of: a socket to listen on, a token to speak with."""

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
"""What CreateParticipantConnection is asked for."""
CONNECTION_TYPE_WEBSOCKET: Final = ConnectionType("WEBSOCKET")
CONNECTION_TYPE_CONNECTION_CREDENTIALS: Final = ConnectionType("CONNECTION_CREDENTIALS")
CONNECTION_TYPE_WEBRTC_CONNECTION: Final = ConnectionType("WEBRTC_CONNECTION")


class Websocket(Shape, frozen=True, kw_only=True):
    """The live socket of a participant.

    `url` is presigned: open it within 100 seconds, once, with no extra header.
    `connection_expiry` (ISO 8601) is about an hour after the issue.
    """

    url: PreSignedConnectionUrl | None = None
    connection_expiry: str | None = None


class ConnectionCredentials(Shape, frozen=True, kw_only=True):
    """The token for every operation but CreateParticipantConnection.

    `expiry` (ISO 8601) is a day after the issue, however long the chat lasts.
    """

    connection_token: Annotated[ConnectionToken, text(1, 1000), SECRET] | None = None
    expiry: str | None = None


websocket_url: Lens[Websocket, str | None] = Lens("url")
websocket_connection_expiry: Lens[Websocket, str | None] = Lens("connection_expiry")
connection_credentials_connection_token: Lens[ConnectionCredentials, ConnectionToken | None] = Lens("connection_token")
connection_credentials_expiry: Lens[ConnectionCredentials, str | None] = Lens("expiry")
