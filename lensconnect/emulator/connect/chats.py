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
from lensconnect.emulator.chat.starting import MESSAGE_TYPES
from lensconnect.marks import SECRET
from lensconnect.record import Shape
from lensconnect.types.connection import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    ConnectionType,
)

__all__ = ["ENTIRE_PAST_SESSION", "Details", "InitialMessage", "PersistentChat", "StartChatContact", "fault_in"]

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
