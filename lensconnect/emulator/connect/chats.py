"""StartChatContact: start a chat, and everything that its request may ask for.

Facts (documented: StartChatContact): the lengths are the model's; `text/plain` must be among the supported
content types; attributes hold 32,768 bytes in all; a persistent chat excludes a related one and brings the
items of past contacts along; one or two connection types, of which AUTHENTICATION_SESSION returns nothing; a
guide needs both interactive types.  A repeated ClientToken returns the first contact again, over or not,
and no WebSocket if it is over.  The initial message is the customer's first.  Chats that are not ended count
against the quota of concurrent chats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from lensconnect.content.types import CONTENT_INTERACTIVE, CONTENT_INTERACTIVE_RESPONSE, CONTENT_TEXT_PLAIN
from lensconnect.emulator.chat.context import MemberContext, OperationContext
from lensconnect.emulator.chat.lifecycle import MESSAGE_TYPES, start_chat
from lensconnect.emulator.chat.state import ChatRecord, Membership
from lensconnect.emulator.connect.streaming import start_streaming
from lensconnect.emulator.operations.connection import credentials, websocket
from lensconnect.emulator.wire.errors import invalid_parameter, limit_exceeded, resource_not_found
from lensconnect.emulator.wire.responses import JsonOutcome
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

_ENTIRE_PAST_SESSION: Final = "ENTIRE_PAST_SESSION"

_REHYDRATIONS: Final = (_ENTIRE_PAST_SESSION, "FROM_SEGMENT")
_CONNECTIONS: Final = (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    ConnectionType("AUTHENTICATION_SESSION"),
)
_GUIDE: Final = {"connect:Subtype": {"ValueString": "connect:Guide"}}.items()
_GUIDED: Final = frozenset({CONTENT_INTERACTIVE, CONTENT_INTERACTIVE_RESPONSE})
_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_ATTRIBUTE_BYTES: Final = 32_768


class _ParticipantDetails(Shape, frozen=True, kw_only=True, rename="pascal"):
    display_name: str


class _InitialMessage(Shape, frozen=True, kw_only=True, rename="pascal"):
    content_type: str
    content: Annotated[str, SECRET]


class _PersistentChat(Shape, frozen=True, kw_only=True, rename="pascal"):
    rehydration_type: str | None = None
    source_contact_id: str | None = None


class StartChatContact(Shape, frozen=True, kw_only=True, rename="pascal"):
    """The request of StartChatContact (Amazon Connect API, API_StartChatContact)."""

    instance_id: str
    contact_flow_id: str
    participant_details: _ParticipantDetails
    attributes: Mapping[str, str] | None = None
    initial_message: _InitialMessage | None = None
    client_token: str | None = None
    chat_duration_in_minutes: int | None = None
    supported_messaging_content_types: tuple[str, ...] | None = None
    persistent_chat: _PersistentChat | None = None
    related_contact_id: str | None = None
    segment_attributes: Mapping[str, Any] | None = None
    customer_id: Annotated[str | None, SECRET] = None
    disconnect_on_customer_exit: tuple[str, ...] | None = None
    connection_types: tuple[str, ...] | None = None
    chat_streaming_configuration: Mapping[str, Any] | None = None

    def content_types(self) -> tuple[str, ...]:
        """Return the content types of the chat; only `text/plain` if the request names none."""
        types = self.supported_messaging_content_types
        return (CONTENT_TEXT_PLAIN,) if types is None else types


def _faults(request: StartChatContact) -> Iterator[str]:
    yield from _lengths(request)
    if not set(request.content_types()) <= set(MESSAGE_TYPES) or CONTENT_TEXT_PLAIN not in request.content_types():
        yield "SupportedMessagingContentTypes must hold text/plain and only known types"
    if dict(request.segment_attributes or {}).items() >= _GUIDE and not set(request.content_types()) >= _GUIDED:
        yield "SupportedMessagingContentTypes of a guide must hold both interactive types"
    message = request.initial_message
    if message is not None and message.content_type not in request.content_types():
        yield "InitialMessage.ContentType is not enabled for this chat"
    if request.persistent_chat is not None:
        if request.related_contact_id is not None:
            yield "PersistentChat and RelatedContactId exclude each other"
        if request.persistent_chat.rehydration_type not in _REHYDRATIONS:
            yield "PersistentChat.RehydrationType must be one of " + ", ".join(_REHYDRATIONS)
        if not request.persistent_chat.source_contact_id:
            yield "PersistentChat.SourceContactId is required"
    types = request.connection_types
    if types is not None and not (1 <= len(types) <= 2 and set(types) <= set(_CONNECTIONS)):
        yield "ConnectionTypes must hold one or two of " + ", ".join(_CONNECTIONS)
    if request.disconnect_on_customer_exit not in (None, ("AGENT",)):
        yield "DisconnectOnCustomerExit must hold AGENT only"
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
            yield f"{name} must be {least} to {most} characters long"
    if not 60 <= (request.chat_duration_in_minutes or 60) <= 10_080 or request.chat_duration_in_minutes == 0:
        yield "ChatDurationInMinutes must be from 60 to 10080"


def _attributes(attributes: Mapping[str, str]) -> Iterator[str]:
    if sum(len(f"{key}{value}".encode("utf-8", "surrogatepass")) for key, value in attributes.items()) > (
        _ATTRIBUTE_BYTES
    ):
        yield f"Attributes must hold at most {_ATTRIBUTE_BYTES} bytes"
    if not all(_KEY.fullmatch(key) for key in attributes):
        yield "Names of Attributes must consist of letters, digits, - and _"


def start_chat_contact(context: OperationContext, request: StartChatContact) -> JsonOutcome:
    """Start a chat and return its ids, the customer's token, and the connections that were asked for."""
    fault = next(_faults(request), None)
    if fault is not None:
        return invalid_parameter(fault)
    first = context.state.started.get(("", request.client_token or ""))
    if first is not None:
        return _repeated(context, first)
    source = _source(context, request)
    if isinstance(source, ServiceError):
        return source
    if _is_full(context):
        return limit_exceeded()
    response = _start(context, request, source)
    if request.client_token:
        context.state.started["", request.client_token] = response
    return response


