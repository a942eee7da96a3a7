"""Faults of frames: lose, repeat or reorder them, stop them, or end their WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.fault_plan import SocketKind
from lensconnect.emulator.chat.outbox import Outbox, SocketAction, SocketClose, SocketText
from lensconnect.emulator.chat.state import WebSocketConnection
from lensconnect.emulator.websockets.connections import expire

_KINDS: Final[tuple[SocketKind, ...]] = ("drop", "duplicate", "reorder", "silence", "expire")
_HOLD_MILLISECONDS: Final = 1000


def inject_frame_faults(context: OperationContext) -> tuple[SocketAction, ...]:
    """Apply the planned faults to the actions in the outbox, in order, and return the actions to carry out.

    A reordered frame follows the next frame of its WebSocket, or is sent a second later.
    """
    return tuple(action for socket, wanted in context.outbox.actions for action in _apply(context, socket, wanted))


def _apply(context: OperationContext, socket: WebSocketConnection, action: SocketAction) -> Iterator[SocketAction]:
    if isinstance(action, SocketClose):
        yield from _take_held(socket)
        yield action
        return
    state = context.state
    can_fail = action.topic and not socket.silent and socket.id in state.sockets
    fault = state.faults.of_frame(action.topic, socket.membership, _KINDS) if can_fail else None
    kind = None if fault is None else fault.kind
    if kind == "expire":
        closing = OperationContext(state, context.time, Outbox())
        expire(closing, socket, "connection expired")
        yield from (close for _, close in closing.outbox.actions)
    elif kind == "silence" or socket.silent:
        socket.silent = True
    elif kind == "reorder" and not socket.held:
        state.timers.at(context.time + _HOLD_MILLISECONDS, "held", socket.id)
        socket.held.append(action.text)
    elif kind != "drop":
        yield from (action, action) if kind == "duplicate" else (action,)
        yield from _take_held(socket)


def _take_held(socket: WebSocketConnection) -> Iterator[SocketText]:
    held, socket.held = socket.held, []
    return (SocketText(socket.id, "", text) for text in held if not socket.silent)


def release_held_frames(context: OperationContext, socket: WebSocketConnection) -> None:
    """Send the frames that a `reorder` fault holds back, as no other frame followed them."""
    context.outbox.actions.extend((socket, text) for text in _take_held(socket))
