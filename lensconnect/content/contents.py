"""Content: the text, template, answer, receipt or event that an item holds, as a record.

    match content_of(item):
        case Text(text): ...
        case Interactive() as asked: ...
        case ChatEvent(kind=kind): ...

Facts: the content type of an item tells how to read its content (API_Item).  Receipts hold `{"messageId": ...}`,
`authentication.initiated` holds `{"SessionId": ...}`, `participant.displayname.updated` the new name, other events
nothing; an item of `message.metadata` has the receipts of a message in its metadata, and items of attachments have
neither content nor content type (observed in the source of AWS's chatjs 5.0.0, of its mobile SDKs and of its
chat interface).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Sequence as Sequence  # the annotation Json names it
from typing import Final, TypeAlias

from lensconnect.content.answers import InteractiveAnswer, interactive_answer
from lensconnect.content.json import json_object, json_string, key
from lensconnect.content.templates import Interactive, interactive
from lensconnect.content.types import (
    CONTENT_APPLICATION_JSON,
    CONTENT_INTERACTIVE,
    CONTENT_INTERACTIVE_RESPONSE,
    CONTENT_TEXT_MARKDOWN,
    CONTENT_TEXT_PLAIN,
    EVENT_AUTHENTICATION_INITIATED,
    EVENT_MESSAGE_DELIVERED,
    EVENT_MESSAGE_METADATA,
    EVENT_MESSAGE_READ,
    EVENT_PARTICIPANT_DISPLAYNAME_UPDATED,
    EVENT_PREFIX,
)
from lensconnect.jsontext import Json, loads
from lensconnect.optics import Lens, Prism
from lensconnect.record import Record
from lensconnect.types.item import Item

__all__ = [
    "ChatEvent",
    "Content",
    "JsonValue",
    "ReceiptFor",
    "Text",
    "UnknownContent",
    "chat_event_content",
    "chat_event_display_name",
    "chat_event_kind",
    "chat_event_session_id",
    "content_of",
    "json_value_value",
    "receipt_content",
    "receipt_for_kind",
    "receipt_for_message_id",
    "text_content_type",
    "text_text",
    "unknown_content_content",
    "unknown_content_content_type",
]


class Text(Record, frozen=True):
    """A message in words; `content_type` is CONTENT_TEXT_PLAIN or CONTENT_TEXT_MARKDOWN."""

    text: str
    content_type: str = CONTENT_TEXT_PLAIN


class JsonValue(Record, frozen=True):
    """The value of a message of the type `application/json`."""

    value: Json


class ReceiptFor(Record, frozen=True):
    """A receipt for a message; `kind` is its content type.

    EVENT_MESSAGE_DELIVERED and EVENT_MESSAGE_READ are sent by a client.  EVENT_MESSAGE_METADATA comes from the service:
    the `message_metadata` of the item has the recipients and times.
    """

    message_id: str
    kind: str


class ChatEvent(Record, frozen=True):
    """An event of a chat; `kind` is its content type, one of the EVENT_ constants or a newer one.

    `session_id` comes with EVENT_AUTHENTICATION_INITIATED, `display_name`, the new name, with
    EVENT_PARTICIPANT_DISPLAYNAME_UPDATED.  `content` is the content of the event as it came, mostly `None`.
    """

    kind: str
    content: str | None = None
    session_id: str | None = None
    display_name: str | None = None


class UnknownContent(Record, frozen=True):
    """Content of an unknown type, or that is not what its type says.

    An item of attachments has neither content nor content type: `UnknownContent(None, None)`; see `item_attachments`.
    """

    content_type: str | None
    content: str | None


Content: TypeAlias = Text | JsonValue | Interactive | InteractiveAnswer | ReceiptFor | ChatEvent | UnknownContent
"""The content of an item, one of these."""

_MESSAGE_ID: Final = json_object & key("messageId") & json_string
_SESSION_ID: Final = json_object & key("SessionId") & json_string


def _message_id(content: str) -> str | None:
    return _MESSAGE_ID.preview()(content)


def _receipt(message_id: str) -> str:
    return json_object.construct({"messageId": message_id})


def _over_message_id(function: Callable[[str], str], content: str) -> str:
    return _MESSAGE_ID.modify(function)(content)


receipt_content: Prism[str, str] = Prism(_message_id, _receipt, _over_message_id, "receipt_content")
"""A prism on the message id in the content of a receipt.

