"""Timers that are due and their handlers: everything that the service does because time has passed.

A handler looks at the state again before it acts, because a timer is never cancelled: a chat may have
ended or a WebSocket may have been active since the timer was set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from lensconnect.content.types import EVENT_AUTHENTICATION_TIMEOUT
from lensconnect.emulator.chat.attachments import finish_scans, forget_files
from lensconnect.emulator.chat.context import MemberContext, OperationContext, event
from lensconnect.emulator.chat.idle_timeout import check_idle
from lensconnect.emulator.chat.lifecycle import customer_of, member_context
from lensconnect.emulator.chat.staged_messages import finish_processing, push_next_chunk
from lensconnect.emulator.chat.state import WebSocketConnection
from lensconnect.emulator.chat.timer_queue import TimerKind
from lensconnect.emulator.faults.frames import release_held_frames
from lensconnect.emulator.operations.disconnect import depart
from lensconnect.emulator.websockets.connections import close_if_quiet, expire

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


def _wake_flow(context: OperationContext, name: str) -> None:
    context.state.woken[name] = None


def _expire_session(customer: MemberContext, session_id: str) -> None:
    session = customer.chat.sessions[session_id]
    if session.announced and session.status == "open":
        session.status = "done"
        customer.broadcast(event(EVENT_AUTHENTICATION_TIMEOUT))


def _remove_absent_agent(agent: MemberContext) -> None:
    seconds = agent.state.options.agent_away_seconds
    if seconds is None or agent.participant.status != "joined" or agent.participant.sockets:
        return
    if agent.time >= agent.participant.away + int(seconds * 1000):
        depart(agent)


def _end_chat(customer: MemberContext) -> None:
    if customer.time < customer.chat.ends:
        customer.state.timers.at(customer.chat.ends, "chat", customer.chat.contact_id)
    else:
        customer.end()


def _end_unseen_chat(customer: MemberContext) -> None:
    if customer.participant.status == "invited":
        customer.end()


def _with_socket(act: Callable[[OperationContext, WebSocketConnection], None]) -> _Handler:
    """Return a handler that does nothing if the WebSocket is closed."""

    def handle(context: OperationContext, socket_id: str) -> None:
        socket = context.state.sockets.get(socket_id)
        if socket is not None:
            act(context, socket)

    return handle


def _with_customer(act: Callable[..., None]) -> _Handler:
    """Return a handler that acts for the customer, and does nothing if the chat is over."""

    def handle(context: OperationContext, contact_id: str, *about: str) -> None:
        customer = member_context(context, contact_id, customer_of(context.state.contacts[contact_id]))
        if customer is not None:
            act(customer, *about)

    return handle


def _with_member(act: Callable[[MemberContext], None]) -> _Handler:
    """Return a handler that acts for one participant, and does nothing if the chat is over."""

    def handle(context: OperationContext, contact_id: str, participant_id: str) -> None:
        participant = context.state.contacts[contact_id].participants[participant_id]
        member = member_context(context, contact_id, participant)
        if member is not None:
            act(member)

    return handle


_HANDLERS: Final[Mapping[TimerKind, _Handler]] = {
    "away": _with_member(_remove_absent_agent),
    "chat": _with_customer(_end_chat),
    "chunk": _with_customer(push_next_chunk),
    "files": forget_files,
    "flow": _wake_flow,
    "held": _with_socket(release_held_frames),
    "idle": _with_member(check_idle),
    "process": _with_customer(finish_processing),
    "quiet": _with_socket(close_if_quiet),
    "scan": _with_customer(finish_scans),
    "session": _with_customer(_expire_session),
    "socket": _with_socket(partial(expire, reason="connection expired")),
    "ticket": _expire_ticket,
    "token": _expire_token,
    "unseen": _with_customer(_end_unseen_chat),
}
