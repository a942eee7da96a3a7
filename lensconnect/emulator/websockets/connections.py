"""WebSocket connections: a ticket opens one, frames are answered, timers or the client close it.

Facts: a URL opens a WebSocket within 100 seconds, and a participant may have five (documented).  Chat items are
pushed after a subscription only, and none is repeated later (observed in ChatJS's reconnect code).  A URL
opens one WebSocket (assumed).
"""

from __future__ import annotations

from lensconnect.emulator.chat.context import TOPIC, OperationContext
from lensconnect.emulator.chat.state import WebSocketConnection, WebSocketTicket
from lensconnect.emulator.websockets.control_frames import (
    HEARTBEAT,
    PING,
    SUBSCRIBE,
    Control,
    forbidden,
    heartbeat,
    ping,
    read,
    subscription_ack,
)
from lensconnect.emulator.wire.errors import access_denied, modelled_error, no_route
from lensconnect.emulator.wire.routes import SOCKET, route_of, ticket_in
from lensconnect.errors import THROTTLING, ServiceError
from lensconnect.live.orders import GOING_AWAY
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT


def admit(context: OperationContext, url: str) -> WebSocketConnection | ServiceError:
    """Open a WebSocket for the ticket in a URL, or return the error that refuses the handshake."""
    route = route_of("GET", url)
    if route.api != "socket":
        return no_route()
    name = ticket_in(url, SOCKET) or ""
    ticket = context.state.tickets.get(name)
    if ticket is None or context.time >= ticket.expires or not ticket.membership.is_open:
        return access_denied()
    open_sockets = ticket.membership.participant.sockets
    if len(open_sockets) >= context.state.options.sockets_per_participant:
        if context.state.options.sixth_socket == "refuse":
            return modelled_error(THROTTLING, "Too many open connections")
        expire(context, next(iter(open_sockets.values())), "replaced")
    del context.state.tickets[name]
    return _opened(context, ticket)


def _opened(context: OperationContext, ticket: WebSocketTicket) -> WebSocketConnection:
    state = context.state
    socket = WebSocketConnection(state.ids.uuid(), ticket.membership, context.time, ticket.ends)
    state.sockets[socket.id] = ticket.membership.participant.sockets[socket.id] = socket
    state.timers.at(socket.ends, "socket", socket.id)
    _schedule_quiet_check(context, socket)
    return socket


def listen(context: OperationContext, socket: WebSocketConnection, text: str | None) -> None:
    """Answer a frame from a client; `None` stands for a frame that is not text."""
    state, outbox = context.state, context.outbox
    socket.active = context.time
    control = None if text is None else read(text, state.options.stray_parenthesis)
    if control is None:
        outbox.text(socket, "", forbidden(socket.id, state.ids.uuid()))
        return
    refuses = state.faults.of_frame(control.topic, socket.membership, ("refuse",)) is not None
    if control.topic == HEARTBEAT:
        outbox.text(socket, HEARTBEAT, heartbeat())
    elif control.topic == PING:
        outbox.text(socket, PING, ping(healthy=not refuses))
    else:
        _change_subscription(context, socket, control, control.is_known and not refuses)


def _change_subscription(
    context: OperationContext, socket: WebSocketConnection, control: Control, success: bool
) -> None:
    context.outbox.text(socket, control.topic, subscription_ack(control, success))
    if success and control.topic == SUBSCRIBE:
        socket.topics.add(TOPIC)
        context.member(socket.membership).join(is_live=True)
    elif success:
        socket.topics.discard(TOPIC)


def dismiss(context: OperationContext, socket: WebSocketConnection) -> None:
    """Forget a WebSocket that has ended; its participant stays in the chat."""
    chat, participant = socket.membership
    seconds = context.state.options.agent_away_seconds
    context.state.sockets.pop(socket.id, None)
    participant.sockets.pop(socket.id, None)
    if not participant.sockets and seconds is not None and participant.role == PARTICIPANT_ROLE_AGENT:
        participant.away = context.time
        context.state.timers.at(context.after(seconds), "away", chat.contact_id, participant.id)


def expire(context: OperationContext, socket: WebSocketConnection, reason: str) -> None:
    """Close a WebSocket from the service's side, with 1001."""
    dismiss(context, socket)
    context.outbox.close(socket, GOING_AWAY, reason)


def close_if_quiet(context: OperationContext, socket: WebSocketConnection) -> None:
    """Close a WebSocket without a frame for `socket_quiet_seconds`, or schedule the next check."""
    seconds = context.state.options.socket_quiet_seconds
    if seconds is not None and context.time < socket.active + int(seconds * 1000):
        _schedule_quiet_check(context, socket)
    else:
        expire(context, socket, "idle")


def _schedule_quiet_check(context: OperationContext, socket: WebSocketConnection) -> None:
    seconds = context.state.options.socket_quiet_seconds
    if seconds is not None:
        context.state.timers.at(socket.active + int(seconds * 1000), "quiet", socket.id)
