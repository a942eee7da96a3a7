"""The whole service as a pure function: (state, now, what happens) -> (state, what comes of it).

    perform       an HttpRequest ──▶ an HttpResponse, frames to push, how to deliver it
    open_socket   the URL of a socket ──▶ its id, or a refusal
    receive_frame   a frame from a client ──▶ frames to push
    close_socket  the end of one
    tick          nothing but time ──▶ frames to push

Deterministic: the timer is `now` (seconds since 1970), ids, tokens and chance come from seeds.  The
state is changed in place and given back, so that a long chat does not get slower.  What is due by
`now` always happens first.  No sockets here.
"""

from __future__ import annotations

from typing import NamedTuple

from lensconnect.emulator.api.dispatch import answer, contact_of, name_of
from lensconnect.emulator.chat.fault_plan import BEFORE, Faults, HttpFault
from lensconnect.emulator.chat.ids import Ids
from lensconnect.emulator.chat.outbox import Frame, Outbox, SocketAction
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.chat.timestamps import milliseconds
from lensconnect.emulator.faults.frames import inject_frame_faults
from lensconnect.emulator.faults.responses import WHOLE, Delivery, delivery_for, fault_error
from lensconnect.emulator.options import Options
from lensconnect.emulator.scheduler import run_due
from lensconnect.emulator.websockets.connections import admit, dismiss, listen
from lensconnect.emulator.wire.cors import preflight, with_cors_headers
from lensconnect.emulator.wire.responses import of_error
from lensconnect.errors import ServiceError
from lensconnect.http import HttpRequest, HttpResponse

__all__ = [
    "Opened",
    "Step",
    "Pushed",
    "close_socket",
    "receive_frame",
    "new_state",
    "open_socket",
    "perform",
    "drain_outbox",
    "tick",
]


class Pushed(NamedTuple):
    """What is said unasked: by participant, and by open socket."""

    state: State
    frames: tuple[Frame, ...]
    outgoing: tuple[SocketAction, ...]


class Step(NamedTuple):
    """What one request comes to."""

    state: State
    response: HttpResponse
    frames: tuple[Frame, ...]
    outgoing: tuple[SocketAction, ...]
    delivery: Delivery


class Opened(NamedTuple):
    """What a handshake comes to: the id of a socket, or a response that refuses it."""

    state: State
    outcome: str | HttpResponse
    told: Pushed


def new_state(seed: str, options: Options | None = None) -> State:
    """A service without chats."""
    return State(options or Options(), Ids(seed), Faults(seed))


def perform(state: State, now: float, http_request: HttpRequest) -> Step:
    """Answer one request."""
    time, outbox = milliseconds(now), Outbox()
    run_due(state, time, outbox)
    if http_request.method == "OPTIONS":
        response, delivery = preflight(http_request), WHOLE
    else:
        fault = _fault(state, http_request)
        response, delivery = _respond(state, time, http_request, fault, outbox), delivery_for(fault)
    told = drain_outbox(state, time, outbox)
    return Step(state, with_cors_headers(http_request, response), told.frames, told.outgoing, delivery)


def _fault(state: State, http_request: HttpRequest) -> HttpFault | None:
    name = name_of(http_request) if state.faults.planned() else None
    return None if name is None else state.faults.of_request(name, contact_of(state, http_request))


def _respond(
    state: State, time: int, http_request: HttpRequest, fault: HttpFault | None, outbox: Outbox
) -> HttpResponse:
    if fault is not None and fault.kind in BEFORE:
        return of_error(fault_error(fault), state.options, state.ids.uuid())
    return answer(state, time, http_request, outbox)


def open_socket(state: State, now: float, url: str) -> Opened:
    """Open a socket."""
    time, outbox = milliseconds(now), Outbox()
    run_due(state, time, outbox)
    socket = admit(state, time, url, outbox)
    told = drain_outbox(state, time, outbox)
    if isinstance(socket, ServiceError):
        return Opened(state, of_error(socket, state.options, state.ids.uuid()), told)
    return Opened(state, socket.id, told)


def receive_frame(state: State, now: float, socket_id: str, text: str | None) -> Pushed:
    """Answer a frame from a client; `None` stands for one that is no text."""
    time, outbox = milliseconds(now), Outbox()
    run_due(state, time, outbox)
    socket = state.sockets.get(socket_id)
    if socket is not None:
        listen(state, time, socket, text, outbox)
    return drain_outbox(state, time, outbox)


def close_socket(state: State, now: float, socket_id: str) -> Pushed:
    """Take note that a socket is gone."""
    socket = state.sockets.get(socket_id)
    if socket is not None:
        dismiss(state, milliseconds(now), socket)
    return tick(state, now)


def tick(state: State, now: float) -> Pushed:
    """Let time pass: everything due by `now` happens."""
    time, outbox = milliseconds(now), Outbox()
    run_due(state, time, outbox)
    return drain_outbox(state, time, outbox)


def drain_outbox(state: State, time: int, outbox: Outbox) -> Pushed:
    """What was pushed, as it leaves."""
    return Pushed(state, tuple(outbox.frames), inject_frame_faults(state, time, outbox.outgoing))
