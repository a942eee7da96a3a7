"""Cassette: the recorded exchanges of a transport, and the frames of its WebSockets, as a value."""

from __future__ import annotations

from typing import Annotated, Literal

from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest
from lensconnect.marks import SECRET
from lensconnect.optics import Lens
from lensconnect.record import Record
from lensconnect.testing.trace import TransportOutcome

__all__ = [
    "Cassette",
    "RecordedExchange",
    "RecordedSocket",
    "SocketEvent",
    "cassette_check_content",
    "cassette_exchanges",
    "cassette_keep_content",
    "cassette_salt",
    "cassette_sockets",
    "recorded_exchange_outcome",
    "recorded_exchange_request",
    "recorded_socket_events",
    "recorded_socket_refused",
    "socket_event_after",
    "socket_event_content",
    "socket_event_seconds",
    "socket_event_sender",
]


class RecordedExchange(Record, frozen=True):
    """One request and its outcome."""

    request: HttpRequest
    outcome: TransportOutcome


class SocketEvent(Record, frozen=True):
    """A frame on a WebSocket, or its end by a loss."""

    sender: Literal["client", "service"]
    content: Annotated[str | bytes | TransportError, SECRET]
    after: int = 0
    """The number of exchanges that had begun before."""
    seconds: float = 0.0
    """The time since the event before it on the tape, which may be the beginning or the end of an exchange."""


class RecordedSocket(Record, frozen=True):
    """An opening of a WebSocket, and its events in order.  Its URL is not kept."""

    events: tuple[SocketEvent, ...] = ()
    refused: ServiceError | TransportError | None = None
    """The error of an opening that failed."""


class Cassette(Record, frozen=True):
    """Exchanges in the order in which they began, and WebSockets in the order in which they were opened."""

    exchanges: tuple[RecordedExchange, ...] = ()
    keep_content: bool = False
    """True if message texts, display names and names of attachments are kept; those of requests are then compared."""
    sockets: tuple[RecordedSocket, ...] = ()
    check_content: bool = False
    """True if the texts of requests are kept as hashes, which are compared."""
    salt: str = ""
    """The key of the hashes, which is not secret."""


recorded_exchange_request: Lens[RecordedExchange, HttpRequest] = Lens(RecordedExchange, "request")
recorded_exchange_outcome: Lens[RecordedExchange, TransportOutcome] = Lens(RecordedExchange, "outcome")
cassette_exchanges: Lens[Cassette, tuple[RecordedExchange, ...]] = Lens(Cassette, "exchanges")
recorded_socket_events: Lens[RecordedSocket, tuple[SocketEvent, ...]] = Lens(RecordedSocket, "events")
recorded_socket_refused: Lens[RecordedSocket, ServiceError | TransportError | None] = Lens(RecordedSocket, "refused")
socket_event_sender: Lens[SocketEvent, Literal["client", "service"]] = Lens(SocketEvent, "sender")
socket_event_content: Lens[SocketEvent, str | bytes | TransportError] = Lens(SocketEvent, "content")
socket_event_after: Lens[SocketEvent, int] = Lens(SocketEvent, "after")
socket_event_seconds: Lens[SocketEvent, float] = Lens(SocketEvent, "seconds")
cassette_sockets: Lens[Cassette, tuple[RecordedSocket, ...]] = Lens(Cassette, "sockets")
cassette_check_content: Lens[Cassette, bool] = Lens(Cassette, "check_content")
cassette_salt: Lens[Cassette, str] = Lens(Cassette, "salt")
cassette_keep_content: Lens[Cassette, bool] = Lens(Cassette, "keep_content")
