"""Emulator: the service in this process, without a socket, as a transport.

    with new_env(endpoint_url="https://emulator.invalid", transport=Emulator().transport) as env: ...

Calls from any thread are answered one after the other.  Time passes when it is called, or at a `tick`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from lensconnect.emulator.admin import AdminApi
from lensconnect.emulator.chat.outbox import Frame, Outbox, SocketAction, SocketClose
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.chat.timestamps import milliseconds
from lensconnect.emulator.engine import (
    Pushed,
    Step,
    close_socket,
    drain_outbox,
    new_state,
    open_socket,
    perform,
    receive_frame,
    tick,
)
from lensconnect.emulator.faults.responses import Delivery
from lensconnect.emulator.options import Options
from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.results import Failure, Result, Success

__all__ = ["Emulator"]

T = TypeVar("T")


def _nobody(_frame: Frame) -> None:
    """Where frames go that nobody listens for."""


class Emulator(AdminApi):
    """A service of its own.  With a seed and a clock of yours it does the same every time.

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
        on_frame: Callable[[Frame], None] = _nobody,
    ) -> None:
        self._state = new_state(seed if seed is not None else secrets.token_hex(32), options)
        self._clock = clock
        self._lock = Lock()
        self._on_frame = on_frame
        self._subscribers: dict[str, Callable[[SocketAction], None]] = {}

    @property
    def options(self) -> Options:
        """The switches it runs with."""
        return self._state.options

    def transact(self, action: Callable[[State, int, Outbox], T]) -> T:
        """Do something to the state, once everything that is due has happened."""
        with self._lock:
            moment = self._clock()
            self._publish(tick(self._state, moment))
            outbox, now = Outbox(), milliseconds(moment)
            done = action(self._state, now, outbox)
            self._publish(drain_outbox(self._state, now, outbox))
        return done

    def perform(self, request: HttpRequest) -> tuple[HttpResponse, Delivery]:
        """The service's answer to one request, and what a fault does to it on its way."""
        with self._lock:
            step: Step = perform(self._state, self._clock(), request)
            self._publish(Pushed(step.state, step.frames, step.outgoing))
        return step.response, step.delivery

    def handle(self, request: HttpRequest) -> HttpResponse:
        """The service's answer to one request, delivered whatever was planned."""
        return self.perform(request)[0]

    def open_socket(self, url: str, hear: Callable[[SocketAction], None]) -> str | HttpResponse:
        """Open a socket by its URL: its id, or what refuses it.  `hear` gets what is sent, in order.

        It is called in whatever thread made something happen, and must not call the emulator.
        """
        with self._lock:
            opened = open_socket(self._state, self._clock(), url)
            if isinstance(opened.outcome, str):
                self._subscribers[opened.outcome] = hear
            self._publish(opened.told)
        return opened.outcome

    def receive_frame(self, socket_id: str, text: str | None) -> None:
        """A frame from a client; `None` stands for one that is no text."""
        with self._lock:
            self._publish(receive_frame(self._state, self._clock(), socket_id, text))

    def close_socket(self, socket_id: str) -> None:
        """A client is gone."""
        with self._lock:
            self._subscribers.pop(socket_id, None)
            self._publish(close_socket(self._state, self._clock(), socket_id))

    def tick(self) -> None:
        """Let everything happen that is due by now."""
        with self._lock:
            due = self._state.timers.next_due()
            if due is not None and due <= self._time():
                self._publish(tick(self._state, self._clock()))

    def transport(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """A `Transport`: performs one request, once."""
        if seconds <= 0:
            return Failure(TransportError("timeout", "no time left before sending", "no"))
        response, delivery = self.perform(request)
        time.sleep(min(delivery.seconds, seconds))
        return _carried(response, delivery, seconds)

    async def async_transport(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """The same as an `AsyncTransport`."""
        if seconds <= 0:
            return Failure(TransportError("timeout", "no time left before sending", "no"))
        response, delivery = self.perform(request)
        if delivery.seconds:
            await asyncio.sleep(min(delivery.seconds, seconds))
        return _carried(response, delivery, seconds)

    def read(self, reader: Callable[[State], T]) -> T:
        """What a reader of the state, which must leave it alone, makes of it."""
        with self._lock:
            return reader(self._state)

    def set_base_url(self, origin: str) -> None:
        """Say where the shell around this emulator is reached (`http://host:port`), for the URLs in replies."""
        with self._lock:
            self._state.origin = origin

    def _time(self) -> int:
        return milliseconds(self._clock())

    def _publish(self, told: Pushed) -> None:
        for frame in told.frames:
            self._on_frame(frame)
        for one in told.outgoing:
            hear = self._subscribers.get(one.socket_id, _nothing)
            if isinstance(one, SocketClose):
                self._subscribers.pop(one.socket_id, None)
            hear(one)


def _nothing(_one: SocketAction) -> None:
    """What hears a socket that is gone."""


def _carried(response: HttpResponse, delivery: Delivery, seconds: float) -> Result[HttpResponse, TransportError]:
    """What a client gets of a response."""
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
