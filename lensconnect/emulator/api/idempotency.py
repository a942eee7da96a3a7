"""Idempotency: the first reply to each ClientToken of a participant, kept as long as the chat.

Facts: the same ClientToken makes the same message, event, upload or disconnection (documented).  AWS does
not document how long a token counts or what a changed body does, so both are assumed.  The scope of a
token is the participant and the operation.  For events the body belongs to the scope too, because clients
are known that send every receipt with one constant token.
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import MemberContext
from lensconnect.emulator.chat.state import StoredReply
from lensconnect.emulator.operations import OperationOutcome
from lensconnect.emulator.wire.errors import validation_error
from lensconnect.operations import DisconnectParticipant, Reply, Request, Row, SendEvent


def lookup_reply(context: MemberContext, row: Row, request: Request[Reply]) -> OperationOutcome | None:
    """Return the stored reply to the request's ClientToken.

    `None` stands for a request that was not made before, and for any request after the participant's end in
    the chat but DisconnectParticipant.  The option `idempotency="refuse"` returns an error for a changed body.
    """
    if not (context.membership.is_open or isinstance(request, DisconnectParticipant)):
        return None
    key = _key(context, row, request)
    stored = context.chat.replies.get(key) if key is not None else None
    if stored is None:
        return None
    if context.state.options.idempotency == "refuse" and stored.body != _body(row, request):
        return validation_error("ClientToken was used with another body")
    return stored.reply


def store_reply(context: MemberContext, row: Row, request: Request[Reply], reply: Reply) -> None:
    """Store the first reply to the request's ClientToken, if it has one."""
    key = _key(context, row, request)
    if key is not None:
        context.chat.replies[key] = StoredReply(_body(row, request), reply)


def _key(context: MemberContext, row: Row, request: Request[Reply]) -> tuple[object, ...] | None:
    token: str | None = getattr(request, "client_token", None)
    if not token or context.state.options.idempotency == "off":
        return None
    return context.participant.id, row.name, token, _body(row, request) if isinstance(request, SendEvent) else None


def _body(row: Row, request: Request[Reply]) -> tuple[object, ...]:
    return tuple(getattr(request, field.name) for field in row.at("body"))
