"""Item, the entry of transcripts and WebSocket frames, with its attachments, receipts and enums."""

from __future__ import annotations

from typing import Final, NewType

from lensconnect.optics import Lens
from lensconnect.record import Shape
from lensconnect.types.scalars import (
    ArtifactId,
    AttachmentName,
    ChatContent,
    ChatContentType,
    ChatItemId,
    ContactId,
    ContentType,
    DisplayName,
    Instant,
    ParticipantId,
)

__all__ = [
    "ARTIFACT_STATUS_APPROVED",
    "ARTIFACT_STATUS_IN_PROGRESS",
    "ARTIFACT_STATUS_REJECTED",
    "ArtifactStatus",
    "AttachmentItem",
    "CHAT_ITEM_TYPE_ATTACHMENT",
    "CHAT_ITEM_TYPE_CHAT_ENDED",
    "CHAT_ITEM_TYPE_CONNECTION_ACK",
    "CHAT_ITEM_TYPE_EVENT",
    "CHAT_ITEM_TYPE_MESSAGE",
    "CHAT_ITEM_TYPE_MESSAGEMETADATA",
    "CHAT_ITEM_TYPE_MESSAGE_DELIVERED",
    "CHAT_ITEM_TYPE_MESSAGE_READ",
    "CHAT_ITEM_TYPE_PARTICIPANT_JOINED",
    "CHAT_ITEM_TYPE_PARTICIPANT_LEFT",
    "CHAT_ITEM_TYPE_TRANSFER_FAILED",
    "CHAT_ITEM_TYPE_TRANSFER_SUCCEEDED",
    "CHAT_ITEM_TYPE_TYPING",
    "ChatItemType",
    "Item",
    "MESSAGE_PROCESSING_STATUS_FAILED",
    "MESSAGE_PROCESSING_STATUS_PROCESSING",
    "MESSAGE_PROCESSING_STATUS_REJECTED",
    "MessageMetadata",
    "MessageProcessingMetadata",
    "MessageProcessingStatus",
    "PARTICIPANT_ROLE_AGENT",
    "PARTICIPANT_ROLE_CUSTOMER",
    "PARTICIPANT_ROLE_CUSTOM_BOT",
    "PARTICIPANT_ROLE_SUPERVISOR",
    "PARTICIPANT_ROLE_SYSTEM",
    "ParticipantRole",
    "Receipt",
    "attachment_item_attachment_id",
    "attachment_item_attachment_name",
    "attachment_item_content_type",
    "attachment_item_status",
    "item_absolute_time",
    "item_attachments",
    "item_contact_id",
    "item_content",
    "item_content_type",
    "item_display_name",
    "item_id",
    "item_message_metadata",
    "item_participant_id",
    "item_participant_role",
    "item_related_contact_id",
    "item_type",
    "message_metadata_chunk_number",
    "message_metadata_message_completed",
    "message_metadata_message_id",
    "message_metadata_message_processing_status",
    "message_metadata_receipts",
    "message_processing_metadata_message_processing_status",
    "receipt_delivered_timestamp",
    "receipt_read_timestamp",
    "receipt_recipient_participant_id",
]

ArtifactStatus = NewType("ArtifactStatus", str)
"""The status of an attachment (open enum): IN_PROGRESS while it is scanned, then APPROVED or REJECTED."""
ARTIFACT_STATUS_APPROVED: Final = ArtifactStatus("APPROVED")
ARTIFACT_STATUS_REJECTED: Final = ArtifactStatus("REJECTED")
ARTIFACT_STATUS_IN_PROGRESS: Final = ArtifactStatus("IN_PROGRESS")