A change keeps further members, such as the `disableThrottle` that AWS's chat interface adds; a text constructed from
an id has none, so the text is given by the id only up to these and white space.

>>> receipt_content.construct("m-1"), receipt_content.unpack('{"messageId":"m-1","disableThrottle":true}')
('{"messageId":"m-1"}', 'm-1')
"""


def content_of(item: Item) -> Content:
    """Return the content of an item as a record; it never fails.

    >>> content_of(Item(content_type="text/markdown", content="*Hello!*"))
    Text(text='*Hello!*', content_type='text/markdown')
    """
    content_type, content = item.content_type, item.content
    if content_type is not None and content_type.startswith(EVENT_PREFIX):
        return _event(content_type, item)
    parse = _PARSERS.get(content_type or "")
    found = None if parse is None or content is None else parse(content)
    return UnknownContent(content_type, content) if found is None else found


def _event(kind: str, item: Item) -> Content:
    content = item.content
    if kind == EVENT_MESSAGE_METADATA:
        message_id = None if item.message_metadata is None else item.message_metadata.message_id
    elif kind in (EVENT_MESSAGE_DELIVERED, EVENT_MESSAGE_READ):
        message_id = None if content is None else _message_id(content)
    else:
        message_id = None
    if message_id is not None:
        return ReceiptFor(message_id, kind)
    if kind == EVENT_AUTHENTICATION_INITIATED and content is not None:
        return ChatEvent(kind, content, session_id=_SESSION_ID.preview()(content))
    if kind == EVENT_PARTICIPANT_DISPLAYNAME_UPDATED:
        return ChatEvent(kind, content, display_name=content)
    return ChatEvent(kind, content)


def _markdown(content: str) -> Text:
    return Text(content, CONTENT_TEXT_MARKDOWN)


def _json(content: str) -> JsonValue | None:
    try:
        return JsonValue(loads(content))
    except ValueError:
        return None


_PARSERS: Final[Mapping[str, Callable[[str], Content | None]]] = {
    CONTENT_TEXT_PLAIN: Text,
    CONTENT_TEXT_MARKDOWN: _markdown,
    CONTENT_APPLICATION_JSON: _json,
    CONTENT_INTERACTIVE: interactive.unpack,
    CONTENT_INTERACTIVE_RESPONSE: interactive_answer.unpack,
}

text_text: Lens[Text, str] = Lens(Text, "text")
text_content_type: Lens[Text, str] = Lens(Text, "content_type")
json_value_value: Lens[JsonValue, Json] = Lens(JsonValue, "value")
receipt_for_message_id: Lens[ReceiptFor, str] = Lens(ReceiptFor, "message_id")
receipt_for_kind: Lens[ReceiptFor, str] = Lens(ReceiptFor, "kind")
chat_event_kind: Lens[ChatEvent, str] = Lens(ChatEvent, "kind")
chat_event_content: Lens[ChatEvent, str | None] = Lens(ChatEvent, "content")
chat_event_session_id: Lens[ChatEvent, str | None] = Lens(ChatEvent, "session_id")
chat_event_display_name: Lens[ChatEvent, str | None] = Lens(ChatEvent, "display_name")
unknown_content_content_type: Lens[UnknownContent, str | None] = Lens(UnknownContent, "content_type")
unknown_content_content: Lens[UnknownContent, str | None] = Lens(UnknownContent, "content")
