"""Who is asking: from a bearer token to a membership, or 403.

Facts: CreateParticipantConnection takes the participant token and every other operation a connection
token; a token is looked at before anything else of a request; a connection token lives for a day.
"""

from __future__ import annotations

from lensconnect.emulator.chat.state import Membership, State
from lensconnect.emulator.wire.errors import denied
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest
from lensconnect.operations import CreateParticipantConnection, Row
from lensconnect.wire.plan import BEARER_HEADER

__all__ = ["authorize"]


def authorize(state: State, time: int, row: Row, http_request: HttpRequest) -> Membership | ServiceError:
    """The membership this token opens for this operation, though the chat may be over."""
    bearer = http_request.header(BEARER_HEADER) or ""
    if row.request is CreateParticipantConnection:
        return state.participant_tokens.get(bearer) or denied()
    grant = state.connection_tokens.get(bearer)
    return denied() if grant is None or time >= grant.expires else grant.membership
