"""Idempotency: the first success of a participant's operation with a ClientToken, kept as long as the chat.

Facts: after the end everything is denied, except that a disconnection may be repeated.  The scope is
participant, operation and token; clients are known that send every receipt under
one constant token, so for events the body belongs to the scope as well.
"""

from __future__ import annotations

from lensconnect.emulator.chat.state import Remembered, Seat, State
from lensconnect.emulator.wire.errors import invalid
from lensconnect.errors import ServiceError
from lensconnect.operations import DisconnectParticipant, Reply, Request, Row, SendEvent

__all__ = ["recall", "remember"]


def recall(state: State, seat: Seat, row: Row, request: Request[Reply]) -> Reply | ServiceError | None:
    """What was answered before, `None` where this is the first time, or nothing is repeated any more."""
    if not (seat.is_open or isinstance(request, DisconnectParticipant)):
        return None
    key = _key(seat, row, request)
    first = seat.chat.replies.get(key) if key is not None and state.options.idempotency != "off" else None
    if first is None:
        return None
    if state.options.idempotency == "refuse" and first.body != _body(row, request):
        return invalid("ClientToken was used with another body")
    return first.reply


def remember(state: State, seat: Seat, row: Row, request: Request[Reply], reply: Reply) -> None:
    """Keep the first success."""
    key = _key(seat, row, request)
    if key is not None and state.options.idempotency != "off":
        seat.chat.replies[key] = Remembered(_body(row, request), reply)


def _key(seat: Seat, row: Row, request: Request[Reply]) -> tuple[object, ...] | None:
    token: str | None = getattr(request, "client_token", None)
    if not token:
        return None
    return seat.participant.id, row.name, token, _body(row, request) if isinstance(request, SendEvent) else None


def _body(row: Row, request: Request[Reply]) -> tuple[object, ...]:
    return tuple(getattr(request, field.name) for field in row.at("body"))
