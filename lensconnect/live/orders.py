"""Orders: the next thing to do for a chat, as plain values.

`plan` returns one, a program performs it, and `absorb` takes its outcome.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from lensconnect.errors import Error
from lensconnect.live.notifications import Notification
from lensconnect.marks import SECRET
from lensconnect.record import Record
from lensconnect.types.item import Item
from lensconnect.types.transcript import ScanDirection, StartPosition

ReceiptKind: TypeAlias = Literal["delivered", "read"]

LiveEventName: TypeAlias = Literal[
    "opened", "lost", "regained", "renewed", "skipped", "abandoned", "unhealthy", "ended"
]
"""The events of a live chat, and the fields that each has besides `operation`, `attempt` and `at`.

opened      a socket is open and subscribed
lost        the connection is lost: `why`
regained    the connection is back: `seconds` without it, `count` of the items that were missed
renewed     a new socket has taken over
skipped     a frame was skipped: `why`
abandoned   catching up, or a receipt, was given up: `why`
unhealthy   a ping was answered with another status than 200: `status`
ended       the chat is over: `why`
"""


NORMAL_CLOSURE: Final = 1000
"""The close code of a socket that has fulfilled its purpose (RFC 6455, 7.4.1)."""
GOING_AWAY: Final = 1001
"""The close code of an endpoint that ends, or moves to another socket (RFC 6455, 7.4.1)."""
PAGE: Final = 100
"""Items of the largest page of a transcript (documented: MaxResults of API_GetTranscript)."""


class Socket(Record, frozen=True):
    """The number of an open WebSocket in its environment."""

    number: int


class HandOut(Record, frozen=True):
    """Hand a notification out to the caller of `receive`."""

    notification: Notification


class FetchConnection(Record, frozen=True):
    """Send CreateParticipantConnection for a socket's URL and a connection token.

    With `reserve`, take a place within the quota first; where that is later, the outcome is `Postponed`.
    """

    reserve: bool = False


class Open(Record, frozen=True):
    """Open a socket."""

    url: Annotated[str, SECRET]


class Transmit(Record, frozen=True):
    """Send a control frame."""

    socket: Socket
    text: str


class Listen(Record, frozen=True):
    """Receive a frame, for at most so many seconds; 0 looks once."""

    socket: Socket
    seconds: float


class Close(Record, frozen=True):
    """Close a socket."""

    socket: Socket
    code: int = NORMAL_CLOSURE


class AskPage(Record, frozen=True):
    """Get a page of the transcript; `reserve` as for `FetchConnection`."""

    start: StartPosition | None
    direction: ScanDirection
    next_token: Annotated[str, SECRET] | None = None
    reserve: bool = False


class SendReceipt(Record, frozen=True):
    """Send a receipt."""

    kind: ReceiptKind
    message_id: str


class Wait(Record, frozen=True):
    """Wait for so many seconds."""

    seconds: float


class Tell(Record, frozen=True):
    """Pass an event to the observers; it holds no URL, token or text of the chat."""

    name: LiveEventName
    why: str | None = None
    seconds: float | None = None
    count: int | None = None
    status: int | None = None


class Nothing(Record, frozen=True):
    """End the call: its time is over, and nothing is left to do."""


class Fail(Record, frozen=True):
    """End the call with an error."""

    error: Error


Order: TypeAlias = (
    HandOut | FetchConnection | Open | Transmit | Listen | Close | AskPage | SendReceipt | Wait | Tell | Nothing | Fail
)


class PageFound(Record, frozen=True):
    """The outcome of `AskPage`."""

    items: tuple[Item, ...]
    next_token: Annotated[str, SECRET] | None
    initial_contact_id: str | None


class ConnectionFound(Record, frozen=True):
    """The outcome of `FetchConnection`."""

    url: Annotated[str, SECRET]
    token: Annotated[str, SECRET]


class Postponed(Record, frozen=True):
    """The outcome of an order that had to reserve: its place within the quota comes after so many seconds."""

    seconds: float
