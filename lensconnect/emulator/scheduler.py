"""What happens by itself: everything that is due by a time, in order, each thing at its own moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lensconnect.content.types import EVENT_AUTHENTICATION_TIMEOUT
from lensconnect.emulator.chat.attachments import settle
from lensconnect.emulator.chat.context import Turn, event
from lensconnect.emulator.chat.idle_timeout import silent
from lensconnect.emulator.chat.outbox import Pushes
from lensconnect.emulator.chat.people import Participant
from lensconnect.emulator.chat.state import Chat, Seat, State
from lensconnect.emulator.chat.timer_queue import Kind
from lensconnect.emulator.faults.frames import release
from lensconnect.emulator.operations.disconnect import depart
from lensconnect.emulator.websockets.connections import expire, quiet
from lensconnect.types.item import PARTICIPANT_ROLE_CUSTOMER

__all__ = ["customer_of", "pass_time"]

_Happening = Callable[..., None]


def pass_time(state: State, time: int, pushes: Pushes) -> None:
    """Let everything happen that is due by now."""
    while (due := state.timers.pop(time)) is not None:
        _HAPPENINGS[due.kind](state, due.time, pushes, *due.about)


def customer_of(chat: Chat) -> Participant:
    """The one the chat is for."""
    return next(one for one in chat.participants.values() if one.role == PARTICIPANT_ROLE_CUSTOMER)


def _turn(state: State, time: int, pushes: Pushes, contact_id: str, participant_id: str | None = None) -> Turn | None:
    """A turn of a participant, or of the customer, while the chat goes on."""
    chat = state.chats[contact_id]
    if chat.over:
        return None
    participant = customer_of(chat) if participant_id is None else chat.participants[participant_id]
    return Turn(state, time, Seat(chat, participant), pushes)


def _ticket(state: State, _time: int, _pushes: Pushes, ticket: str) -> None:
    state.tickets.pop(ticket, None)


def _token(state: State, _time: int, _pushes: Pushes, token: str) -> None:
    state.connection_tokens.pop(token, None)


def _socket(state: State, time: int, pushes: Pushes, socket_id: str) -> None:
    socket = state.sockets.get(socket_id)
    if socket is not None:
        expire(state, time, socket, pushes, "connection expired")


def _quiet(state: State, time: int, pushes: Pushes, socket_id: str) -> None:
    socket = state.sockets.get(socket_id)
    if socket is not None:
        quiet(state, time, socket, pushes)


def _held(state: State, _time: int, pushes: Pushes, socket_id: str) -> None:
    socket = state.sockets.get(socket_id)
    if socket is not None:
        release(socket, pushes)


def _scan(state: State, time: int, pushes: Pushes, contact_id: str) -> None:
    turn = _turn(state, time, pushes, contact_id)
    if turn is not None:
        settle(turn)


def _session(state: State, time: int, pushes: Pushes, contact_id: str, session_id: str) -> None:
    turn = _turn(state, time, pushes, contact_id)
    session = state.chats[contact_id].sessions[session_id]
    if turn is not None and session.announced and session.standing == "open":
        session.standing = "done"
        turn.mention(event(EVENT_AUTHENTICATION_TIMEOUT))


def _silence(state: State, time: int, pushes: Pushes, contact_id: str, participant_id: str) -> None:
    turn = _turn(state, time, pushes, contact_id, participant_id)
    if turn is not None:
        silent(turn)


def _away(state: State, time: int, pushes: Pushes, contact_id: str, participant_id: str) -> None:
    turn = _turn(state, time, pushes, contact_id, participant_id)
    longest = state.options.agent_away_seconds
    if turn is None or longest is None or turn.participant.standing != "joined" or turn.participant.sockets:
        return
    if time >= turn.participant.away + int(longest * 1000):
        depart(turn)


def _chat(state: State, time: int, pushes: Pushes, contact_id: str) -> None:
    turn = _turn(state, time, pushes, contact_id)
    if turn is None:
        return
    if time < turn.chat.ends:
        state.timers.at(turn.chat.ends, "chat", contact_id)
    else:
        turn.end()


def _unseen(state: State, time: int, pushes: Pushes, contact_id: str) -> None:
    turn = _turn(state, time, pushes, contact_id)
    if turn is not None and turn.participant.standing == "invited":
        turn.end()


_HAPPENINGS: Final[Mapping[Kind, _Happening]] = {
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
