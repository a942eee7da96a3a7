"""The emulator's own API beside the service's, under `/_emulator/`.

    GET    chats                      list the chats, with their participants and tokens
    POST   chats                      start a chat; the response holds the tokens of both participants
    GET    chats/{id}/items           list the transcript, also when the chat is over
    POST   chats/{id}/participants    add a participant: `ParticipantRole`, `DisplayName`
    POST   chats/{id}/messages        post a message of the flow: `Content`, `ContentType`, `DisplayName`
    POST   chats/{id}/authentication  open an authentication session and push its event
    POST   chats/{id}/transfer        have the agent transfer the chat: `AgentName`; or fail to, with `Fails`
    GET    flows                      list the contact flows that a chat can have
    POST   flows                      add a script: `Name`, `Greeting`, `Answers` (`Pattern`, `Answer`, `Ends`), `Otherwise`
    GET    faults                     list the planned faults
    POST   faults                     plan faults: one fault, or `Faults`, as GET lists them, and an optional `Seed`; `FaultIds` in the answer
    DELETE faults                     remove the planned faults
    DELETE faults/{id}                remove one of them

The body that starts a chat may hold `CustomerName`, `AgentName`, `SupportedMessagingContentTypes` and `Flow`, the name
of its contact flow, "" for none; the response holds `ContactId`, `ParticipantId`, `ParticipantToken`, `AgentId`, `AgentToken`, `ViewToken` and
`SessionId`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lensconnect.arguments import expect_one_of
from lensconnect.content.types import CONTENT_TEXT_PLAIN
from lensconnect.emulator.api.snapshots import shown_chat, shown_flows, shown_items
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.lifecycle import (
    MESSAGE_TYPES,
    add_participant,
    announce_session,
    say_as_system,
    start_chat,
)
from lensconnect.emulator.chat.scripts import MOST_SCRIPTS, FlowScript, read_script
from lensconnect.emulator.chat.state import ROLES
from lensconnect.emulator.chat.transfer import fail_transfer, transfer
from lensconnect.emulator.faults.fault_input import faults_as_json, serve_faults
from lensconnect.emulator.wire.errors import no_route, validation_error, wrong_method
from lensconnect.emulator.wire.responses import JsonOutcome
from lensconnect.emulator.wire.routes import Route
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest
from lensconnect.record import Shape, decoder, to_members
from lensconnect.types.item import PARTICIPANT_ROLE_AGENT, ParticipantRole

_NO_AGENT: Final = "No agent is in the chat, or it is over"


class _StartChat(Shape, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    customer_name: str = "Customer"
    agent_name: str = "Agent"
    supported_messaging_content_types: tuple[str, ...] = MESSAGE_TYPES
    flow: str | None = None


class _AddParticipant(Shape, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    participant_role: str = PARTICIPANT_ROLE_AGENT
    display_name: str = "Newcomer"


class _Say(Shape, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    content: str
    content_type: str = CONTENT_TEXT_PLAIN
    display_name: str = "SYSTEM_MESSAGE"


class _Transfer(Shape, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    agent_name: str = "Agent"
    fails: bool = False


def administer(context: OperationContext, http_request: HttpRequest, route: Route) -> JsonOutcome:
    """Answer a request to the emulator's own API: 404 for an unknown chat or fault, 405 for another method.

    An empty body counts as `{}`; one that cannot be read, or has an unknown member or value, is a ValidationException.
    """
    if route.labels and route.segments[1] == "chats" and route.labels[0] not in context.state.contacts:
        return no_route()
    if route.operation is None:
        return wrong_method(route.allowed)
    if route.operation in _WITHOUT_BODY:
        return _WITHOUT_BODY[route.operation](context, *route.labels)
    if route.operation not in _WITH_BODY:
        return serve_faults(context.state, http_request.method, http_request.body)
    read, handle = _WITH_BODY[route.operation]
    try:
        return handle(context, read(http_request.body or b"{}"), *route.labels)
    except ValueError as refusal:
        return validation_error(str(refusal))


def _start_chat(context: OperationContext, body: _StartChat) -> JsonOutcome:
    types = body.supported_messaging_content_types
    return to_members(
        start_chat(context, customer=body.customer_name, agent=body.agent_name, content_types=types, flow=body.flow)
    )


def _list_flows(context: OperationContext) -> JsonOutcome:
    return {"Flows": shown_flows(context.state)}


def _add_script(context: OperationContext, script: FlowScript) -> JsonOutcome:
    state, fault = context.state, script.fault()
    if script.name in state.flow_names:
        fault = "Name is that of a flow the emulator was started with"
    elif script.name not in state.scripts and len(state.scripts) >= MOST_SCRIPTS:
        fault = f"There are {MOST_SCRIPTS} scripts already"
    if fault is not None:
        return validation_error(fault)
    state.scripts[script.name] = script
    return _list_flows(context)


def _list_chats(context: OperationContext) -> JsonOutcome:
    return {"Chats": [shown_chat(chat, tokens=True) for chat in context.state.chats.values()]}


def _list_items(context: OperationContext, contact_id: str) -> JsonOutcome:
    return shown_items(context.state.contacts[contact_id])


def _add_participant(context: OperationContext, body: _AddParticipant, contact_id: str) -> JsonOutcome:
    expect_one_of("ParticipantRole", body.participant_role, ROLES)
    role = ParticipantRole(body.participant_role)
    identity, token = add_participant(context, context.state.contacts[contact_id], role, body.display_name)
    return {"ParticipantId": identity, "ParticipantToken": token}


def _say(context: OperationContext, body: _Say, contact_id: str) -> JsonOutcome:
    item = say_as_system(context, contact_id, body.content, body.content_type, body.display_name)
    return validation_error("The chat is over") if item is None else to_members(item)


def _transfer_chat(context: OperationContext, body: _Transfer, contact_id: str) -> JsonOutcome:
    if body.fails:
        return {} if fail_transfer(context, contact_id) else validation_error(_NO_AGENT)
    transferred = transfer(context, contact_id, body.agent_name)
    return validation_error(_NO_AGENT) if transferred is None else to_members(transferred)


def _announce_session(context: OperationContext, contact_id: str) -> JsonOutcome:
    session_id = announce_session(context, contact_id)
    return validation_error("The chat is over") if session_id is None else {"SessionId": session_id}


def _remove_fault(context: OperationContext, fault_id: str) -> JsonOutcome:
    return faults_as_json(context.state) if context.state.faults.remove(fault_id) else _no_fault()


def _no_fault() -> ServiceError:
    return ServiceError(
        404,
        "ResourceNotFoundException",
        "No fault of this id is planned; one that has happened for the last time is not",
    )


_WITHOUT_BODY: Final[Mapping[str, Callable[..., JsonOutcome]]] = {
    "announce_session": _announce_session,
    "list_chats": _list_chats,
    "list_flows": _list_flows,
    "list_items": _list_items,
    "remove_fault": _remove_fault,
}
_WITH_BODY: Final[Mapping[str, tuple[Callable[[bytes], Shape], Callable[..., JsonOutcome]]]] = {
    "add_script": (read_script, _add_script),
    "add_participant": (decoder(_AddParticipant), _add_participant),
    "say": (decoder(_Say), _say),
    "start_chat": (decoder(_StartChat), _start_chat),
    "transfer_chat": (decoder(_Transfer), _transfer_chat),
}
