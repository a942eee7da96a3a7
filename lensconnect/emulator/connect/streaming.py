"""StartContactStreaming and StopContactStreaming: the forms of it; no topic is ever written to.

Facts: a repeated ClientToken gives the first streaming again; what is over streams nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lensconnect.emulator.chat.state import Chat, State
from lensconnect.emulator.connect.answers import Answer, Moment
from lensconnect.emulator.wire.errors import resource_not_found
from lensconnect.record import Shape

__all__ = ["StartContactStreaming", "StopContactStreaming", "start_contact_streaming", "start_stream", "stop_stream"]


class StartContactStreaming(Shape, frozen=True, kw_only=True, rename="pascal"):
    instance_id: str
    contact_id: str
    chat_streaming_configuration: Mapping[str, Any]
    client_token: str


class StopContactStreaming(Shape, frozen=True, kw_only=True, rename="pascal"):
    instance_id: str
    contact_id: str
    streaming_id: str


def start_stream(state: State, chat: Chat, client_token: str = "") -> str:
    """The id of a streaming of this chat: the one of the token, or a fresh one."""
    known = next((one for one, token in chat.streams.items() if client_token and token == client_token), None)
    identity = known or state.ids.uuid()
    chat.streams[identity] = client_token
    return identity


def start_contact_streaming(moment: Moment, request: StartContactStreaming) -> Answer:
    """Let a topic hear of a chat."""
    chat = moment.state.chats.get(request.contact_id)
    if chat is None or chat.over:
        return resource_not_found("ContactId is not of a contact that goes on")
    return {"StreamingId": start_stream(moment.state, chat, request.client_token)}


def stop_stream(moment: Moment, request: StopContactStreaming) -> Answer:
    """Let it hear no more."""
    chat = moment.state.chats.get(request.contact_id)
    if chat is None or request.streaming_id not in chat.streams:
        return resource_not_found("StreamingId is not of a streaming of this contact")
    del chat.streams[request.streaming_id]
    return {}
