"""Outbox: the frames that a step pushes, by participant and for each open WebSocket."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from lensconnect.emulator.chat.state import WebSocketConnection
from lensconnect.marks import SECRET
from lensconnect.record import Record


class Frame(Record, frozen=True):
    """A frame pushed to one participant, whether it has a subscribed WebSocket or not."""

    contact_id: str
    participant_id: str
    text: Annotated[str, SECRET]


class SocketText(Record, frozen=True):
    """Send a text frame on one WebSocket; `topic` is empty for a frame without one."""

    socket_id: str
    topic: str
    text: Annotated[str, SECRET]


class SocketClose(Record, frozen=True):
    """Close one WebSocket, with a close code of RFC 6455."""

    socket_id: str
    code: int
    reason: str = ""


SocketAction: TypeAlias = SocketText | SocketClose
"""An action on one WebSocket."""


class Outbox:
    """The frames and actions of one step, in order, each action with its WebSocket."""

    __slots__ = ("actions", "frames")

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.actions: list[tuple[WebSocketConnection, SocketAction]] = []

    def text(self, socket: WebSocketConnection, topic: str, text: str) -> None:
        """Add a text frame for a WebSocket."""
        self.actions.append((socket, SocketText(socket.id, topic, text)))

    def close(self, socket: WebSocketConnection, code: int, reason: str) -> None:
        """Add the closing of a WebSocket."""
        self.actions.append((socket, SocketClose(socket.id, code, reason)))