def _repeated(context: OperationContext, first: JsonObject) -> JsonObject:
    """Return the first response again, without its WebSocket if the chat is over."""
    over = context.state.contacts[str(first["ContactId"])].over
    return {name: value for name, value in first.items() if not (over and name == "Websocket")}


def _is_full(context: OperationContext) -> bool:
    limit = context.state.options.concurrent_chats
    return limit is not None and sum(not chat.over for chat in context.state.chats.values()) >= limit


def _source(context: OperationContext, request: StartChatContact) -> ChatRecord | ServiceError | None:
    """Return the chat that a persistent chat continues, `None` if the request does not ask for one."""
    if request.persistent_chat is None:
        return None
    source = context.state.contacts.get(request.persistent_chat.source_contact_id or "")
    return resource_not_found("PersistentChat.SourceContactId is not the id of a contact") if source is None else source


def _start(context: OperationContext, request: StartChatContact, source: ChatRecord | None) -> JsonObject:
    started = start_chat(
        context,
        customer=request.participant_details.display_name,
        content_types=request.content_types(),
        flow=request.contact_flow_id if context.state.has_flow(request.contact_flow_id) else None,
    )
    chat = context.state.contacts[started.contact_id]
    if request.chat_duration_in_minutes is not None:
        chat.ends = context.after(request.chat_duration_in_minutes * 60)
        context.state.timers.at(chat.ends, "chat", chat.contact_id)
    response: dict[str, Json] = {
        "ContactId": started.contact_id,
        "ParticipantId": started.participant_id,
        "ParticipantToken": started.participant_token,
    }
    if source is not None and request.persistent_chat is not None:
        _continue(chat, source, request.persistent_chat.rehydration_type == _ENTIRE_PAST_SESSION)
        response["ContinuedFromContactId"] = source.contact_id
    customer = context.member(Membership(chat, chat.participants[started.participant_id]))
    if request.initial_message is not None:
        message = request.initial_message
        item = Item(type=CHAT_ITEM_TYPE_MESSAGE, content_type=message.content_type, content=message.content)
        customer.post(item, customer.participant)
    return response | _connections(customer, request)


def _connections(customer: MemberContext, request: StartChatContact) -> dict[str, Json]:
    types = request.connection_types or ()
    connections: dict[str, Json] = {}
    if CONNECTION_TYPE_CONNECTION_CREDENTIALS in types:
        connections["ConnectionCredentials"] = to_members(credentials(customer))
    if CONNECTION_TYPE_WEBSOCKET in types:
        connections["Websocket"] = to_members(websocket(customer))
    if CONNECTION_TYPE_CONNECTION_CREDENTIALS in types and CONNECTION_TYPE_WEBSOCKET not in types:
        customer.join()
    if request.chat_streaming_configuration is not None:
        connections["StreamingId"] = start_streaming(customer, customer.chat, "")
    return connections


def _continue(chat: ChatRecord, source: ChatRecord, everything: bool) -> None:
    """Put the items of the source in front of a chat; with `everything`, also those of the contacts before it."""
    past = source.items if everything else source.items[source.past :]
    chat.items = [_as_past_item(item) for item in past]
    chat.past = len(chat.items)
    chat.last_time = max(chat.last_time, source.last_time)


def _as_past_item(item: Item) -> Item:
    related = item.related_contact_id or item.contact_id
    return item_related_contact_id.put(related, item_contact_id.put(None, item))
