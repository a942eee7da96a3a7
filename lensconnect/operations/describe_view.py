"""DescribeView: read the form that an interactive message shows."""

from __future__ import annotations

from typing import Annotated

from lensconnect.errors import COMMON_ERRORS, RESOURCE_NOT_FOUND
from lensconnect.marks import HTTP_LABEL, text
from lensconnect.operations.row import Operation, Reply, Request
from lensconnect.optics import Lens
from lensconnect.record import ConnectionToken
from lensconnect.types.scalars import ConnectionBearer
from lensconnect.types.view import View

__all__ = [
    "DESCRIBE_VIEW",
    "DescribeView",
    "DescribeViewResponse",
    "describe_view_connection_token",
    "describe_view_response_http_status",
    "describe_view_response_undecoded",
    "describe_view_response_view",
    "describe_view_view_token",
    "new_describe_view",
    "new_describe_view_response",
]


class DescribeViewResponse(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The reply to DescribeView: the view."""

    view: View | None = None


class DescribeView(Request[DescribeViewResponse], frozen=True, kw_only=True, rename="pascal"):
    """Get the view that an interactive message shows (`GET /participant/views/{ViewToken}`).

    `view_token` is part of an interactive message of the template ViewResource.  It is one segment of the path:
    characters that are not unreserved (RFC 3986, section 2.3) are percent-encoded.  An unknown view gets a
    ResourceNotFoundException.  Source: API_DescribeView.
    """

    view_token: Annotated[str, text(1, 1000), HTTP_LABEL]
    connection_token: ConnectionBearer


def new_describe_view(view_token: str, connection_token: ConnectionToken) -> DescribeView:
    """Build the request; both members are required."""
    return DescribeView(view_token=view_token, connection_token=connection_token)


def new_describe_view_response(http_status: int) -> DescribeViewResponse:
    """Build a reply with this HTTP status; every other member is absent."""
    return DescribeViewResponse(http_status=http_status)


DESCRIBE_VIEW: Operation[DescribeView, DescribeViewResponse] = Operation(
    request=DescribeView,
    reply=DescribeViewResponse,
    method="GET",
    path="/participant/views",
    errors=(*COMMON_ERRORS, RESOURCE_NOT_FOUND),
    repeat="always",
    always=("view",),
    most_bytes=4_194_304,
)

describe_view_view_token: Lens[DescribeView, str] = Lens(DescribeView, "view_token")
describe_view_connection_token: Lens[DescribeView, ConnectionToken] = Lens(DescribeView, "connection_token")
describe_view_response_view: Lens[DescribeViewResponse, View | None] = Lens(DescribeViewResponse, "view")
describe_view_response_http_status: Lens[DescribeViewResponse, int] = Lens(DescribeViewResponse, "http_status")
describe_view_response_undecoded: Lens[DescribeViewResponse, tuple[str, ...]] = Lens(DescribeViewResponse, "undecoded")
