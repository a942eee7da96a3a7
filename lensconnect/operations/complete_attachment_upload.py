"""CompleteAttachmentUpload: confirm that the bytes of an attachment are uploaded."""

from __future__ import annotations

from typing import Annotated

from lensconnect.errors import COMMON_ERRORS, CONFLICT, SERVICE_QUOTA_EXCEEDED
from lensconnect.marks import count
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.scalars import ArtifactId, ConnectionBearer, NonEmptyClientToken

__all__ = [
    "COMPLETE_ATTACHMENT_UPLOAD",
    "CompleteAttachmentUpload",
    "CompleteAttachmentUploadResponse",
    "complete_attachment_upload_attachment_ids",
    "complete_attachment_upload_client_token",
    "complete_attachment_upload_connection_token",
    "complete_attachment_upload_response_http_status",
    "complete_attachment_upload_response_undecoded",
    "new_complete_attachment_upload",
    "new_complete_attachment_upload_response",
]


class CompleteAttachmentUploadResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The reply to CompleteAttachmentUpload: no members."""


class CompleteAttachmentUpload(Request[CompleteAttachmentUploadResponse], frozen=True, kw_only=True, rename="pascal"):
    """Confirm that an attachment is uploaded, and post it to the chat (`POST /participant/complete-attachment-upload`).

    `attachment_ids`: the id from the reply to StartAttachmentUpload.

    A second completion gets a ConflictException.
    Source: API_CompleteAttachmentUpload.
    """

    attachment_ids: Annotated[tuple[ArtifactId, ...], count(1, 1)]
    client_token: NonEmptyClientToken
    connection_token: ConnectionBearer


def new_complete_attachment_upload(
    attachment_ids: tuple[str, ...], client_token: str, connection_token: ConnectionToken
) -> CompleteAttachmentUpload:
    """Build the request; every member is required."""
    return CompleteAttachmentUpload(
        attachment_ids=attachment_ids, client_token=client_token, connection_token=connection_token
    )


def new_complete_attachment_upload_response(http_status: int) -> CompleteAttachmentUploadResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return CompleteAttachmentUploadResponse(http_status=http_status)


COMPLETE_ATTACHMENT_UPLOAD: Operation[CompleteAttachmentUpload, CompleteAttachmentUploadResponse] = Operation(
    request=CompleteAttachmentUpload,
    reply=CompleteAttachmentUploadResponse,
    method="POST",
    path="/participant/complete-attachment-upload",
    errors=(*COMMON_ERRORS, SERVICE_QUOTA_EXCEEDED, CONFLICT),
    repeat="with_client_token",
)

complete_attachment_upload_attachment_ids: Lens[CompleteAttachmentUpload, tuple[str, ...]] = Lens(
    CompleteAttachmentUpload, "attachment_ids"
)
complete_attachment_upload_client_token: Lens[CompleteAttachmentUpload, str] = Lens(
    CompleteAttachmentUpload, "client_token"
)
complete_attachment_upload_connection_token: Lens[CompleteAttachmentUpload, ConnectionToken] = Lens(
    CompleteAttachmentUpload, "connection_token"
)
complete_attachment_upload_response_http_status: Lens[CompleteAttachmentUploadResponse, int] = Lens(
    CompleteAttachmentUploadResponse, "http_status"
)
complete_attachment_upload_response_undecoded: Lens[CompleteAttachmentUploadResponse, tuple[str, ...]] = Lens(
    CompleteAttachmentUploadResponse, "undecoded"
)
