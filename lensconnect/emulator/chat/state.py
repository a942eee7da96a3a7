"""The state of the service: objects that are changed in place.  Their `repr` shows no field, so no secret.

State ── chats ── participants ── WebSockets
  │        └───── items, stored replies, attachments, authentication sessions
  └── tokens and tickets, each of one membership: a participant in a chat

Times are whole milliseconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, NoReturn, TypeAlias

from lensconnect.arguments import wrong_type
from lensconnect.emulator.chat.fault_plan import Faults
from lensconnect.emulator.chat.ids import Ids, mask_tokens
from lensconnect.emulator.chat.scripts import FlowScript
from lensconnect.emulator.chat.timer_queue import Timers
from lensconnect.emulator.options import Options
from lensconnect.emulator.wire.origin import origin_asked
from lensconnect.jsontext import JsonObject
from lensconnect.operations import Reply
from lensconnect.programs.pace import Bucket
from lensconnect.types.attachment import ContentDisposition
from lensconnect.types.item import (
    PARTICIPANT_ROLE_SUPERVISOR,
    PARTICIPANT_ROLE_SYSTEM,
    ArtifactStatus,
    AttachmentItem,
    Item,
    ParticipantRole,
)
from lensconnect.types.view import View
from lensconnect.wire.known_values import enum_values

ROLES: Final = enum_values(ParticipantRole)
"""The roles that a participant can have."""

ParticipantStatus: TypeAlias = Literal["invited", "joined", "left"]


@dataclass(slots=True, eq=False, repr=False)
class IdleTimer:
    """The limits of a participant's silence in milliseconds, and the time `since` which it is silent.

    `idle` is the limit until the participant is idle, `disconnect` the one until it is disconnected.  With both
    limits, `disconnect` counts from the time at which the participant became idle.
    """

    since: int
    idle: int | None
    disconnect: int | None
    is_idle: bool = False

    def due(self) -> int | None:
        """Return the time at which the next limit is reached, `None` if there is none."""
        limit = self.disconnect if self.idle is None or self.is_idle else self.idle
        return None if limit is None else self.since + limit


@dataclass(slots=True, eq=False, repr=False)
class Participant:
    """A participant of a chat, with its participant token and its open WebSockets by id.

    `away` is the time at which its last WebSocket closed.  `is_played` if a flow of the emulator plays it, and
    `is_busy` while that does not listen and misses what is said.
    """

    id: str
    role: ParticipantRole
    display_name: str
    token: str = ""
    status: ParticipantStatus = "invited"
    sockets: dict[str, WebSocketConnection] = field(default_factory=dict[str, "WebSocketConnection"])
    away: int = 0
    idle_timer: IdleTimer | None = None
    is_played: bool = False
    is_busy: bool = False

    @property
    def is_flow(self) -> bool:
        """`True` for the contact flow, which speaks and listens in a chat but is nobody in it."""
        return self.role == PARTICIPANT_ROLE_SYSTEM


@dataclass(slots=True, eq=False, repr=False)
class WebSocketConnection:
    """An open WebSocket.

    `active` is the time of its last frame, `ends` the time at which it is closed, `topics` holds its
    subscriptions.  Planned faults set `silent`, which drops every frame, and hold texts back in `held`.
    """

    id: str
    membership: Membership
    active: int
    ends: int
    topics: set[str] = field(default_factory=set[str])
    silent: bool = False
    held: list[str] = field(default_factory=list[str])


class StoredReply(NamedTuple):
    """The first reply to a ClientToken, and the body of its request."""

    body: tuple[object, ...]
    reply: Reply


@dataclass(slots=True, eq=False, repr=False)
class Attachment:
    """A file that is announced, then uploaded (`data`), completed (`item_id`) and scanned (`status`).

    `headers` are those of its upload, whose URL `expires`; `scanned` is the time at which the scan is over.
    """

    id: str
    owner: Participant
    name: str
    content_type: str
    size: int
    expires: int
    headers: dict[str, str]
    data: bytes | None = None
    item_id: str | None = None
    scanned: int = 0
    status: ArtifactStatus | None = None

    def as_item(self) -> AttachmentItem:
        """Return the attachment as a member of a transcript item."""
        return AttachmentItem(
            attachment_id=self.id, attachment_name=self.name, content_type=self.content_type, status=self.status
        )


@dataclass(slots=True, eq=False, repr=False)
class ChunkedMessage:
    """A message of a bot whose chunks are being pushed: the whole of it, and how many of the chunks were `pushed`."""

    item: Item
    chunks: list[str]
    pushed: int = 0


@dataclass(slots=True, eq=False, repr=False)
class Session:
    """An authentication session: open until it expires, its URL is given out, or it is cancelled.

    `announced` tells whether its start was pushed as an event; only then its timeout is pushed too.
    """

    expires: int
    announced: bool
    status: Literal["open", "given", "done", "cancelled"] = "open"


@dataclass(slots=True, eq=False, repr=False)
class PlayedFlow:
    """A flow that plays a participant of a chat, under its name among the emulator's flows, "" for one without.

    It waits for a frame, or sleeps until a time in milliseconds, at a line of its file (`FILE:LINE`), "" where that is
    none of its own.  `failure` is its error, with the traceback of an exception, and `line` then that of the failure.
    """

    display_name: str
    name: str = ""
    status: Literal["waits", "sleeps", "over", "failed"] = "waits"
    until: int | None = None
    line: str = ""
    failure: str = ""

    def end(self, status: Literal["over", "failed"]) -> None:
        """Wait no longer."""
        self.status, self.until, self.line = status, None, ""


@dataclass(slots=True, eq=False, repr=False)
class ChatRecord:
    """One chat, which is one contact and after each transfer another one.

    `contact_id` is the first contact, the InitialContactId of clients, which names the chat in the state;
    `contact_ids` are all of them, and new items belong to the last.  `items` is in strict order of time, and `places` maps an item's id to its index.  The first `past` items
    belong to earlier contacts and are not in `places`.  `idle_limits` holds for each role the milliseconds
    of silence until a participant is idle and until it is disconnected.  `chunked` and `processed` hold the
    messages that come in stages and are not stored yet, by their ids.  `flow` is the name of its contact flow, "" for none, `flow_has_begun` once a
    customer has joined, and `played` holds the flows that have begun in it.
    """

    contact_id: str
    content_types: frozenset[str]
    ends: int
    idle_limits: dict[ParticipantRole, tuple[int | None, int | None]]
    participants: dict[str, Participant] = field(default_factory=dict[str, Participant])
    items: list[Item] = field(default_factory=list[Item])
    places: dict[str, int] = field(default_factory=dict[str, int])
    past: int = 0
    last_time: int = 0
    over: bool = False
    replies: dict[tuple[object, ...], StoredReply] = field(default_factory=dict[tuple[object, ...], StoredReply])
    attachments: dict[str, Attachment] = field(default_factory=dict[str, Attachment])
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    views: dict[str, View] = field(default_factory=dict[str, View])
    streams: dict[str, str] = field(default_factory=dict[str, str])
    chunked: dict[str, ChunkedMessage] = field(default_factory=dict[str, ChunkedMessage])
    processed: dict[str, Item] = field(default_factory=dict[str, Item])
    contact_ids: list[str] = field(default_factory=list[str])
    flow: str = ""
    flow_has_begun: bool = False
    played: list[PlayedFlow] = field(default_factory=list[PlayedFlow])

    def __post_init__(self) -> None:
        self.contact_ids.append(self.contact_id)

    @property
    def current_contact_id(self) -> str:
        """The contact that new items belong to."""
        return self.contact_ids[-1]

    def next_time(self, time: int) -> int:
        """Return the time of the next item: this time, or a millisecond after the last item."""
        self.last_time = max(time, self.last_time + 1)
        return self.last_time

    def is_crowded(self) -> bool:
        """Return whether more than two participants, or a supervisor, are in the chat."""
        joined = [each.role for each in self.participants.values() if each.status == "joined" and not each.is_flow]
        return len(joined) > 2 or PARTICIPANT_ROLE_SUPERVISOR in joined


class UnknownChatError(KeyError):
    """No chat has this contact id."""

    def __str__(self) -> str:
        return str(self.args[0])


class Contacts(dict[str, ChatRecord]):
    """The chats by the ids of their contacts; an unknown one is an `UnknownChatError`, what is no text a `TypeError`."""

    def __missing__(self, contact_id: object) -> NoReturn:
        if not isinstance(contact_id, str):
            raise wrong_type("contact_id", "text", contact_id, ": give the contact_id of the chat")
        raise UnknownChatError(f"no chat has the contact_id {mask_tokens(contact_id)!r}: give that of a started chat")


class Membership(NamedTuple):
    """A participant in a chat: the owner of a token, a ticket or a WebSocket."""

    chat: ChatRecord
    participant: Participant

    @property
    def is_open(self) -> bool:
        """`True` while the chat is open and the participant has not left it."""
        return not self.chat.over and self.participant.status != "left"


class TokenGrant(NamedTuple):
    """The rights of a bearer token: its kind and its owner.  A timer removes a connection token when it expires."""

    kind: Literal["participant", "connection"]
    membership: Membership


class WebSocketTicket(NamedTuple):
    """The ticket in a WebSocket's URL: it opens one before `expires`, which is closed at `ends`."""

    membership: Membership
    expires: int
    ends: int


