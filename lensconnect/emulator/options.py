"""Options: where the service's behaviour is not settled, or differs, one switch each.

Facts: AWS does not publish the window of idempotency, the exact header of an error, or what ends a page;
the defaults are what was observed or, failing that, what is kindest to a client under test.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from lensconnect.jsontext import Json, dumps, loads
from lensconnect.record import NotDecodable, Record, decoder, fields, part_of, values
from lensconnect.wire.limits import CLASSIC, DOCUMENTED_2026, MODEL, NONE, Limits

__all__ = [
    "EXTENSIONS",
    "ErrorType",
    "Idempotency",
    "Joins",
    "MessageKey",
    "OPTION_NAMES",
    "Options",
    "SixthSocket",
    "parse_options",
]

Idempotency: TypeAlias = Literal["first", "refuse", "off"]
"""What a repeated ClientToken gives: the first reply, a refusal where the body differs, or a second effect."""

ErrorType: TypeAlias = Literal["name", "url", "absent"]
"""The form of `x-amzn-ErrorType`: the plain name, the name with a URL after a colon, or no header."""

MessageKey: TypeAlias = Literal["message", "Message"]
"""The member of an error's body that holds its text; the live service says `message`, its gateway `Message`."""

Joins: TypeAlias = Literal["presence", "connection"]
"""When a participant is in: by being there (its first subscription, ConnectParticipant, a connection
without a socket, or the first thing it sends), or as soon as it asks for any connection."""

SixthSocket: TypeAlias = Literal["refuse", "replace"]
"""What a socket too many comes to: 429 at its handshake, or the end of the oldest one."""

EXTENSIONS: Final = tuple("csv doc docx heic jfif jpeg jpg mov mp4 pdf png ppt pptx rtf txt wav xls xlsx".split())
"""The kinds of file an instance takes unless its administrator adds some."""


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
    agent_reads_after_end: bool = False
    """Whether an agent can still read the transcript when the chat is over, as in after-contact work."""
    agent_away_seconds: float | None = None
    """How long an agent may be without a socket, once its last one is lost; users saw about 20."""
    joins: Joins = "presence"
    sixth_socket: SixthSocket = "refuse"
    sockets_per_participant: int = 5
    stray_parenthesis: bool = True
    """Whether a `)` after a frame's JSON, which one mobile client has always sent, is overlooked."""
    quotas: bool = False
    """Whether requests are throttled as an instance's default quotas would."""
    concurrent_chats: int | None = None
    """How many chats may go on at once before StartChatContact is refused; an instance's default was 100."""
    chat_seconds: float = 90_000.0
    """How long a chat lasts unless its start says otherwise."""
    unseen_seconds: float | None = None
    """How long a chat waits for its customer to join before it ends; the service's own word is 300."""
    customer_idle_seconds: float | None = None
    """How long a customer may say nothing while an agent is there, until it counts as idle."""
    customer_disconnect_seconds: float | None = None
    """How long until its silence (once it is idle, if that is watched too) ends the chat."""
    agent_idle_seconds: float | None = None
    agent_disconnect_seconds: float | None = None
    connection_token_seconds: float = 86_400.0
    socket_open_seconds: float = 100.0
    socket_seconds: float = 3_600.0
    """How long a socket lives, counted from the reply that held its URL."""
    socket_quiet_seconds: float | None = 600.0
    """How long a socket may be without a frame in either direction."""
    upload_seconds: float = 900.0
    download_seconds: int = 300
    """How long a download URL works when the request does not say."""
    authentication_seconds: float = 60.0
    attachment_bytes: int = 20 * 1024 * 1024
    attachment_types: tuple[str, ...] = EXTENSIONS
    """The ends of names that are taken; an administrator can add some."""
    attachments_per_chat: int = 35
    scan_seconds: float | None = None
    """How long an attachment is being scanned; `None` for no scanner: approved at once."""
    scan_rejects: bool = False


_LIMITS: Final = {limits.name: limits for limits in (MODEL, DOCUMENTED_2026, CLASSIC, NONE)}

OPTION_NAMES: Final = tuple(field.name for field in fields(Options))
"""The names there are."""

_read: Final = decoder(part_of(Options, frozenset(OPTION_NAMES) - {"limits"}))


def parse_options(settings: Iterable[str]) -> Options:
    """The options that `NAME=VALUE`s say, the others as they are; `NotDecodable` says what is wrong.

    >>> chosen = parse_options(["quotas=true", "scan_seconds=2.5", "limits=classic"])
    >>> chosen.quotas, chosen.scan_seconds, chosen.limits.name
    (True, 2.5, 'classic')
    """
    given = dict(map(_setting, settings))
    name = given.pop("limits", DOCUMENTED_2026.name)
    limits = _LIMITS.get(name) if isinstance(name, str) else None
    if limits is None:
        raise NotDecodable("limits is one of " + ", ".join(_LIMITS))
    return Options(limits=limits, **values(_read(dumps(given))))


def _setting(text: str) -> tuple[str, Json]:
    name, equals, value = text.partition("=")
    if not equals or name not in OPTION_NAMES:
        raise NotDecodable(f"{text} is not NAME=VALUE of one of " + ", ".join(OPTION_NAMES))
    try:
        return name, loads(value)
    except ValueError:
        return name, value
