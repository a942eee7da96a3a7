"""StartAttachmentUpload, CompleteAttachmentUpload, GetAttachment: announce, confirm and fetch a file.

Facts: 20 MB, 35 files in a chat and a list of file types are an instance's defaults (documented); a second
completion is a ConflictException (documented); a custom bot may not fetch a customer's file (documented).
Assumed: name, size and type are checked at the start and the bytes at the completion, and only an approved
file can be fetched.
"""

from __future__ import annotations

from lensconnect.emulator.chat.attachments import announce, invalid_reason, update_scan
from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.chat.idle_timeout import restart_idle_timer
from lensconnect.emulator.chat.state import Attachment, Download
from lensconnect.emulator.chat.timestamps import to_the_second, written
from lensconnect.emulator.wire.errors import access_denied, modelled_error, validation_error
from lensconnect.emulator.wire.routes import DOWNLOAD, UPLOAD
from lensconnect.errors import CONFLICT, SERVICE_QUOTA_EXCEEDED, ServiceError
from lensconnect.operations import (
    CompleteAttachmentUpload,
    CompleteAttachmentUploadResponse,
    GetAttachment,
    GetAttachmentResponse,
    StartAttachmentUpload,
    StartAttachmentUploadResponse,
)
from lensconnect.types.attachment import CONTENT_DISPOSITION_ATTACHMENT, UploadMetadata
from lensconnect.types.item import (
    ARTIFACT_STATUS_APPROVED,
    ARTIFACT_STATUS_IN_PROGRESS,
    CHAT_ITEM_TYPE_ATTACHMENT,
    PARTICIPANT_ROLE_CUSTOM_BOT,
    PARTICIPANT_ROLE_CUSTOMER,
    Item,
)


def start_attachment_upload(
    context: MemberContext, request: StartAttachmentUpload
) -> StartAttachmentUploadResponse | ServiceError:
    """Announce a file and return its upload URL.

    ValidationException for a file that is too large or of a type that is not enabled;
    ServiceQuotaExceededException for one file too many, or for more bytes than all attachments may have.
    """
    fault = invalid_reason(context.state.options, request)
    if fault is not None:
        return validation_error(fault)
    if len(context.chat.attachments) >= context.state.options.attachments_per_chat:
        return modelled_error(SERVICE_QUOTA_EXCEEDED, "Too many attachments in this chat")
    total = context.state.attachment_bytes + request.attachment_size_in_bytes
    if total > context.state.options.all_attachments_bytes:
        return modelled_error(SERVICE_QUOTA_EXCEEDED, "Too many bytes of attachments in all chats")
    attachment = announce(context, request)
    ticket = context.state.ids.token("upload")
    context.state.uploads[ticket] = attachment
    return StartAttachmentUploadResponse(
        http_status=200,
        attachment_id=attachment.id,
        upload_metadata=UploadMetadata(
            url=f"{context.origin}{UPLOAD}{ticket}",
            url_expiry=to_the_second(attachment.expires),
            headers_to_include=attachment.headers,
        ),
    )


def complete_attachment_upload(
    context: MemberContext, request: CompleteAttachmentUpload
) -> CompleteAttachmentUploadResponse | ServiceError:
    """Post the uploaded file to the chat; ConflictException if it is completed already."""
    attachment = context.chat.attachments.get(next(iter(request.attachment_ids), ""))
    if attachment is None or attachment.data is None:
        return validation_error("AttachmentIds does not name an uploaded attachment of this chat")
    if attachment.owner is not context.participant:
        return access_denied()
    if attachment.item_id is not None:
        return modelled_error(CONFLICT, "The attachment is already completed")
    _publish(context, attachment)
    return CompleteAttachmentUploadResponse(http_status=200)


def _publish(context: MemberContext, attachment: Attachment) -> None:
    attachment.scanned = context.after(context.state.options.scan_seconds or 0)
    if (
        update_scan(context.state.options, attachment, context.time)
        and attachment.status == ARTIFACT_STATUS_IN_PROGRESS
    ):
        context.state.timers.at(attachment.scanned, "scan", context.chat.contact_id)
    context.join()
    restart_idle_timer(context)
    item = Item(type=CHAT_ITEM_TYPE_ATTACHMENT, attachments=(attachment.as_item(),))
    attachment.item_id = context.post(item, context.participant).id


def get_attachment(context: MemberContext, request: GetAttachment) -> GetAttachmentResponse | ServiceError:
    """Return a download URL; ValidationException for a file that is not approved."""
    attachment = context.chat.attachments.get(request.attachment_id)
    if attachment is None or attachment.status != ARTIFACT_STATUS_APPROVED:
        return validation_error("AttachmentId is not the id of an approved attachment of this chat")
    if context.participant.role == PARTICIPANT_ROLE_CUSTOM_BOT and attachment.owner.role == PARTICIPANT_ROLE_CUSTOMER:
        return access_denied()
    expires = context.after(request.url_expiry_in_seconds or context.state.options.download_seconds)
    ticket = context.state.ids.token("download")
    disposition = request.url_content_disposition or CONTENT_DISPOSITION_ATTACHMENT
    context.state.downloads[ticket] = Download(attachment, disposition, expires)
    return GetAttachmentResponse(
        http_status=200,
        url=f"{context.origin}{DOWNLOAD}{ticket}",
        url_expiry=written(expires),
        attachment_size_in_bytes=attachment.size,
    )
