"""What the service remembers.  Plain objects changed in place, whose renderings show no field.

State ── chats ── participants
  │        └───── items, first replies, attachments, authentication sessions
  └── tokens and tickets, each to a seat: a participant in a chat
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from lensconnect.emulator.ids import Ids
from lensconnect.emulator.options import Options
from lensconnect.operations import Reply
from lensconnect.types.attachment import ContentDisposition
from lensconnect.types.item import ArtifactStatus, AttachmentItem, Item, ParticipantRole
from lensconnect.types.view import View

__all__ = ["Attachment", "Chat", "Download", "Grant", "Participant", "Remembered", "Seat", "Session", "State"]

Standing: TypeAlias = Literal["invited", "joined", "left"]


class Participant:
    """Someone in a chat: known from its start or later, joined by a connection, gone by a disconnection."""

    __slots__ = ("display_name", "id", "role", "standing")

    def __init__(self, identity: str, role: ParticipantRole, display_name: str) -> None:
        self.id = identity
        self.role = role
        self.display_name = display_name
        self.standing: Standing = "invited"


class Remembered(NamedTuple):
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
    """An authentication session: open until its time is over, its URL was given, or it was cancelled."""

    __slots__ = ("expires", "standing")

    def __init__(self, expires: int) -> None:
        self.expires = expires
        self.standing: Literal["open", "given", "cancelled"] = "open"


class Chat:
    """One contact.  `items` is in order of time, strictly; `places` finds an item by its id."""

    def __init__(self, contact_id: str, content_types: frozenset[str]) -> None:
        self.contact_id = contact_id
        self.initial_contact_id = contact_id
        self.content_types = content_types
        self.participants: dict[str, Participant] = {}
        self.items: list[Item] = []
        self.places: dict[str, int] = {}
        self.last_time = 0
        self.over = False
        self.replies: dict[tuple[object, ...], Remembered] = {}
        self.attachments: dict[str, Attachment] = {}
        self.sessions: dict[str, Session] = {}
        self.views: dict[str, View] = {}

    def next_time(self, time: int) -> int:
        """A time for the next thing said: this one, or just after the last."""
        self.last_time = max(time, self.last_time + 1)
        return self.last_time

    def active(self) -> int:
        """How many have joined and not left."""
        return sum(one.standing == "joined" for one in self.participants.values())


class Seat(NamedTuple):
    """A participant in a chat: what a token opens."""

    chat: Chat
    participant: Participant

    @property
    def is_open(self) -> bool:
        """Whether the chat goes on and the participant has not left it."""
        return not self.chat.over and self.participant.standing != "left"


class Grant(NamedTuple):
    """A connection token or a socket ticket: whose, and until when (milliseconds)."""

    seat: Seat
    expires: int


class Download(NamedTuple):
    """A URL to fetch an attachment from."""

    attachment: Attachment
    disposition: ContentDisposition
    expires: int


class State:
    """Everything.  `origin` is where the shell around it can be reached, as `http://host:port`."""

    def __init__(self, options: Options, ids: Ids, origin: str = "http://127.0.0.1") -> None:
        self.options = options
        self.ids = ids
        self.origin = origin
        self.chats: dict[str, Chat] = {}
        self.participant_tokens: dict[str, Seat] = {}
        self.connection_tokens: dict[str, Grant] = {}
        self.tickets: dict[str, Grant] = {}
        self.view_owners: dict[str, str] = {}
        self.uploads: dict[str, Attachment] = {}
        self.downloads: dict[str, Download] = {}