class Login(NamedTuple):
    """An authentication URL that was given out: its session, and the URI the login page redirects to."""

    membership: Membership
    session_id: str
    redirect_uri: str


class Download(NamedTuple):
    """A download URL of an attachment."""

    attachment: Attachment
    disposition: ContentDisposition
    expires: int


@dataclass(slots=True, eq=False, repr=False)
class State:
    """The whole state of the service.

    `origin` is the start of the URLs in replies (`http://host:port`) unless `follows_host`: then that of a request
    whose Host names this machine, or the `host` that the server is bound to, is.  `contacts` finds a chat by the id of any of its contacts, `chats` has each chat
    once, by its first.  `attachment_bytes` is the size of all attachments.  `started` holds the first responses
    to ClientTokens of StartChatContact and CreateParticipant, `buckets` the token buckets of the quotas.  `woken` names
    the flows that can go on, in order.  `flow_names` are those of the flows the emulator was made with, the first of
    which is that of a chat that names none; `scripts` are those that were added.
    """

    options: Options
    ids: Ids
    faults: Faults
    origin: str = "http://127.0.0.1"
    follows_host: bool = True
    host: str = "127.0.0.1"
    attachment_bytes: int = 0
    timers: Timers = field(default_factory=Timers)
    sockets: dict[str, WebSocketConnection] = field(default_factory=dict[str, WebSocketConnection])
    buckets: dict[str, Bucket] = field(default_factory=dict[str, Bucket])
    started: dict[tuple[str, str], JsonObject] = field(default_factory=dict[tuple[str, str], JsonObject])
    logins: dict[str, Login] = field(default_factory=dict[str, Login])
    chats: dict[str, ChatRecord] = field(default_factory=dict[str, ChatRecord])
    contacts: Contacts = field(default_factory=Contacts)
    tokens: dict[str, TokenGrant] = field(default_factory=dict[str, TokenGrant])
    tickets: dict[str, WebSocketTicket] = field(default_factory=dict[str, WebSocketTicket])
    view_owners: dict[str, str] = field(default_factory=dict[str, str])
    uploads: dict[str, Attachment] = field(default_factory=dict[str, Attachment])
    downloads: dict[str, Download] = field(default_factory=dict[str, Download])
    woken: dict[str, None] = field(default_factory=dict[str, None])
    flow_names: tuple[str, ...] = ()
    scripts: dict[str, FlowScript] = field(default_factory=dict[str, FlowScript])

    def has_flow(self, name: str) -> bool:
        """Return whether there is a contact flow of this name."""
        return name in self.flow_names or name in self.scripts

    def flow_named(self, name: str | None) -> str:
        """Return the name of the flow of a new chat; `None` stands for the default, "" for no flow.

        `ValueError` for an unknown name.
        """
        if name is None:
            return next(iter(self.flow_names), "")
        if name and not self.has_flow(name):
            known = ", ".join((*self.flow_names, *self.scripts)) or "none"
            raise ValueError(f"unknown flow {name!r}; the emulator has: {known}")
        return name

    def origin_for(self, host: str | None) -> str:
        """Return the start of the URLs in the reply to a request with this Host header."""
        return origin_asked(host, self.host, self.origin) if self.follows_host else self.origin
