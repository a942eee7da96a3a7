"""DescribeView: the view of a view token.

Facts: an unknown token is a ResourceNotFoundException (documented); a token of another chat is an
AccessDeniedException (assumed).
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.wire.errors import access_denied, view_not_found
from lensconnect.errors import ServiceError
from lensconnect.operations import DescribeView, DescribeViewResponse


def describe_view(context: MemberContext, request: DescribeView) -> DescribeViewResponse | ServiceError:
    """Return a view of this chat."""
    owner = context.state.view_owners.get(request.view_token)
    if owner is None:
        return view_not_found(context.chat.contact_id)
    if owner != context.chat.contact_id:
        return access_denied()
    return DescribeViewResponse(http_status=200, view=context.chat.views[request.view_token])
