"""What attachments need: where to upload to, how to download."""

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
"""How a browser treats a downloaded attachment; ATTACHMENT is the default."""
CONTENT_DISPOSITION_INLINE: Final = ContentDisposition("INLINE")
CONTENT_DISPOSITION_ATTACHMENT: Final = ContentDisposition("ATTACHMENT")


class UploadMetadata(Shape, frozen=True, kw_only=True):
    """Where and how to PUT the bytes of an attachment.

    `url` is presigned; `url_expiry` is its end in ISO 8601, with or without milliseconds;
    `headers_to_include` must all be sent, exactly as given, and no others that are signed.
    """

    url: MetadataUrl | None = None
    url_expiry: str | None = None
    headers_to_include: Annotated[Mapping[str, str], SECRET] | None = None


upload_metadata_url: Lens[UploadMetadata, str | None] = Lens("url")
upload_metadata_url_expiry: Lens[UploadMetadata, str | None] = Lens("url_expiry")
upload_metadata_headers_to_include: Lens[UploadMetadata, Mapping[str, str] | None] = Lens("headers_to_include")
