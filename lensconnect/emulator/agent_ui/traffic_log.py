"""Traffic: what passed between clients and the service lately, with every secret taken out; for the page.

A secret here is anything of 64 hexadecimal digits, as every token, ticket and presigned URL of the
emulator holds, wherever it stands; of a bearer header nothing is kept at all.  What passed is put into
words, and its secrets taken out, when it is asked for: most of it never is.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from lensconnect.emulator.api.dispatch import name_of
from lensconnect.emulator.api.snapshots import Who
from lensconnect.emulator.chat.timestamps import milliseconds, written
from lensconnect.emulator.faults.responses import Delivery
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.jsontext import Json, JsonObject, dumps, loads

__all__ = ["Traffic", "Way", "masked"]

Way: TypeAlias = Literal["open", "in", "out", "close"]

_KEPT: Final = 500
_AT_ONCE: Final = 100
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


class _Passed:
    """Something that passed: when, whose, and the function that says what."""

    __slots__ = ("number", "say", "time", "who")

    def __init__(self, number: int, who: Who | None, say: Callable[[], JsonObject]) -> None:
        self.number = number
        self.time = time.time()
        self.who = who
        self.say = say

    def shown(self) -> Json:
        known = {} if self.who is None else {"ContactId": self.who.contact_id, "Role": self.who.role}
        return {"Number": self.number, "Time": written(milliseconds(self.time)), **known, **self.say()}


class Traffic:
    """The last few hundred requests and frames, by number; for one thread.  `count` is the number of the last."""

    def __init__(self) -> None:
        self._kept: deque[_Passed] = deque(maxlen=_KEPT)
        self.count = 0
        self._hearers: set[Callable[[], None]] = set()

    def since(self, number: int) -> tuple[int, list[Json]]:
        """What came next after that number and is still kept, a hundred at most, and the number of the last."""
        following = list(islice((passed for passed in self._kept if passed.number > number), _AT_ONCE))
        return following[-1].number if following else number, [passed.shown() for passed in following]

    def hear(self, hearer: Callable[[], None]) -> Callable[[], None]:
        """Call it whenever something passes, until what this gives is called."""
        self._hearers.add(hearer)
        return lambda: self._hearers.discard(hearer)

    def exchange(self, request: HttpRequest, response: HttpResponse, delivery: Delivery, who: Who | None) -> None:
        """A request and what was answered."""
        bare, status = HttpRequest(request.method, request.url), response.status
        sent, got = _kept(request.body), _kept(response.body)
        self._note(who, lambda: _exchange(bare, status, sent, got, delivery))

    def frame(self, way: Way, text: str, who: Who | None) -> None:
        """A frame, or the beginning or end of a socket."""
        self._note(who, lambda: {"Kind": "frame", "Way": way, "Text": masked(_normal(text))})

    def _note(self, who: Who | None, say: Callable[[], JsonObject]) -> None:
        self.count += 1
        self._kept.append(_Passed(self.count, who, say))
        for hearer in tuple(self._hearers):
            hearer()


def _exchange(bare: HttpRequest, status: int, sent: bytes | int, got: bytes | int, delivery: Delivery) -> JsonObject:
    name, url = name_of(bare), urlsplit(bare.url)
    held = name in ("Upload", "Download")
    return {
        "Kind": "request",
        "Method": bare.method,
        "Path": masked(unquote(url.path)) + ("?***" if url.query else ""),
        "Operation": name,
        "Status": status,
        "Sent": _body(sent, held),
        "Got": _body(got, held),
        "Delivery": delivery.mode if not delivery.seconds else f"after {delivery.seconds:g} s",
    }


def _kept(body: bytes) -> bytes | int:
    """A body, or its size where that is all that will be shown."""
    return body if len(body) <= _LARGEST else len(body)


def _body(body: bytes | int, held: bool) -> str:
    if not body:
        return ""
    if isinstance(body, int) or held:
        return f"({body if isinstance(body, int) else len(body)} bytes)"
    return masked(_normal(body.decode("utf-8", "replace")))


def _normal(text: str) -> str:
    """JSON in one spelling, so that no escape hides a secret; other text as it is."""
    try:
        return dumps(loads(text)).decode("utf-8", "replace")
    except ValueError:
        return text
