"""Check faults and plan them: from Python as records, and for `/_emulator/faults` as JSON.

A fault with an unknown kind, operation or topic could never take effect: it is refused, with the known values.
In JSON a fault is one of WebSocket frames if it has a `Topic`, `"On": "socket"`, or a kind that only frames
have.  Otherwise it is one of requests.  Members that it does not have are refused.  `FaultId` and `Happened` are ignored,
since a planned fault gets a new id and has not happened: so a list that was read can be planned again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Final, get_args

from lensconnect.arguments import expect, expect_number
from lensconnect.emulator.chat.fault_plan import AnyFault, HttpFault, HttpKind, SocketFault, SocketKind
from lensconnect.emulator.chat.state import ROLES, State
from lensconnect.emulator.websockets.control_frames import TOPICS
from lensconnect.emulator.wire.errors import validation_error
from lensconnect.emulator.wire.routes import CONNECT_OPERATIONS, STORAGE_OPERATIONS
from lensconnect.errors import ServiceError
from lensconnect.jsontext import Json, JsonObject, dumps, loads
from lensconnect.operations import OPERATIONS
from lensconnect.record import NotDecodable, decoder, to_members

_decode_http_fault: Final = decoder(HttpFault)
_decode_socket_fault: Final = decoder(SocketFault)
_MEMBERS: Final = {
    kind: ("FaultId", "Happened", "On", *kind.__struct_encode_fields__) for kind in (HttpFault, SocketFault)
}
_HTTP_KINDS: Final = get_args(HttpKind)
_SOCKET_KINDS: Final = get_args(SocketKind)
_ONLY_SOCKET_KINDS: Final = tuple(kind for kind in _SOCKET_KINDS if kind not in _HTTP_KINDS)
_KINDS: Final = (*_HTTP_KINDS, *_ONLY_SOCKET_KINDS)
_OPERATIONS: Final = (*(row.name for row in OPERATIONS), *CONNECT_OPERATIONS, *STORAGE_OPERATIONS)


def plan_faults(state: State, faults: Sequence[AnyFault]) -> tuple[str, ...]:
    """Plan faults after those planned already, and return their ids; no change, if one could never take effect."""
    return state.faults.plan([_checked(state, fault) for fault in faults])


def _checked(state: State, fault: AnyFault) -> AnyFault:
    expect("fault", fault, (HttpFault, SocketFault), "an HttpFault or a SocketFault")
    expect_number("probability", fault.probability, 0, 1)
    if fault.count is not None:
        expect_number("count", fault.count, 1, whole=True)
    _require("participant role", fault.participant_role, ROLES)
    _check_scope(state, fault)
    if isinstance(fault, SocketFault):
        _require("kind of a SocketFault", fault.kind, _SOCKET_KINDS)
        _require("topic", fault.topic, TOPICS)
        return fault
    _require("kind of an HttpFault", fault.kind, _HTTP_KINDS)
    _require("operation", fault.operation, _OPERATIONS)
    expect_number("status", fault.status, 400, 599, whole=True)
    expect_number("seconds", fault.seconds, 0, 3600)
    return fault


def _check_scope(state: State, fault: AnyFault) -> None:
    """Raise `TypeError` or `ValueError` for ids that name nobody; an unknown one may be that of a chat to come."""
    expect("contact_id", fault.contact_id, (str, NoneType), "text or None")
    expect("participant_id", fault.participant_id, (str, NoneType), "text or None")
    if fault.participant_id in state.tokens:
        raise ValueError("participant_id must be the id of a participant, not a token")
    for chat in state.chats.values():
        participant = chat.participants.get(fault.participant_id or "")
        if participant is not None and fault.participant_role not in (None, participant.role):
            raise ValueError(f"the participant of participant_id has the role {participant.role}")
        if participant is not None and fault.contact_id not in (None, *chat.contact_ids):
            raise ValueError("the participant of participant_id is in another chat than that of contact_id")


def _require(field: str, value: Json, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        raise ValueError(f"unknown {field} {value!r}: use one of {', '.join(known)}")


def serve_faults(state: State, method: str, body: bytes) -> JsonObject | ServiceError:
    """Answer GET (list), POST (plan) or DELETE (clear) with the planned faults; ValidationException for a bad body.

    The answer to POST has the ids of the new ones too, as `FaultIds`.
    """
    if method == "POST":
        planned = _plan(state, body)
        return planned if isinstance(planned, ServiceError) else {"FaultIds": planned, **faults_as_json(state)}
    if method == "DELETE":
        state.faults.clear()
    return faults_as_json(state)


def faults_as_json(state: State) -> JsonObject:
    """Return the planned faults as the member `Faults`."""
    return {
        "Faults": [
            {
                "FaultId": fault_id,
                "On": "http" if isinstance(fault, HttpFault) else "socket",
                "Happened": state.faults.happened(fault_id),
                **to_members(fault),
            }
            for fault_id, fault in state.faults.planned().items()
        ]
    }


def _plan(state: State, body: bytes) -> tuple[str, ...] | ServiceError:
    try:
        request = loads(body)
        if not isinstance(request, Mapping):
            return validation_error("Expected an object")
        faults = [_parse(state, entry) for entry in _entries(request)]
        seed = request.get("Seed", "")
        if not isinstance(seed, str):
            return validation_error("Seed must be text")
    except ValueError as error:
        return validation_error(str(error))
    if "Seed" in request:
        state.faults.clear(seed)
    return state.faults.plan(faults)


def _entries(request: JsonObject) -> Sequence[Json]:
    """Return the faults of a request: those of its list, or itself, which may be a seed alone."""
    if "Faults" not in request:
        entry = {name: value for name, value in request.items() if name != "Seed"}
        return [entry] if entry or not request else []
    _require_members(request, ("Faults", "Seed"))
    entries = request["Faults"]
    if isinstance(entries, str) or not isinstance(entries, Sequence):
        raise NotDecodable("Faults must be a list")
    return entries


def _parse(state: State, entry: Json) -> AnyFault:
    if not isinstance(entry, Mapping):
        raise NotDecodable("Expected an object")
    kind = entry.get("Kind")
    _require("kind of a fault", kind, _KINDS)
    _require("On", entry.get("On"), ("http", "socket"))
    on_socket = entry.get("On") == "socket" or "Topic" in entry or kind in _ONLY_SOCKET_KINDS
    _require_members(entry, _MEMBERS[SocketFault if on_socket else HttpFault])
    return _checked(state, _decode_socket_fault(dumps(entry)) if on_socket else _decode_http_fault(dumps(entry)))


def _require_members(value: JsonObject, known: Sequence[str]) -> None:
    for name in value:
        _require("member", name, known)
