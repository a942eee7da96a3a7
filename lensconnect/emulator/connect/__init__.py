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
from typing import Any, Final, TypeAlias
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

_Operation: TypeAlias = tuple[Callable[[bytes], Any], Callable[..., JsonOutcome]]


def _operation(request_type: type[Shape], handler: Callable[..., JsonOutcome]) -> tuple[str, _Operation]:
    return request_type.__name__, (decoder(request_type), handler)


_OPERATIONS: Final[Mapping[str, _Operation]] = dict(
    (
        _operation(StartChatContact, start_chat_contact),
        _operation(StopContact, stop_contact),
        _operation(CreateParticipant, create_participant),
        _operation(StartContactStreaming, start_contact_streaming),
        _operation(StopContactStreaming, stop_contact_streaming),
        _operation(UpdateParticipantAuthentication, update_authentication),
        _operation(UpdateParticipantRoleConfig, update_role_config),
    )
)
"""The decoder of the body and the handler of each operation."""


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
