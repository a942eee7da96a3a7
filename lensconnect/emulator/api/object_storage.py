"""The bucket behind attachments: PUT to an upload URL, GET from a download URL; refusals in S3's XML.

Facts: every header of `HeadersToInclude` must come exactly as given, no other `x-amz-` header may, and
the bytes must be as many as announced (in chunks they have no length), at the very URL; otherwise
`SignatureDoesNotMatch`, 403.  A URL past its time is `AccessDenied`, 403.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from lensconnect.emulator.chat.attachments import disposed
from lensconnect.emulator.chat.state import Attachment, State
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.types.attachment import CONTENT_DISPOSITION_INLINE

__all__ = ["BUCKET", "store_or_fetch"]

BUCKET: Final = {"uploads": "Upload", "files": "Download"}
"""What faults call a request, by its door."""

_INERT: Final = (("Content-Security-Policy", "sandbox"), ("X-Content-Type-Options", "nosniff"))
"""Somebody's file opened in a browser runs nothing, here where the emulator's own page lives."""


def store_or_fetch(state: State, time: int, http_request: HttpRequest, door: str, ticket: str) -> HttpResponse:
    """Answer at `uploads` or `files`."""
    asked = ticket + urlsplit(http_request.url).query
    return _put(state, time, http_request, asked) if door == "uploads" else _get(state, time, http_request, asked)


def _put(state: State, time: int, http_request: HttpRequest, ticket: str) -> HttpResponse:
    attachment = state.uploads.get(ticket)
    if attachment is None or http_request.method != "PUT":
        return _refusal(state, "SignatureDoesNotMatch", "The request signature does not match.")
    if time >= attachment.expires:
        return _refusal(state, "AccessDenied", "Request has expired")
    if not _as_signed(attachment, http_request) or len(http_request.body) != attachment.size:
        return _refusal(state, "SignatureDoesNotMatch", "The request signature does not match.")
    if attachment.item_id is None:
        attachment.data = http_request.body
    return HttpResponse(200, (("x-amz-request-id", state.ids.uuid()),))


def _as_signed(attachment: Attachment, http_request: HttpRequest) -> bool:
    came = [(name.lower(), value) for name, value in http_request.headers]
    if not {"content-length", "transfer-encoding"} & {name for name, _ in came}:
        came.append(("content-length", str(len(http_request.body))))
    signed = {name.lower(): value for name, value in attachment.headers.items()}
    counted = [(name, value) for name, value in came if name in signed or name.startswith("x-amz-")]
    return len(counted) == len(signed) and dict(counted) == signed


def _get(state: State, time: int, http_request: HttpRequest, ticket: str) -> HttpResponse:
    download = state.downloads.get(ticket)
    if download is None or http_request.method != "GET":
        return _refusal(state, "SignatureDoesNotMatch", "The request signature does not match.")
    if time >= download.expires:
        return _refusal(state, "AccessDenied", "Request has expired")
    attachment = download.attachment
    way = "inline" if download.disposition == CONTENT_DISPOSITION_INLINE else "attachment"
    headers = (
        ("Content-Type", attachment.content_type),
        ("Content-Disposition", disposed(way, attachment.name)),
        *_INERT,
    )
    return HttpResponse(200, headers, attachment.data or b"")


def _refusal(state: State, code: str, message: str) -> HttpResponse:
    request_id = state.ids.uuid()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
    )
    headers = (("Content-Type", "application/xml"), ("x-amz-request-id", request_id))
    return HttpResponse(403, headers, body.encode())
