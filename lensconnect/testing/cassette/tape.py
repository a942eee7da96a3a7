"""Recording a conversation on a tape, and replaying a cassette without the service."""

from __future__ import annotations

import sys
import time
import warnings
from bisect import bisect_left
from collections.abc import Callable
from os import urandom
from types import FrameType, NoneType
from typing import Literal

from lensconnect.arguments import expect
from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest
from lensconnect.operations import Request
from lensconnect.record import Record
from lensconnect.testing.cassette.exchanges import Cassette, RecordedExchange, RecordedSocket, SocketEvent
from lensconnect.testing.cassette.replayed_sockets import ReplayedSockets
from lensconnect.testing.cassette.scrub import UNREADABLE, Scrubber, masked_texts, scrubbed
from lensconnect.testing.scripted import Expectations, ReceivedRequest, ScriptedTransport, parse_request
from lensconnect.testing.socket_wrappers import SocketDriverWrapper, watched_sockets
from lensconnect.testing.trace import TransportOutcome, TransportWrapper, watched
from lensconnect.wire.decode import decode

__all__ = ["MaskedTextWarning", "Tape", "recording", "recording_sockets", "replaying"]


class MaskedTextWarning(UserWarning):
    """A replay gives a program `***` for a text, or for the bytes of a file, which the cassette does not keep."""


