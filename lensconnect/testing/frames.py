"""Frames of the service as text, written from values: the other direction of `lensconnect.live.frames.parse`.

    write(message("Hello!"))             a chat frame with an item
    write(SubscribeAnswer(True))         the answer to a subscription
    answer_to(HEARTBEAT)                 the service's answer to a control frame of a client

Facts: see `lensconnect.live.frames`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from lensconnect.arguments import expect_one_of
from lensconnect.content.templates import Interactive, Template, interactive, interactive_of
from lensconnect.content.types import CONTENT_INTERACTIVE, CONTENT_TEXT_PLAIN
from lensconnect.jsontext import Json, JsonObject, dumps, loads
from lensconnect.live.frames import (
    HEARTBEAT,
    PING,
    SUBSCRIBE,
    ChatFrame,
    HeartbeatEcho,
    PingAnswer,
    SubscribeAnswer,
)
from lensconnect.record import MASK, printable, to_members
from lensconnect.types.item import (
    CHAT_ITEM_TYPE_EVENT,
    CHAT_ITEM_TYPE_MESSAGE,
    PARTICIPANT_ROLE_AGENT,
    Item,
    ParticipantRole,
)
from lensconnect.wire.known_values import enum_values

__all__ = [
    "HEARTBEAT",
    "PING",
    "SUBSCRIBE",
    "ChatFrame",
    "HeartbeatEcho",
    "PingAnswer",
    "ServiceFrame",
    "SubscribeAnswer",
    "answer_to",
    "chat_text",
    "control_topic",
    "event",
    "message",
    "same_frame",
    "shown_frame",
    "write",
]

ServiceFrame: TypeAlias = Item | ChatFrame | SubscribeAnswer | HeartbeatEcho | PingAnswer
"""A frame of the service as a value; an `Item` is a chat frame without the id of the first contact."""

_CLIENT_FRAMES: Final = {"aws/subscribe": SUBSCRIBE, "aws/heartbeat": HEARTBEAT, "aws/ping": PING}
_NAMES: Final = {"aws/subscribe": "a subscription", "aws/heartbeat": "a heartbeat", "aws/ping": "a ping"}
_ANSWERS: Final[Mapping[str, ServiceFrame]] = {
    "aws/subscribe": SubscribeAnswer(True),
    "aws/heartbeat": HeartbeatEcho(),
    "aws/ping": PingAnswer(200),
}


def write(frame: ServiceFrame) -> str:
    """Return the text of a frame as the service sends it; `parse` reads it back.

    >>> from lensconnect.live.frames import parse
    >>> parse(write(message("Hello!"))).item.content
    'Hello!'
    """
    match frame:
        case Item():
            return write(ChatFrame(frame))
        case ChatFrame():
            first = {} if frame.initial_contact_id is None else {"InitialContactId": frame.initial_contact_id}
            return chat_text(to_members(frame.item) | first)
        case SubscribeAnswer():
            status = "success" if frame.confirmed else "failure"
            return _json({"topic": "aws/subscribe", "content": {"status": status, "topics": ["aws/chat"]}})
        case HeartbeatEcho():
            return HEARTBEAT
        case PingAnswer():
            status_code: dict[str, Json] = {} if frame.status_code is None else {"statusCode": frame.status_code}
            return _json({"topic": "aws/ping", **status_code})


def chat_text(members: JsonObject) -> str:
    """Return a chat frame with the JSON of an item."""
    return _json({"topic": "aws/chat", "contentType": "application/json", "content": _json(members)})


def _json(value: Json) -> str:
    return dumps(value).decode()


def message(
    content: str | Interactive | Template,
    *,
    content_type: str = CONTENT_TEXT_PLAIN,
    role: ParticipantRole = PARTICIPANT_ROLE_AGENT,
    item_id: str | None = None,
) -> Item:
    """Return a message of the agent, or of another role: a text, or an interactive message as a record.

    A stub that pushes it gives it an id, if it has none, and the time.
    """
    expect_one_of("role", role, enum_values(ParticipantRole))
    if not isinstance(content, str):
        asked = content if isinstance(content, Interactive) else interactive_of(content)
        content, content_type = interactive.construct(asked), CONTENT_INTERACTIVE
    return Item(
        id=item_id,
        type=CHAT_ITEM_TYPE_MESSAGE,
        content_type=content_type,
        content=content,
        participant_role=role,
        participant_id=_participant_id(role),
    )


def event(content_type: str, *, role: ParticipantRole = PARTICIPANT_ROLE_AGENT, content: str | None = None) -> Item:
    """Return an event, such as `EVENT_TYPING`, of the agent or of another role; a stub adds an id and the time."""
    expect_one_of("role", role, enum_values(ParticipantRole))
    return Item(
        type=CHAT_ITEM_TYPE_EVENT,
        content_type=content_type,
        content=content,
        participant_role=role,
        participant_id=_participant_id(role),
    )


def _participant_id(role: ParticipantRole) -> str:
    return f"stub-{role.lower()}"


def control_topic(text: str) -> str | None:
    """Return the topic of a subscription, a heartbeat or a ping of a client; None for any other text."""
    try:
        value = loads(text)
    except ValueError:
        return None
    return next((topic for topic, frame in _CLIENT_FRAMES.items() if value == loads(frame)), None)


def answer_to(text: str) -> str | None:
    """Return the service's answer to a control frame of a client, None for any other text.

    >>> answer_to(HEARTBEAT)
    '{"topic":"aws/heartbeat"}'
    """
    topic = control_topic(text)
    return None if topic is None else write(_ANSWERS[topic])


def same_frame(text: str, other: str) -> bool:
    """Return whether two texts are equal, as JSON where both are JSON."""
    try:
        return text == other or loads(text) == loads(other)
    except ValueError:
        return False


def shown_frame(text: str) -> str:
    """Describe a frame of a client without its values, which may be secret: only the topic is shown.

    >>> shown_frame(HEARTBEAT), shown_frame('{"topic":"custom","token":"secret"}'), shown_frame("secret")
    ('a heartbeat', "a frame {'topic': 'custom', 'token': ***}", 'a text of 6 characters')
    """
    topic = control_topic(text)
    if topic is not None:
        return _NAMES[topic]
    try:
        value = loads(text)
    except ValueError:
        value = None
    if not isinstance(value, Mapping):
        return f"a text of {len(text)} characters"
    members = (f"{name!r}: {each!r}" if name == "topic" else f"{name!r}: {MASK}" for name, each in value.items())
    return printable(f"a frame {{{', '.join(members)}}}")