ChatItemType = NewType("ChatItemType", str)
"""The type of a transcript item (open enum).

Only MESSAGE, EVENT, ATTACHMENT and MESSAGEMETADATA occur (observed in the source of AWS's chat clients); the
model does not list MESSAGEMETADATA.  The content type of an EVENT item tells the kind of event.
"""
CHAT_ITEM_TYPE_TYPING: Final = ChatItemType("TYPING")
CHAT_ITEM_TYPE_PARTICIPANT_JOINED: Final = ChatItemType("PARTICIPANT_JOINED")
CHAT_ITEM_TYPE_PARTICIPANT_LEFT: Final = ChatItemType("PARTICIPANT_LEFT")
CHAT_ITEM_TYPE_CHAT_ENDED: Final = ChatItemType("CHAT_ENDED")
CHAT_ITEM_TYPE_TRANSFER_SUCCEEDED: Final = ChatItemType("TRANSFER_SUCCEEDED")
CHAT_ITEM_TYPE_TRANSFER_FAILED: Final = ChatItemType("TRANSFER_FAILED")
CHAT_ITEM_TYPE_MESSAGE: Final = ChatItemType("MESSAGE")
CHAT_ITEM_TYPE_EVENT: Final = ChatItemType("EVENT")
CHAT_ITEM_TYPE_ATTACHMENT: Final = ChatItemType("ATTACHMENT")
CHAT_ITEM_TYPE_CONNECTION_ACK: Final = ChatItemType("CONNECTION_ACK")
CHAT_ITEM_TYPE_MESSAGE_DELIVERED: Final = ChatItemType("MESSAGE_DELIVERED")
CHAT_ITEM_TYPE_MESSAGE_READ: Final = ChatItemType("MESSAGE_READ")
CHAT_ITEM_TYPE_MESSAGEMETADATA: Final = ChatItemType("MESSAGEMETADATA")

MessageProcessingStatus = NewType("MessageProcessingStatus", str)
"""The status of a message that the instance processes before delivery (open enum)."""
MESSAGE_PROCESSING_STATUS_PROCESSING: Final = MessageProcessingStatus("PROCESSING")
MESSAGE_PROCESSING_STATUS_FAILED: Final = MessageProcessingStatus("FAILED")
MESSAGE_PROCESSING_STATUS_REJECTED: Final = MessageProcessingStatus("REJECTED")

ParticipantRole = NewType("ParticipantRole", str)
"""The role of a participant in a chat (open enum)."""
PARTICIPANT_ROLE_AGENT: Final = ParticipantRole("AGENT")
PARTICIPANT_ROLE_CUSTOMER: Final = ParticipantRole("CUSTOMER")
PARTICIPANT_ROLE_SYSTEM: Final = ParticipantRole("SYSTEM")
PARTICIPANT_ROLE_CUSTOM_BOT: Final = ParticipantRole("CUSTOM_BOT")
PARTICIPANT_ROLE_SUPERVISOR: Final = ParticipantRole("SUPERVISOR")


class AttachmentItem(Shape, frozen=True, kw_only=True, gc=False):
    """An attachment of a transcript item (API_AttachmentItem)."""

    content_type: ContentType | None = None
    attachment_id: ArtifactId | None = None
    attachment_name: AttachmentName | None = None
    status: ArtifactStatus | None = None


class Receipt(Shape, frozen=True, kw_only=True, gc=False):
    """The times at which one recipient received and read a message (API_Receipt).

    Either time may be absent; a message that was read was also delivered.
    """

    delivered_timestamp: Instant | None = None
    read_timestamp: Instant | None = None
    recipient_participant_id: ParticipantId | None = None


class MessageMetadata(Shape, frozen=True, kw_only=True, gc=False):
    """The receipts of a message and, if the instance processes messages, its status (API_MessageMetadata).

    A bot that streams its answer sends it in chunks: items with one Id, numbered from 1 by `chunk_number`, and at last
    one with the whole text and `message_completed` true.  Only a WebSocket frame has these two members; the model does
    not list them (observed in the source of AWS's chatjs 5.0.0).
    """

    message_id: ChatItemId | None = None
    receipts: tuple[Receipt, ...] | None = None
    message_processing_status: MessageProcessingStatus | None = None
    message_completed: bool | None = None
    chunk_number: int | None = None


