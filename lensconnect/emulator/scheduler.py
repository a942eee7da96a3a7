"""Timers that are due and their handlers: everything that the service does because time has passed.

A handler looks at the state again before it acts, because a timer is never cancelled: a chat may have
ended or a WebSocket may have been active since the timer was set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lensconnect.content.types import EVENT_AUTHENTICATION_TIMEOUT
from lensconnect.emulator.chat.attachments import finish_scans
from lensconnect.emulator.chat.context import MemberContext, OperationContext, event
from lensconnect.emulator.chat.idle_timeout import check_idle
from lensconnect.emulator.chat.lifecycle import customer_of, member_context
from lensconnect.emulator.chat.timer_queue import Kind
from lensconnect.emulator.faults.frames import release_held_frames
from lensconnect.emulator.operations.disconnect import depart
from lensconnect.emulator.websockets.connections import close_if_quiet, expire

__all__ = ["run_due"]

_Handler = Callable[..., None]


def run_due(context: OperationContext) -> None:
    """Run the timers that are due by the context's time, in order, each at the time it was set for."""
    state = context.state
    while (due := state.timers.pop(context.time)) is not None:
        _HANDLERS[due.kind](OperationContext(state, due.time, context.outbox), *due.about)


def _expire_ticket(context: OperationContext, ticket: str) -> None:
    context.state.tickets.pop(ticket, None)


def _expire_token(context: OperationContext, token: str) -> None:
    context.state.tokens.pop(token, None)


def _expire_socket(context: OperationContext, socket_id: str) -> None:
    socket = context.state.sockets.get(socket_id)
    if socket is not None:
        expire(context, socket, "connection expired")


def _close_quiet_socket(context: OperationContext, socket_id: str) -> None:
    socket = context.state.sockets.get(socket_id)
    if socket is not None:
        close_if_quiet(context, socket)


def _send_held_frames(context: OperationContext, socket_id: str) -> None:
    socket = context.state.sockets.get(socket_id)
    if socket is not None:
        release_held_frames(socket, context.outbox)


def _finish_scans(context: OperationContext, contact_id: str) -> None:
    customer = _customer(context, contact_id)
    if customer is not None:
        finish_scans(customer)


def _expire_session(context: OperationContext, contact_id: str, session_id: str) -> None:
    customer = _customer(context, contact_id)
    session = context.state.chats[contact_id].sessions[session_id]
    if customer is not None and session.announced and session.status == "open":
        session.status = "done"
        customer.broadcast(event(EVENT_AUTHENTICATION_TIMEOUT))


def _check_idle(context: OperationContext, contact_id: str, participant_id: str) -> None:
    member = member_context(context, contact_id, context.state.chats[contact_id].participants[participant_id])
    if member is not None:
        check_idle(member)


def _remove_absent_agent(context: OperationContext, contact_id: str, participant_id: str) -> None:
    member = member_context(context, contact_id, context.state.chats[contact_id].participants[participant_id])
    seconds = context.state.options.agent_away_seconds
    if member is None or seconds is None or member.participant.status != "joined" or member.participant.sockets:
        return
    if context.time >= member.participant.away + int(seconds * 1000):
        depart(member)


def _end_chat(context: OperationContext, contact_id: str) -> None:
    customer = _customer(context, contact_id)
    if customer is None:
        return
    if context.time < customer.chat.ends:
        context.state.timers.at(customer.chat.ends, "chat", contact_id)
    else:
        customer.end()


def _end_unseen_chat(context: OperationContext, contact_id: str) -> None:
    customer = _customer(context, contact_id)
    if customer is not None and customer.participant.status == "invited":
        customer.end()


def _customer(context: OperationContext, contact_id: str) -> MemberContext | None:
    return member_context(context, contact_id, customer_of(context.state.chats[contact_id]))


_HANDLERS: Final[Mapping[Kind, _Handler]] = {
    "away": _remove_absent_agent,
    "chat": _end_chat,
    "held": _send_held_frames,
    "idle": _check_idle,
    "quiet": _close_quiet_socket,
    "scan": _finish_scans,
    "session": _expire_session,
    "socket": _expire_socket,
    "ticket": _expire_ticket,
    "token": _expire_token,
    "unseen": _end_unseen_chat,
}
