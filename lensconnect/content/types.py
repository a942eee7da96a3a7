"""The content types of messages and events, by name.

Facts: a client sends the first four event types, the service sends the others (API_SendEvent; observed in the
source of AWS's chatjs 5.0.0).  Content types other than `text/plain` must be enabled when the chat is started
(`SupportedMessagingContentTypes` of StartChatContact).
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "CLIENT_CONTENT_TYPES",
    "CLIENT_EVENT_TYPES",
    "CONTENT_APPLICATION_JSON",
    "CONTENT_INTERACTIVE",
    "CONTENT_INTERACTIVE_RESPONSE",
    "CONTENT_TEXT_MARKDOWN",
    "CONTENT_TEXT_PLAIN",
    "EVENT_AUTHENTICATION_CANCELLED",
    "EVENT_AUTHENTICATION_EXPIRED",
    "EVENT_AUTHENTICATION_FAILED",
    "EVENT_AUTHENTICATION_INITIATED",
    "EVENT_AUTHENTICATION_SUCCEEDED",
    "EVENT_AUTHENTICATION_TIMEOUT",
    "EVENT_CHAT_ENDED",
    "EVENT_CHAT_REHYDRATED",
    "EVENT_CONNECTION_ACKNOWLEDGED",
    "EVENT_MESSAGE_DELIVERED",
    "EVENT_MESSAGE_METADATA",
    "EVENT_MESSAGE_READ",
    "EVENT_PARTICIPANT_AUTODISCONNECTION",
    "EVENT_PARTICIPANT_DISPLAYNAME_UPDATED",
    "EVENT_PARTICIPANT_IDLE",
    "EVENT_PARTICIPANT_INVITED",
    "EVENT_PARTICIPANT_JOINED",
    "EVENT_PARTICIPANT_LEFT",
    "EVENT_PARTICIPANT_RETURNED",
    "EVENT_TRANSFER_FAILED",
    "EVENT_TRANSFER_SUCCEEDED",
    "EVENT_TYPING",
]

_EVENT: Final = "application/vnd.amazonaws.connect.event."

CONTENT_TEXT_PLAIN: Final = "text/plain"
CONTENT_TEXT_MARKDOWN: Final = "text/markdown"
CONTENT_APPLICATION_JSON: Final = "application/json"
CONTENT_INTERACTIVE: Final = "application/vnd.amazonaws.connect.message.interactive"
CONTENT_INTERACTIVE_RESPONSE: Final = "application/vnd.amazonaws.connect.message.interactive.response"

EVENT_TYPING: Final = _EVENT + "typing"
EVENT_CONNECTION_ACKNOWLEDGED: Final = _EVENT + "connection.acknowledged"
EVENT_MESSAGE_DELIVERED: Final = _EVENT + "message.delivered"
EVENT_MESSAGE_READ: Final = _EVENT + "message.read"

EVENT_MESSAGE_METADATA: Final = _EVENT + "message.metadata"
EVENT_PARTICIPANT_JOINED: Final = _EVENT + "participant.joined"
EVENT_PARTICIPANT_LEFT: Final = _EVENT + "participant.left"
EVENT_PARTICIPANT_INVITED: Final = _EVENT + "participant.invited"
EVENT_PARTICIPANT_IDLE: Final = _EVENT + "participant.idle"
EVENT_PARTICIPANT_RETURNED: Final = _EVENT + "participant.returned"
EVENT_PARTICIPANT_AUTODISCONNECTION: Final = _EVENT + "participant.autodisconnection"
EVENT_PARTICIPANT_DISPLAYNAME_UPDATED: Final = _EVENT + "participant.displayname.updated"
EVENT_TRANSFER_SUCCEEDED: Final = _EVENT + "transfer.succeeded"
EVENT_TRANSFER_FAILED: Final = _EVENT + "transfer.failed"
EVENT_CHAT_ENDED: Final = _EVENT + "chat.ended"
EVENT_CHAT_REHYDRATED: Final = _EVENT + "chat.rehydrated"
EVENT_AUTHENTICATION_INITIATED: Final = _EVENT + "authentication.initiated"
EVENT_AUTHENTICATION_SUCCEEDED: Final = _EVENT + "authentication.succeeded"
EVENT_AUTHENTICATION_FAILED: Final = _EVENT + "authentication.failed"
EVENT_AUTHENTICATION_TIMEOUT: Final = _EVENT + "authentication.timeout"
EVENT_AUTHENTICATION_EXPIRED: Final = _EVENT + "authentication.expired"
EVENT_AUTHENTICATION_CANCELLED: Final = _EVENT + "authentication.cancelled"

CLIENT_CONTENT_TYPES: Final = (
    CONTENT_TEXT_PLAIN,
    CONTENT_TEXT_MARKDOWN,
    CONTENT_APPLICATION_JSON,
    CONTENT_INTERACTIVE_RESPONSE,
)
"""The content types that a client may send with SendMessage (API_SendMessage)."""
CLIENT_EVENT_TYPES: Final = (
    EVENT_TYPING,
    EVENT_CONNECTION_ACKNOWLEDGED,
    EVENT_MESSAGE_DELIVERED,
    EVENT_MESSAGE_READ,
)
"""The content types that a client may send with SendEvent (API_SendEvent)."""
