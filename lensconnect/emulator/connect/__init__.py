"""The stand-in for the neighbouring service, as far as chats start and stop there; boto3's `connect` client.

    PUT  /contact/chat                                       StartChatContact
    POST /contact/stop                                       StopContact
    POST /contact/create-participant                         CreateParticipant
    POST /contact/start-streaming, /contact/stop-streaming   StartContactStreaming, StopContactStreaming
    POST /contact/update-participant-authentication          UpdateParticipantAuthentication
    PUT  /contact/participant-role-config/{instance}/{chat}  UpdateParticipantRoleConfig

Credentials are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import unquote

from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.rate_limits import is_over_quota
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.connect.answers import Answer, Moment
from lensconnect.emulator.connect.authentication import UpdateParticipantAuthentication, update_authentication
from lensconnect.emulator.connect.chats import StartChatContact, start_chat_contact
from lensconnect.emulator.connect.contacts import CreateParticipant, StopContact, create_participant, stop_contact
from lensconnect.emulator.connect.roles import UpdateParticipantRoleConfig, update_role_config
from lensconnect.emulator.connect.streaming import (
    StartContactStreaming,
    StopContactStreaming,
    start_contact_streaming,
    stop_stream,
)
from lensconnect.emulator.wire.errors import invalid_request, too_many_requests, wrong_method
from lensconnect.http import HttpRequest
from lensconnect.record import NotDecodable, decoder

__all__ = ["CONNECT_OPERATIONS", "connect", "connect_name", "is_connect"]

_Handler: TypeAlias = Callable[..., Answer]


class _Operation(NamedTuple):
    method: str
    path: tuple[str, ...]
    labels: int
    read: Callable[[bytes], Any]
    handle: _Handler


def _operation(method: str, path: str, labels: int, request: type[Any], handle: _Handler) -> _Operation:
    return _Operation(method, tuple(path.split("/")), labels, decoder(request), handle)


_OPERATIONS: Final = {
    "StartChatContact": _operation("PUT", "contact/chat", 0, StartChatContact, start_chat_contact),
    "StopContact": _operation("POST", "contact/stop", 0, StopContact, stop_contact),
    "CreateParticipant": _operation("POST", "contact/create-participant", 0, CreateParticipant, create_participant),
    "StartContactStreaming": _operation(
        "POST", "contact/start-streaming", 0, StartContactStreaming, start_contact_streaming
    ),
    "StopContactStreaming": _operation("POST", "contact/stop-streaming", 0, StopContactStreaming, stop_stream),
    "UpdateParticipantAuthentication": _operation(
        "POST",
        "contact/update-participant-authentication",
        0,
        UpdateParticipantAuthentication,
        update_authentication,
    ),
    "UpdateParticipantRoleConfig": _operation(
        "PUT", "contact/participant-role-config", 2, UpdateParticipantRoleConfig, update_role_config
    ),
}

CONNECT_OPERATIONS: Final = tuple(_OPERATIONS)
"""Their names."""


def connect_name(method: str, segments: tuple[str, ...]) -> str | None:
    """The operation of this service that a path is for, `None` for none of them.

    >>> connect_name("PUT", ("contact", "chat")), connect_name("GET", ("contact", "chat"))
    ('StartChatContact', None)
    """
    return next((name for name, one in _OPERATIONS.items() if one.method == method and _fits(one, segments)), None)


def is_connect(segments: tuple[str, ...]) -> bool:
    """Whether a path is this service's, by some method."""
    return any(_fits(one, segments) for one in _OPERATIONS.values())


def _fits(operation: _Operation, segments: tuple[str, ...]) -> bool:
    end = len(segments) - operation.labels
    return end > 0 and segments[max(0, end - len(operation.path)) : end] == operation.path


def connect(state: State, time: int, http_request: HttpRequest, segments: tuple[str, ...], outbox: Outbox) -> Answer:
    """Answer a request to a path that `is_connect`."""
    name = connect_name(http_request.method, segments)
    if name is None:
        return wrong_method(one.method for one in _OPERATIONS.values() if _fits(one, segments))
    operation = _OPERATIONS[name]
    labels = [unquote(segment) for segment in segments[len(segments) - operation.labels :]]
    try:
        request = operation.read(http_request.body or b"{}")
    except NotDecodable as refusal:
        return invalid_request(str(refusal))
    if is_over_quota(state, time, name):
        return too_many_requests()
    return operation.handle(Moment(state, time, outbox), request, *labels)
