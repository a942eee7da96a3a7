"""SendMessage: send a message to the chat."""

from __future__ import annotations

from lensconnect.errors import COMMON_ERRORS
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.item import MessageProcessingMetadata
from lensconnect.types.scalars import ChatContent, ChatContentType, ChatItemId, ClientToken, ConnectionBearer, Instant

__all__ = [
    "SEND_MESSAGE",
    "SendMessage",
    "SendMessageResponse",
    "new_send_message",
    "new_send_message_response",
    "send_message_client_token",
    "send_message_connection_token",
    "send_message_content",
    "send_message_content_type",
    "send_message_response_absolute_time",
    "send_message_response_http_status",
    "send_message_response_undecoded",
    "send_message_response_id",
    "send_message_response_message_metadata",
]


class SendMessageResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The id and the time of the message, and its status if the instance processes messages."""

    id: ChatItemId | None = None
    absolute_time: Instant | None = None
    message_metadata: MessageProcessingMetadata | None = None


class SendMessage(Request[SendMessageResponse], frozen=True, kw_only=True, rename="pascal"):
    """Send a message to the chat (`POST /participant/message`).

    A `content_type` other than `text/plain` must be enabled when the chat is started.  Since October 2026 AWS
    documents a limit of 16,384 UTF-8 bytes for `content` (`DOCUMENTED_2026`), before that smaller limits by
    content type (`CLASSIC`).  Source: API_SendMessage.
    """

    content_type: ChatContentType
    content: ChatContent
    connection_token: ConnectionBearer
    client_token: ClientToken | None = None


def new_send_message(content_type: str, content: str, connection_token: ConnectionToken) -> SendMessage:
    """Build the request; `client_token` is absent."""
    return SendMessage(content_type=content_type, content=content, connection_token=connection_token)


def new_send_message_response(http_status: int) -> SendMessageResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return SendMessageResponse(http_status=http_status)


SEND_MESSAGE: Operation[SendMessage, SendMessageResponse] = Operation(
    request=SendMessage,
    reply=SendMessageResponse,
    method="POST",
    path="/participant/message",
    errors=COMMON_ERRORS,
    repeat="with_client_token",
    always=("id", "absolute_time"),
)

send_message_content_type: Lens[SendMessage, str] = Lens(SendMessage, "content_type")
send_message_content: Lens[SendMessage, str] = Lens(SendMessage, "content")
send_message_client_token: Lens[SendMessage, str | None] = Lens(SendMessage, "client_token")
send_message_connection_token: Lens[SendMessage, ConnectionToken] = Lens(SendMessage, "connection_token")
send_message_response_id: Lens[SendMessageResponse, str | None] = Lens(SendMessageResponse, "id")
send_message_response_absolute_time: Lens[SendMessageResponse, str | None] = Lens(SendMessageResponse, "absolute_time")
send_message_response_message_metadata: Lens[SendMessageResponse, MessageProcessingMetadata | None] = Lens(
    SendMessageResponse, "message_metadata"
)
send_message_response_http_status: Lens[SendMessageResponse, int] = Lens(SendMessageResponse, "http_status")
send_message_response_undecoded: Lens[SendMessageResponse, tuple[str, ...]] = Lens(SendMessageResponse, "undecoded")
