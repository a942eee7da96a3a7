"""The whole service as a pure function: (state, now, what happens) -> (state, what comes of it).

    perform       an HttpRequest ──▶ an HttpResponse, frames to push, how to deliver it
    open_socket   the URL of a socket ──▶ its id, or a refusal
    hear_socket   a frame from a client ──▶ frames to push
    close_socket  the end of one
    tick          nothing but time ──▶ frames to push

Deterministic: the clock is `now` (seconds since 1970), ids, tokens and chance come from seeds.  The
state is changed in place and given back, so that a long chat does not get slower.  What is due by
`now` always happens first.  No sockets here.
"""

from __future__ import annotations

from typing import NamedTuple

from lensconnect.emulator.api.dispatch import answer, contact_of, name_of
from lensconnect.emulator.chat.fault_plan import BEFORE, Faults, HttpFault
from lensconnect.emulator.chat.ids import Ids
from lensconnect.emulator.chat.outbox import Frame, Outgoing, Pushes
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.chat.timestamps import milliseconds
from lensconnect.emulator.faults.frames import afflicted
from lensconnect.emulator.faults.responses import WHOLE, Delivery, delivered, instead
from lensconnect.emulator.options import Options
from lensconnect.emulator.scheduler import pass_time
from lensconnect.emulator.websockets.connections import admit, dismiss, listen
from lensconnect.emulator.wire.cors import preflight, shared
from lensconnect.emulator.wire.responses import of_error
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest, HttpResponse

__all__ = [
    "Opened",
    "Step",
    "Told",
    "close_socket",
    "hear_socket",
    "new_state",
    "open_socket",
    "perform",
    "tell",
    "tick",
]


class Told(NamedTuple):
    """What is said unasked: by participant, and by open socket."""

    state: State
    frames: tuple[Frame, ...]
    outgoing: tuple[Outgoing, ...]


class Step(NamedTuple):
    """What one request comes to."""

    state: State
    response: HttpResponse
    frames: tuple[Frame, ...]
    outgoing: tuple[Outgoing, ...]
    delivery: Delivery


class Opened(NamedTuple):
    """What a handshake comes to: the id of a socket, or a response that refuses it."""

    state: State
    outcome: str | HttpResponse
    told: Told


def new_state(seed: str, options: Options | None = None) -> State:
    """A service without chats."""
    return State(options or Options(), Ids(seed), Faults(seed))


def perform(state: State, now: float, http_request: HttpRequest) -> Step:
    """Answer one request."""
    time, pushes = milliseconds(now), Pushes()
    pass_time(state, time, pushes)
    if http_request.method == "OPTIONS":
        response, delivery = preflight(http_request), WHOLE
    else:
        fault = _fault(state, http_request)
        response, delivery = _respond(state, time, http_request, fault, pushes), delivered(fault)
    told = tell(state, time, pushes)
    return Step(state, shared(http_request, response), told.frames, told.outgoing, delivery)


def _fault(state: State, http_request: HttpRequest) -> HttpFault | None:
    name = name_of(http_request) if state.faults.planned() else None
    return None if name is None else state.faults.of_request(name, contact_of(state, http_request))


def _respond(
    state: State, time: int, http_request: HttpRequest, fault: HttpFault | None, pushes: Pushes
) -> HttpResponse:
    if fault is not None and fault.kind in BEFORE:
        return of_error(instead(fault), state.options, state.ids.uuid())
    return answer(state, time, http_request, pushes)


def open_socket(state: State, now: float, url: str) -> Opened:
    """Open a socket."""
    time, pushes = milliseconds(now), Pushes()
    pass_time(state, time, pushes)
    socket = admit(state, time, url, pushes)
    told = tell(state, time, pushes)
    if isinstance(socket, ServiceError):
        return Opened(state, of_error(socket, state.options, state.ids.uuid()), told)
    return Opened(state, socket.id, told)


def hear_socket(state: State, now: float, socket_id: str, text: str | None) -> Told:
    """Answer a frame from a client; `None` stands for one that is no text."""
    time, pushes = milliseconds(now), Pushes()
    pass_time(state, time, pushes)
    socket = state.sockets.get(socket_id)
    if socket is not None:
        listen(state, time, socket, text, pushes)
    return tell(state, time, pushes)


def close_socket(state: State, now: float, socket_id: str) -> Told:
    """Take note that a socket is gone."""
    socket = state.sockets.get(socket_id)
    if socket is not None:
        dismiss(state, milliseconds(now), socket)
    return tick(state, now)


def tick(state: State, now: float) -> Told:
    """Let time pass: everything due by `now` happens."""
    time, pushes = milliseconds(now), Pushes()
    pass_time(state, time, pushes)
    return tell(state, time, pushes)


def tell(state: State, time: int, pushes: Pushes) -> Told:
    """What was pushed, as it leaves."""
    return Told(state, tuple(pushes.frames), afflicted(state, time, pushes.outgoing))
