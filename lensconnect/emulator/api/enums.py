"""The model's enums, closed: a service knows its own words, while a client keeps the unknown ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lensconnect.errors import Fault
from lensconnect.operations import CreateParticipantConnection, GetAttachment, GetTranscript, Reply, Request
from lensconnect.types.attachment import CONTENT_DISPOSITION_ATTACHMENT, CONTENT_DISPOSITION_INLINE
from lensconnect.types.connection import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBRTC_CONNECTION,
    CONNECTION_TYPE_WEBSOCKET,
)
from lensconnect.types.transcript import (
    SCAN_DIRECTION_BACKWARD,
    SCAN_DIRECTION_FORWARD,
    SORT_KEY_ASCENDING,
    SORT_KEY_DESCENDING,
)

__all__ = ["unknown_enum_values"]

_CONNECTIONS: Final = (
    CONNECTION_TYPE_WEBSOCKET,
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBRTC_CONNECTION,
)
_DIRECTIONS: Final = (SCAN_DIRECTION_FORWARD, SCAN_DIRECTION_BACKWARD)
_ORDERS: Final = (SORT_KEY_DESCENDING, SORT_KEY_ASCENDING)
_DISPOSITIONS: Final = (CONTENT_DISPOSITION_INLINE, CONTENT_DISPOSITION_ATTACHMENT)


def unknown_enum_values(request: Request[Reply]) -> tuple[Fault, ...]:
    """A fault for each value outside its enum."""
    return tuple(
        Fault(path, "one of " + ", ".join(known))
        for path, word, known in _used(request)
        if word is not None and word not in known
    )


def _used(request: Request[Reply]) -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
    match request:
        case CreateParticipantConnection(type=types):
            yield from ((f"type[{index}]", word, _CONNECTIONS) for index, word in enumerate(types or ()))
        case GetTranscript(scan_direction=direction, sort_order=order):
            yield "scan_direction", direction, _DIRECTIONS
            yield "sort_order", order, _ORDERS
        case GetAttachment(url_content_disposition=disposition):
            yield "url_content_disposition", disposition, _DISPOSITIONS
        case _:
            pass
