"""Faults of frames: lose, repeat or reorder them, stop them, or end their WebSocket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lensconnect.emulator.chat.fault_plan import SocketKind
from lensconnect.emulator.chat.outbox import Outbox, SocketAction, SocketClose, SocketText
from lensconnect.emulator.chat.state import State, WebSocketConnection
from lensconnect.emulator.websockets.connections import expire

__all__ = ["inject_frame_faults", "release_held_frames"]

_KINDS: Final[tuple[SocketKind, ...]] = ("drop", "duplicate", "reorder", "silence", "expire")
_HOLD_MILLISECONDS: Final = 1000


def inject_frame_faults(
    state: State, time: int, outgoing: Iterable[tuple[WebSocketConnection, SocketAction]]
) -> tuple[SocketAction, ...]:
    """Apply the planned faults to actions in their order, and return the actions to carry out.

    A reordered frame follows the next frame of its WebSocket, or is sent a second later.
    """
    return tuple(action for socket, wanted in outgoing for action in _apply(state, time, socket, wanted))


def _apply(state: State, time: int, socket: WebSocketConnection, action: SocketAction) -> Iterator[SocketAction]:
    if isinstance(action, SocketClose):
        yield from _take_held(socket)
        yield action
        return
    faults = state.faults
    fault = None if socket.silent or not action.topic else faults.of_frame(action.topic, socket.contact_id, _KINDS)
    kind = None if fault is None else fault.kind
    if kind == "expire":
        outbox = Outbox()
        expire(state, time, socket, outbox, "connection expired")
        yield from (close for _, close in outbox.outgoing)
    elif kind == "silence" or socket.silent:
        socket.silent = True
    elif kind == "reorder" and not socket.held:
        state.timers.at(time + _HOLD_MILLISECONDS, "held", socket.id)
        socket.held.append(action.text)
    elif kind != "drop":
        yield from (action, action) if kind == "duplicate" else (action,)
        yield from _take_held(socket)


def _take_held(socket: WebSocketConnection) -> Iterator[SocketText]:
    held, socket.held = socket.held, []
    return (SocketText(socket.id, "", text) for text in held if not socket.silent)


def release_held_frames(socket: WebSocketConnection, outbox: Outbox) -> None:
    """Send the frames that a `reorder` fault holds back, as no other frame followed them."""
    outbox.outgoing.extend((socket, text) for text in _take_held(socket))
