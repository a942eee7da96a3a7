"""What happens by itself: everything that is due by a time, in order, each thing at its own moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lensconnect.content.types import EVENT_AUTHENTICATION_TIMEOUT
from lensconnect.emulator.chat.attachments import settle
from lensconnect.emulator.chat.context import OperationContext, event
from lensconnect.emulator.chat.idle_timeout import check_idle
from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.state import Chat, Membership, Participant, State
from lensconnect.emulator.chat.timer_queue import Kind
from lensconnect.emulator.faults.frames import release_held_frames
from lensconnect.emulator.operations.disconnect import depart
from lensconnect.emulator.websockets.connections import expire, quiet
from lensconnect.types.item import PARTICIPANT_ROLE_CUSTOMER

__all__ = ["customer_of", "run_due"]

_Handler = Callable[..., None]


def run_due(state: State, time: int, outbox: Outbox) -> None:
    """Let everything happen that is due by now."""
    while (due := state.timers.pop(time)) is not None:
        _HANDLERS[due.kind](state, due.time, outbox, *due.about)


def customer_of(chat: Chat) -> Participant:
    """The one the chat is for."""
    return next(one for one in chat.participants.values() if one.role == PARTICIPANT_ROLE_CUSTOMER)


def _context(
    state: State, time: int, outbox: Outbox, contact_id: str, participant_id: str | None = None
) -> OperationContext | None:
    """A context of a participant, or of the customer, while the chat goes on."""
    chat = state.chats[contact_id]
    if chat.over:
        return None
    participant = customer_of(chat) if participant_id is None else chat.participants[participant_id]
    return OperationContext(state, time, Membership(chat, participant), outbox)


def _ticket(state: State, _time: int, _outbox: Outbox, ticket: str) -> None:
    state.tickets.pop(ticket, None)


def _token(state: State, _time: int, _outbox: Outbox, token: str) -> None:
    state.connection_tokens.pop(token, None)


def _socket(state: State, time: int, outbox: Outbox, socket_id: str) -> None:
    socket = state.sockets.get(socket_id)
    if socket is not None:
        expire(state, time, socket, outbox, "connection expired")


def _quiet(state: State, time: int, outbox: Outbox, socket_id: str) -> None:
    socket = state.sockets.get(socket_id)
    if socket is not None:
        quiet(state, time, socket, outbox)


def _held(state: State, _time: int, outbox: Outbox, socket_id: str) -> None:
    socket = state.sockets.get(socket_id)
    if socket is not None:
        release_held_frames(socket, outbox)


def _scan(state: State, time: int, outbox: Outbox, contact_id: str) -> None:
    context = _context(state, time, outbox, contact_id)
    if context is not None:
        settle(context)


def _session(state: State, time: int, outbox: Outbox, contact_id: str, session_id: str) -> None:
    context = _context(state, time, outbox, contact_id)
    session = state.chats[contact_id].sessions[session_id]
    if context is not None and session.announced and session.status == "open":
        session.status = "done"
        context.broadcast(event(EVENT_AUTHENTICATION_TIMEOUT))


def _silence(state: State, time: int, outbox: Outbox, contact_id: str, participant_id: str) -> None:
    context = _context(state, time, outbox, contact_id, participant_id)
    if context is not None:
        check_idle(context)


def _away(state: State, time: int, outbox: Outbox, contact_id: str, participant_id: str) -> None:
    context = _context(state, time, outbox, contact_id, participant_id)
    longest = state.options.agent_away_seconds
    if context is None or longest is None or context.participant.status != "joined" or context.participant.sockets:
        return
    if time >= context.participant.away + int(longest * 1000):
        depart(context)


def _chat(state: State, time: int, outbox: Outbox, contact_id: str) -> None:
    context = _context(state, time, outbox, contact_id)
    if context is None:
        return
    if time < context.chat.ends:
        state.timers.at(context.chat.ends, "chat", contact_id)
    else:
        context.end()


def _unseen(state: State, time: int, outbox: Outbox, contact_id: str) -> None:
    context = _context(state, time, outbox, contact_id)
    if context is not None and context.participant.status == "invited":
        context.end()


_HANDLERS: Final[Mapping[Kind, _Handler]] = {
    "away": _away,
    "chat": _chat,
    "held": _held,
    "quiet": _quiet,
    "scan": _scan,
    "session": _session,
    "silence": _silence,
    "socket": _socket,
    "ticket": _ticket,
    "token": _token,
    "unseen": _unseen,
}
