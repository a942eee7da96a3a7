"""UpdateParticipantAuthentication: how a login ended.

Facts: `State` is what came back with the browser; a code means success, an error failure; everyone in
the chat hears of it.
"""

from __future__ import annotations

from typing import Annotated

from lensconnect.content.types import EVENT_AUTHENTICATION_FAILED, EVENT_AUTHENTICATION_SUCCEEDED
from lensconnect.emulator.chat.context import OperationContext, event
from lensconnect.emulator.connect.answers import Answer, Moment
from lensconnect.emulator.wire.errors import invalid_request
from lensconnect.errors import CONFLICT, ServiceError
from lensconnect.marks import SECRET
from lensconnect.record import Shape

__all__ = ["UpdateParticipantAuthentication", "update_authentication"]


class UpdateParticipantAuthentication(Shape, frozen=True, kw_only=True, rename="pascal"):
    state: Annotated[str, SECRET]
    instance_id: str
    code: Annotated[str | None, SECRET] = None
    error: Annotated[str | None, SECRET] = None
    error_description: Annotated[str | None, SECRET] = None


def update_authentication(moment: Moment, request: UpdateParticipantAuthentication) -> Answer:
    """Take note of a login."""
    login = moment.state.logins.get(request.state)
    if login is None or (request.code is None) == (request.error is None):
        return invalid_request("State is of no login, or there is not one of Code and Error")
    session = login.membership.chat.sessions[login.session_id]
    if session.status != "given" or login.membership.chat.over:
        return ServiceError(CONFLICT.status, CONFLICT.code, "The authentication session is over")
    session.status = "done"
    outcome = EVENT_AUTHENTICATION_SUCCEEDED if request.error is None else EVENT_AUTHENTICATION_FAILED
    OperationContext(moment.state, moment.time, login.membership, moment.outbox).broadcast(
        event(outcome), login.membership.participant
    )
    return {}
