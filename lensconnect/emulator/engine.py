"""The service as a deterministic step: (state, now, input) -> output and frames to push.

    perform         an HttpRequest and its route ──▶ an HttpResponse, how to deliver it, frames to push
    open_socket     the URL of a WebSocket ──▶ a connection id or a refusal, frames to push
    receive_frame   a frame from a client ──▶ frames to push
    close_socket    the end of a WebSocket ──▶ frames to push
    tick            time alone ──▶ frames to push

A step changes the state in place, so a long chat does not get slower.  It is deterministic: the clock is
the argument `now` (seconds since 1970), and ids, tokens and random numbers come from seeds.  Every step
first runs the timers that are due by `now`.  There are no sockets, threads or clocks in here.
"""

from __future__ import annotations

from typing import NamedTuple

from lensconnect.emulator.api.dispatch import dispatch
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.fault_plan import BEFORE, Faults, HttpFault
from lensconnect.emulator.chat.ids import Ids
from lensconnect.emulator.chat.outbox import Frame, Outbox, SocketAction
from lensconnect.emulator.chat.state import Membership, State, TokenGrant
from lensconnect.emulator.chat.timestamps import milliseconds
from lensconnect.emulator.faults.frames import inject_frame_faults
from lensconnect.emulator.faults.responses import WHOLE, Delivery, delivery_for, fault_error
from lensconnect.emulator.options import Options
from lensconnect.emulator.scheduler import run_due
from lensconnect.emulator.websockets.connections import admit, dismiss, listen
from lensconnect.emulator.wire.cors import preflight, with_cors_headers
from lensconnect.emulator.wire.responses import of_error
from lensconnect.emulator.wire.routes import Route
from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.wire.plan import BEARER_HEADER


class Pushed(NamedTuple):
    """The frames that a step pushed: by participant, and as actions on open WebSockets."""

    frames: tuple[Frame, ...]
    actions: tuple[SocketAction, ...]


class Performed(NamedTuple):
    """The result of one request; `caller` is the owner of the token that the request carried, if there is one."""

    response: HttpResponse
    delivery: Delivery
    caller: Membership | None
    pushed: Pushed


class NestedStepError(RuntimeError):
    """A step was begun inside another one of the same thread; it has changed nothing."""

    def __init__(self) -> None:
        super().__init__("the emulator was called inside another call of it, by a signal handler or a callback")

    def transport_error(self) -> TransportError:
        """Return the error of a transport or a WebSocket that was called so."""
        return TransportError("unsupported", str(self), "no")


def new_state(seed: str, options: Options | None = None) -> State:
    """Return a service without chats."""
    return State(options or Options(), Ids(seed), Faults(seed))


def begin_step(state: State, now: float, host: str | None = None) -> OperationContext:
    """Return the context of a step at `now`, after running the timers that are due; `host` is a Host header."""
    context = OperationContext(state, milliseconds(now), Outbox(), host)
    run_due(context)
    return context


def drain_outbox(context: OperationContext) -> Pushed:
    """Return the frames of a step, after the planned faults have been applied to them."""
    outbox = context.outbox
    actions = inject_frame_faults(context) if outbox.actions else ()
    return Pushed(tuple(outbox.frames), actions)


def perform(state: State, now: float, http_request: HttpRequest, route: Route) -> Performed:
    """Answer one request, whose route was computed from its method and URL."""
    context = begin_step(state, now, http_request.header("host"))
    grant = state.tokens.get(http_request.header(BEARER_HEADER) or "")
    if http_request.method == "OPTIONS":
        response, delivery = preflight(http_request), WHOLE
    else:
        fault = _planned_fault(state, route, grant)
        response, delivery = _respond(context, http_request, route, grant, fault), WHOLE
        if fault is not None:
            delivery = delivery_for(fault)
    response = with_cors_headers(http_request, response)
    return Performed(response, delivery, grant.membership if grant else None, drain_outbox(context))


def _planned_fault(state: State, route: Route, grant: TokenGrant | None) -> HttpFault | None:
    operation = route.service_operation if state.faults.http else None
    return None if operation is None else state.faults.of_request(operation, grant.membership if grant else None)


def _respond(
    context: OperationContext,
    http_request: HttpRequest,
    route: Route,
    grant: TokenGrant | None,
    fault: HttpFault | None,
) -> HttpResponse:
    if fault is not None and fault.kind in BEFORE:
        return of_error(fault_error(fault), context.state.options, context.state.ids.uuid())
    return dispatch(context, http_request, route, grant)


def open_socket(state: State, now: float, url: str) -> tuple[str | HttpResponse, Pushed]:
    """Open a WebSocket: return its connection id, or the response that refuses the handshake."""
    context = begin_step(state, now)
    socket = admit(context, url)
    pushed = drain_outbox(context)
    if isinstance(socket, ServiceError):
        return of_error(socket, state.options, state.ids.uuid()), pushed
    return socket.id, pushed


def receive_frame(state: State, now: float, socket_id: str, text: str | None) -> Pushed:
    """Answer a frame from a client; `None` stands for a frame that is not text."""
    context = begin_step(state, now)
    socket = state.sockets.get(socket_id)
    if socket is not None:
        listen(context, socket, text)
    return drain_outbox(context)


def close_socket(state: State, now: float, socket_id: str) -> Pushed:
    """Forget a WebSocket that its client has closed; an unknown id is ignored."""
    socket = state.sockets.get(socket_id)
    if socket is not None:
        dismiss(OperationContext(state, milliseconds(now), Outbox()), socket)
    return tick(state, now)


def tick(state: State, now: float) -> Pushed:
    """Run the timers that are due by `now`."""
    return drain_outbox(begin_step(state, now))
