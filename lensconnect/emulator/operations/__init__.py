"""The operations of the participant service: a table of handlers, a file for each family.

A handler takes a `MemberContext` and a request, and returns a reply or a `ServiceError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar, cast

from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.operations.attachments import (
    complete_attachment_upload,
    get_attachment,
    start_attachment_upload,
)
from lensconnect.emulator.operations.authentication import cancel_participant_authentication, get_authentication_url
from lensconnect.emulator.operations.connection import create_participant_connection
from lensconnect.emulator.operations.disconnect import disconnect_participant
from lensconnect.emulator.operations.events import send_event
from lensconnect.emulator.operations.messages import send_message
from lensconnect.emulator.operations.transcript import get_transcript
from lensconnect.emulator.operations.views import describe_view
from lensconnect.errors import ServiceError
from lensconnect.operations import (
    CancelParticipantAuthentication,
    CompleteAttachmentUpload,
    CreateParticipantConnection,
    DescribeView,
    DisconnectParticipant,
    GetAttachment,
    GetAuthenticationUrl,
    GetTranscript,
    Reply,
    Request,
    SendEvent,
    SendMessage,
    StartAttachmentUpload,
)

__all__ = ["HANDLERS", "OperationOutcome", "Handler"]

Q = TypeVar("Q", bound=Request[Reply])

OperationOutcome: TypeAlias = Reply | ServiceError
Handler: TypeAlias = Callable[[MemberContext, Request[Reply]], OperationOutcome]


def _row(
    request_type: type[Q], handler: Callable[[MemberContext, Q], OperationOutcome]
) -> tuple[type[Request[Reply]], Handler]:
    """Return a row of the table; the signature checks that the handler takes requests of this type."""
    return request_type, cast(Handler, handler)


HANDLERS: Final[Mapping[type[Request[Reply]], Handler]] = dict(
    (
        _row(CancelParticipantAuthentication, cancel_participant_authentication),
        _row(CompleteAttachmentUpload, complete_attachment_upload),
        _row(CreateParticipantConnection, create_participant_connection),
        _row(DescribeView, describe_view),
        _row(DisconnectParticipant, disconnect_participant),
        _row(GetAttachment, get_attachment),
        _row(GetAuthenticationUrl, get_authentication_url),
        _row(GetTranscript, get_transcript),
        _row(SendEvent, send_event),
        _row(SendMessage, send_message),
        _row(StartAttachmentUpload, start_attachment_upload),
    )
)
