"""GetAttachment: get a URL from which to download an attachment."""

from __future__ import annotations

from lensconnect.errors import COMMON_ERRORS
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.attachment import ContentDisposition
from lensconnect.types.scalars import (
    ArtifactId,
    AttachmentSizeInBytes,
    ConnectionBearer,
    PreSignedAttachmentUrl,
    URLExpiryInSeconds,
)

__all__ = [
    "GET_ATTACHMENT",
    "GetAttachment",
    "GetAttachmentResponse",
    "get_attachment_attachment_id",
    "get_attachment_connection_token",
    "get_attachment_response_attachment_size_in_bytes",
    "get_attachment_response_http_status",
    "get_attachment_response_undecoded",
    "get_attachment_response_url",
    "get_attachment_response_url_expiry",
    "get_attachment_url_content_disposition",
    "get_attachment_url_expiry_in_seconds",
    "new_get_attachment",
    "new_get_attachment_response",
]


class GetAttachmentResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The presigned URL, its expiry in ISO 8601, and the size of the file in bytes."""

    url: PreSignedAttachmentUrl | None = None
    url_expiry: str | None = None
    attachment_size_in_bytes: AttachmentSizeInBytes | None = None


class GetAttachment(Request[GetAttachmentResponse], frozen=True, kw_only=True, rename="pascal"):
    """Get a presigned URL for downloading an attachment (`POST /participant/attachment`).

    `url_expiry_in_seconds` is the lifetime of the URL in seconds, 5 to 300.  Source: the service model; the text of
    API_GetAttachment describes this member as a timestamp by mistake.
    """

    attachment_id: ArtifactId
    connection_token: ConnectionBearer
    url_expiry_in_seconds: URLExpiryInSeconds | None = None
    url_content_disposition: ContentDisposition | None = None


def new_get_attachment(attachment_id: str, connection_token: ConnectionToken) -> GetAttachment:
    """Build the request; lifetime and disposition of the URL are the defaults of the service."""
    return GetAttachment(attachment_id=attachment_id, connection_token=connection_token)


def new_get_attachment_response(http_status: int) -> GetAttachmentResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return GetAttachmentResponse(http_status=http_status)


GET_ATTACHMENT: Operation[GetAttachment, GetAttachmentResponse] = Operation(
    request=GetAttachment,
    reply=GetAttachmentResponse,
    method="POST",
    path="/participant/attachment",
    errors=COMMON_ERRORS,
    repeat="always",
    always=("url", "url_expiry", "attachment_size_in_bytes"),
)

get_attachment_attachment_id: Lens[GetAttachment, str] = Lens(GetAttachment, "attachment_id")
get_attachment_connection_token: Lens[GetAttachment, ConnectionToken] = Lens(GetAttachment, "connection_token")
get_attachment_url_expiry_in_seconds: Lens[GetAttachment, int | None] = Lens(GetAttachment, "url_expiry_in_seconds")
get_attachment_url_content_disposition: Lens[GetAttachment, ContentDisposition | None] = Lens(
    GetAttachment, "url_content_disposition"
)
get_attachment_response_url: Lens[GetAttachmentResponse, str | None] = Lens(GetAttachmentResponse, "url")
get_attachment_response_url_expiry: Lens[GetAttachmentResponse, str | None] = Lens(GetAttachmentResponse, "url_expiry")
get_attachment_response_attachment_size_in_bytes: Lens[GetAttachmentResponse, int | None] = Lens(
    GetAttachmentResponse, "attachment_size_in_bytes"
)
get_attachment_response_http_status: Lens[GetAttachmentResponse, int] = Lens(GetAttachmentResponse, "http_status")
get_attachment_response_undecoded: Lens[GetAttachmentResponse, tuple[str, ...]] = Lens(
    GetAttachmentResponse, "undecoded"
)
