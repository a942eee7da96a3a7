"""The door to the faults: what is planned, from Python, and in JSON both ways.

A fault that could never strike, as its kind, operation or topic does not exist, is refused with those that do.
A fault of a socket is known by its `Topic`, or by a kind that only sockets have; `"On": "socket"` says so
where neither does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, get_args

from lensconnect.emulator.api.object_storage import BUCKET
from lensconnect.emulator.chat.fault_plan import AnyFault, HttpFault, HttpKind, SocketFault, SocketKind
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.connect import CONNECT_OPERATIONS
from lensconnect.emulator.websockets.control_frames import TOPICS
from lensconnect.emulator.wire.errors import invalid
from lensconnect.errors import ServiceError
from lensconnect.jsontext import Json, JsonObject, dumps, loads
from lensconnect.operations import OPERATIONS
from lensconnect.record import NotDecodable, decoder, to_members

__all__ = ["change_faults", "plan_faults", "shown_faults"]

_HTTP: Final = decoder(HttpFault)
_SOCKET: Final = decoder(SocketFault)
_HTTP_KINDS: Final = get_args(HttpKind)
_SOCKET_KINDS: Final = get_args(SocketKind)
_ONLY_SOCKETS: Final = tuple(kind for kind in _SOCKET_KINDS if kind not in _HTTP_KINDS)
_KINDS: Final = (*_HTTP_KINDS, *_ONLY_SOCKETS)
_NAMES: Final = (*(row.name for row in OPERATIONS), *CONNECT_OPERATIONS, *BUCKET.values())


def plan_faults(state: State, faults: Sequence[AnyFault]) -> None:
    """Plan these; `ValueError` for one that could never strike, and then none is planned."""
    state.faults.plan([_checked(fault) for fault in faults])


def _checked(fault: AnyFault) -> AnyFault:
    if isinstance(fault, SocketFault):
        _expect("kind of a SocketFault", fault.kind, _SOCKET_KINDS)
        _expect("topic", fault.topic, TOPICS)
        return fault
    _expect("kind of an HttpFault", fault.kind, _HTTP_KINDS)
    _expect("operation", fault.operation, _NAMES)
    if not (400 <= fault.status <= 599 and 0 <= fault.seconds <= 3600):
        raise ValueError("Status is from 400 to 599, Seconds from 0 to 3600")
    return fault


def _expect(what: str, word: Json, words: Sequence[str]) -> None:
    if word is not None and word not in words:
        raise ValueError(f"{word!r} is no {what}: there are {', '.join(words)}")


def change_faults(state: State, method: str, body: bytes) -> JsonObject | ServiceError:
    """Show, plan or clear."""
    if method == "DELETE":
        state.faults.clear()
    if method == "POST":
        refusal = _plan(state, body)
        if refusal is not None:
            return refusal
    return shown_faults(state)


def shown_faults(state: State) -> JsonObject:
    """What is planned to go wrong."""
    return {"Faults": [_shown(fault) for fault in state.faults.planned()]}


def _plan(state: State, body: bytes) -> ServiceError | None:
    try:
        wish = loads(body)
        if not isinstance(wish, Mapping):
            return invalid("Expected an object")
        listed = wish.get("Faults", None if "Seed" in wish and "Kind" not in wish else [wish])
        seed = wish.get("Seed")
        faults = [_fault(one) for one in listed] if isinstance(listed, Sequence) else []
    except ValueError as refusal:
        return invalid(str(refusal))
    if isinstance(seed, str):
        state.faults.clear(seed)
    state.faults.plan(faults)
    return None


def _fault(one: Json) -> AnyFault:
    text = dumps(one)
    if not isinstance(one, Mapping):
        raise NotDecodable("Expected an object")
    kind = one.get("Kind")
    _expect("kind of a fault", kind, _KINDS)
    on_socket = one.get("On") == "socket" or "Topic" in one or kind in _ONLY_SOCKETS
    return _checked(_SOCKET(text) if on_socket else _HTTP(text))


def _shown(fault: AnyFault) -> Json:
    return {"On": "http" if isinstance(fault, HttpFault) else "socket", **to_members(fault)}
