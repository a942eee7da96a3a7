"""Emulator: the service in this process, without a socket, as a transport.

    with new_env(endpoint_url="https://emulator.invalid", transport=Emulator().transport) as env: ...

A chat's WebSockets need no network either: `sockets=emulator.sockets`.

Any thread may call it: one lock makes the calls take turns.  Time passes when it is called, or at a `tick`.
A step changes the state in place, so no step runs inside another one of its thread, as a signal handler's or a
callback's would: the transports and sockets refuse it with a TransportError, the methods with a `NestedStepError`.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from threading import RLock
from types import NoneType
from typing import TypeVar

from lensconnect.arguments import expect
from lensconnect.emulator import engine
from lensconnect.emulator.admin import AdminApi
from lensconnect.emulator.chat.context import OperationContext
from lensconnect.emulator.chat.outbox import Frame, SocketAction, SocketClose
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.chat.timestamps import milliseconds
from lensconnect.emulator.faults.responses import Delivery
from lensconnect.emulator.flows import A_FLOW, Flow, Flows, expect_flow, flows_by_name
from lensconnect.emulator.memory_sockets import NO_TIME_LEFT, AsyncMemorySocket, SyncMemorySocket
from lensconnect.emulator.options import Options, check_options
from lensconnect.emulator.scripted import flow_of_script
from lensconnect.emulator.wire.routes import Route, route_of
from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.sockets.protocol import AsyncSocketConnection, SocketConnection
from lensconnect.interpreters.transports.event_loops import sleep as sleep_on_loop
from lensconnect.interpreters.unrun import report_unrun_programs
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Failure, Result, Success

T = TypeVar("T")


def _ignore(_event: object) -> None:
    """Ignore frames that nobody has subscribed to."""


class Emulator(AdminApi):
    """One service with its own chats.  With a `seed` and a `clock` it repeats every step exactly.

    `options` are its settings, `clock` returns seconds since 1970, and `on_frame` is called with every frame
    that is pushed to a participant, whether the participant has a WebSocket or not.  `flow` is the contact flow of every
    chat: it begins when the customer joins (option `joins`) and must not block.  A mapping holds several by name: a chat
    has the first, unless it is started with another one (`start_chat(flow=...)`).  The transports call `sleep` with
    the seconds of a planned delay; without it they wait.  `TypeError` or `ValueError` for an argument or an option with
    a value that it does not take.

    >>> chat = Emulator(seed="docs").start_chat()
    >>> chat.participant_token.startswith("participant-"), "participant-" in repr(chat)
    (True, False)
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        seed: str | None = None,
        clock: Callable[[], float] = time.time,
        on_frame: Callable[[Frame], None] = _ignore,
        flow: Flow | Mapping[str, Flow] | None = None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        expect("seed", seed, (str, NoneType), "text or None")
        expect("clock", clock, Callable, "a function")
        expect("on_frame", on_frame, Callable, "a function")
        takes = f"{A_FLOW}, a mapping of such functions by name, or None"
        expect("flow", flow, (Callable, Mapping, NoneType), takes)
        flows = flows_by_name(flow)
        for name, each in flows.items():
            expect("flow", name, str, takes)
            expect_flow("flow", each, takes)
        if "" in flows:
            raise ValueError("flow must hold flows by names that are not empty")
        expect("sleep", sleep, (Callable, NoneType), "a function or None")
        check_options(options := Options() if options is None else options)
        self._state = engine.new_state(seed if seed is not None else secrets.token_hex(32), options)
        self._clock = clock
        self._lock = RLock()
        self._stepping = False
        self._on_frame = on_frame
        self._sleep = sleep
        self._subscribers: dict[str, Callable[[SocketAction], None]] = {}
        report_unrun_programs(raises=True)
        self._flows = Flows(self, self._state, clock, flows, flow_of_script)

    @property
    def options(self) -> Options:
        """The options this emulator was made with; they never change."""
        return self._state.options

    @property
    def base_url(self) -> str:
        """The origin that the URLs in replies start with if no Host header names another: `http://host:port`."""
        return self._state.origin

    @contextmanager
    def _step(self) -> Generator[None]:
        """Wait for the steps of other threads; raise `NestedStepError` inside a step of this one.

        The lock is reentrant, so that a signal handler that runs just before or after a step does not wait for itself.
        """
        with self._lock:
            if self._stepping:
                raise engine.NestedStepError
            try:
                self._stepping = True
                yield
            finally:
                self._stepping = False
            if self._state.woken:
                self._flows.play()

    @property
    def flows(self) -> Flows:
        """The flows that play in its chats."""
        return self._flows

    @property
    def host(self) -> str:
        """The host that its server is bound to; a Host header may name it, or this machine."""
        return self._state.host

    def set_base_url(self, origin: str, *, follows_host: bool = True, host: str = "127.0.0.1") -> None:
        """Set the origin that the URLs in replies start with (`http://host:port`), and the host of the server.

        With `follows_host` the reply to a request whose Host header names this machine or `host` uses that name and port.
        """
        with self._step():
            self._state.origin, self._state.follows_host, self._state.host = origin, follows_host, host

    def origin_for(self, host: str | None) -> str:
        """Return the origin that the URLs in the reply to a request with this Host header start with."""
        return self._state.origin_for(host)

    def transact(self, action: Callable[[OperationContext], T]) -> T:
        """Run an action as one step, after the timers that are due; what it pushes is published, also if it raises."""
        with self._step():
            context = engine.begin_step(self._state, self._clock())
            try:
                return action(context)
            finally:
                self._publish(engine.drain_outbox(context))

    def read(self, query: Callable[[State], T]) -> T:
        """Return the result of a query of the state, which must not change it.  No time passes."""
        with self._step():
            return query(self._state)

    def exchange(self, http_request: HttpRequest, route: Route) -> engine.Performed:
        """Perform a request whose route is known already, and publish what it pushes."""
        with self._step():
            performed = engine.perform(self._state, self._clock(), http_request, route)
            self._publish(performed.pushed)
        return performed

    def perform(self, request: HttpRequest) -> tuple[HttpResponse, Delivery]:
        """Return the response to a request, and how the planned faults would have it delivered."""
        performed = self.exchange(request, route_of(request.method, request.url))
        return performed.response, performed.delivery

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Return the response to a request, whatever faults are planned for its delivery."""
        return self.perform(request)[0]

    def open_socket(self, url: str, hear: Callable[[SocketAction], None]) -> str | HttpResponse:
        """Open a WebSocket by its URL: return its connection id, or the response that refuses the handshake.

        `hear` is called with each frame to send and with the close, in order.  It runs in the thread that
        caused the frame, while the emulator is locked, so it must not call the emulator.
        """
        with self._step():
            outcome, pushed = engine.open_socket(self._state, self._clock(), url)
            if isinstance(outcome, str):
                self._subscribers[outcome] = hear
            self._publish(pushed)
        return outcome

    def receive_frame(self, socket_id: str, text: str | None) -> None:
        """Answer a frame that a client sent; `None` stands for a frame that is not text."""
        with self._step():
            self._publish(engine.receive_frame(self._state, self._clock(), socket_id, text))

    def close_socket(self, socket_id: str) -> None:
        """Forget a WebSocket that its client has closed."""
        with self._step():
            self._subscribers.pop(socket_id, None)
            self._publish(engine.close_socket(self._state, self._clock(), socket_id))

    def tick(self) -> None:
        """Run the timers that are due by now."""
        with self._step():
            due = self._state.timers.next_due()
            if due is not None and due <= milliseconds(self._clock()):
                self._publish(engine.tick(self._state, self._clock()))

    def next_timer(self) -> float:
        """Return the time at which the next timer is due, in seconds since 1970; `math.inf` if there is none."""
        with self._step():
            due = self._state.timers.next_due()
        return math.inf if due is None else due / 1000

    def seconds_to_timer(self, most: float) -> float:
        """Return the seconds until the next timer is due, at most so many."""
        return min(most, max(self.next_timer() - self._clock(), 0.0))

    def transport(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """Perform one request, once: a `Transport` for `new_env`.

        A TransportError stands for a planned fault of the delivery, for more than `seconds` of delay, or for a call
        inside another one of its thread ("unsupported", sent "no").
        """
        if seconds <= 0:
            return Failure(NO_TIME_LEFT)
        try:
            response, delivery = self.perform(request)
        except engine.NestedStepError as error:
            return Failure(error.transport_error())
        if delivery.seconds:
            (self._sleep or time.sleep)(min(delivery.seconds, seconds))
        return _delivered(response, delivery, seconds)

    async def async_transport(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """Perform one request, once: an `AsyncTransport` for `new_async_env`; a TransportError as from `transport`."""
        if seconds <= 0:
            return Failure(NO_TIME_LEFT)
        try:
            response, delivery = self.perform(request)
        except engine.NestedStepError as error:
            return Failure(error.transport_error())
        if delivery.seconds:
            wait = min(delivery.seconds, seconds)
            if self._sleep is None:
                await sleep_on_loop(wait)
            else:
                self._sleep(wait)
        return _delivered(response, delivery, seconds)

    def sockets(self, opening: OpenSocket, /) -> Result[SocketConnection, TransportError | ServiceError]:
        """Open a WebSocket: a `SocketDriver` for `new_env`.  Its frames come with the planned faults.

        A refused handshake is a ServiceError with its status, no time left a TransportError.
        """
        connection = SyncMemorySocket(self, opening.frame_bytes)
        refused = connection.socket.open(opening)
        return Success(connection) if refused is None else Failure(refused)

    async def async_sockets(
        self, opening: OpenSocket, /
    ) -> Result[AsyncSocketConnection, TransportError | ServiceError]:
        """Open a WebSocket on asyncio or trio: an `AsyncSocketDriver` for `new_async_env`.

        A ServiceError and a TransportError as from `sockets`.
        """
        connection = AsyncMemorySocket(self, opening.frame_bytes)
        refused = connection.socket.open(opening)
        return Success(connection) if refused is None else Failure(refused)

    def _publish(self, pushed: engine.Pushed) -> None:
        for frame in pushed.frames:
            self._on_frame(frame)
        for action in pushed.actions:
            subscriber = self._subscribers.get(action.socket_id, _ignore)
            if isinstance(action, SocketClose):
                self._subscribers.pop(action.socket_id, None)
            subscriber(action)


def _delivered(response: HttpResponse, delivery: Delivery, seconds: float) -> Result[HttpResponse, TransportError]:
    """Return what a client receives of a response."""
    if delivery.seconds >= seconds:
        return Failure(TransportError("timeout", "no reply in time", "maybe"))
    match delivery.mode:
        case "drop":
            return Failure(TransportError("incomplete", "the connection ended without a reply", "maybe"))
        case "reset":
            return Failure(TransportError("reset", "the connection was reset", "maybe"))
        case "truncate":
            return Failure(TransportError("incomplete", "the reply ended too early", "yes"))
        case _:
            return Success(response)
