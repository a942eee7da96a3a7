"""Object storage for attachments: PUT to an upload URL, GET from a download URL; errors in S3's XML.

Facts: an upload needs every header of `HeadersToInclude` exactly as given (documented); a changed or missing one
is S3's `SignatureDoesNotMatch`, 403, as XML (observed: amazon-connect-chatjs#188,
amazon-connect-streams#712).  S3 signs the values of headers as UTF-8 (observed), so a name in Latin-1 has another
signature.  The same is assumed for another `x-amz-` header, another number of bytes and
another URL (it counts byte for byte, without its origin), and `AccessDenied`, 403, for an expired URL.  A body sent in chunks has no Content-Length to
compare.
"""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.chat.attachments import content_disposition
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.state import Attachment, State
from lensconnect.emulator.wire.routes import DOWNLOAD, UPLOAD, Route, ticket_in
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.types.attachment import CONTENT_DISPOSITION_INLINE

_INERT: Final = (("Content-Security-Policy", "sandbox"), ("X-Content-Type-Options", "nosniff"))
"""Headers that keep a stored file from running scripts in the origin of the agent's page."""


def store_or_fetch(context: OperationContext, http_request: HttpRequest, route: Route) -> HttpResponse:
    """Answer a request to an upload URL or a download URL."""
    if route.operation == "Upload":
        return _put(context, http_request)
    return _get(context, http_request)


def announced_size(state: State, url: str) -> int:
    """Return the size of the file that an upload URL was made for; 0 for another URL."""
    attachment = state.uploads.get(ticket_in(url, UPLOAD) or "")
    return 0 if attachment is None else attachment.size


def _put(context: OperationContext, http_request: HttpRequest) -> HttpResponse:
    attachment = context.state.uploads.get(ticket_in(http_request.url, UPLOAD) or "")
    if attachment is None or http_request.method != "PUT":
        return _wrong_signature(context)
    if context.time >= attachment.expires:
        return _expired(context)
    if not _is_as_signed(attachment, http_request) or len(http_request.body) != attachment.size:
        return _wrong_signature(context)
    if attachment.item_id is None:
        attachment.data = http_request.body
    return HttpResponse(200, (("x-amz-request-id", context.state.ids.uuid()),))


def _is_as_signed(attachment: Attachment, http_request: HttpRequest) -> bool:
    sent = [(name.lower(), value) for name, value in http_request.headers]
    if not {"content-length", "transfer-encoding"} & {name for name, _ in sent}:
        sent.append(("content-length", str(len(http_request.body))))
    signed = {name.lower(): value for name, value in attachment.headers.items()}
    relevant = [(name, value) for name, value in sent if name in signed or name.startswith("x-amz-")]
    return len(relevant) == len(signed) and dict(relevant) == signed


def _get(context: OperationContext, http_request: HttpRequest) -> HttpResponse:
    download = context.state.downloads.get(ticket_in(http_request.url, DOWNLOAD) or "")
    if download is None or http_request.method != "GET":
        return _wrong_signature(context)
    if context.time >= download.expires:
        return _expired(context)
    attachment = download.attachment
    disposition = "inline" if download.disposition == CONTENT_DISPOSITION_INLINE else "attachment"
    headers = (
        ("Content-Type", attachment.content_type),
        ("Content-Disposition", content_disposition(disposition, attachment.name, context.state.options.file_names)),
        *_INERT,
    )
    return HttpResponse(200, headers, attachment.data or b"")


def _wrong_signature(context: OperationContext) -> HttpResponse:
    return _refusal(context, "SignatureDoesNotMatch", "The request signature does not match.")


def _expired(context: OperationContext) -> HttpResponse:
    return _refusal(context, "AccessDenied", "Request has expired")


def _refusal(context: OperationContext, code: str, message: str) -> HttpResponse:
    request_id = context.state.ids.uuid()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
    )
    headers = (("Content-Type", "application/xml"), ("x-amz-request-id", request_id))
    return HttpResponse(403, headers, body.encode())
