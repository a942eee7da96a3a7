"""UploadMetadata and ContentDisposition: the upload and download of attachments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, NewType

from lensconnect.marks import SECRET
from lensconnect.optics import Lens
from lensconnect.record import Shape
from lensconnect.types.scalars import MetadataUrl

__all__ = [
    "CONTENT_DISPOSITION_ATTACHMENT",
    "CONTENT_DISPOSITION_INLINE",
    "ContentDisposition",
    "UploadMetadata",
    "upload_metadata_headers_to_include",
    "upload_metadata_url",
    "upload_metadata_url_expiry",
]

ContentDisposition = NewType("ContentDisposition", str)
"""The handling of a downloaded attachment in a browser (open enum); ATTACHMENT is the default of GetAttachment."""
CONTENT_DISPOSITION_INLINE: Final = ContentDisposition("INLINE")
CONTENT_DISPOSITION_ATTACHMENT: Final = ContentDisposition("ATTACHMENT")


class UploadMetadata(Shape, frozen=True, kw_only=True):
    """The address and headers for the PUT request that uploads an attachment (API_UploadMetadata).

    `url` is presigned and expires at `url_expiry` (ISO 8601, with or without milliseconds).  Send every header
    of `headers_to_include` exactly as given: S3 checks them all against the signature (observed in AWS's
    chatjs issue 188).
    """

    url: MetadataUrl | None = None
    url_expiry: str | None = None
    headers_to_include: Annotated[Mapping[str, str], SECRET] | None = None


upload_metadata_url: Lens[UploadMetadata, str | None] = Lens(UploadMetadata, "url")
upload_metadata_url_expiry: Lens[UploadMetadata, str | None] = Lens(UploadMetadata, "url_expiry")
upload_metadata_headers_to_include: Lens[UploadMetadata, Mapping[str, str] | None] = Lens(
    UploadMetadata, "headers_to_include"
)
