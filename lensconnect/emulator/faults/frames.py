"""What becomes of frames on their way out, when faults are planned for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lensconnect.emulator.chat.fault_plan import SocketKind
from lensconnect.emulator.chat.outbox import Outbox, SocketAction, SocketClose, SocketText
from lensconnect.emulator.chat.state import State, WebSocketConnection
from lensconnect.emulator.websockets.connections import expire

__all__ = ["afflicted", "release"]

_KINDS: Final[tuple[SocketKind, ...]] = ("drop", "duplicate", "reorder", "silence", "expire")
_HELD_FOR: Final = 1000


def afflicted(
    state: State, time: int, outgoing: Iterable[tuple[WebSocketConnection, SocketAction]]
) -> tuple[SocketAction, ...]:
    """What really leaves; a frame that was to be overtaken follows the next one, or leaves a second later."""
    return tuple(left for socket, one in outgoing for left in _leaving(state, time, socket, one))


def _leaving(state: State, time: int, socket: WebSocketConnection, one: SocketAction) -> Iterator[SocketAction]:
    if isinstance(one, SocketClose):
        yield from _overtaken(socket)
        yield one
        return
    fault = None if socket.silent or not one.topic else state.faults.of_frame(one.topic, socket.contact_id, _KINDS)
    kind = None if fault is None else fault.kind
    if kind == "expire":
        outbox = Outbox()
        expire(state, time, socket, outbox, "connection expired")
        yield from (closing for _, closing in outbox.outgoing)
    elif kind == "silence" or socket.silent:
        socket.silent = True
    elif kind == "reorder" and not socket.held:
        state.timers.at(time + _HELD_FOR, "held", socket.id)
        socket.held.append(one.text)
    elif kind != "drop":
        yield from (one, one) if kind == "duplicate" else (one,)
        yield from _overtaken(socket)


def _overtaken(socket: WebSocketConnection) -> Iterator[SocketText]:
    held, socket.held = socket.held, []
    return (SocketText(socket.id, "", text) for text in held if not socket.silent)


def release(socket: WebSocketConnection, outbox: Outbox) -> None:
    """Let what was held back go after all."""
    outbox.outgoing.extend((socket, text) for text in _overtaken(socket))
