"""UpdateParticipantAuthentication: the result of a login.

Facts (documented: UpdateParticipantAuthentication): `State` is the value that the login page returned with
the browser; `Code` means success, `Error` failure.  The event goes to everyone in the chat (assumed).
"""

from __future__ import annotations

from typing import Annotated

from lensconnect.content.types import EVENT_AUTHENTICATION_FAILED, EVENT_AUTHENTICATION_SUCCEEDED
from lensconnect.emulator.chat.context import OperationContext, event
from lensconnect.emulator.wire.errors import invalid_request, modelled_error
from lensconnect.emulator.wire.responses import JsonOutcome
from lensconnect.errors import CONFLICT
from lensconnect.marks import SECRET
from lensconnect.record import Shape


class UpdateParticipantAuthentication(Shape, frozen=True, kw_only=True, rename="pascal"):
    """The request of UpdateParticipantAuthentication (Amazon Connect API, API_UpdateParticipantAuthentication)."""

    state: Annotated[str, SECRET]
    instance_id: str
    code: Annotated[str | None, SECRET] = None
    error: Annotated[str | None, SECRET] = None
    error_description: Annotated[str | None, SECRET] = None


def update_authentication(context: OperationContext, request: UpdateParticipantAuthentication) -> JsonOutcome:
    """Close the authentication session and push its event; ConflictException if the session is over."""
    login = context.state.logins.get(request.state)
    if login is None or (request.code is None) == (request.error is None):
        return invalid_request("State is not the state of a login, or Code and Error are both absent or both given")
    session = login.membership.chat.sessions[login.session_id]
    if session.status != "given" or login.membership.chat.over:
        return modelled_error(CONFLICT, "The authentication session is over")
    session.status = "done"
    outcome = EVENT_AUTHENTICATION_SUCCEEDED if request.error is None else EVENT_AUTHENTICATION_FAILED
    context.member(login.membership).broadcast(event(outcome), login.membership.participant)
    return {}
