"""The life of a socket: a ticket opens it, frames come in, it ends.  Frames in, frames out.

Facts: a URL opens one socket, within its 100 seconds; five may be open for a participant; nothing of
the chat is heard before a subscription, and nothing is ever replayed.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from lensconnect.emulator.chat.context import TOPIC, OperationContext
from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.state import Membership, State, WebSocketConnection, WebSocketTicket
from lensconnect.emulator.websockets.control_frames import (
    HEARTBEAT,
    PING,
    SUBSCRIBE,
    Control,
    forbidden,
    heartbeat,
    ping,
    read,
    told,
)
from lensconnect.emulator.wire.errors import denied, no_route, refused
from lensconnect.emulator.wire.routes import segments_of
from lensconnect.errors import THROTTLING, ServiceError
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT

__all__ = ["PATH", "admit", "dismiss", "expire", "listen", "quiet", "membership_of_socket"]

PATH = ("participant", "socket")
"""The end of the path of every socket's URL."""


def admit(state: State, time: int, url: str, outbox: Outbox) -> WebSocketConnection | ServiceError:
    """A socket for the ticket in a URL, or why there is none."""
    if segments_of(url)[-2:] != PATH:
        return no_route()
    name = parse_qs(urlsplit(url).query).get("ticket", [""])[0]
    ticket = state.tickets.get(name)
    if ticket is None or time >= ticket.expires or not ticket.membership.is_open:
        return denied()
    open_already = ticket.membership.participant.sockets
    if len(open_already) >= state.options.sockets_per_participant:
        if state.options.sixth_socket == "refuse":
            return refused(THROTTLING, "Too many open connections")
        expire(state, time, next(iter(open_already.values())), outbox, "replaced")
    del state.tickets[name]
    return _opened(state, time, ticket)


def _opened(state: State, time: int, ticket: WebSocketTicket) -> WebSocketConnection:
    chat, participant = ticket.membership
    socket = WebSocketConnection(state.ids.uuid(), chat.contact_id, participant, time, ticket.ends)
    state.sockets[socket.id] = participant.sockets[socket.id] = socket
    state.timers.at(socket.ends, "socket", socket.id)
    watch_quiet(state, socket)
    return socket


def listen(state: State, time: int, socket: WebSocketConnection, text: str | None, outbox: Outbox) -> None:
    """Answer a frame; `None` stands for one that is no text."""
    socket.active = time
    control = None if text is None else read(text, state.options.stray_parenthesis)
    if control is None:
        outbox.text(socket, "", forbidden(socket.id, state.ids.uuid()))
        return
    refuses = state.faults.of_frame(control.topic, socket.contact_id, ("refuse",)) is not None
    if control.topic == HEARTBEAT:
        outbox.text(socket, HEARTBEAT, heartbeat())
    elif control.topic == PING:
        outbox.text(socket, PING, ping(healthy=not refuses))
    else:
        _change_topics(state, time, socket, control, refuses, outbox)


def _change_topics(
    state: State, time: int, socket: WebSocketConnection, control: Control, refuses: bool, outbox: Outbox
) -> None:
    success = control.is_known and not refuses
    outbox.text(socket, control.topic, told(control, success))
    if success and control.topic == SUBSCRIBE:
        socket.topics.add(TOPIC)
        OperationContext(state, time, membership_of_socket(state, socket), outbox).join()
    elif success:
        socket.topics.discard(TOPIC)


def membership_of_socket(state: State, socket: WebSocketConnection) -> Membership:
    """Whose socket it is."""
    return Membership(state.chats[socket.contact_id], socket.participant)


def dismiss(state: State, time: int, socket: WebSocketConnection) -> None:
    """The socket is gone; what it was for goes on."""
    state.sockets.pop(socket.id, None)
    participant, longest = socket.participant, state.options.agent_away_seconds
    participant.sockets.pop(socket.id, None)
    if not participant.sockets and longest is not None and participant.role == PARTICIPANT_ROLE_AGENT:
        participant.away = time
        state.timers.at(time + int(longest * 1000), "away", socket.contact_id, participant.id)


def expire(state: State, time: int, socket: WebSocketConnection, outbox: Outbox, reason: str) -> None:
    """End a socket from this side."""
    dismiss(state, time, socket)
    outbox.close(socket, 1001, reason)


def watch_quiet(state: State, socket: WebSocketConnection) -> None:
    """Look again when the socket has been quiet for too long, if nothing passes until then."""
    longest = state.options.socket_quiet_seconds
    if longest is not None:
        state.timers.at(socket.active + int(longest * 1000), "quiet", socket.id)


def quiet(state: State, time: int, socket: WebSocketConnection, outbox: Outbox) -> None:
    """End a socket that was quiet for too long, or look again later."""
    longest = state.options.socket_quiet_seconds
    if longest is not None and time < socket.active + int(longest * 1000):
        watch_quiet(state, socket)
    else:
        expire(state, time, socket, outbox, "idle")
