"""CreateParticipantConnection: a WebSocket URL, a connection token, a WebRTC meeting, or several of them.

Facts: `Type` may be absent only if `ConnectParticipant` is true (documented); the WebSocket's URL must be
opened within 100 seconds (documented), its connection lasts about an hour (observed: amazon-connect-chatjs#298).
Assumed: a reply holds only the requested parts, and a new token does not end the older ones.
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.chat.state import TokenGrant, WebSocketTicket
from lensconnect.emulator.chat.timestamps import written
from lensconnect.emulator.wire.errors import validation_error
from lensconnect.emulator.wire.origin import socket_origin
from lensconnect.emulator.wire.routes import SOCKET
from lensconnect.errors import ServiceError
from lensconnect.operations import CreateParticipantConnection, CreateParticipantConnectionResponse
from lensconnect.record import ConnectionToken
from lensconnect.types.connection import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBRTC_CONNECTION,
    CONNECTION_TYPE_WEBSOCKET,
    ConnectionCredentials,
    Websocket,
)
from lensconnect.types.web_rtc import (
    MEETING_FEATURE_STATUS_AVAILABLE,
    Attendee,
    AudioFeatures,
    MeetingFeaturesConfiguration,
    WebRTCConnection,
    WebRTCMediaPlacement,
    WebRTCMeeting,
)


def create_participant_connection(
    context: MemberContext, request: CreateParticipantConnection
) -> CreateParticipantConnectionResponse | ServiceError:
    """Return the requested connections.

    The participant joins with ConnectParticipant or without a WebSocket.  ValidationException without a `Type`.
    """
    types = request.type or ()
    if not types and not request.connect_participant:
        return validation_error("Type is required unless ConnectParticipant is true")
    options = context.state.options
    if request.connect_participant or CONNECTION_TYPE_WEBSOCKET not in types or options.joins == "connection":
        context.join(is_live=bool(request.connect_participant) or options.joins == "connection")
    return CreateParticipantConnectionResponse(
        http_status=200,
        websocket=websocket(context) if CONNECTION_TYPE_WEBSOCKET in types else None,
        connection_credentials=credentials(context) if CONNECTION_TYPE_CONNECTION_CREDENTIALS in types else None,
        web_rtc_connection=_meeting(context) if CONNECTION_TYPE_WEBRTC_CONNECTION in types else None,
    )


def websocket(context: MemberContext) -> Websocket:
    """Return the URL of a new WebSocket."""
    options = context.state.options
    name = context.state.ids.token("socket")
    expires, ends = context.after(options.socket_open_seconds), context.after(options.socket_seconds)
    context.state.tickets[name] = WebSocketTicket(context.membership, expires, ends)
    context.state.timers.at(expires, "ticket", name)
    return Websocket(url=f"{socket_origin(context.origin)}{SOCKET}{name}", connection_expiry=written(ends))


def credentials(context: MemberContext) -> ConnectionCredentials:
    """Return a new connection token."""
    token = ConnectionToken(context.state.ids.token("connection"))
    expires = context.after(context.state.options.connection_token_seconds)
    context.state.tokens[token] = TokenGrant("connection", context.membership)
    context.state.timers.at(expires, "token", token)
    return ConnectionCredentials(connection_token=token, expiry=written(expires))


def _meeting(context: MemberContext) -> WebRTCConnection:
    """Return a meeting of the documented shape, whose addresses do not exist."""
    ids = context.state.ids
    meeting = ids.uuid()
    return WebRTCConnection(
        attendee=Attendee(attendee_id=ids.uuid(), join_token=ids.token("join")),
        meeting=WebRTCMeeting(
            meeting_id=meeting,
            media_placement=WebRTCMediaPlacement(
                audio_host_url=f"{meeting}.k.invalid:3478",
                audio_fallback_url=f"wss://haxrp.invalid/calls/{meeting}",
                signaling_url=f"wss://signal.invalid/control/{meeting}",
                event_ingestion_url="https://data.invalid/v1/client-events",
            ),
            meeting_features=MeetingFeaturesConfiguration(
                audio=AudioFeatures(echo_reduction=MEETING_FEATURE_STATUS_AVAILABLE)
            ),
        ),
    )
