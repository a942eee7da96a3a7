"""Options: where the service's behaviour is not settled, or differs, one switch each.

Facts: AWS does not publish the window of idempotency, the exact header of an error, or what ends a page;
the defaults are what was observed or, failing that, what is kindest to a client under test.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from lensconnect.record import Record
from lensconnect.wire.limits import DOCUMENTED_2026, Limits

__all__ = ["ErrorType", "Idempotency", "MessageKey", "Options"]

Idempotency: TypeAlias = Literal["first", "refuse", "off"]
"""What a repeated ClientToken gives: the first reply, a refusal where the body differs, or a second effect."""

ErrorType: TypeAlias = Literal["name", "url", "absent"]
"""The form of `x-amzn-ErrorType`: the plain name, the name with a URL after a colon, or no header."""

MessageKey: TypeAlias = Literal["message", "Message"]
"""The member of an error's body that holds its text; the live service says `message`, its gateway `Message`."""


class Options(Record, frozen=True, kw_only=True):
    """The emulator's switches.  Times are in seconds, sizes in bytes."""

    limits: Limits = DOCUMENTED_2026
    """Which requests are refused as invalid; values outside the model's enums always are."""
    idempotency: Idempotency = "first"
    error_type: ErrorType = "name"
    message_key: MessageKey = "message"
    empty_replies: bool = False
    """Whether a reply without members has no body at all; otherwise it is `{}`."""
    end_token: bool = True
    """Whether the last page carries `"NextToken": ""`; otherwise it carries none."""
    agent_ends_chat: bool = False
    """Whether the chat is over when the agent leaves, and not only when the customer does."""
    connection_token_seconds: float = 86_400.0
    socket_open_seconds: float = 100.0
    socket_seconds: float = 3_600.0
    upload_seconds: float = 900.0
    download_seconds: int = 300
    """How long a download URL works when the request does not say."""
    authentication_seconds: float = 60.0
    attachment_bytes: int = 20 * 1024 * 1024
    attachments_per_chat: int = 35
    scan_seconds: float | None = None
    """How long an attachment is being scanned; `None` for no scanner: approved at once."""
    scan_rejects: bool = False