class MessageProcessingMetadata(Shape, frozen=True, kw_only=True):
    """The status of a message just sent, if the instance processes messages (API_MessageProcessingMetadata)."""

    message_processing_status: MessageProcessingStatus | None = None


class Item(Shape, frozen=True, kw_only=True, gc=False):
    """An entry of a transcript, or the content of a WebSocket frame (API_Item).

    `absolute_time` is ISO 8601 in UTC with milliseconds.  `content` is text; for some content types the text is
    JSON.  Items of the current session have a `contact_id`, items of a past session a `related_contact_id`.
    """

    absolute_time: Instant | None = None
    content: ChatContent | None = None
    content_type: ChatContentType | None = None
    id: ChatItemId | None = None
    type: ChatItemType | None = None
    participant_id: ParticipantId | None = None
    display_name: DisplayName | None = None
    participant_role: ParticipantRole | None = None
    attachments: tuple[AttachmentItem, ...] | None = None
    message_metadata: MessageMetadata | None = None
    related_contact_id: ContactId | None = None
    contact_id: ContactId | None = None


attachment_item_content_type: Lens[AttachmentItem, str | None] = Lens(AttachmentItem, "content_type")
attachment_item_attachment_id: Lens[AttachmentItem, str | None] = Lens(AttachmentItem, "attachment_id")
attachment_item_attachment_name: Lens[AttachmentItem, str | None] = Lens(AttachmentItem, "attachment_name")
attachment_item_status: Lens[AttachmentItem, ArtifactStatus | None] = Lens(AttachmentItem, "status")
receipt_delivered_timestamp: Lens[Receipt, str | None] = Lens(Receipt, "delivered_timestamp")
receipt_read_timestamp: Lens[Receipt, str | None] = Lens(Receipt, "read_timestamp")
receipt_recipient_participant_id: Lens[Receipt, str | None] = Lens(Receipt, "recipient_participant_id")
message_metadata_message_id: Lens[MessageMetadata, str | None] = Lens(MessageMetadata, "message_id")
message_metadata_receipts: Lens[MessageMetadata, tuple[Receipt, ...] | None] = Lens(MessageMetadata, "receipts")
message_metadata_message_processing_status: Lens[MessageMetadata, MessageProcessingStatus | None] = Lens(
    MessageMetadata, "message_processing_status"
)
message_metadata_message_completed: Lens[MessageMetadata, bool | None] = Lens(MessageMetadata, "message_completed")
message_metadata_chunk_number: Lens[MessageMetadata, int | None] = Lens(MessageMetadata, "chunk_number")
message_processing_metadata_message_processing_status: Lens[
    MessageProcessingMetadata, MessageProcessingStatus | None
] = Lens(MessageProcessingMetadata, "message_processing_status")
item_absolute_time: Lens[Item, str | None] = Lens(Item, "absolute_time")
item_content: Lens[Item, str | None] = Lens(Item, "content")
item_content_type: Lens[Item, str | None] = Lens(Item, "content_type")
item_id: Lens[Item, str | None] = Lens(Item, "id")
item_type: Lens[Item, ChatItemType | None] = Lens(Item, "type")
item_participant_id: Lens[Item, str | None] = Lens(Item, "participant_id")
item_display_name: Lens[Item, str | None] = Lens(Item, "display_name")
item_participant_role: Lens[Item, ParticipantRole | None] = Lens(Item, "participant_role")
item_attachments: Lens[Item, tuple[AttachmentItem, ...] | None] = Lens(Item, "attachments")
item_message_metadata: Lens[Item, MessageMetadata | None] = Lens(Item, "message_metadata")
item_related_contact_id: Lens[Item, str | None] = Lens(Item, "related_contact_id")
item_contact_id: Lens[Item, str | None] = Lens(Item, "contact_id")
