"""The control frames of a socket: a text in, what to do about it out.  Pure; nothing here has a socket.

    {"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}      aws/unsubscribe likewise
    {"topic":"aws/heartbeat"}                                        echoed
    {"topic":"aws/ping"}                                             answered with a status

Facts: anything else gets the gateway's error, which has no topic; one mobile client ends its
subscription with a stray parenthesis, and is understood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from lensconnect.emulator.chat.context import TOPIC
from lensconnect.jsontext import Json, dumps, loads

__all__ = [
    "HEARTBEAT",
    "PING",
    "SUBSCRIBE",
    "TOPICS",
    "UNSUBSCRIBE",
    "Control",
    "forbidden",
    "heartbeat",
    "ping",
    "read",
    "subscription_ack",
]

SUBSCRIBE: Final = "aws/subscribe"
UNSUBSCRIBE: Final = "aws/unsubscribe"
HEARTBEAT: Final = "aws/heartbeat"
PING: Final = "aws/ping"

_Topic: TypeAlias = Literal["aws/subscribe", "aws/unsubscribe", "aws/heartbeat", "aws/ping"]
_CONTROL: Final[Mapping[Json, _Topic]] = {
    SUBSCRIBE: SUBSCRIBE,
    UNSUBSCRIBE: UNSUBSCRIBE,
    HEARTBEAT: HEARTBEAT,
    PING: PING,
}
TOPICS: Final = (TOPIC, SUBSCRIBE, UNSUBSCRIBE, HEARTBEAT, PING)
"""Those a frame of the service may have."""


class Control(NamedTuple):
    """A control frame that was understood; `topics` are those it names."""

    topic: _Topic
    topics: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether it names topics, and only such as there are."""
        return bool(self.topics) and all(topic == TOPIC for topic in self.topics)


def read(text: str, stray_parenthesis: bool) -> Control | None:
    """What a frame asks for, `None` for junk.

    >>> read('{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}})', True)
    Control(topic='aws/subscribe', topics=('aws/chat',))
    >>> read('{"topic":"aws/chat"}', True)
    """
    try:
        value = loads(text.rstrip().removesuffix(")") if stray_parenthesis else text)
    except ValueError:
        return None
    named = value.get("topic") if isinstance(value, Mapping) else None
    topic = _CONTROL.get(named) if isinstance(named, str) else None
    if not isinstance(value, Mapping) or topic is None:
        return None
    content = value.get("content")
    return Control(topic, _topics(content.get("topics") if isinstance(content, Mapping) else None))


def _topics(value: Json) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return ()
    return tuple(entry if isinstance(entry, str) else "" for entry in value)


def subscription_ack(control: Control, success: bool) -> str:
    """The answer to a subscription, or to its end."""
    content: dict[str, Json] = {"status": "success" if success else "failure", "topics": control.topics}
    return dumps({"topic": control.topic, "content": content}).decode()


def heartbeat() -> str:
    """The echo."""
    return dumps({"topic": HEARTBEAT}).decode()


def ping(healthy: bool) -> str:
    """The answer to a ping."""
    status, text = (200, "OK") if healthy else (500, "Internal server error")
    return dumps({"topic": PING, "statusCode": status, "statusContent": text}).decode()


def forbidden(connection_id: str, request_id: str) -> str:
    """The gateway's answer to what it has no route for."""
    return dumps({"message": "Forbidden", "connectionId": connection_id, "requestId": request_id}).decode()
