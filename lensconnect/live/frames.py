"""Frames of the WebSocket as values, and the texts that a client sends.

Facts: frames are JSON objects with a `topic`; a chat frame's `content` is a text that holds the JSON of an item.
`aws/subscribe` is answered with a status, `aws/heartbeat` is echoed, and `aws/ping` is answered with a status code.
A frame without a topic is an error of the gateway.  Empty frames and unknown topics occur (observed in the source of
AWS's chatjs 5.0.0, and of its Android and iOS clients).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from lensconnect.jsontext import dumps
from lensconnect.record import NotDecodable, Record, decoder, named
from lensconnect.types.item import Item
from lensconnect.wire.items import decode_item

_CHAT: Final = "aws/chat"
_SUBSCRIBE: Final = "aws/subscribe"
_HEARTBEAT: Final = "aws/heartbeat"
_PING: Final = "aws/ping"

SUBSCRIBE: Final = '{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}'
HEARTBEAT: Final = '{"topic":"aws/heartbeat"}'
PING: Final = '{"topic":"aws/ping"}'


class ChatFrame(Record, frozen=True, gc=False):
    """An item, and the id of the chat's first contact, which frames have beside the fields of `Item`."""

    item: Item
    initial_contact_id: str | None = None


class SubscribeAnswer(NamedTuple):
    """The service's answer to a subscription."""

    confirmed: bool


class HeartbeatEcho(NamedTuple):
    """The service's answer to a heartbeat."""


class PingAnswer(NamedTuple):
    """The service's answer to a ping; any status code but 200 is a sign of a fault behind the gateway."""

    status_code: int | None


class Junk(NamedTuple):
    """A frame that a client skips; `why` names its kind, never its text."""

    why: str


ParsedFrame: TypeAlias = ChatFrame | SubscribeAnswer | HeartbeatEcho | PingAnswer | Junk


class _Envelope(Record, frozen=True, gc=False):
    """The members of a frame that are read."""

    topic: str | None = None
    content: str | Mapping[str, Any] | None = None
    status_code: int | None = named("statusCode")


_read: Final[Callable[[str], _Envelope]] = decoder(_Envelope)
_HEARTBEAT_ECHO: Final = HeartbeatEcho()


def parse(frame: str | bytes) -> ParsedFrame:
    """Return the frame as a value; a binary frame and text that is no frame are `Junk`.

    >>> parse('{"topic":"aws/chat","content":"{\\\\"Id\\\\":\\\\"m1\\\\"}"}')
    ChatFrame(item=Item(id='m1'))
    >>> parse("no JSON")
    Junk(why='not JSON')
    """
    if isinstance(frame, bytes):
        return Junk("binary")
    try:
        envelope = _read(frame)
    except NotDecodable:
        return Junk("not JSON" if frame.strip() else "empty")
    content, topic = envelope.content, envelope.topic
    if topic == _CHAT:
        if content is None:
            return Junk("a chat frame without content")
        try:
            return ChatFrame(*decode_item(content if isinstance(content, str) else dumps(content)))
        except (NotDecodable, ValueError):
            return Junk("content that is no item")
    if topic == _HEARTBEAT:
        return _HEARTBEAT_ECHO
    if topic == _PING:
        return PingAnswer(envelope.status_code)
    if topic == _SUBSCRIBE and isinstance(content, Mapping):
        return SubscribeAnswer(content.get("status") == "success")
    return Junk("no topic" if topic is None else "an unknown topic")
