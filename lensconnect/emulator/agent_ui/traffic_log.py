"""The last requests and frames between clients and the emulator, with their secrets masked, for the agent page.

Every token, ticket and presigned URL of the emulator holds at least 64 hexadecimal digits in a row: such runs are
masked wherever they stand.  Request headers are not kept.  An entry is formatted and masked when the page asks for
it, since most entries are never shown.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote
from uuid import uuid4

from lensconnect.emulator.chat.ids import mask_tokens
from lensconnect.emulator.chat.state import Membership
from lensconnect.emulator.chat.timestamps import milliseconds, written
from lensconnect.emulator.faults.responses import Delivery
from lensconnect.emulator.wire.routes import Route
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.jsontext import Json, JsonObject, dumps, loads

Direction: TypeAlias = Literal["open", "in", "out", "close"]
"""A WebSocket opens, the client sends a frame, the emulator sends a frame, the WebSocket closes."""

_ENTRIES: Final = 500
_ENTRIES_AT_ONCE: Final = 100
_LONGEST_TEXT: Final = 4_000
_LARGEST_BODY: Final = 64 * 1024


def mask_secrets(text: str) -> str:
    """Replace each secret by `***`, and cut the text after 4,000 characters.

    >>> mask_secrets("upload-" + "a" * 64)
    'upload-***'
    """
    masked = mask_tokens(text)
    return masked if len(masked) <= _LONGEST_TEXT else masked[:_LONGEST_TEXT] + "…"


class TrafficLog:
    """The last 500 requests and frames of one server, numbered from 1; `count` is the last number.  For one thread."""

    def __init__(self) -> None:
        self.id: str = str(uuid4())
        """The name of this server for the page; no other one has it, whatever its seed."""
        self._entries: deque[tuple[int, Callable[[], Json]]] = deque(maxlen=_ENTRIES)
        self.count: int = 0
        self._subscribers: set[Callable[[], None]] = set()

    def entries_after(self, number: int) -> tuple[int, list[Json]]:
        """Return up to 100 of the entries after a number, oldest first, and the number of the last of them."""
        following = list(islice((entry for entry in self._entries if entry[0] > number), _ENTRIES_AT_ONCE))
        return following[-1][0] if following else number, [as_json() for _, as_json in following]

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each new entry; return the function that ends this."""
        self._subscribers.add(callback)
        return lambda: self._subscribers.discard(callback)

    def add_exchange(
        self, request: HttpRequest, route: Route, response: HttpResponse, delivery: Delivery, caller: Membership | None
    ) -> None:
        """Add a request with its response."""
        method, status, is_file = request.method, response.status, route.api == "storage"
        sent, received = _bounded(request.body, is_file), _bounded(response.body, is_file)
        self._add(caller, lambda: _format_exchange(method, route, status, sent, received, delivery))

    def add_frame(self, direction: Direction, text: str, caller: Membership | None) -> None:
        """Add a frame, or the opening or closing of a WebSocket."""
        self._add(caller, lambda: {"Kind": "frame", "Way": direction, "Text": mask_secrets(_normalise(text))})

    def _add(self, caller: Membership | None, format_details: Callable[[], JsonObject]) -> None:
        self.count += 1
        number, now = self.count, time.time()

        def as_json() -> Json:
            entry: dict[str, Json] = {"Number": number, "Time": written(milliseconds(now))}
            if caller is not None:
                entry |= {"ContactId": caller.chat.contact_id, "Role": caller.participant.role}
            return {**entry, **format_details()}

        self._entries.append((number, as_json))
        for callback in tuple(self._subscribers):
            callback()


def _format_exchange(
    method: str, route: Route, status: int, sent: bytes | str, received: bytes | str, delivery: Delivery
) -> JsonObject:
    return {
        "Kind": "request",
        "Method": method,
        "Path": mask_secrets(unquote(route.url.path)) + ("?***" if route.url.query else ""),
        "Operation": route.service_operation,
        "Status": status,
        "Sent": _format_body(sent),
        "Got": _format_body(received),
        "Delivery": delivery.mode if not delivery.seconds else f"after {delivery.seconds:g} s",
    }


def _bounded(body: bytes, is_file: bool) -> bytes | str:
    """Return the body, or its size as text if it is a file or too large to be shown."""
    return f"({len(body)} bytes)" if len(body) > _LARGEST_BODY or (is_file and body) else body


def _format_body(body: bytes | str) -> str:
    return body if isinstance(body, str) else mask_secrets(_normalise(body.decode("utf-8", "replace")))


def _normalise(text: str) -> str:
    """Write JSON anew, so that no escape hides a secret; leave other text as it is."""
    try:
        return dumps(loads(text)).decode("utf-8", "replace")
    except ValueError:
        return text
