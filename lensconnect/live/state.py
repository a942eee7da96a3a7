"""ChatState: the state of one live chat, and the table of its phases.

The environment owns it, and it is never handed out.  `plan` and `absorb` change it in place, one caller
at a time; copying 40,000 remembered ids for each frame would cost more than the frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from lensconnect.errors import Error
from lensconnect.live.delivery import ItemDelivery
from lensconnect.live.notifications import EndReason
from lensconnect.live.options import LiveOptions
from lensconnect.live.orders import Socket, Tell
from lensconnect.live.position import Position
from lensconnect.live.receipts import Receipts
from lensconnect.live.transcript import Place
from lensconnect.record import ConnectionToken, ParticipantToken
from lensconnect.types.item import Item
from lensconnect.types.transcript import SCAN_DIRECTION_BACKWARD, SCAN_DIRECTION_FORWARD, ScanDirection, StartPosition

Phase: TypeAlias = Literal[
    "offline", "subscribing", "catching up", "online", "renewing", "over", "failed", "closed", "joined"
]
"""The phases of a chat.

offline       no socket: waits, asks for a URL, opens a socket
subscribing   a socket is open: subscribes to the chat
catching up   subscribed: reads the pages of the transcript; frames that arrive meanwhile are held
online        hands out what arrives, sends heartbeats and receipts
renewing      opens and subscribes a second socket, while the first still receives
over          the chat is over for this participant
failed        trying again cannot help
closed        the program closed the chat
joined        the chat has no socket and only sends
"""

Transition: TypeAlias = Literal[
    "opened", "subscribed", "lost", "page due", "caught up", "renewal due", "renewed", "not renewed", "ended", "failed"
]

TRANSITIONS: Final[Mapping[tuple[Phase, Transition], Phase]] = MappingProxyType(
    {
        ("offline", "opened"): "subscribing",
        ("offline", "ended"): "over",
        ("offline", "failed"): "failed",
        ("subscribing", "subscribed"): "catching up",
        ("subscribing", "lost"): "offline",
        ("subscribing", "ended"): "over",
        ("catching up", "caught up"): "online",
        ("catching up", "lost"): "offline",
        ("catching up", "ended"): "over",
        ("online", "page due"): "catching up",
        ("online", "renewal due"): "renewing",
        ("online", "lost"): "offline",
        ("online", "ended"): "over",
        ("renewing", "renewed"): "catching up",
        ("renewing", "not renewed"): "online",
        ("renewing", "lost"): "offline",
        ("renewing", "ended"): "over",
    }
)
"""The phase that follows a phase after an event.  `close_chat` closes a chat in any phase, and a chat
fails in any phase whose environment closes its socket."""


SUBSCRIBE_REQUESTS: Final = 3
"""Requests to subscribe that one socket sends at most."""
BURST: Final = 1000
"""Frames that are received one after another before a page, a renewal or a loss has its turn nevertheless."""


class Link:
    """An open socket and its subscription; times are in seconds by the environment's clock."""

    __slots__ = ("broken", "burst", "deadline", "denied", "request_at", "requests", "socket", "subscribed")

    def __init__(self, socket: Socket, now: float, timeout: float) -> None:
        self.socket: Socket = socket
        self.subscribed: bool = False
        self.requests: int = 0
        self.request_at: float = now
        self.deadline: float = now + timeout
        self.broken: str | None = None
        """The reason why nothing can be sent any more; what came before is received first."""
        self.burst: int = 0
        """Frames that came one after another: since the socket had none, or since a page was asked for."""
        self.denied: bool = False
        """True if the last CreateParticipantConnection said that the chat is over, while this socket was open."""


class Walk:
    """A walk through pages of the transcript: forward from an item, or backward from the newest."""

    __slots__ = (
        "attempt",
        "direction",
        "history",
        "newest",
        "next_token",
        "oldest",
        "retry_at",
        "start",
        "stop",
        "taken",
        "tokens",
    )

    def __init__(
        self, start: StartPosition | None, direction: ScanDirection, stop: Place | None, *, history: bool
    ) -> None:
        self.start: StartPosition | None = start
        self.direction: ScanDirection = direction
        self.stop: Place | None = stop
        """A place up to which everything is known: a backward walk ends there."""
        self.history: bool = history
        self.next_token: str | None = None
        self.tokens: set[str | None] = set()
        self.taken: int = 0
        """Items that a backward walk has taken."""
        self.newest: list[Item] = []
        """The newest item of each page of a backward walk."""
        self.oldest: Item | None = None
        """The oldest item of a backward walk."""
        self.attempt: int = 0
        self.retry_at: float = -inf


