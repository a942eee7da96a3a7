"""What a browser needs to be told before it lets a page of another origin use the service.

Facts: the SDKs' own headers have to be allowed by name, and those of errors and request ids exposed; a
page from outside this machine asks for loopback with one header more.
"""

from __future__ import annotations

from typing import Final

from lensconnect.http import Headers, HttpRequest, HttpResponse

__all__ = ["preflight", "with_cors_headers"]

_METHODS: Final = "GET, POST, PUT, DELETE, HEAD, OPTIONS"
_HEADERS: Final = (
    "x-amz-bearer, content-type, authorization, x-amz-date, x-amz-content-sha256, x-amz-security-token, "
    "x-amz-user-agent, amz-sdk-invocation-id, amz-sdk-request, content-disposition, x-amz-acl, "
    "x-amz-meta-contact_id, x-amz-meta-initial_contact_id, x-amz-meta-account_id, x-amz-meta-organization_id"
)
_EXPOSED: Final = "x-amzn-requestid, x-amzn-errortype, x-amz-request-id, content-disposition, etag, date"


def preflight(http_request: HttpRequest) -> HttpResponse:
    """The answer to any OPTIONS."""
    private = http_request.header("access-control-request-private-network")
    allowed: Headers = (
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", http_request.header("access-control-request-headers") or _HEADERS),
        ("Access-Control-Max-Age", "7200"),
        *((("Access-Control-Allow-Private-Network", "true"),) if private else ()),
    )
    return HttpResponse(200, allowed)


def with_cors_headers(http_request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, readable by the page that asked; as it was where no page did."""
    origin = http_request.header("origin")
    if origin is None:
        return response
    readable: Headers = (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", _EXPOSED),
        ("Vary", "Origin"),
    )
    return HttpResponse(response.status, (*response.headers, *readable), response.body)
