"""The operations of the Amazon Connect API that start, change and stop chats, for boto3's `connect` client.

    chats            StartChatContact
    contacts         StopContact, CreateParticipant
    streaming        StartContactStreaming, StopContactStreaming
    authentication   UpdateParticipantAuthentication
    roles            UpdateParticipantRoleConfig

Their paths are in `wire.routes`.  Credentials and signatures are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.rate_limits import is_over_quota
from lensconnect.emulator.connect.authentication import UpdateParticipantAuthentication, update_authentication
from lensconnect.emulator.connect.chats import StartChatContact, start_chat_contact
from lensconnect.emulator.connect.contacts import CreateParticipant, StopContact, create_participant, stop_contact
from lensconnect.emulator.connect.roles import UpdateParticipantRoleConfig, update_role_config
from lensconnect.emulator.connect.streaming import (
    StartContactStreaming,
    StopContactStreaming,
    start_contact_streaming,
    stop_contact_streaming,
)
from lensconnect.emulator.wire.errors import invalid_request, too_many_requests
from lensconnect.emulator.wire.responses import JsonOutcome
from lensconnect.emulator.wire.routes import Route
from lensconnect.http import HttpRequest
from lensconnect.record import NotDecodable, Shape, decoder

__all__ = ["connect"]

_HANDLERS: Final[tuple[tuple[type[Shape], Callable[..., JsonOutcome]], ...]] = (
    (StartChatContact, start_chat_contact),
    (StopContact, stop_contact),
    (CreateParticipant, create_participant),
    (StartContactStreaming, start_contact_streaming),
    (StopContactStreaming, stop_contact_streaming),
    (UpdateParticipantAuthentication, update_authentication),
    (UpdateParticipantRoleConfig, update_role_config),
)
_OPERATIONS: Final[Mapping[str, tuple[Callable[[bytes], Shape], Callable[..., JsonOutcome]]]] = {
    request.__name__: (decoder(request), handler) for request, handler in _HANDLERS
}


def connect(context: OperationContext, http_request: HttpRequest, route: Route) -> JsonOutcome:
    """Answer a request to one of these operations."""
    operation = route.operation or ""
    read, handler = _OPERATIONS[operation]
    try:
        request = read(http_request.body or b"{}")
    except NotDecodable as refusal:
        return invalid_request(str(refusal))
    if context.state.options.quotas and is_over_quota(context, operation):
        return too_many_requests()
    return handler(context, request, *map(unquote, route.labels))
