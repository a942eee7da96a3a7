"""DescribeView: the form a view token stands for.

Facts: an unknown token is not found, a token of another chat is denied.
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import Turn
from lensconnect.emulator.wire.errors import denied, missing
from lensconnect.errors import ServiceError
from lensconnect.operations import DescribeView, DescribeViewResponse

__all__ = ["describe_view"]


def describe_view(turn: Turn, request: DescribeView) -> DescribeViewResponse | ServiceError:
    """Show a view of this chat."""
    owner = turn.state.view_owners.get(request.view_token)
    if owner is None:
        return missing(turn.chat.contact_id)
    if owner != turn.chat.contact_id:
        return denied()
    return DescribeViewResponse(http_status=200, view=turn.chat.views[request.view_token])