class Tape:
    """Records the exchanges of one or more transports, and the frames of WebSockets.

    With `keep_content` the cassette keeps message texts, display names and names of attachments: the replay of a program
    that reads texts needs them.  Without it, a replay gives the program `***` for each, with a `MaskedTextWarning`, and
    does not compare the texts of requests, unless `check_content` is True: then the cassette keeps a salted hash of each.
    A text that can be guessed, such as a number or an answer to a question, can be found from its hash.
    `clock` gives the times of frames, in seconds; without one, it is the clock by which the socket driver waits, which
    is simulated for that of a stub, a replay or a `Simulation`.
    """

    def __init__(
        self,
        *,
        keep_content: bool = False,
        check_content: bool = False,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._cassette = Cassette(
            keep_content=keep_content, check_content=check_content, salt=urandom(16).hex() if check_content else ""
        )
        expect("Tape: clock", clock, (Callable, NoneType), "a function that returns seconds, or None")
        self._given_clock = clock
        self._clock = clock or time.monotonic
        self._last: float | None = None
        self._begun: list[_BegunExchange] = []
        self._sockets: list[BegunSocket] = []

    @property
    def cassette(self) -> Cassette:
        """The exchanges and WebSockets recorded so far, scrubbed, without those that have not ended, or not opened."""
        begun = tuple(self._begun)
        ended = [number for number, each in enumerate(begun) if each.outcome is not None]
        pairs = [(each.request, each.outcome) for each in begun if each.outcome is not None]
        sockets = [each.recorded(ended) for each in tuple(self._sockets) if each.is_over or each.is_open]
        return scrubbed(
            self._cassette.__replace__(
                exchanges=tuple(RecordedExchange(*pair) for pair in pairs), sockets=tuple(sockets)
            )
        )

    def begin(self, request: HttpRequest, _: float) -> Callable[[TransportOutcome], None]:
        """Record a request in the next place; the function returned records its outcome there."""
        self._begun.append(begun := _BegunExchange(request))
        self.seconds()

        def end(outcome: TransportOutcome) -> None:
            begun.outcome = outcome
            self.seconds()

        return end

    def watch_sockets(self, clock: Callable[[], float]) -> Callable[[], BegunSocket]:
        """Take the times of the clock of a socket driver, unless the tape was given one; return `begin_socket`."""
        if self._given_clock is None and clock != self._clock:
            self._clock, self._last = clock, None
        return self.begin_socket

    def begin_socket(self) -> BegunSocket:
        """Record the opening of a WebSocket in the next place."""
        self._sockets.append(begun := BegunSocket(self))
        return begun

    @property
    def begun(self) -> int:
        """The number of exchanges that have begun."""
        return len(self._begun)

    def seconds(self) -> float:
        """Return the time since the last call, to a millisecond; 0.0 for the first."""
        last, self._last = self._last, self._clock()
        return 0.0 if last is None else round(self._last - last, 3)


class _BegunExchange:
    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.outcome: TransportOutcome | None = None


class BegunSocket:
    """A WebSocket that is being recorded."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._events: list[SocketEvent] = []
        self._refused: ServiceError | TransportError | None = None
        self.is_open = False
        self.is_over = False

    def opened(self) -> None:
        """Note that the handshake was accepted."""
        self.is_open = True

    def refused(self, error: ServiceError | TransportError) -> None:
        """Note that the opening has failed."""
        self._refused, self.is_over = error, True

    def note(self, sender: Literal["client", "service"], content: str | bytes | TransportError) -> None:
        """Record a frame, or the loss, after which nothing is recorded."""
        if not self.is_over:
            self.is_over = isinstance(content, TransportError)
            self._events.append(SocketEvent(sender, content, self._tape.begun, self._tape.seconds()))

    def recorded(self, ended: list[int]) -> RecordedSocket:
        """Return the record, with places among the exchanges that have ended, whose numbers are given."""
        events = (event.__replace__(after=bisect_left(ended, event.after)) for event in self._events)
        return RecordedSocket(tuple(events), self._refused)


def recording(tape: Tape) -> TransportWrapper:
    """Return a wrapper that records every exchange of a transport on the tape and changes none."""
    expect("recording: tape", tape, Tape, "a Tape")
    return watched(tape.begin)


def recording_sockets(tape: Tape) -> SocketDriverWrapper:
    """Return a wrapper that records every frame of a socket driver on the tape and changes none.  No URL is recorded."""
    expect("recording_sockets: tape", tape, Tape, "a Tape")
    return watched_sockets(tape.watch_sockets)


class _MaskWarnings:
    """Warns of each kind of mask that the program gets, once, at the line that has called `replaying`."""

    def __init__(self, cassette: Cassette, caller: FrameType, is_allowed: bool) -> None:
        self._keeps_texts, self._is_allowed = cassette.keep_content, is_allowed
        self._place = caller.f_code.co_filename, caller.f_lineno
        self._warned: set[str] = set()

    def of_outcome(self, received: ReceivedRequest, outcome: TransportOutcome) -> None:
        """Warn if the reply to a request has a mask in place of a text, or of the bytes of a file."""
        response = outcome.value_or(None)
        if response is not None and isinstance(received, Request):
            self.of(decode(type(received), response).value_or(None))
        elif response is not None and response.body == UNREADABLE:
            self._warn("the bytes of a file", "no cassette keeps them: use a stub")

    def of(self, record: Record | None) -> None:
        """Warn if a record has a mask in place of a text."""
        for lens in () if record is None or self._keeps_texts else masked_texts(record):
            self._warn(lens, "this cassette keeps no texts: record it with Tape(keep_content=True)")

    def _warn(self, masked: str, remedy: str) -> None:
        if self._is_allowed or masked in self._warned:
            return
        self._warned.add(masked)
        text = f"the replay gives the program '***' for {masked}, as {remedy}"
        hint = "if the program does not read it, use replaying(..., allow_masked=True)"
        warnings.warn_explicit(f"{text}; {hint}", MaskedTextWarning, *self._place)


def replaying(cassette: Cassette, *, allow_masked: bool = False) -> ScriptedTransport:
    """Return a transport and socket driver that replay the cassette; the requests of each operation must come in order.

    Secrets differ from run to run, so those of a request are replaced by pseudonyms, as on the cassette, before
    it is compared.  A request that is not the next one expected is an `UnexpectedRequestError`.

    The WebSockets come in the order in which they were opened.  A frame comes when the requests that preceded it have
    been made, and after the same time of the replay's `clock`, which waits for frames move.  Subscriptions, heartbeats
    and pings get the answers that were recorded, and the service's usual one if there are more of them.

    A text or a file that the program gets as `***`, because the cassette does not keep it, is a `MaskedTextWarning`, one
    for each kind; with `allow_masked` there is none.
    """
    expect("replaying: cassette", cassette, Cassette, "a Cassette, made by load(path) or as tape.cassette")
    scrub, clean = Scrubber(cassette), scrubbed(cassette)
    masks = _MaskWarnings(cassette, sys._getframe(1), allow_masked)  # pyright: ignore[reportPrivateUsage]
    pairs = ((parse_request(exchange.request), exchange.outcome) for exchange in clean.exchanges)
    expectations = Expectations(pairs, per_operation=True)

    def answer(request: HttpRequest) -> TransportOutcome:
        received = scrub.request(request)
        parsed = parse_request(received)
        outcome = scrub.outcome(received, expectations.meet(parsed))
        masks.of_outcome(parsed, outcome)
        return outcome

    return ScriptedTransport(
        answer,
        expectations,
        lambda clock: ReplayedSockets(clean.sockets, clock, expectations.met, scrub.sent, masks.of),
    )
