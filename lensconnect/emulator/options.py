"""Options: a setting for each behaviour that AWS does not document, or that differs between instances.

`parse_options` reads them as text: quotas=true scan_seconds=2.5 sixth_socket=replace limits=classic

Facts: AWS does not document how long a ClientToken counts, the exact error header, or how the last page is
marked.  The defaults are what was observed, or else assumed in favour of the client under test.
docs/emulator.md has the source of each default.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from lensconnect.jsontext import Json, dumps, loads
from lensconnect.record import NotDecodable, Record, decoder, fields, part_of, values
from lensconnect.wire.limits import CLASSIC, DOCUMENTED_2026, MODEL, NONE, Limits

Idempotency: TypeAlias = Literal["first", "refuse", "off"]
"""The effect of a repeated ClientToken: the first reply, an error if the body differs, or none."""

ErrorType: TypeAlias = Literal["name", "url", "absent"]
"""The form of `x-amzn-ErrorType`: the error's name, the name with a URL after a colon, or no header."""

MessageKey: TypeAlias = Literal["message", "Message"]
"""The member of an error's body that holds its text: the live service uses `message`, its gateway `Message`
(observed)."""

Joins: TypeAlias = Literal["presence", "connection"]
"""The time at which a participant joins: at its first subscription, at ConnectParticipant, at a connection without a
WebSocket or at its first message or event (`presence`); or at any connection (`connection`)."""

SixthSocket: TypeAlias = Literal["refuse", "replace"]
"""The effect of one WebSocket too many: 429 at its handshake, or the oldest one is closed."""

EXTENSIONS: Final = tuple("csv doc docx heic jfif jpeg jpg mov mp4 pdf png ppt pptx rtf txt wav xls xlsx".split())
"""The file extensions that an instance accepts unless its administrator adds some (documented)."""


class Options(Record, frozen=True, kw_only=True):
    """The emulator's options.  Times are in seconds, sizes in bytes.

    Requests and replies
        limits: the limits of valid requests; a value outside the model's enums is invalid under any limits
        idempotency: the effect of a repeated ClientToken
        error_type, message_key: the form of an error
        empty_replies: a reply without members has an empty body instead of `{}`
        end_token: the last page of a transcript has `"NextToken": ""` instead of no NextToken
        any_origin: web pages of every site, and requests with any Host, may start chats and use the admin API
        quotas: requests are throttled by the default quotas of an instance
        connection_token_seconds: lifetime of a connection token
    Chats
        chat_seconds: lifetime of a chat that StartChatContact gave no duration
        concurrent_chats: how many chats may be open at once; 100 was an instance's default (documented in 2023)
        unseen_seconds: time until a chat ends whose customer has not joined; 300 is documented
        joins: when a participant has joined
        agent_ends_chat: the chat ends when an agent leaves, and not only when the customer does
        agent_reads_after_end: an agent can read the transcript of a chat that is over (after-contact work)
        agent_away_seconds: time after an agent's last WebSocket closed until the agent is removed; users
            observed about 20
        customer_idle_seconds, agent_idle_seconds: time without a message until the participant is idle
        customer_disconnect_seconds, agent_disconnect_seconds: time without a message until the chat is
            disconnected; it counts from idleness if that has a limit too
        authentication_seconds: lifetime of an authentication session
    WebSockets
        socket_open_seconds: time until a URL must be opened
        socket_seconds: lifetime of a WebSocket, from the reply that held its URL
        socket_quiet_seconds: time without a frame in either direction until a WebSocket is closed
        sockets_per_participant, sixth_socket: how many may be open, and the effect of one more
        stray_parenthesis: a `)` after a frame's JSON is ignored; one mobile client sends it (observed)
    Attachments
        attachment_bytes, attachment_types, attachments_per_chat: the largest size, the file extensions that
            are accepted (without the dot), and the number of files
        upload_seconds: lifetime of an upload URL
        download_seconds: lifetime of a download URL when the request names none
        scan_seconds: duration of a scan; `None` approves a file at once
        scan_rejects: a scan rejects every file
    """

    limits: Limits = DOCUMENTED_2026
    idempotency: Idempotency = "first"
    error_type: ErrorType = "name"
    message_key: MessageKey = "message"
    empty_replies: bool = False
    end_token: bool = True
    agent_ends_chat: bool = False
    agent_reads_after_end: bool = False
    agent_away_seconds: float | None = None
    joins: Joins = "presence"
    sixth_socket: SixthSocket = "refuse"
    sockets_per_participant: int = 5
    stray_parenthesis: bool = True
    any_origin: bool = False
    quotas: bool = False
    concurrent_chats: int | None = None
    chat_seconds: float = 90_000.0
    unseen_seconds: float | None = None
    customer_idle_seconds: float | None = None
    customer_disconnect_seconds: float | None = None
    agent_idle_seconds: float | None = None
    agent_disconnect_seconds: float | None = None
    connection_token_seconds: float = 86_400.0
    socket_open_seconds: float = 100.0
    socket_seconds: float = 3_600.0
    socket_quiet_seconds: float | None = 600.0
    upload_seconds: float = 900.0
    download_seconds: int = 300
    authentication_seconds: float = 60.0
    attachment_bytes: int = 20 * 1024 * 1024
    attachment_types: tuple[str, ...] = EXTENSIONS
    attachments_per_chat: int = 35
    scan_seconds: float | None = None
    scan_rejects: bool = False


_LIMITS: Final = {limits.name: limits for limits in (MODEL, DOCUMENTED_2026, CLASSIC, NONE)}

OPTION_NAMES: Final = tuple(field.name for field in fields(Options))
"""The names of the options."""

_read: Final = decoder(part_of(Options, frozenset(OPTION_NAMES) - {"limits"}))


def parse_options(settings: Iterable[str]) -> Options:
    """Return the options given as `NAME=VALUE`, and the defaults for the others.

    A value is JSON, or else text.  An unknown name or a bad value is a `NotDecodable`.

    >>> chosen = parse_options(["quotas=true", "scan_seconds=2.5", "limits=classic"])
    >>> chosen.quotas, chosen.scan_seconds, chosen.limits.name
    (True, 2.5, 'classic')
    """
    given = dict(map(_parse_setting, settings))
    name = given.pop("limits", DOCUMENTED_2026.name)
    limits = _LIMITS.get(name) if isinstance(name, str) else None
    if limits is None:
        raise NotDecodable("limits must be one of " + ", ".join(_LIMITS))
    return Options(limits=limits, **values(_read(dumps(given))))


def _parse_setting(text: str) -> tuple[str, Json]:
    name, equals, value = text.partition("=")
    if not equals or name not in OPTION_NAMES:
        raise NotDecodable(f"{text}: expected NAME=VALUE with one of the names " + ", ".join(OPTION_NAMES))
    try:
        return name, loads(value)
    except ValueError:
        return name, value
