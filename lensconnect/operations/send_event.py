"""SendEvent: send a typing event or a receipt."""

from __future__ import annotations

from lensconnect.errors import COMMON_ERRORS, CONFLICT
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.scalars import ChatContent, ChatContentType, ChatItemId, ClientToken, ConnectionBearer, Instant

__all__ = [
    "SEND_EVENT",
    "SendEvent",
    "SendEventResponse",
    "new_send_event",
    "new_send_event_response",
    "send_event_client_token",
    "send_event_connection_token",
    "send_event_content",
    "send_event_content_type",
    "send_event_response_absolute_time",
    "send_event_response_http_status",
    "send_event_response_undecoded",
    "send_event_response_id",
]


class SendEventResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The id and the time of the event."""

    id: ChatItemId | None = None
    absolute_time: Instant | None = None


class SendEvent(Request[SendEventResponse], frozen=True, kw_only=True, rename="pascal"):
    """Send a typing event or a message receipt (`POST /participant/event`).

    `content_type` is one of `CLIENT_EVENT_TYPES`.  `content` is absent for typing, and the string
    `{"messageId":"..."}` for receipts.  A receipt gets a ConflictException while more than two participants are
    active.  Source: API_SendEvent.
    """

    content_type: ChatContentType
    connection_token: ConnectionBearer
    content: ChatContent | None = None
    client_token: ClientToken | None = None


def new_send_event(content_type: str, connection_token: ConnectionToken) -> SendEvent:
    """Build the request; `content` and `client_token` are absent."""
    return SendEvent(content_type=content_type, connection_token=connection_token)


def new_send_event_response(http_status: int) -> SendEventResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return SendEventResponse(http_status=http_status)


SEND_EVENT: Operation[SendEvent, SendEventResponse] = Operation(
    request=SendEvent,
    reply=SendEventResponse,
    method="POST",
    path="/participant/event",
    errors=(*COMMON_ERRORS, CONFLICT),
    repeat="with_client_token",
    always=("id", "absolute_time"),
)

send_event_content_type: Lens[SendEvent, str] = Lens(SendEvent, "content_type")
send_event_content: Lens[SendEvent, str | None] = Lens(SendEvent, "content")
send_event_client_token: Lens[SendEvent, str | None] = Lens(SendEvent, "client_token")
send_event_connection_token: Lens[SendEvent, ConnectionToken] = Lens(SendEvent, "connection_token")
send_event_response_id: Lens[SendEventResponse, str | None] = Lens(SendEventResponse, "id")
send_event_response_absolute_time: Lens[SendEventResponse, str | None] = Lens(SendEventResponse, "absolute_time")
send_event_response_http_status: Lens[SendEventResponse, int] = Lens(SendEventResponse, "http_status")
send_event_response_undecoded: Lens[SendEventResponse, tuple[str, ...]] = Lens(SendEventResponse, "undecoded")
