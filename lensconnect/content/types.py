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
    "EVENT_PARTICIPANT_ACTIVE",
    "EVENT_PARTICIPANT_AUTODISCONNECTION",
    "EVENT_PARTICIPANT_DISPLAYNAME_UPDATED",
    "EVENT_PARTICIPANT_IDLE",
    "EVENT_PARTICIPANT_INACTIVE",
    "EVENT_PARTICIPANT_INVITED",
    "EVENT_PARTICIPANT_JOINED",
    "EVENT_PARTICIPANT_LEFT",
    "EVENT_PARTICIPANT_RETURNED",
    "EVENT_TRANSFER_FAILED",
    "EVENT_TRANSFER_SUCCEEDED",
    "EVENT_TYPING",
    "EVENT_WORKFLOW_CANCELLED",
]

EVENT_PREFIX: Final = "application/vnd.amazonaws.connect.event."

CONTENT_TEXT_PLAIN: Final = "text/plain"
CONTENT_TEXT_MARKDOWN: Final = "text/markdown"
CONTENT_APPLICATION_JSON: Final = "application/json"
CONTENT_INTERACTIVE: Final = "application/vnd.amazonaws.connect.message.interactive"
CONTENT_INTERACTIVE_RESPONSE: Final = "application/vnd.amazonaws.connect.message.interactive.response"

EVENT_TYPING: Final = EVENT_PREFIX + "typing"
EVENT_CONNECTION_ACKNOWLEDGED: Final = EVENT_PREFIX + "connection.acknowledged"
EVENT_MESSAGE_DELIVERED: Final = EVENT_PREFIX + "message.delivered"
EVENT_MESSAGE_READ: Final = EVENT_PREFIX + "message.read"

EVENT_MESSAGE_METADATA: Final = EVENT_PREFIX + "message.metadata"
EVENT_PARTICIPANT_JOINED: Final = EVENT_PREFIX + "participant.joined"
EVENT_PARTICIPANT_LEFT: Final = EVENT_PREFIX + "participant.left"
EVENT_PARTICIPANT_INVITED: Final = EVENT_PREFIX + "participant.invited"
EVENT_PARTICIPANT_IDLE: Final = EVENT_PREFIX + "participant.idle"
EVENT_PARTICIPANT_RETURNED: Final = EVENT_PREFIX + "participant.returned"
EVENT_PARTICIPANT_ACTIVE: Final = EVENT_PREFIX + "participant.active"
EVENT_PARTICIPANT_INACTIVE: Final = EVENT_PREFIX + "participant.inactive"
EVENT_PARTICIPANT_AUTODISCONNECTION: Final = EVENT_PREFIX + "participant.autodisconnection"
EVENT_PARTICIPANT_DISPLAYNAME_UPDATED: Final = EVENT_PREFIX + "participant.displayname.updated"
EVENT_TRANSFER_SUCCEEDED: Final = EVENT_PREFIX + "transfer.succeeded"
EVENT_TRANSFER_FAILED: Final = EVENT_PREFIX + "transfer.failed"
EVENT_CHAT_ENDED: Final = EVENT_PREFIX + "chat.ended"
EVENT_CHAT_REHYDRATED: Final = EVENT_PREFIX + "chat.rehydrated"
EVENT_AUTHENTICATION_INITIATED: Final = EVENT_PREFIX + "authentication.initiated"
EVENT_AUTHENTICATION_SUCCEEDED: Final = EVENT_PREFIX + "authentication.succeeded"
EVENT_AUTHENTICATION_FAILED: Final = EVENT_PREFIX + "authentication.failed"
EVENT_AUTHENTICATION_TIMEOUT: Final = EVENT_PREFIX + "authentication.timeout"
EVENT_AUTHENTICATION_EXPIRED: Final = EVENT_PREFIX + "authentication.expired"
EVENT_AUTHENTICATION_CANCELLED: Final = EVENT_PREFIX + "authentication.cancelled"
EVENT_WORKFLOW_CANCELLED: Final = EVENT_PREFIX + "workflow.cancelled"

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
