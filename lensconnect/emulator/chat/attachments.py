"""Files of a chat: checks of an announcement, the headers of an upload, the scan.

Facts: the header names below were observed in `HeadersToInclude` of the live service (amazon-connect-chatjs#188);
all of them are signed, `Content-Length` included.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from lensconnect.emulator.chat.context import MemberContext, OperationContext
from lensconnect.emulator.chat.state import Attachment
from lensconnect.emulator.options import FileNames, Options
from lensconnect.operations import StartAttachmentUpload
from lensconnect.types.item import (
    ARTIFACT_STATUS_APPROVED,
    ARTIFACT_STATUS_IN_PROGRESS,
    ARTIFACT_STATUS_REJECTED,
    item_attachments,
)

_MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:; ?[\w=.-]+)*", re.ASCII)
_LONGEST: Final = 200
_SAFE: Final = " ()[]!+,;=@&'$-._~"


def invalid_reason(options: Options, request: StartAttachmentUpload) -> str | None:
    """Return the reason why a file is not accepted, `None` if it is."""
    if request.attachment_size_in_bytes > options.attachment_bytes:
        return f"AttachmentSizeInBytes is over {options.attachment_bytes}"
    if request.attachment_name.rpartition(".")[2].lower() not in options.attachment_types:
        return "AttachmentName has a file type that is not enabled"
    return None if _MEDIA_TYPE.fullmatch(request.content_type) else "ContentType is not a media type"


def announce(context: MemberContext, request: StartAttachmentUpload) -> Attachment:
    """Add an attachment to the chat, before its bytes are uploaded."""
    ids, name = context.state.ids, request.attachment_name
    headers = {
        "Content-Type": request.content_type,
        "Content-Length": str(request.attachment_size_in_bytes),
        "Content-Disposition": content_disposition("attachment", name, context.state.options.file_names),
        "x-amz-acl": "bucket-owner-full-control",
        "x-amz-meta-contact_id": context.chat.current_contact_id,
        "x-amz-meta-initial_contact_id": context.chat.contact_id,
        "x-amz-meta-account_id": "000000000000",
        "x-amz-meta-organization_id": ids.uuid(),
    }
    expires = context.after(context.state.options.upload_seconds)
    attachment = Attachment(
        ids.uuid(), context.participant, name, request.content_type, request.attachment_size_in_bytes, expires, headers
    )
    context.chat.attachments[attachment.id] = attachment
    context.state.attachment_bytes += attachment.size
    return attachment


def forget_files(context: OperationContext, contact_id: str) -> None:
    """Drop the attachments of a chat that is over, when all their URLs have expired."""
    attachments = context.state.contacts[contact_id].attachments
    for attachment in attachments.values():
        context.state.attachment_bytes -= attachment.size
        attachment.data = None
    attachments.clear()


def content_disposition(disposition: str, name: str, form: FileNames) -> str:
    """Return a Content-Disposition with a file name, of which at most the last 200 bytes stay.

    >>> content_disposition("attachment", "Grüße.txt", "percent")
    'attachment; filename="Gr%C3%BC%C3%9Fe.txt"'
    >>> content_disposition("attachment", '"Grüße".txt', "utf8")
    'attachment; filename="%22Grüße%22.txt"'
    """
    name = name[-_LONGEST:]
    while len((escaped := _escaped(name, form)).encode()) > _LONGEST:
        name = name[1:]
    return f'{disposition}; filename="{escaped}"'


def _escaped(name: str, form: FileNames) -> str:
    if form == "utf8":
        return "".join(
            char if char.isprintable() and not char.isascii() else quote(char.encode("utf-8", "replace"), safe=_SAFE)
            for char in name
        )
    return quote(name.encode("utf-8", "replace"), safe=_SAFE)


def update_scan(options: Options, attachment: Attachment, time: int) -> bool:
    """Update the status of an attachment, and return whether it changed."""
    before = attachment.status
    result = ARTIFACT_STATUS_REJECTED if options.scan_rejects else ARTIFACT_STATUS_APPROVED
    scanning = options.scan_seconds is not None and time < attachment.scanned
    attachment.status = ARTIFACT_STATUS_IN_PROGRESS if scanning else result
    return attachment.status != before


def finish_scans(context: MemberContext) -> None:
    """Finish the scans that are due: store and push the same item with its new status."""
    for attachment in context.chat.attachments.values():
        waiting = attachment.item_id is not None and attachment.status == ARTIFACT_STATUS_IN_PROGRESS
        if waiting and update_scan(context.state.options, attachment, context.time):
            item = context.chat.items[context.chat.places[attachment.item_id or ""]]
            finished = item_attachments.put((attachment.as_item(),), item)
            context.store(finished)
            context.push(finished)
