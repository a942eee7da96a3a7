"""Options: a setting for each behaviour that AWS does not document, or that differs between instances.

`parse_options` reads them as text: quotas=true scan_seconds=2.5 sixth_socket=replace limits=classic

Facts: AWS does not document how long a ClientToken counts, the exact error header, or how the last page is
marked.  The defaults are what was observed, or else assumed in favour of the client under test.
docs/emulator.md has the source of each default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeAlias, cast, get_args, get_origin, get_type_hints

from lensconnect.arguments import expect
from lensconnect.jsontext import loads
from lensconnect.record import Record, values
from lensconnect.wire.limits import CLASSIC, DOCUMENTED_2026, MODEL, NONE, Limits

Idempotency: TypeAlias = Literal["first", "refuse", "off"]
"""The effect of a repeated ClientToken: the first reply, an error if the body differs, or none."""

ErrorType: TypeAlias = Literal["name", "url", "absent"]
"""The form of `x-amzn-ErrorType`: the error's name, the name with a URL after a colon, or no header."""

MessageKey: TypeAlias = Literal["message", "Message"]
"""The member of an error's body that holds its text: the live service uses `message`, its gateway `Message`
(observed)."""

Joins: TypeAlias = Literal["presence", "subscription", "connection"]
"""The time at which a participant joins: at its first subscription, at ConnectParticipant, at a connection without a
WebSocket or at its first message or event (`presence`); for a customer at the first two alone (`subscription`); or at
any connection (`connection`)."""

SixthSocket: TypeAlias = Literal["refuse", "replace"]
"""The effect of one WebSocket too many: 429 at its handshake, or the oldest one is closed."""

FileNames: TypeAlias = Literal["percent", "utf8"]
"""The form of a file's name in Content-Disposition: percent-encoded, so that every HTTP client can send it, or as it
is, which counts as its bytes in UTF-8 and not as those in Latin-1."""

