"""Cassette: the recorded exchanges of a transport, as a value."""

from __future__ import annotations

from lensconnect.http import HttpRequest
from lensconnect.optics import Lens
from lensconnect.record import Record
from lensconnect.testing.trace import TransportOutcome

__all__ = [
    "Cassette",
    "RecordedExchange",
    "cassette_exchanges",
    "cassette_keep_content",
    "recorded_exchange_outcome",
    "recorded_exchange_request",
]


class RecordedExchange(Record, frozen=True):
    """One request and its outcome."""

    request: HttpRequest
    outcome: TransportOutcome


class Cassette(Record, frozen=True):
    """Exchanges in the order in which they began."""

    exchanges: tuple[RecordedExchange, ...] = ()
    keep_content: bool = False
    """True if message texts, display names and names of attachments are kept."""


recorded_exchange_request: Lens[RecordedExchange, HttpRequest] = Lens(RecordedExchange, "request")
recorded_exchange_outcome: Lens[RecordedExchange, TransportOutcome] = Lens(RecordedExchange, "outcome")
cassette_exchanges: Lens[Cassette, tuple[RecordedExchange, ...]] = Lens(Cassette, "exchanges")
cassette_keep_content: Lens[Cassette, bool] = Lens(Cassette, "keep_content")
