"""CORS: the headers that let a web page of another origin use the service (Fetch standard, CORS protocol).

Facts: the live service answers preflights, and an SDK's own request header once broke them (observed:
aws-sdk-js-v3#1590), so the SDKs' headers are allowed by name.  The exposed headers are assumed.  A page of a
public site needs `Access-Control-Allow-Private-Network` for loopback (Private Network Access draft).
"""

from __future__ import annotations

from typing import Final

from lensconnect.http import Headers, HttpRequest, HttpResponse

_METHODS: Final = "GET, POST, PUT, DELETE, HEAD, OPTIONS"
_HEADERS: Final = (
    "x-amz-bearer, content-type, authorization, x-amz-date, x-amz-content-sha256, x-amz-security-token, "
    "x-amz-user-agent, amz-sdk-invocation-id, amz-sdk-request, content-disposition, x-amz-acl, "
    "x-amz-meta-contact_id, x-amz-meta-initial_contact_id, x-amz-meta-account_id, x-amz-meta-organization_id"
)
_EXPOSED: Final = "x-amzn-requestid, x-amzn-errortype, x-amz-request-id, content-disposition, etag, date"


def preflight(http_request: HttpRequest) -> HttpResponse:
    """Return the response to a preflight, which is any OPTIONS request."""
    private = http_request.header("access-control-request-private-network")
    allowed: Headers = (
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", http_request.header("access-control-request-headers") or _HEADERS),
        ("Access-Control-Max-Age", "7200"),
        *((("Access-Control-Allow-Private-Network", "true"),) if private else ()),
    )
    return HttpResponse(200, allowed)


def with_cors_headers(http_request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the response with CORS headers if the request came from a web page, else unchanged."""
    origin = http_request.header("origin")
    if origin is None:
        return response
    readable: Headers = (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", _EXPOSED),
        ("Vary", "Origin"),
    )
    return HttpResponse(response.status, (*response.headers, *readable), response.body)
