"""The operations of the participant service: a table of handlers, a file for each family.

A handler takes a `MemberContext` and a request, and returns a reply or a `ServiceError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, get_type_hints

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
from lensconnect.operations import Reply

OperationOutcome: TypeAlias = Reply | ServiceError
"""The result of an operation of the participant service."""

Handler: TypeAlias = Callable[[MemberContext, Any], OperationOutcome]


_HANDLERS: Final[tuple[Handler, ...]] = (
    cancel_participant_authentication,
    complete_attachment_upload,
    create_participant_connection,
    describe_view,
    disconnect_participant,
    get_attachment,
    get_authentication_url,
    get_transcript,
    send_event,
    send_message,
    start_attachment_upload,
)
HANDLERS: Final[Mapping[type[Any], Handler]] = {
    tuple(get_type_hints(handler).values())[1]: handler for handler in _HANDLERS
}
"""The handlers by the type of their second parameter, the request."""
