"""The control frames of a WebSocket: pure functions from text to value and from value to text.

    {"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}      acknowledged; aws/unsubscribe likewise
    {"topic":"aws/heartbeat"}                                        echoed
    {"topic":"aws/ping"}                                             answered with a status

Facts, observed in the sources of ChatJS 5.0.0 and of AWS's Android and iOS clients: the frames above; the error
of the gateway has no topic; the iOS client puts a `)` behind its subscription, and the service accepts it.
Assumed: every other frame gets the gateway's error, and `aws/unsubscribe` exists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from lensconnect.emulator.chat.context import TOPIC
from lensconnect.jsontext import Json, dumps, loads

SUBSCRIBE: Final = "aws/subscribe"
UNSUBSCRIBE: Final = "aws/unsubscribe"
HEARTBEAT: Final = "aws/heartbeat"
PING: Final = "aws/ping"

_CONTROL_TOPICS: Final = (SUBSCRIBE, UNSUBSCRIBE, HEARTBEAT, PING)
TOPICS: Final = (TOPIC, *_CONTROL_TOPICS)
"""The topics of the frames that the service sends."""


class Control(NamedTuple):
    """A control frame of a client, with the topics that it names."""

    topic: str
    topics: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """`True` if it names at least one topic, and only existing ones."""
        return bool(self.topics) and all(topic == TOPIC for topic in self.topics)


def read(text: str, stray_parenthesis: bool) -> Control | None:
    """Return the control frame in a text, `None` for any other text.

    >>> read('{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}})', True)
    Control(topic='aws/subscribe', topics=('aws/chat',))
    >>> read('{"topic":"aws/chat"}', True)
    """
    try:
        value = loads(text.rstrip().removesuffix(")") if stray_parenthesis else text)
    except ValueError:
        return None
    topic = value.get("topic") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(topic, str) or topic not in _CONTROL_TOPICS:
        return None
    content = value.get("content")
    return Control(topic, _topics(content.get("topics") if isinstance(content, Mapping) else None))


def _topics(value: Json) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return ()
    return tuple(entry if isinstance(entry, str) else "" for entry in value)


def subscription_ack(control: Control, success: bool) -> str:
    """Return the answer to `aws/subscribe` or `aws/unsubscribe`."""
    content: dict[str, Json] = {"status": "success" if success else "failure", "topics": control.topics}
    return dumps({"topic": control.topic, "content": content}).decode()


def heartbeat() -> str:
    """Return the echo of a heartbeat."""
    return dumps({"topic": HEARTBEAT}).decode()


def ping(healthy: bool) -> str:
    """Return the answer to a ping: 200, or 500 if not `healthy`."""
    status, text = (200, "OK") if healthy else (500, "Internal server error")
    return dumps({"topic": PING, "statusCode": status, "statusContent": text}).decode()


def forbidden(connection_id: str, request_id: str) -> str:
    """Return the error of the gateway for a frame without a route."""
    return dumps({"message": "Forbidden", "connectionId": connection_id, "requestId": request_id}).decode()
