"""The script of a stubbed WebSocket: connections and their steps, as values.

    connection(pushes(message("Welcome!")), expects(SendMessage), pushes(message("Thank you.")), closes(1001))
    refused(403)

A step remembers the line that made it, which an error names.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from traceback import extract_stack
from typing import Final, NamedTuple, TypeAlias

from lensconnect.arguments import expect, expect_number, wrong_type
from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest
from lensconnect.live.frames import SUBSCRIBE, ChatFrame, HeartbeatEcho, PingAnswer, SubscribeAnswer
from lensconnect.operations import REQUEST_TYPES, Request
from lensconnect.record import MASK
from lensconnect.results import Failure
from lensconnect.testing.frames import ServiceFrame, same_frame, shown_frame, write
from lensconnect.testing.scripted import Expectation, ExpectedRequest
from lensconnect.testing.trace import TransportOutcome
from lensconnect.types.item import Item

__all__ = [
    "Connection",
    "RefusedConnection",
    "SocketScript",
    "ConnectionStep",
    "closes",
    "connection",
    "expects",
    "pushes",
    "refused",
    "waits",
]

_NO_OUTCOME: Final[TransportOutcome] = Failure(TransportError("closed", "the stub gives the response", "no"))

_REQUEST_NAMES: Final = frozenset(each.__name__ for each in (*REQUEST_TYPES, HttpRequest))

ExpectedFrame: TypeAlias = str | Callable[[str], bool]
"""A frame of the client: its text, or a function that tells whether a text is the one."""


class Pushes(NamedTuple):
    """Frames that the service sends one after the other."""

    frames: tuple[ServiceFrame | str | bytes, ...]
    where: str


class ExpectsFrame(NamedTuple):
    """A frame that the client sends before the script goes on."""

    frame: ExpectedFrame
    where: str

    def accepts(self, text: str) -> bool:
        """Return whether a frame of the client is the one."""
        return same_frame(text, self.frame) if isinstance(self.frame, str) else self.frame(text)

    def __str__(self) -> str:
        shown = shown_frame(self.frame) if isinstance(self.frame, str) else "a frame that its function accepts"
        return f"{shown} ({self.where})"


class ExpectsRequest(NamedTuple):
    """A request that the client makes before the script goes on."""

    expectation: Expectation
    where: str

    def __str__(self) -> str:
        return f"{self.expectation.type.__name__} ({self.where})"


class Waits(NamedTuple):
    """Seconds of the stub's clock that pass before the script goes on."""

    seconds: float
    where: str


class Closes(NamedTuple):
    """The end of the WebSocket by the service."""

    end: TransportError
    where: str


ConnectionStep: TypeAlias = Pushes | ExpectsFrame | ExpectsRequest | Waits | Closes
"""One step of a connection."""
_STEPS: Final = (Pushes, ExpectsFrame, ExpectsRequest, Waits, Closes)


class Connection(NamedTuple):
    """A WebSocket that the client opens, and what happens on it."""

    steps: tuple[ConnectionStep, ...]
    url: str | None
    answers: bool
    where: str

    def __repr__(self) -> str:
        url = None if self.url is None else MASK
        return f"Connection(steps={self.steps!r}, url={url}, answers={self.answers}, where={self.where!r})"


class RefusedConnection(NamedTuple):
    """A handshake that fails."""

    error: ServiceError | TransportError
    where: str


SocketScript: TypeAlias = Connection | RefusedConnection
"""The script of one opening of a WebSocket."""


def pushes(*frames: ServiceFrame | str | bytes) -> ConnectionStep:
    """Push frames: items and other frames as values, or any text or bytes, as they are.

    An item without an id or a time gets one.  Raises `TypeError` for another value.
    """
    known = (Item, ChatFrame, SubscribeAnswer, HeartbeatEcho, PingAnswer, str, bytes)
    for frame in frames:
        expect("pushes: a frame", frame, known, "an Item, another frame, text or bytes")
    return Pushes(frames, _caller())


def expects(expected: ExpectedFrame | ExpectedRequest) -> ConnectionStep:
    """Wait until the client sends a frame, or makes a request.

    A frame is given as text, such as `HEARTBEAT`, compared as JSON where it is JSON, or as a function from text to
    bool.  A request of the type given that differs from the record given is an `UnexpectedRequestError`; a ClientToken
    is compared only if the record has one.  Requests of other types change nothing.

    Raises `TypeError` for another value, also for a type that no request has, and for the name of one.
    """
    where, words = _caller(), "the text of a frame, a function, a request or its type"
    if isinstance(expected, type) and expected not in (*REQUEST_TYPES, HttpRequest):
        raise wrong_type("expects", words, expected)
    if isinstance(expected, str) and expected in _REQUEST_NAMES:
        raise TypeError(f"expects takes the type of a request, not its name: give {expected} without quotes")
    if isinstance(expected, Request | HttpRequest | type):
        return ExpectsRequest(Expectation(0, expected, _NO_OUTCOME), where)
    expect("expects", expected, (str, Callable), words)
    return ExpectsFrame(expected, where)


def waits(seconds: float) -> ConnectionStep:
    """Let so many seconds of the stub's clock pass; they take no time."""
    expect_number("waits: seconds", seconds, 0)
    return Waits(seconds, _caller())


def closes(code: int) -> ConnectionStep:
    """Close the WebSocket with a close code (RFC 6455, 7.4.1), or, with 1006, end it without a close frame."""
    expect_number("closes: code", code, 1000, 4999, whole=True)
    return Closes(peer_closed(code), _caller())


def refused(status: int | TransportError) -> RefusedConnection:
    """Refuse the handshake with a status, or let it fail with an error."""
    expect("refused: status", status, (int, TransportError), "a status or a TransportError")
    return RefusedConnection(ServiceError(status, "") if isinstance(status, int) else status, _caller())


def connection(*steps: ConnectionStep, url: str | None = None, answers: bool = True) -> Connection:
    """Return the script of a WebSocket: its steps happen in order, and then it stays open.

    `url` is the URL that the client must open, None for any.  With `answers`, the stub answers as the service does each
    subscription, heartbeat and ping that the next step does not expect, and the steps begin after a subscription,
    unless the first expects it.  Without, each frame of the client must be expected.
    """
    for step in steps:
        expect("connection: a step", step, _STEPS, "a step such as pushes(...)")
    if answers and not (steps and isinstance(steps[0], ExpectsFrame) and steps[0].accepts(SUBSCRIBE)):
        where = "before the first step"
        steps = (ExpectsFrame(SUBSCRIBE, where), Pushes((SubscribeAnswer(True),), where), *steps)
    return Connection(steps, url, answers, _caller())


def peer_closed(code: int) -> TransportError:
    """Return the error of a WebSocket that the peer has closed with a code; 1006 stands for no close frame."""
    if code == 1006:
        return TransportError("incomplete", "the connection ended without a close frame (code 1006)", "yes")
    return TransportError("incomplete", f"the peer closed the WebSocket with code {code}", "yes")


def _caller() -> str:
    """Return the file and the line of the caller of the function that calls this."""
    caller = extract_stack(limit=3)[0]
    return f"{PurePath(caller.filename).name}, line {caller.lineno}"


def write_frame(frame: ServiceFrame | str | bytes) -> str | bytes:
    """Return the text or bytes of a frame."""
    return frame if isinstance(frame, (str, bytes)) else write(frame)
