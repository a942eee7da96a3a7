"""Who is in a chat, the sockets they listen on, and the clock that watches their silence."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from lensconnect.types.item import (
    PARTICIPANT_ROLE_AGENT,
    PARTICIPANT_ROLE_CUSTOM_BOT,
    PARTICIPANT_ROLE_CUSTOMER,
    PARTICIPANT_ROLE_SUPERVISOR,
    PARTICIPANT_ROLE_SYSTEM,
    ParticipantRole,
)

__all__ = ["ROLES", "IdleTimer", "Participant", "WebSocketConnection", "ParticipantStatus"]

ROLES: Final = (
    PARTICIPANT_ROLE_AGENT,
    PARTICIPANT_ROLE_CUSTOMER,
    PARTICIPANT_ROLE_SYSTEM,
    PARTICIPANT_ROLE_CUSTOM_BOT,
    PARTICIPANT_ROLE_SUPERVISOR,
)
"""What someone in a chat can be."""

ParticipantStatus: TypeAlias = Literal["invited", "joined", "left"]


class IdleTimer:
    """How long a participant may say nothing, in milliseconds; `since` is when the silence began.

    With both bounds the second counts from the moment the first was reached.
    """

    __slots__ = ("disconnect", "idle", "is_idle", "since")

    def __init__(self, since: int, idle: int | None, disconnect: int | None) -> None:
        self.since = since
        self.idle = idle
        self.disconnect = disconnect
        self.is_idle = False

    def due(self) -> int | None:
        """When the next thing happens, unless something is said before; `None` for never."""
        bound = self.disconnect if self.idle is None or self.is_idle else self.idle
        return None if bound is None else self.since + bound


class Participant:
    """Someone in a chat: known from its start or later, joined by being there, gone by a disconnection.

    `away` is when its last socket was lost.
    """

    __slots__ = ("away", "display_name", "id", "idle_timer", "role", "sockets", "status", "token")

    def __init__(self, identity: str, role: ParticipantRole, display_name: str, token: str = "") -> None:
        self.id = identity
        self.token = token
        self.role = role
        self.display_name = display_name
        self.status: ParticipantStatus = "invited"
        self.sockets: dict[str, WebSocketConnection] = {}
        self.away = 0
        self.idle_timer: IdleTimer | None = None


class WebSocketConnection:
    """One open WebSocket.  It hears a topic only after it has subscribed to it."""

    __slots__ = ("active", "contact_id", "ends", "held", "id", "participant", "silent", "topics")

    def __init__(self, identity: str, contact_id: str, participant: Participant, time: int, ends: int) -> None:
        self.id = identity
        self.contact_id = contact_id
        self.participant = participant
        self.ends = ends
        self.active = time
        self.topics: set[str] = set()
        self.silent = False
        self.held: list[str] = []
