"""StartChatContact's request, and what is wrong with it.

Facts: the lengths are the model's; `text/plain` has to be among the supported content types; attributes
hold 32,768 bytes in all; a persistent chat excludes a related one; one or two connection types,
of which that of an authentication session returns nothing; a guide needs both interactive types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from lensconnect.content.types import CONTENT_INTERACTIVE, CONTENT_INTERACTIVE_RESPONSE, CONTENT_TEXT_PLAIN
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.lifecycle import MESSAGE_TYPES, start_chat
from lensconnect.emulator.chat.state import Chat, Membership
from lensconnect.emulator.connect.answers import Answer, Moment
from lensconnect.emulator.connect.streaming import start_stream
from lensconnect.emulator.operations.connection import credentials, websocket
from lensconnect.emulator.wire.errors import invalid_parameter, limit_exceeded, resource_not_found
from lensconnect.errors import ServiceError
from lensconnect.jsontext import Json, JsonObject
from lensconnect.marks import SECRET
from lensconnect.record import Shape, to_members
from lensconnect.types.connection import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    ConnectionType,
)
from lensconnect.types.item import CHAT_ITEM_TYPE_MESSAGE, Item, item_contact_id, item_related_contact_id

__all__ = ["StartChatContact", "start_chat_contact"]

ENTIRE_PAST_SESSION: Final = "ENTIRE_PAST_SESSION"

_REHYDRATIONS: Final = (ENTIRE_PAST_SESSION, "FROM_SEGMENT")
_CONNECTIONS: Final = (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    ConnectionType("AUTHENTICATION_SESSION"),
)
_GUIDE: Final = {"connect:Subtype": {"ValueString": "connect:Guide"}}.items()
_GUIDED: Final = frozenset({CONTENT_INTERACTIVE, CONTENT_INTERACTIVE_RESPONSE})
_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_ATTRIBUTE_BYTES: Final = 32_768


class Details(Shape, frozen=True, kw_only=True, rename="pascal"):
    display_name: str


class InitialMessage(Shape, frozen=True, kw_only=True, rename="pascal"):
    content_type: str
    content: Annotated[str, SECRET]


class PersistentChat(Shape, frozen=True, kw_only=True, rename="pascal"):
    rehydration_type: str | None = None
    source_contact_id: str | None = None


class StartChatContact(Shape, frozen=True, kw_only=True, rename="pascal"):
    instance_id: str
    contact_flow_id: str
    participant_details: Details
    attributes: Mapping[str, str] | None = None
    initial_message: InitialMessage | None = None
    client_token: str | None = None
    chat_duration_in_minutes: int | None = None
    supported_messaging_content_types: tuple[str, ...] | None = None
    persistent_chat: PersistentChat | None = None
    related_contact_id: str | None = None
    segment_attributes: Mapping[str, Any] | None = None
    customer_id: Annotated[str | None, SECRET] = None
    disconnect_on_customer_exit: tuple[str, ...] | None = None
    connection_types: tuple[str, ...] | None = None
    chat_streaming_configuration: Mapping[str, Any] | None = None

    def content_types(self) -> tuple[str, ...]:
        """What may be said in the chat; plain text, where nothing was asked for."""
        wanted = self.supported_messaging_content_types
        return (CONTENT_TEXT_PLAIN,) if wanted is None else wanted


def fault_in(request: StartChatContact) -> str | None:
    """The first thing that is wrong, `None` if nothing is."""
    return next(_faults(request), None)


def _faults(request: StartChatContact) -> Iterator[str]:
    yield from _lengths(request)
    if not set(request.content_types()) <= set(MESSAGE_TYPES) or CONTENT_TEXT_PLAIN not in request.content_types():
        yield "SupportedMessagingContentTypes holds text/plain, and known types only"
    if dict(request.segment_attributes or {}).items() >= _GUIDE and not set(request.content_types()) >= _GUIDED:
        yield "SupportedMessagingContentTypes of a guide holds both interactive types"
    message = request.initial_message
    if message is not None and message.content_type not in request.content_types():
        yield "InitialMessage.ContentType is not enabled for this chat"
    if request.persistent_chat is not None:
        if request.related_contact_id is not None:
            yield "PersistentChat and RelatedContactId exclude each other"
        if request.persistent_chat.rehydration_type not in _REHYDRATIONS:
            yield "PersistentChat.RehydrationType is one of " + ", ".join(_REHYDRATIONS)
        if not request.persistent_chat.source_contact_id:
            yield "PersistentChat.SourceContactId is required"
    wanted = request.connection_types
    if wanted is not None and not (1 <= len(wanted) <= 2 and set(wanted) <= set(_CONNECTIONS)):
        yield "ConnectionTypes holds one or two of " + ", ".join(_CONNECTIONS)
    if request.disconnect_on_customer_exit not in (None, ("AGENT",)):
        yield "DisconnectOnCustomerExit holds AGENT"
    yield from _attributes(request.attributes or {})


def _lengths(request: StartChatContact) -> Iterator[str]:
    bounded = [
        ("InstanceId", request.instance_id, 1, 100),
        ("ContactFlowId", request.contact_flow_id, 0, 500),
        ("ParticipantDetails.DisplayName", request.participant_details.display_name, 1, 256),
        ("ClientToken", request.client_token, 0, 500),
        ("RelatedContactId", request.related_contact_id, 1, 256),
        ("CustomerId", request.customer_id, 1, 128),
    ]
    if request.initial_message is not None:
        content = request.initial_message.content.encode("utf-8", "surrogatepass").decode("latin-1")
        bounded.append(("InitialMessage.Content", content, 1, 16_384))
    for name, text, least, most in bounded:
        if text is not None and not least <= len(text) <= most:
            yield f"{name} is from {least} to {most} long"
    if not 60 <= (request.chat_duration_in_minutes or 60) <= 10_080 or request.chat_duration_in_minutes == 0:
        yield "ChatDurationInMinutes is from 60 to 10080"


def _attributes(attributes: Mapping[str, str]) -> Iterator[str]:
    if sum(len(f"{key}{value}".encode("utf-8", "surrogatepass")) for key, value in attributes.items()) > (
        _ATTRIBUTE_BYTES
    ):
        yield f"Attributes hold at most {_ATTRIBUTE_BYTES} bytes"
    if not all(_KEY.fullmatch(key) for key in attributes):
        yield "Attributes are named with letters, digits, - and _"


def start_chat_contact(moment: Moment, request: StartChatContact) -> Answer:
    """Start a chat."""
    fault = fault_in(request)
    if fault is not None:
        return invalid_parameter(fault)
    before = moment.state.started.get(("", request.client_token or ""))
    if before is not None:
        return _again(moment, before)
    source = _source(moment, request)
    if isinstance(source, ServiceError):
        return source
    if _is_full(moment):
        return limit_exceeded()
    told = _started(moment, request, source)
    if request.client_token:
        moment.state.started["", request.client_token] = told
    return told


def _again(moment: Moment, told: JsonObject) -> JsonObject:
    over = moment.state.chats[str(told["ContactId"])].over
    return {name: value for name, value in told.items() if not (over and name == "Websocket")}


def _is_full(moment: Moment) -> bool:
    most = moment.state.options.concurrent_chats
    return most is not None and sum(not chat.over for chat in moment.state.chats.values()) >= most


def _source(moment: Moment, request: StartChatContact) -> Chat | ServiceError | None:
    if request.persistent_chat is None:
        return None
    source = moment.state.chats.get(request.persistent_chat.source_contact_id or "")
    return resource_not_found("PersistentChat.SourceContactId is not of a contact") if source is None else source


def _started(moment: Moment, request: StartChatContact, source: Chat | None) -> JsonObject:
    state, time, outbox = moment
    begun = start_chat(
        state, time, customer=request.participant_details.display_name, content_types=request.content_types()
    )
    chat = state.chats[begun.contact_id]
    if request.chat_duration_in_minutes is not None:
        chat.ends = time + request.chat_duration_in_minutes * 60_000
        state.timers.at(chat.ends, "chat", chat.contact_id)
    told: dict[str, Json] = {
        "ContactId": begun.contact_id,
        "ParticipantId": begun.participant_id,
        "ParticipantToken": begun.participant_token,
    }
    if source is not None and request.persistent_chat is not None:
        _continue(chat, source, request.persistent_chat.rehydration_type == ENTIRE_PAST_SESSION)
        told["ContinuedFromContactId"] = source.contact_id
    context = OperationContext(state, time, Membership(chat, chat.participants[begun.participant_id]), outbox)
    if request.initial_message is not None:
        said = request.initial_message
        item = Item(type=CHAT_ITEM_TYPE_MESSAGE, content_type=said.content_type, content=said.content)
        context.post(item, context.participant)
    return told | _connections(context, request)


def _connections(context: OperationContext, request: StartChatContact) -> dict[str, Json]:
    wanted = request.connection_types or ()
    held: dict[str, Json] = {}
    if CONNECTION_TYPE_CONNECTION_CREDENTIALS in wanted:
        held["ConnectionCredentials"] = to_members(credentials(context))
    if CONNECTION_TYPE_WEBSOCKET in wanted:
        held["Websocket"] = to_members(websocket(context))
    if CONNECTION_TYPE_CONNECTION_CREDENTIALS in wanted and CONNECTION_TYPE_WEBSOCKET not in wanted:
        context.join()
    if request.chat_streaming_configuration is not None:
        held["StreamingId"] = start_stream(context.state, context.chat)
    return held


def _continue(chat: Chat, source: Chat, everything: bool) -> None:
    """Put the items of a past contact, and perhaps of those before it, in front."""
    past = source.items if everything else source.items[source.past :]
    chat.items = [_of_the_past(item) for item in past]
    chat.past = len(chat.items)
    chat.last_time = max(chat.last_time, source.last_time)


def _of_the_past(item: Item) -> Item:
    related = item.related_contact_id or item.contact_id
    return item_related_contact_id.put(related, item_contact_id.put(None, item))
