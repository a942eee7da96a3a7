"""The emulator's own door beside the service's: `POST /_emulator/chats` starts a chat.

The body may name `CustomerName`, `AgentName` and `SupportedMessagingContentTypes`; the answer holds
`ContactId`, `ParticipantId`, `ParticipantToken`, `AgentId`, `AgentToken`, `ViewToken` and `SessionId`.
"""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.refusals import invalid, no_route, wrong_method
from lensconnect.emulator.start import MESSAGE_TYPES, StartedChat, start_chat
from lensconnect.emulator.state import State
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest
from lensconnect.jsontext import JsonObject
from lensconnect.record import NotDecodable, Shape, decoder

__all__ = ["PREFIX", "control"]

PREFIX: Final = "_emulator"
"""The first segment of every path that is not the service's."""


class _Wish(Shape, frozen=True, kw_only=True, rename="pascal"):
    """The body of a request for a chat."""

    customer_name: str = "Customer"
    agent_name: str = "Agent"
    supported_messaging_content_types: tuple[str, ...] = MESSAGE_TYPES


_read = decoder(_Wish)


def control(
    state: State, now: float, http_request: HttpRequest, segments: tuple[str, ...]
) -> JsonObject | ServiceError:
    """Answer a request to the emulator itself."""
    if segments != (PREFIX, "chats"):
        return no_route()
    if http_request.method != "POST":
        return wrong_method(("POST",))
    try:
        wish = _read(http_request.body or b"{}")
    except NotDecodable as refusal:
        return invalid(str(refusal))
    chat = start_chat(
        state,
        now,
        customer=wish.customer_name,
        agent=wish.agent_name,
        content_types=wish.supported_messaging_content_types,
    )
    return _told(chat)


def _told(chat: StartedChat) -> JsonObject:
    return {
        "ContactId": chat.contact_id,
        "ParticipantId": chat.participant_id,
        "ParticipantToken": chat.participant_token,
        "AgentId": chat.agent_id,
        "AgentToken": chat.agent_token,
        "ViewToken": chat.view_token,
        "SessionId": chat.session_id,
    }
