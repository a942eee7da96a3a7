"""StartAttachmentUpload: get a URL to which to upload an attachment."""

from __future__ import annotations

from lensconnect.errors import COMMON_ERRORS, SERVICE_QUOTA_EXCEEDED
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.attachment import UploadMetadata
from lensconnect.types.scalars import (
    ArtifactId,
    AttachmentName,
    AttachmentSizeInBytes,
    ConnectionBearer,
    ContentType,
    NonEmptyClientToken,
)

__all__ = [
    "START_ATTACHMENT_UPLOAD",
    "StartAttachmentUpload",
    "StartAttachmentUploadResponse",
    "new_start_attachment_upload",
    "new_start_attachment_upload_response",
    "start_attachment_upload_attachment_name",
    "start_attachment_upload_attachment_size_in_bytes",
    "start_attachment_upload_client_token",
    "start_attachment_upload_connection_token",
    "start_attachment_upload_content_type",
    "start_attachment_upload_response_attachment_id",
    "start_attachment_upload_response_http_status",
    "start_attachment_upload_response_undecoded",
    "start_attachment_upload_response_upload_metadata",
]


class StartAttachmentUploadResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The id of the attachment, and the URL and headers for uploading its bytes."""

    attachment_id: ArtifactId | None = None
    upload_metadata: UploadMetadata | None = None


class StartAttachmentUpload(Request[StartAttachmentUploadResponse], frozen=True, kw_only=True, rename="pascal"):
    """Get a presigned URL for uploading an attachment (`POST /participant/start-attachment-upload`).

    The service accepts files of up to 20 MB by default, 35 files in a conversation, and the file types that the
    instance allows (administrator guide, "Connect feature specifications").  Source: API_StartAttachmentUpload.
    """

    content_type: ContentType
    attachment_size_in_bytes: AttachmentSizeInBytes
    attachment_name: AttachmentName
    client_token: NonEmptyClientToken
    connection_token: ConnectionBearer


def new_start_attachment_upload(
    content_type: str,
    attachment_size_in_bytes: int,
    attachment_name: str,
    client_token: str,
    connection_token: ConnectionToken,
) -> StartAttachmentUpload:
    """Build the request; every member is required."""
    return StartAttachmentUpload(
        content_type=content_type,
        attachment_size_in_bytes=attachment_size_in_bytes,
        attachment_name=attachment_name,
        client_token=client_token,
        connection_token=connection_token,
    )


def new_start_attachment_upload_response(http_status: int) -> StartAttachmentUploadResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return StartAttachmentUploadResponse(http_status=http_status)


START_ATTACHMENT_UPLOAD: Operation[StartAttachmentUpload, StartAttachmentUploadResponse] = Operation(
    request=StartAttachmentUpload,
    reply=StartAttachmentUploadResponse,
    method="POST",
    path="/participant/start-attachment-upload",
    errors=(*COMMON_ERRORS, SERVICE_QUOTA_EXCEEDED),
    repeat="with_client_token",
    always=("attachment_id", "upload_metadata"),
)

start_attachment_upload_content_type: Lens[StartAttachmentUpload, str] = Lens(StartAttachmentUpload, "content_type")
start_attachment_upload_attachment_size_in_bytes: Lens[StartAttachmentUpload, int] = Lens(
    StartAttachmentUpload, "attachment_size_in_bytes"
)
start_attachment_upload_attachment_name: Lens[StartAttachmentUpload, str] = Lens(
    StartAttachmentUpload, "attachment_name"
)
start_attachment_upload_client_token: Lens[StartAttachmentUpload, str] = Lens(StartAttachmentUpload, "client_token")
start_attachment_upload_connection_token: Lens[StartAttachmentUpload, ConnectionToken] = Lens(
    StartAttachmentUpload, "connection_token"
)
start_attachment_upload_response_attachment_id: Lens[StartAttachmentUploadResponse, str | None] = Lens(
    StartAttachmentUploadResponse, "attachment_id"
)
start_attachment_upload_response_upload_metadata: Lens[StartAttachmentUploadResponse, UploadMetadata | None] = Lens(
    StartAttachmentUploadResponse, "upload_metadata"
)
start_attachment_upload_response_http_status: Lens[StartAttachmentUploadResponse, int] = Lens(
    StartAttachmentUploadResponse, "http_status"
)

start_attachment_upload_response_undecoded: Lens[StartAttachmentUploadResponse, tuple[str, ...]] = Lens(
    StartAttachmentUploadResponse, "undecoded"
)
