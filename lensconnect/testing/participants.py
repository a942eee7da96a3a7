"""The participants of a simulation: an environment for each, with faults and delays that its choices decide.

    program of a participant -> its environment -> a delay and a fault, or none -> the emulator

Each request may be late, and may be refused, throttled, or lose its reply.  Each item that comes over a WebSocket may be
lost, come twice or after the next one, and the WebSocket may close instead.  `Story` notes them for people.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Any, Final

from lensconnect.emulator import Emulator
from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.contract import AsyncTransport, Transport
from lensconnect.live.frames import ChatFrame, parse
from lensconnect.operations import Request, SendMessage
from lensconnect.programs.effects import OpenSocket
from lensconnect.record import printable
from lensconnect.results import Result, is_err, is_ok
from lensconnect.testing.choices import Choices
from lensconnect.testing.faults import (
    SocketDriverFault,
    TransportFault,
    changing_frames,
    lost_reply,
    lost_request,
    throttled,
    unavailable,
)
from lensconnect.testing.scripted import parse_request
from lensconnect.testing.simulated_sockets import SimulatedSockets
from lensconnect.testing.timeline import Timeline
from lensconnect.wire.decode import decode

_REQUEST_FAULTS: Final[Sequence[tuple[str, TransportFault]]] = (
    ("is throttled", throttled),
    ("is answered with 503", unavailable),
    ("is lost", lost_request),
    ("is done, but the reply is lost", lost_reply),
)
_FRAME_FAULTS: Final = ("is lost", "comes twice", "comes after the next one", "does not come: the WebSocket closes")
_MOST_DELAY: Final = 20
"""Tenths of a second."""
_QUIET: Final = frozenset({"CreateParticipantConnection", "GetTranscript", "SendEvent"})
"""Operations that a story leaves out where they succeed."""
_FOLDER: Final = f"{Path(__file__).parents[1]}{os.sep}"
"""The folder of this package."""
_PLACE: Final = re.compile('in the program (?P<name>.*), File "(?P<file>.*)", line (?P<line>[0-9]+)')
"""The note on an exception that has left a `@program` function."""
_WIDTH: Final = 100
"""The most characters of what a line of a story tells."""


def shortened(text: str) -> str:
    """Return a text on one line, cut after 100 characters."""
    text = printable(text)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


class Story:
    """Lines for a person: the simulated time, a participant and what it did."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.lines: list[str] = []

    def add(self, name: str, happened: str) -> None:
        """Add a line at this time."""
        self.lines.append(f"{self._now():8.1f}  {name:<10}{shortened(happened)}")

    def ending(self, end: str, most: int) -> list[str]:
        """Return at most so many lines, 10 or more: the first ones and the last ones, with the end as the last."""
        lines = self.lines
        left_out = len(lines) + 2 - most
        if left_out > 1:
            hint = f"{'':10}... {left_out} lines: check_seeds(..., lines={len(lines) + 1}) shows them"
            lines = [*lines[:4], hint, *lines[4 + left_out :]]
        return [*lines, end]


def waiting_place(cancelled: BaseException) -> str:
    """Return where a program waited that was cancelled: the innermost function that is not of this package."""
    for note in getattr(cancelled, "__notes__", ()):
        found = _PLACE.match(note)
        if found is not None and not found["file"].startswith(_FOLDER):
            return f": it waits in {found['name']} ({PurePath(found['file']).name}, line {found['line']})"
    return ""


class SimulatedParticipant:
    """The transport and the socket driver of one participant of a simulation."""

    def __init__(
        self,
        name: str,
        *,
        service: Emulator,
        timeline: Timeline,
        choices: Choices,
        story: Story,
        chance: float,
        transport: Transport,
        socket_fault: SocketDriverFault,
    ) -> None:
        self._name, self._timeline, self._transport = name, timeline, transport
        self._choices, self._story, self._chance = choices, story, chance
        self._own: set[str | None] = set()
        """The ids of its own messages, whose echo the story leaves out."""
        change = changing_frames(self._new_change)
        self._driver = SimulatedSockets(service, timeline, lambda _: None, lambda driver: change(socket_fault(driver)))

    @property
    def transport(self) -> AsyncTransport:
        """The transport, for asyncio."""
        return self._perform

    async def delay(self) -> None:
        """Wait as long as the choices say, mostly for no time but that of the other steps at this instant."""
        tenths = self._choices.draw(_MOST_DELAY, self._chance)
        await self._timeline.wait(self._timeline.clock.time + tenths / 10)

    async def _perform(self, request: HttpRequest, seconds: float, /) -> Result[HttpResponse, TransportError]:
        await self.delay()
        fault = self._choices.draw(len(_REQUEST_FAULTS), self._chance)
        parsed = parse_request(request)
        operation = type(parsed).__name__
        if fault:
            end, wrap = _REQUEST_FAULTS[fault - 1]
            self._story.add(self._name, f"{_shown(parsed)}, which {end}")
            return wrap(self._transport)(request, seconds)
        outcome = self._transport(request, seconds)
        if is_err(outcome) or outcome.unwrap().status != 200:
            self._story.add(self._name, f"{_shown(parsed)}, which fails")
        elif operation not in _QUIET:
            self._story.add(self._name, _shown(parsed))
        if isinstance(parsed, SendMessage) and is_ok(outcome):
            reply = decode(SendMessage, outcome.unwrap())
            self._own |= {reply.unwrap().id} if is_ok(reply) else set()
        return outcome

    async def sockets(self, opening: OpenSocket, /) -> Result[Any, TransportError | ServiceError]:
        """Open a WebSocket; a TransportError or a ServiceError if the emulator refuses it."""
        self._story.add(self._name, "opens a WebSocket")
        return await self._driver.asynchronous(opening)

    def _new_change(self) -> Callable[[str | bytes], tuple[str | bytes, ...] | None]:
        held: list[str | bytes] = []

        def change(frame: str | bytes) -> tuple[str | bytes, ...] | None:
            parsed = parse(frame)
            item = parsed.item if isinstance(parsed, ChatFrame) else None
            if item is None or item.content is None:
                return frame, *_taken(held)
            fault = self._choices.draw(len(_FRAME_FAULTS), self._chance)
            if fault:
                self._story.add(self._name, f"{item.content!r} {_FRAME_FAULTS[fault - 1]}")
            elif item.id not in self._own:
                self._story.add(self._name, f"receives {item.content!r}")
            if fault == _FRAME_FAULTS.index("comes after the next one") + 1:
                held.append(frame)
                return ()
            return ((frame, *_taken(held)), (), (frame, frame), (), None)[fault]

        return change


def _taken(held: list[str | bytes]) -> list[str | bytes]:
    taken, held[:] = held[:], []
    return taken


def _shown(parsed: Request[Any] | HttpRequest) -> str:
    match parsed:
        case SendMessage():
            return f"says {parsed.content!r}"
        case HttpRequest():
            return "uploads a file" if parsed.method == "PUT" else "downloads a file"
        case _:
            return f"does {type(parsed).__name__}"