class ChatState:
    """The state of one chat; times are in seconds by the environment's clock."""

    __slots__ = (
        "attempt",
        "begun",
        "contact_id",
        "delivery",
        "end_reason",
        "error",
        "gap",
        "has_left",
        "heartbeat_at",
        "heartbeat_pending",
        "initial_contact_id",
        "left_at",
        "link",
        "looked",
        "lost_at",
        "missed",
        "offline_since",
        "options",
        "participant_id",
        "participant_token",
        "phase",
        "ping_due",
        "receipts",
        "receiver",
        "reconcile_at",
        "regained_at",
        "relapses",
        "renew_at",
        "reserved",
        "retry_at",
        "second",
        "sent_ids",
        "subscribed_once",
        "tells",
        "to_close",
        "token",
        "token_at",
        "token_renewing",
        "transcript_denied",
        "typing_at",
        "url",
        "url_at",
        "walk",
        "with_history",
    )

    def __init__(
        self,
        participant_token: ParticipantToken,
        options: LiveOptions,
        now: float,
        position: Position | None = None,
        participant_id: str | None = None,
        phase: Phase = "offline",
    ) -> None:
        self.participant_token: ParticipantToken = participant_token
        self.options: LiveOptions = options
        self.phase: Phase = phase
        self.participant_id: str | None = participant_id
        self.initial_contact_id: str | None = None
        self.contact_id: str | None = None

        self.url: str | None = None
        self.url_at: float = -inf
        self.token: ConnectionToken | None = None
        self.token_at: float = -inf
        self.token_renewing: bool = False

        self.link: Link | None = None
        self.second: Link | None = None
        """The socket that takes over at a renewal."""
        self.to_close: list[tuple[Socket, int]] = []
        """Sockets that are not used any more, with their close codes."""
        self.subscribed_once: bool = False
        self.attempt: int = 0
        """Failed attempts since the connection was lost, or since a renewal was due."""
        self.retry_at: float = now
        self.reserved: bool = False
        """True if the next request has a place within its quota already."""
        self.offline_since: float = now
        self.lost_at: float | None = None
        self.regained_at: float = -inf
        self.relapses: int = 0
        """Losses of a connection that had been regained just before, one after another."""
        self.gap: bool = True
        """True if items may be missing: until the chat has caught up first, and after each loss."""
        self.missed: int = 0
        """Items that catching up has found since the loss."""
        self.heartbeat_at: float = inf
        self.heartbeat_pending: bool = False
        self.ping_due: bool = False
        self.renew_at: float = inf
        self.reconcile_at: float = inf

        self.delivery: ItemDelivery = ItemDelivery(position, options.keep, hands_out_past=options.history != 0)
        self.walk: Walk | None = None
        self.with_history: bool = position is None
        """True if the next walk reads the history."""
        self.transcript_denied: bool = False
        """True if the service has denied the transcript, and a renewal has asked whether the chat is over."""
        self.receipts: Receipts = Receipts(options.receipt_seconds)
        self.tells: list[Tell] = []

        self.receiver: object | None = None
        """The call of `receive` that waits."""
        self.looked: bool = False
        """True if the socket had no frame when this call looked last."""
        self.begun: bool = False
        """True if this call has begun a request or an opening."""
        self.sent_ids: dict[str, None] = {}
        self.typing_at: float = -inf
        self.left_at: float | None = None
        """The time at which the program left the chat."""
        self.has_left: bool = False
        """True if the service has said that this participant, no customer, has left."""
        self.end_reason: EndReason = "ended"
        self.error: Error | None = None

    def go(self, transition: Transition) -> None:
        """Change the phase as the table says."""
        self.phase = TRANSITIONS[self.phase, transition]

    def open_link(self) -> Link:
        """Return the socket, in a phase that has one."""
        if self.link is None:
            raise AssertionError("this phase has a socket")
        return self.link

    def link_of(self, socket: Socket) -> Link | None:
        """Return the link of a socket; None if the chat does not use it any more."""
        return next((link for link in (self.link, self.second) if link is not None and link.socket == socket), None)

    def is_forgettable(self) -> bool:
        """Return whether the chat is closed, and no call waits that has to see it."""
        return self.phase == "closed" and self.receiver is None

    def open_walk(self) -> Walk:
        """Return the walk, in a phase that has one."""
        if self.walk is None:
            raise AssertionError("this phase has a walk")
        return self.walk

    def new_walk(self) -> Walk:
        """Return the walk that finds everything after the last confirmed item; the first one may read the history."""
        start = self.delivery.start
        if start is None:
            return Walk(None, SCAN_DIRECTION_BACKWARD, None, history=self.with_history)
        position = StartPosition(absolute_time=start.absolute_time)
        if start.item_id is not None:
            position = StartPosition(id=start.item_id)
        return Walk(position, SCAN_DIRECTION_FORWARD, start.place, history=False)