ProcessingResult: TypeAlias = Literal["processed", "failed", "failed_delivered", "rejected"]
"""The end of the processing of a message: it is delivered; or its sender gets FAILED, or REJECTED, and nobody gets the
message, but with `failed_delivered` everyone gets it unprocessed."""

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
        flow_hears_while_busy: what is said while the contact flow does not listen waits for it; real flows were seen to
            drop what comes before they first listen
        flow_reads_past: the contact flow gets what was said before it began; real flows were seen to drop it
        agent_ends_chat: the chat ends when an agent leaves, and not only when the customer does
        agent_reads_after_end: an agent can read the transcript of a chat that is over (after-contact work)
        transfer_keeps_contact: items after a transfer still have the ContactId of those before it; it was seen to change
        agent_away_seconds: time after an agent's last WebSocket closed until the agent is removed; users
            observed about 20
        customer_idle_seconds, agent_idle_seconds: time without a message until the participant is idle
        customer_disconnect_seconds, agent_disconnect_seconds: time without a message until the chat is
            disconnected; it counts from idleness if that has a limit too
        bot_chunk_characters, bot_chunk_seconds: the flow's text comes in chunks of so many characters, with this time
            behind each, before the whole of it; at once without a size
        processing_seconds, processing_result: the time for which messages of customers and agents are processed before
            everyone gets them, and what comes of it; `None` does not process them
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
        file_names: the form of a name in Content-Disposition, a signed header of an upload
        upload_seconds: lifetime of an upload URL
        download_seconds: lifetime of a download URL when the request names none
        scan_seconds: duration of a scan; `None` approves a file at once
        all_attachments_bytes: the size of all attachments together, announced ones included; those of a chat that is
            over count until their URLs have expired
        scan_rejects: a scan rejects every file
    The server: what a client can make it keep
        head_bytes: target and headers of a request, trailers included
        body_bytes: body of a request, beyond the announced size where it is an upload
        request_seconds: time from the first byte of a request to its last, and until its reply has been read
        socket_queue_bytes, socket_queue_frames: frames that wait for a client that does not read its WebSocket; with
            more of them the connection is lost
    """

    limits: Limits = DOCUMENTED_2026
    idempotency: Idempotency = "first"
    error_type: ErrorType = "name"
    message_key: MessageKey = "message"
    empty_replies: bool = False
    end_token: bool = True
    flow_hears_while_busy: bool = True
    flow_reads_past: bool = False
    agent_ends_chat: bool = False
    agent_reads_after_end: bool = False
    transfer_keeps_contact: bool = False
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
    bot_chunk_characters: int | None = None
    bot_chunk_seconds: float = 0.0
    processing_seconds: float | None = None
    processing_result: ProcessingResult = "processed"
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
    file_names: FileNames = "percent"
    scan_seconds: float | None = None
    scan_rejects: bool = False
    all_attachments_bytes: int = 512 * 1024 * 1024
    head_bytes: int = 64 * 1024
    body_bytes: int = 1024 * 1024
    request_seconds: float = 60.0
    socket_queue_bytes: int = 8 * 1024 * 1024
    socket_queue_frames: int = 10_000


_LIMITS: Final = {limits.name: limits for limits in (MODEL, DOCUMENTED_2026, CLASSIC, NONE)}
_TYPES: Final[Mapping[str, Any]] = get_type_hints(Options)

OPTION_NAMES: Final = tuple(_TYPES)
"""The names of the options."""


def check_options(options: Options) -> None:
    """Raise `TypeError` for a value that is no `Options`, `ValueError` for an option with a value it does not take."""
    expect("options", options, Options, "an Options or None")
    for name, value in values(options).items():
        _check(name, value, repr(value), "None")


def parse_options(settings: Iterable[str]) -> Options:
    """Return the options given as `NAME=VALUE`, and the defaults for the others.

    A value is JSON, or else text.  An unknown name or a bad value is a `ValueError` that says what the option takes.

    >>> chosen = parse_options(["quotas=true", "scan_seconds=2.5", "limits=classic"])
    >>> chosen.quotas, chosen.scan_seconds, chosen.limits.name
    (True, 2.5, 'classic')
    """
    return Options(**dict(map(_parse_setting, settings)))


def _parse_setting(text: str) -> tuple[str, Any]:
    name, equals, given = text.partition("=")
    if name not in OPTION_NAMES:
        near = get_close_matches(name, OPTION_NAMES, 1)
        raise ValueError(f"there is no option {name!r}" + "".join(f": is it {other}?" for other in near))
    if not equals:
        raise ValueError(f"{name} has no value: give {name}=VALUE, {_words(_TYPES[name], 'null')}")
    try:
        value: Any = loads(given)
    except ValueError:
        value = given
    if isinstance(value, list):
        value = tuple(cast("list[object]", value))
    if name == "limits" and isinstance(value, str):
        value = _LIMITS.get(value, value)
    _check(name, value, given, "null")
    return name, value


def _check(name: str, value: object, given: str, none: str) -> None:
    if not _accepts(_TYPES[name], value):
        raise ValueError(f"{name} must be {_words(_TYPES[name], none)}, not {given}")


def _accepts(hint: Any, value: Any) -> bool:
    """Return whether a value has the type of an option; a number must not be negative."""
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is UnionType:
        return any(_accepts(each, value) for each in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(isinstance(each, str) for each in cast("tuple[object, ...]", value))
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool) and value >= 0
    return isinstance(value, hint)


def _words(hint: Any, none: str) -> str:
    """Return what an option takes, in words."""
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(get_args(hint))
    if get_origin(hint) is UnionType:
        return ", or ".join(_words(each, none) for each in get_args(hint))
    return {
        bool: "true or false",
        float: "a number from 0 up",
        int: "a whole number from 0 up",
        Limits: "one of " + ", ".join(_LIMITS),
        NoneType: none,
    }.get(hint, "a list of text")
