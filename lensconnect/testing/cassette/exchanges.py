"""Cassette: the recorded exchanges of a transport, as a value."""

from __future__ import annotations

from lensconnect.http import HttpRequest
from lensconnect.optics import Lens
from lensconnect.record import Record
from lensconnect.testing.trace import TransportOutcome

__all__ = [
    "Cassette",
    "Exchange",
    "cassette_exchanges",
    "cassette_keep_content",
    "exchange_outcome",
    "exchange_request",
]


class Exchange(Record, frozen=True):
    """One request and its outcome."""

    request: HttpRequest
    outcome: TransportOutcome


class Cassette(Record, frozen=True):
    """Exchanges in the order in which they began."""

    exchanges: tuple[Exchange, ...] = ()
    keep_content: bool = False
    """True if message texts, display names and names of attachments are kept."""


exchange_request: Lens[Exchange, HttpRequest] = Lens("request")
exchange_outcome: Lens[Exchange, TransportOutcome] = Lens("outcome")
cassette_exchanges: Lens[Cassette, tuple[Exchange, ...]] = Lens("exchanges")
cassette_keep_content: Lens[Cassette, bool] = Lens("keep_content")
