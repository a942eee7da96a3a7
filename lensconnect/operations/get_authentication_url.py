"""GetAuthenticationUrl: get the URL at which the customer signs in."""

from __future__ import annotations

from lensconnect.errors import COMMON_ERRORS
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.scalars import AuthenticationUrl, ConnectionBearer, RedirectURI, SessionId

__all__ = [
    "GET_AUTHENTICATION_URL",
    "GetAuthenticationUrl",
    "GetAuthenticationUrlResponse",
    "get_authentication_url_connection_token",
    "get_authentication_url_redirect_uri",
    "get_authentication_url_response_authentication_url",
    "get_authentication_url_response_http_status",
    "get_authentication_url_response_undecoded",
    "get_authentication_url_session_id",
    "new_get_authentication_url",
    "new_get_authentication_url_response",
]


class GetAuthenticationUrlResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The URL of the sign-in page."""

    authentication_url: AuthenticationUrl | None = None


class GetAuthenticationUrl(Request[GetAuthenticationUrlResponse], frozen=True, kw_only=True, rename="pascal"):
    """Get the URL of the page on which the customer signs in (`POST /participant/authentication-url`).

    `session_id` (36 characters) is a member of the content of the event `authentication.initiated`.  It is valid
    for one minute and for one use.  Source: API_GetAuthenticationUrl; one use is assumed.
    """

    session_id: SessionId
    redirect_uri: RedirectURI
    connection_token: ConnectionBearer


def new_get_authentication_url(
    session_id: str, redirect_uri: str, connection_token: ConnectionToken
) -> GetAuthenticationUrl:
    """Build the request; every member is required."""
    return GetAuthenticationUrl(session_id=session_id, redirect_uri=redirect_uri, connection_token=connection_token)


def new_get_authentication_url_response(http_status: int) -> GetAuthenticationUrlResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return GetAuthenticationUrlResponse(http_status=http_status)


GET_AUTHENTICATION_URL: Operation[GetAuthenticationUrl, GetAuthenticationUrlResponse] = Operation(
    request=GetAuthenticationUrl,
    reply=GetAuthenticationUrlResponse,
    method="POST",
    path="/participant/authentication-url",
    errors=COMMON_ERRORS,
    repeat="never",
    always=("authentication_url",),
)

get_authentication_url_session_id: Lens[GetAuthenticationUrl, str] = Lens(GetAuthenticationUrl, "session_id")
get_authentication_url_redirect_uri: Lens[GetAuthenticationUrl, str] = Lens(GetAuthenticationUrl, "redirect_uri")
get_authentication_url_connection_token: Lens[GetAuthenticationUrl, ConnectionToken] = Lens(
    GetAuthenticationUrl, "connection_token"
)
get_authentication_url_response_authentication_url: Lens[GetAuthenticationUrlResponse, str | None] = Lens(
    GetAuthenticationUrlResponse, "authentication_url"
)
get_authentication_url_response_http_status: Lens[GetAuthenticationUrlResponse, int] = Lens(
    GetAuthenticationUrlResponse, "http_status"
)

get_authentication_url_response_undecoded: Lens[GetAuthenticationUrlResponse, tuple[str, ...]] = Lens(
    GetAuthenticationUrlResponse, "undecoded"
)
