"""Traffic: what passed between clients and the service lately, with every secret taken out; for the page.

A secret here is anything of 64 hexadecimal digits, as every token, ticket and presigned URL of the
emulator holds, wherever it stands; of a bearer header nothing is kept at all.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from lensconnect.emulator.delivery import Delivery
from lensconnect.emulator.doors import name_of
from lensconnect.emulator.times import milliseconds, written
from lensconnect.emulator.watching import Who
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.jsontext import Json, JsonObject, dumps, loads

__all__ = ["Traffic", "Way", "masked"]

Way: TypeAlias = Literal["open", "in", "out", "close"]

_KEPT: Final = 500
_LONGEST: Final = 4_000
_LARGEST: Final = 64 * 1024
_SECRET: Final = re.compile("[0-9A-Fa-f]{64,}")


def masked(text: str) -> str:
    """The text without its secrets, cut where it would be too long.

    >>> masked("upload-" + "a" * 64)
    'upload-***'
    """
    shown = _SECRET.sub("***", text)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


class Traffic:
    """The last few hundred requests and frames, by number; for one thread."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, JsonObject]] = deque(maxlen=_KEPT)
        self._count = 0
        self._hearers: set[Callable[[], None]] = set()

    def since(self, number: int) -> tuple[int, list[Json]]:
        """What came after that number and is still kept, and the number of the last."""
        return self._count, [noted for at, noted in self._kept if at > number]

    def hear(self, hearer: Callable[[], None]) -> Callable[[], None]:
        """Call it whenever something passes, until what this gives is called."""
        self._hearers.add(hearer)
        return lambda: self._hearers.discard(hearer)

    def exchange(self, request: HttpRequest, response: HttpResponse, delivery: Delivery, who: Who | None) -> None:
        """A request and what was answered."""
        name = name_of(request)
        url = urlsplit(request.url)
        held = name in ("Upload", "Download")
        self._note(
            who,
            Kind="request",
            Method=request.method,
            Path=masked(unquote(url.path)) + ("?***" if url.query else ""),
            Operation=name,
            Status=response.status,
            Sent=_body(request.body, held),
            Got=_body(response.body, held),
            Delivery=delivery.manner if not delivery.seconds else f"after {delivery.seconds:g} s",
        )

    def frame(self, way: Way, text: str, who: Who | None) -> None:
        """A frame, or the beginning or end of a socket."""
        self._note(who, Kind="frame", Way=way, Text=masked(_normal(text)))

    def _note(self, who: Who | None, **members: Json) -> None:
        self._count += 1
        known: JsonObject = {} if who is None else {"ContactId": who.contact_id, "Role": who.role}
        now = written(milliseconds(time.time()))
        self._kept.append((self._count, {"Number": self._count, "Time": now, **known, **members}))
        for hearer in tuple(self._hearers):
            hearer()


def _body(body: bytes, held: bool) -> str:
    if not body:
        return ""
    if held or len(body) > _LARGEST:
        return f"({len(body)} bytes)"
    return masked(_normal(body.decode("utf-8", "replace")))


def _normal(text: str) -> str:
    """JSON in one spelling, so that no escape hides a secret; other text as it is."""
    try:
        return dumps(loads(text)).decode("utf-8", "replace")
    except ValueError:
        return text
