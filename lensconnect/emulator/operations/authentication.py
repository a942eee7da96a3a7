"""GetAuthenticationUrl and CancelParticipantAuthentication: log in or skip the login of an open session.

Facts: the URL must be requested within a minute (documented), once (assumed).  A cancellation is pushed to
everyone and may be repeated (assumed).
"""

from __future__ import annotations

from lensconnect.content.types import EVENT_AUTHENTICATION_CANCELLED
from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.chat.state import Login
from lensconnect.emulator.wire.errors import validation_error
from lensconnect.emulator.wire.routes import LOGIN
from lensconnect.errors import ServiceError
from lensconnect.operations import (
    CancelParticipantAuthentication,
    CancelParticipantAuthenticationResponse,
    GetAuthenticationUrl,
    GetAuthenticationUrlResponse,
)
from lensconnect.types.item import CHAT_ITEM_TYPE_EVENT, Item


def get_authentication_url(
    context: MemberContext, request: GetAuthenticationUrl
) -> GetAuthenticationUrlResponse | ServiceError:
    """Return the URL of the login page; ValidationException if the session is not open."""
    session = context.chat.sessions.get(request.session_id)
    if session is None or session.status != "open" or context.time >= session.expires:
        return validation_error("SessionId is not the id of an open authentication session")
    if ":" not in request.redirect_uri:
        return validation_error("RedirectUri is not an absolute URI")
    session.status = "given"
    login = context.state.ids.token("login")
    context.state.logins[login] = Login(context.membership, request.session_id, request.redirect_uri)
    return GetAuthenticationUrlResponse(http_status=200, authentication_url=f"{context.origin}{LOGIN}{login}")


def cancel_participant_authentication(
    context: MemberContext, request: CancelParticipantAuthentication
) -> CancelParticipantAuthenticationResponse | ServiceError:
    """Cancel the session and push the event, the first time only."""
    session = context.chat.sessions.get(request.session_id)
    if session is None:
        return validation_error("SessionId is not the id of an authentication session of this chat")
    if session.status != "cancelled":
        session.status = "cancelled"
        context.broadcast(
            Item(type=CHAT_ITEM_TYPE_EVENT, content_type=EVENT_AUTHENTICATION_CANCELLED), context.participant
        )
    return CancelParticipantAuthenticationResponse(http_status=200)
