"""The emulator's own door beside the service's, under `/_emulator/`.

    POST   chats                      start a chat with both its sides
    GET    chats                      all there are, with their participants and tokens
    GET    chats/{id}/items           the transcript, also when the chat is over
    POST   chats/{id}/participants    someone more: `ParticipantRole`, `DisplayName`
    POST   chats/{id}/messages        what the flow says: `Content`, `ContentType`, `DisplayName`
    POST   chats/{id}/authentication  open a session, and tell everyone
    GET    faults                     what is planned to go wrong
    POST   faults                     plan more: one fault, or `Faults` and perhaps a `Seed`
    DELETE faults                     nothing goes wrong any more

The body for a chat may name `CustomerName`, `AgentName` and `SupportedMessagingContentTypes`; the answer
holds `ContactId`, `ParticipantId`, `ParticipantToken`, `AgentId`, `AgentToken`, `ViewToken` and `SessionId`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

from lensconnect.content.types import CONTENT_TEXT_PLAIN
from lensconnect.emulator.api.snapshots import shown_chat, shown_items
from lensconnect.emulator.chat.lifecycle import (
    MESSAGE_TYPES,
    add_participant,
    announce_session,
    say_as_system,
    start_chat,
)
from lensconnect.emulator.chat.outbox import Outbox
from lensconnect.emulator.chat.state import ROLES, State
from lensconnect.emulator.faults.planning import serve_faults
from lensconnect.emulator.wire.errors import invalid, no_route, wrong_method
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest
from lensconnect.jsontext import JsonObject
from lensconnect.record import NotDecodable, Shape, decoder, to_members
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, ParticipantRole

__all__ = ["PREFIX", "control"]

PREFIX: Final = "_emulator"
"""The first segment of every path that is not the service's."""

W = TypeVar("W")

_Answer: TypeAlias = "JsonObject | ServiceError"


class _Start(Shape, frozen=True, kw_only=True, rename="pascal"):
    customer_name: str = "Customer"
    agent_name: str = "Agent"
    supported_messaging_content_types: tuple[str, ...] = MESSAGE_TYPES


class _Newcomer(Shape, frozen=True, kw_only=True, rename="pascal"):
    participant_role: str = PARTICIPANT_ROLE_AGENT
    display_name: str = "Newcomer"


class _Saying(Shape, frozen=True, kw_only=True, rename="pascal"):
    content: str
    content_type: str = CONTENT_TEXT_PLAIN
    display_name: str = "SYSTEM_MESSAGE"


_START: Final = decoder(_Start)
_NEWCOMER: Final = decoder(_Newcomer)
_SAYING: Final = decoder(_Saying)


def control(state: State, time: int, http_request: HttpRequest, segments: tuple[str, ...], outbox: Outbox) -> _Answer:
    """Answer a request to the emulator itself; the segments are those after its prefix."""
    method = http_request.method
    match segments:
        case ("chats",) if method == "POST":
            return _with(_START, http_request, lambda wish: _start(state, time, wish))
        case ("chats",) if method == "GET":
            return {"Chats": [shown_chat(chat, tokens=True) for chat in state.chats.values()]}
        case ("faults",) if method in ("GET", "POST", "DELETE"):
            return serve_faults(state, method, http_request.body)
        case ("chats", contact_id, "items") if contact_id in state.chats:
            return shown_items(state.chats[contact_id]) if method == "GET" else _only("GET")
        case ("chats", contact_id, what) if contact_id in state.chats and what in _DOINGS:
            return _DOINGS[what](state, time, contact_id, http_request, outbox) if method == "POST" else _only("POST")
        case ("chats",):
            return _only("GET", "POST")
        case ("faults",):
            return _only("GET", "POST", "DELETE")
        case _:
            return no_route()


def _only(*methods: str) -> ServiceError:
    return wrong_method(methods)


def _with(read: Callable[[bytes], W], http_request: HttpRequest, act: Callable[[W], _Answer]) -> _Answer:
    try:
        wish = read(http_request.body or b"{}")
    except NotDecodable as refusal:
        return invalid(str(refusal))
    return act(wish)


def _start(state: State, time: int, wish: _Start) -> JsonObject:
    chat = start_chat(
        state,
        time,
        customer=wish.customer_name,
        agent=wish.agent_name,
        content_types=wish.supported_messaging_content_types,
    )
    return {
        "ContactId": chat.contact_id,
        "ParticipantId": chat.participant_id,
        "ParticipantToken": chat.participant_token,
        "AgentId": chat.agent_id,
        "AgentToken": chat.agent_token,
        "ViewToken": chat.view_token,
        "SessionId": chat.session_id,
    }


def _participants(state: State, _time: int, contact_id: str, http_request: HttpRequest, _outbox: Outbox) -> _Answer:
    def add(wish: _Newcomer) -> _Answer:
        role = ParticipantRole(wish.participant_role)
        if role not in ROLES:
            return invalid("ParticipantRole is one of " + ", ".join(ROLES))
        identity, token = add_participant(state, contact_id, role, wish.display_name)
        return {"ParticipantId": identity, "ParticipantToken": token}

    return _with(_NEWCOMER, http_request, add)


def _messages(state: State, time: int, contact_id: str, http_request: HttpRequest, outbox: Outbox) -> _Answer:
    def say(wish: _Saying) -> _Answer:
        said = say_as_system(state, time, contact_id, wish.content, wish.content_type, wish.display_name, outbox)
        return invalid("The chat is over") if said is None else to_members(said)

    return _with(_SAYING, http_request, say)


def _authentication(state: State, time: int, contact_id: str, _http_request: HttpRequest, outbox: Outbox) -> _Answer:
    session_id = announce_session(state, time, contact_id, outbox)
    return invalid("The chat is over") if session_id is None else {"SessionId": session_id}


_DOINGS: Final = {"participants": _participants, "messages": _messages, "authentication": _authentication}
