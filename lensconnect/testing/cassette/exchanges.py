"""Cassette: what was said over a transport, as a value."""

from __future__ import annotations

from lensconnect.http import HttpRequest
from lensconnect.optics import Lens
from lensconnect.record import Record
from lensconnect.testing.trace import Outcome

__all__ = [
    "Cassette",
    "Exchange",
    "cassette_exchanges",
    "cassette_keep_content",
    "exchange_outcome",
    "exchange_request",
]


class Exchange(Record, frozen=True):
    """One request and what came of it."""

    request: HttpRequest
    outcome: Outcome


class Cassette(Record, frozen=True):
    """Exchanges in the order in which they began.

    `keep_content` says whether what people wrote and what they are called stays in it.
    """

    exchanges: tuple[Exchange, ...] = ()
    keep_content: bool = False


exchange_request: Lens[Exchange, HttpRequest] = Lens("request")
exchange_outcome: Lens[Exchange, Outcome] = Lens("outcome")
cassette_exchanges: Lens[Cassette, tuple[Exchange, ...]] = Lens("exchanges")
cassette_keep_content: Lens[Cassette, bool] = Lens("keep_content")
