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

from lensconnect.emulator.admin import Backstage
from lensconnect.emulator.chat.outbox import Frame, Outgoing, Pushes, SocketClose
from lensconnect.emulator.chat.state import State
from lensconnect.emulator.chat.timestamps import milliseconds
from lensconnect.emulator.engine import (
    Step,
    Told,
    close_socket,
    hear_socket,
    new_state,
    open_socket,
    perform,
    tell,
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


class Emulator(Backstage):
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
        self._hearers: dict[str, Callable[[Outgoing], None]] = {}

    @property
    def options(self) -> Options:
        """The switches it runs with."""
        return self._state.options

    def act(self, deed: Callable[[State, int, Pushes], T]) -> T:
        """Do something to the state, once everything that is due has happened."""
        with self._lock:
            moment = self._clock()
            self._publish(tick(self._state, moment))
            pushes, now = Pushes(), milliseconds(moment)
            done = deed(self._state, now, pushes)
            self._publish(tell(self._state, now, pushes))
        return done

    def perform(self, request: HttpRequest) -> tuple[HttpResponse, Delivery]:
        """The service's answer to one request, and what a fault does to it on its way."""
        with self._lock:
            step: Step = perform(self._state, self._clock(), request)
            self._publish(Told(step.state, step.frames, step.outgoing))
        return step.response, step.delivery

    def handle(self, request: HttpRequest) -> HttpResponse:
        """The service's answer to one request, delivered whatever was planned."""
        return self.perform(request)[0]

    def open_socket(self, url: str, hear: Callable[[Outgoing], None]) -> str | HttpResponse:
        """Open a socket by its URL: its id, or what refuses it.  `hear` gets what is sent, in order.

        It is called in whatever thread made something happen, and must not call the emulator.
        """
        with self._lock:
            opened = open_socket(self._state, self._clock(), url)
            if isinstance(opened.outcome, str):
                self._hearers[opened.outcome] = hear
            self._publish(opened.told)
        return opened.outcome

    def hear_socket(self, socket_id: str, text: str | None) -> None:
        """A frame from a client; `None` stands for one that is no text."""
        with self._lock:
            self._publish(hear_socket(self._state, self._clock(), socket_id, text))

    def close_socket(self, socket_id: str) -> None:
        """A client is gone."""
        with self._lock:
            self._hearers.pop(socket_id, None)
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

    def look(self, reader: Callable[[State], T]) -> T:
        """What a reader of the state, which must leave it alone, makes of it."""
        with self._lock:
            return reader(self._state)

    def answer_at(self, origin: str) -> None:
        """Say where the shell around this emulator is reached (`http://host:port`), for the URLs in replies."""
        with self._lock:
            self._state.origin = origin

    def _time(self) -> int:
        return milliseconds(self._clock())

    def _publish(self, told: Told) -> None:
        for frame in told.frames:
            self._on_frame(frame)
        for one in told.outgoing:
            hear = self._hearers.get(one.socket_id, _nothing)
            if isinstance(one, SocketClose):
                self._hearers.pop(one.socket_id, None)
            hear(one)


def _nothing(_one: Outgoing) -> None:
    """What hears a socket that is gone."""


def _carried(response: HttpResponse, delivery: Delivery, seconds: float) -> Result[HttpResponse, TransportError]:
    """What a client gets of a response."""
    if delivery.seconds >= seconds:
        return Failure(TransportError("timeout", "no reply in time", "maybe"))
    match delivery.manner:
        case "drop":
            return Failure(TransportError("incomplete", "the connection ended without a reply", "maybe"))
        case "reset":
            return Failure(TransportError("reset", "the connection was reset", "maybe"))
        case "truncate":
            return Failure(TransportError("incomplete", "the reply ended too early", "yes"))
        case _:
            return Success(response)
