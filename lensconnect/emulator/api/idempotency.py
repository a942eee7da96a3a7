"""Idempotency: the first success of a participant's operation with a ClientToken, kept as long as the chat.

Facts: after the end everything is denied, except that a disconnection may be repeated.  The scope is
participant, operation and token; clients are known that send every receipt under
one constant token, so for events the body belongs to the scope as well.
"""

from __future__ import annotations

from lensconnect.emulator.chat.state import Membership, State, StoredReply
from lensconnect.emulator.wire.errors import invalid
from lensconnect.errors import ServiceError
from lensconnect.operations import DisconnectParticipant, Reply, Request, Row, SendEvent

__all__ = ["lookup_reply", "store_reply"]


def lookup_reply(
    state: State, membership: Membership, row: Row, request: Request[Reply]
) -> Reply | ServiceError | None:
    """What was answered before, `None` where this is the first time, or nothing is repeated any more."""
    if not (membership.is_open or isinstance(request, DisconnectParticipant)):
        return None
    key = _key(membership, row, request)
    first = membership.chat.replies.get(key) if key is not None and state.options.idempotency != "off" else None
    if first is None:
        return None
    if state.options.idempotency == "refuse" and first.body != _body(row, request):
        return invalid("ClientToken was used with another body")
    return first.reply


def store_reply(state: State, membership: Membership, row: Row, request: Request[Reply], reply: Reply) -> None:
    """Keep the first success."""
    key = _key(membership, row, request)
    if key is not None and state.options.idempotency != "off":
        membership.chat.replies[key] = StoredReply(_body(row, request), reply)


def _key(membership: Membership, row: Row, request: Request[Reply]) -> tuple[object, ...] | None:
    token: str | None = getattr(request, "client_token", None)
    if not token:
        return None
    return membership.participant.id, row.name, token, _body(row, request) if isinstance(request, SendEvent) else None


def _body(row: Row, request: Request[Reply]) -> tuple[object, ...]:
    return tuple(getattr(request, field.name) for field in row.at("body"))
