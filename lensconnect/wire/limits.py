"""The limits of requests, as values.

    MODEL             the limits of the service model (the default)
    DOCUMENTED_2026   MODEL, content of at most 16,384 UTF-8 bytes, and only event types that a client may send
    CLASSIC           MODEL, and the smaller sizes by content type that AWS documented before October 2026
    NONE              no limits, to find out how the service responds

Under each of them a value that cannot be sent safely is refused, and every value of an enum is allowed, since
the service may add values.  Sources: API_SendMessage and API_SendEvent, whose text is in botocore's service
model (1.43.121 and later for 2026, 1.43.119 and earlier for CLASSIC).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from lensconnect.content.types import (
    CLIENT_EVENT_TYPES,
    CONTENT_APPLICATION_JSON,
    CONTENT_INTERACTIVE_RESPONSE,
    CONTENT_TEXT_MARKDOWN,
    CONTENT_TEXT_PLAIN,
)
from lensconnect.errors import Fault
from lensconnect.operations import Reply, Request, SendEvent, SendMessage
from lensconnect.optics import Lens
from lensconnect.record import Record

__all__ = [
    "attachment_bytes_maximum",
    "AttachmentBytes",
    "CLASSIC",
    "content_bytes_maximum",
    "content_characters_maximums",
    "ContentBytes",
    "ContentCharacters",
    "DOCUMENTED_2026",
    "event_types_allowed",
    "EventTypes",
    "Limits",
    "limits_model",
    "limits_name",
    "limits_rules",
    "MODEL",
    "NONE",
    "Rule",
]

Rule: TypeAlias = Callable[[Request[Reply]], tuple[Fault, ...]]
"""A limit that the model cannot express: a pure function from a request to its faults."""


class Limits(Record, frozen=True):
    """A named set of limits: the limits of the service model if `model` is true, and further rules."""

    name: str
    model: bool = True
    rules: tuple[Rule, ...] = ()


def _content(request: Request[Reply]) -> str:
    """Return the content of a message or event, "" if there is none or it is no text."""
    content: object = request.content if isinstance(request, SendMessage | SendEvent) else ""
    return content if isinstance(content, str) else ""


class ContentBytes(Record, frozen=True):
    """A rule: the content of a message or event has at most `maximum` UTF-8 bytes."""

    maximum: int

    def __call__(self, request: Request[Reply]) -> tuple[Fault, ...]:
        """Return the faults of the request under this rule."""
        size = len(_content(request).encode("utf-8", "surrogatepass"))
        return () if size <= self.maximum else (Fault("content", f"at most {self.maximum} UTF-8 bytes", size),)


class ContentCharacters(Record, frozen=True):
    """A rule: the content of a message or event has at most so many characters, by content type."""

    maximums: tuple[tuple[str, int], ...]

    def __call__(self, request: Request[Reply]) -> tuple[Fault, ...]:
        """Return the faults of the request under this rule."""
        size, content_type = len(_content(request)), getattr(request, "content_type", None)
        maximum = next((maximum for name, maximum in self.maximums if name == content_type), size)
        return () if size <= maximum else (Fault("content", f"1..{maximum} characters for {content_type}", size),)


class EventTypes(Record, frozen=True):
    """A rule: SendEvent accepts only the content types in `allowed`."""

    allowed: tuple[str, ...]

    def __call__(self, request: Request[Reply]) -> tuple[Fault, ...]:
        """Return the faults of the request under this rule."""
        if not isinstance(request, SendEvent) or request.content_type in self.allowed:
            return ()
        return (Fault("content_type", "one of " + ", ".join(self.allowed)),)


class AttachmentBytes(Record, frozen=True):
    """A rule: a file has at most `maximum` bytes.

    No named set has it, as it is the instance that sets the limit: 20 MB, or up to 100 MB (administrator guide, "Connect
    feature specifications").

    >>> at_most_20_mb = MODEL & limits_rules.set((AttachmentBytes(20 << 20),))
    """

    maximum: int

    def __call__(self, request: Request[Reply]) -> tuple[Fault, ...]:
        """Return the faults of the request under this rule."""
        size: object = getattr(request, "attachment_size_in_bytes", None)
        if not isinstance(size, int) or size <= self.maximum:
            return ()
        return (Fault("attachment_size_in_bytes", f"at most {self.maximum}", size),)


MODEL: Final = Limits("model")
"""The limits of the service model."""

DOCUMENTED_2026: Final = Limits(
    "documented_2026",
    rules=(ContentBytes(16384), EventTypes(CLIENT_EVENT_TYPES)),
)
"""The limits of the service model, and those that AWS documents for content since October 2026."""

CLASSIC: Final = Limits(
    "classic",
    rules=(
        ContentCharacters(
            (
                (CONTENT_TEXT_PLAIN, 1024),
                (CONTENT_TEXT_MARKDOWN, 1024),
                (CONTENT_APPLICATION_JSON, 12000),
                (CONTENT_INTERACTIVE_RESPONSE, 12288),
            )
        ),
    ),
)
"""The limits of the service model, and the sizes documented before October 2026; instances may still enforce them."""

NONE: Final = Limits("none", model=False)
"""No limits except Python types and safe sending."""

limits_name: Lens[Limits, str] = Lens(Limits, "name")
limits_model: Lens[Limits, bool] = Lens(Limits, "model")
limits_rules: Lens[Limits, tuple[Rule, ...]] = Lens(Limits, "rules")
attachment_bytes_maximum: Lens[AttachmentBytes, int] = Lens(AttachmentBytes, "maximum")
content_bytes_maximum: Lens[ContentBytes, int] = Lens(ContentBytes, "maximum")
content_characters_maximums: Lens[ContentCharacters, tuple[tuple[str, int], ...]] = Lens(ContentCharacters, "maximums")
event_types_allowed: Lens[EventTypes, tuple[str, ...]] = Lens(EventTypes, "allowed")
