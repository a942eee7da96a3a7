"""The door to the faults: what is planned, in JSON, both ways.

A fault of a socket is known by its `Topic`, or by a kind that only sockets have; `"On": "socket"` says so
where neither does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, get_args

from lensconnect.emulator.faults import AnyFault, HttpFault, HttpKind, SocketFault, SocketKind
from lensconnect.emulator.refusals import invalid
from lensconnect.emulator.respond import plain
from lensconnect.emulator.state import State
from lensconnect.errors import ServiceError
from lensconnect.jsontext import Json, JsonObject, dumps, loads
from lensconnect.record import NotDecodable, decoder

__all__ = ["change_faults", "shown_faults"]

_HTTP: Final = decoder(HttpFault)
_SOCKET: Final = decoder(SocketFault)
_ONLY_SOCKETS: Final = tuple(kind for kind in get_args(SocketKind) if kind not in get_args(HttpKind))


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
    except (NotDecodable, ValueError) as refusal:
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
    on_socket = one.get("On") == "socket" or "Topic" in one or kind in _ONLY_SOCKETS
    fault = _SOCKET(text) if on_socket else _HTTP(text)
    if isinstance(fault, HttpFault) and not (400 <= fault.status <= 599 and 0 <= fault.seconds <= 3600):
        raise NotDecodable("Status is from 400 to 599, Seconds from 0 to 3600")
    return fault


def _shown(fault: AnyFault) -> Json:
    return {"On": "http" if isinstance(fault, HttpFault) else "socket", **plain(fault)}
