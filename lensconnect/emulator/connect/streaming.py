"""StartContactStreaming and StopContactStreaming: they keep streaming ids; nothing is ever published.

Facts (documented): a repeated ClientToken returns the first StreamingId.  Assumed: a chat that is over cannot
be streamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.state import ChatRecord
from lensconnect.emulator.wire.errors import resource_not_found
from lensconnect.emulator.wire.responses import JsonOutcome
from lensconnect.record import Shape


class StartContactStreaming(Shape, frozen=True, kw_only=True, rename="pascal"):
    """The request of StartContactStreaming (Amazon Connect API, API_StartContactStreaming)."""

    instance_id: str
    contact_id: str
    chat_streaming_configuration: Mapping[str, Any]
    client_token: str


class StopContactStreaming(Shape, frozen=True, kw_only=True, rename="pascal"):
    """The request of StopContactStreaming (Amazon Connect API, API_StopContactStreaming)."""

    instance_id: str
    contact_id: str
    streaming_id: str


def start_streaming(context: OperationContext, chat: ChatRecord, client_token: str) -> str:
    """Return a streaming id of this chat: the one of this ClientToken, or a fresh one."""
    known = (streaming_id for streaming_id, token in chat.streams.items() if client_token and token == client_token)
    streaming_id = next(known, None) or context.state.ids.uuid()
    chat.streams[streaming_id] = client_token
    return streaming_id


def start_contact_streaming(context: OperationContext, request: StartContactStreaming) -> JsonOutcome:
    """Return a StreamingId, the same one for a repeated ClientToken.  Nothing is published."""
    chat = context.state.contacts.get(request.contact_id)
    if chat is None or chat.over:
        return resource_not_found("ContactId is not the id of an open contact")
    return {"StreamingId": start_streaming(context, chat, request.client_token)}


def stop_contact_streaming(context: OperationContext, request: StopContactStreaming) -> JsonOutcome:
    """Forget a StreamingId; ResourceNotFoundException if the contact does not have it."""
    chat = context.state.contacts.get(request.contact_id)
    if chat is None or request.streaming_id not in chat.streams:
        return resource_not_found("StreamingId is not a streaming of this contact")
    del chat.streams[request.streaming_id]
    return {}
