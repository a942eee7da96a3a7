"""What the service remembers.  Plain objects changed in place, whose renderings show no field.

State ── chats ── participants ── sockets
  │        └───── items, first replies, attachments, authentication sessions
  └── tokens and tickets, each to a membership: a participant in a chat
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from lensconnect.emulator.chat.fault_plan import Faults
from lensconnect.emulator.chat.ids import Ids
from lensconnect.emulator.chat.timer_queue import Timers
from lensconnect.emulator.options import Options
from lensconnect.jsontext import JsonObject
from lensconnect.operations import Reply
from lensconnect.programs.pace import Bucket
from lensconnect.types.attachment import ContentDisposition
from lensconnect.types.item import (
    PARTICIPANT_ROLE_AGENT,
    PARTICIPANT_ROLE_CUSTOM_BOT,
    PARTICIPANT_ROLE_CUSTOMER,
    PARTICIPANT_ROLE_SUPERVISOR,
    PARTICIPANT_ROLE_SYSTEM,
    ArtifactStatus,
    AttachmentItem,
    Item,
    ParticipantRole,
)
from lensconnect.types.view import View

__all__ = [
    "Attachment",
    "Chat",
    "TokenGrant",
    "Download",
    "IdleTimer",
    "Login",
    "Membership",
    "Participant",
    "ParticipantStatus",
    "ROLES",
    "Session",
    "State",
    "StoredReply",
    "WebSocketConnection",
    "WebSocketTicket",
]


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

    __slots__ = ("active", "ends", "held", "id", "membership", "silent", "topics")

    def __init__(self, identity: str, membership: Membership, time: int, ends: int) -> None:
        self.id = identity
        self.membership = membership
        self.ends = ends
        self.active = time
        self.topics: set[str] = set()
        self.silent = False
        self.held: list[str] = []


class StoredReply(NamedTuple):
    """The first reply to a ClientToken, and the body it answered."""

    body: tuple[object, ...]
    reply: Reply


class Attachment:
    """A file on its way: announced, uploaded, completed, scanned."""

    __slots__ = (
        "content_type",
        "data",
        "expires",
        "headers",
        "id",
        "item_id",
        "name",
        "owner",
        "scanned",
        "size",
        "status",
    )

    def __init__(self, identity: str, owner: Participant, name: str, content_type: str, size: int) -> None:
        self.id = identity
        self.owner = owner
        self.name = name
        self.content_type = content_type
        self.size = size
        self.headers: dict[str, str] = {}
        self.expires = 0
        self.data: bytes | None = None
        self.item_id: str | None = None
        self.scanned = 0
        self.status: ArtifactStatus | None = None

    def shown(self) -> AttachmentItem:
        """What a transcript item says of it."""
        return AttachmentItem(
            attachment_id=self.id, attachment_name=self.name, content_type=self.content_type, status=self.status
        )


class Session:
    """An authentication session: open until its time is over, its URL was given, or it was cancelled.

    `announced` is whether the participants were told of its start, and so are told of its end.
    """

    __slots__ = ("announced", "expires", "status")

    def __init__(self, expires: int, announced: bool) -> None:
        self.expires = expires
        self.announced = announced
        self.status: Literal["open", "given", "done", "cancelled"] = "open"


class Chat:
    """One contact.  `items` is in order of time, strictly; `places` finds an item by its id.

    The first `past` items are of earlier contacts, and `places` does not know them.  `idle_limits` holds,
    by role, how long (milliseconds) its participants may say nothing: until idle, until disconnected.
    """

    def __init__(self, contact_id: str, content_types: frozenset[str], ends: int) -> None:
        self.contact_id = contact_id
        self.initial_contact_id = contact_id
        self.content_types = content_types
        self.participants: dict[str, Participant] = {}
        self.items: list[Item] = []
        self.places: dict[str, int] = {}
        self.past = 0
        self.ends = ends
        self.idle_limits: dict[ParticipantRole, tuple[int | None, int | None]] = {}
        self.last_time = 0
        self.over = False
        self.replies: dict[tuple[object, ...], StoredReply] = {}
        self.attachments: dict[str, Attachment] = {}
        self.sessions: dict[str, Session] = {}
        self.views: dict[str, View] = {}
        self.streams: dict[str, str] = {}

    def next_time(self, time: int) -> int:
        """A time for the next thing said: this one, or just after the last."""
        self.last_time = max(time, self.last_time + 1)
        return self.last_time

    def is_crowded(self) -> bool:
        """Whether more than two have joined and not left, or a supervisor is among them."""
        joined = [one.role for one in self.participants.values() if one.status == "joined"]
        return len(joined) > 2 or PARTICIPANT_ROLE_SUPERVISOR in joined


class Membership(NamedTuple):
    """A participant in a chat: what a token opens."""

    chat: Chat
    participant: Participant

    @property
    def is_open(self) -> bool:
        """Whether the chat goes on and the participant has not left it."""
        return not self.chat.over and self.participant.status != "left"


class TokenGrant(NamedTuple):
    """The rights of a bearer token: its kind and its owner.  A timer removes a connection token when it expires."""

    kind: Literal["participant", "connection"]
    membership: Membership


class WebSocketTicket(NamedTuple):
    """A socket's URL: whose, until when it opens a socket, and until when that one lives."""

    membership: Membership
    expires: int
    ends: int


class Login(NamedTuple):
    """The way back from the login page, under the `state` that goes with it."""

    membership: Membership
    session_id: str
    redirect_uri: str


class Download(NamedTuple):
    """A URL to fetch an attachment from."""

    attachment: Attachment
    disposition: ContentDisposition
    expires: int


class State:
    """Everything.  `origin` is where the shell around it can be reached, as `http://host:port`."""

    def __init__(self, options: Options, ids: Ids, faults: Faults, origin: str = "http://127.0.0.1") -> None:
        self.options = options
        self.ids = ids
        self.faults = faults
        self.origin = origin
        self.timers = Timers()
        self.sockets: dict[str, WebSocketConnection] = {}
        self.buckets: dict[str, Bucket] = {}
        self.started: dict[tuple[str, str], JsonObject] = {}
        self.logins: dict[str, Login] = {}
        self.chats: dict[str, Chat] = {}
        self.tokens: dict[str, TokenGrant] = {}
        self.tickets: dict[str, WebSocketTicket] = {}
        self.view_owners: dict[str, str] = {}
        self.uploads: dict[str, Attachment] = {}
        self.downloads: dict[str, Download] = {}
