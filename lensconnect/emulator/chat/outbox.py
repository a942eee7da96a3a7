"""What the service says unasked: frames to participants, and what that comes to on each of their sockets."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from lensconnect.emulator.chat.state import WebSocketConnection
from lensconnect.marks import SECRET
from lensconnect.record import Record

__all__ = ["Frame", "SocketAction", "Outbox", "SocketClose", "SocketText"]


class Frame(Record, frozen=True):
    """A text for every socket that one participant has subscribed, whether there is any or not."""

    contact_id: str
    participant_id: str
    text: Annotated[str, SECRET]


class SocketText(Record, frozen=True):
    """A text frame on one socket; `topic` is empty for what has none."""

    socket_id: str
    topic: str
    text: Annotated[str, SECRET]


class SocketClose(Record, frozen=True):
    """The end of one socket."""

    socket_id: str
    code: int
    reason: str = ""


SocketAction: TypeAlias = SocketText | SocketClose
"""What one socket is to do."""


class Outbox:
    """What has been said in one step so far, in order, and for sockets with the socket it is for."""

    __slots__ = ("actions", "frames")

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.actions: list[tuple[WebSocketConnection, SocketAction]] = []

    def text(self, socket: WebSocketConnection, topic: str, text: str) -> None:
        """Send a frame on a socket."""
        self.actions.append((socket, SocketText(socket.id, topic, text)))

    def close(self, socket: WebSocketConnection, code: int, reason: str) -> None:
        """Close a socket."""
        self.actions.append((socket, SocketClose(socket.id, code, reason)))
