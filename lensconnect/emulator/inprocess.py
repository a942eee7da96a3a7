"""Emulator: the service in this process, without a socket, as a transport.

    with new_env(endpoint_url="https://emulator.invalid", transport=Emulator().transport) as env: ...

Calls from any thread are answered one after the other.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from threading import Lock

from lensconnect.emulator.options import Options
from lensconnect.emulator.service import Step, new_state, perform
from lensconnect.emulator.start import MESSAGE_TYPES, StartedChat, add_participant, add_view, start_chat
from lensconnect.emulator.turn import Frame
from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.record import ParticipantToken
from lensconnect.results import Failure, Result, Success
from lensconnect.types.item import ParticipantRole
from lensconnect.types.view import View

__all__ = ["Emulator"]


def _nobody(_frame: Frame) -> None:
    """Where frames go that nobody listens for."""


class Emulator:
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

    @property
    def options(self) -> Options:
        """The switches it runs with."""
        return self._state.options

    def start_chat(
        self, *, customer: str = "Customer", agent: str = "Agent", content_types: tuple[str, ...] = MESSAGE_TYPES
    ) -> StartedChat:
        """A new chat, as StartChatContact would make it; nobody has joined yet."""
        with self._lock:
            return start_chat(self._state, self._clock(), customer=customer, agent=agent, content_types=content_types)

    def add_participant(self, contact_id: str, role: str, display_name: str) -> ParticipantToken:
        """Someone more in a chat, by the token to join with; `KeyError` for no such chat."""
        with self._lock:
            return add_participant(self._state, contact_id, ParticipantRole(role), display_name)

    def add_view(self, contact_id: str, view: View) -> str:
        """Register a view with a chat, and get the token it is described by; `KeyError` for no such chat."""
        with self._lock:
            return add_view(self._state, contact_id, view)

    def handle(self, request: HttpRequest) -> HttpResponse:
        """The service's answer to one request."""
        with self._lock:
            step: Step = perform(self._state, self._clock(), request)
            for frame in step.frames:
                self._on_frame(frame)
        return step.response

    def transport(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """A `Transport`: performs one request, once."""
        if seconds <= 0:
            return Failure(TransportError("timeout", "no time left before sending", "no"))
        return Success(self.handle(request))

    async def async_transport(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        """The same as an `AsyncTransport`."""
        return self.transport(request, seconds)

    def answer_at(self, origin: str) -> None:
        """Say where the shell around this emulator is reached (`http://host:port`), for the URLs in replies."""
        with self._lock:
            self._state.origin = origin
