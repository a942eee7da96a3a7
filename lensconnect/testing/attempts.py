"""Attempts: ends a client that tries again for ever, where waits take no time.

Without it, a chat that never comes to a connection would try for ever, and busily.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, Protocol

from lensconnect.errors import ServiceError, TransportError
from lensconnect.live.frames import SubscribeAnswer, parse
from lensconnect.operations import Request
from lensconnect.results import is_err
from lensconnect.testing.scripted import parse_request, request_name
from lensconnect.testing.scripted_sockets import LONGEST_WAIT
from lensconnect.testing.socket_wrappers import SocketDriverWrapper, watched_sockets
from lensconnect.testing.timeline import EndlessWaitError
from lensconnect.testing.trace import Trace, TransportWrapper, traced
from lensconnect.wire.decode import decode_for

_FEWEST: Final = 100
"""Fewer failures are those of a program that sends now and then."""
_SUBSCRIPTION: Final = "the subscription on a WebSocket"


class AttemptsClock(Protocol):
    """A clock that counts its reads since the last progress."""

    def now(self) -> float:
        """Return the time in seconds."""
        ...

    def note_progress(self) -> None:
        """Begin to count anew."""
        ...


class Attempts:
    """The failures in a row of each operation, and the WebSockets in a row that bring no frame.

    `transport` and `sockets` wrap those of one client, and change nothing until one of them has failed for more than a
    day of the clock: then they raise `EndlessWaitError`.  A success ends a row.
    """

    def __init__(self, clock: AttemptsClock) -> None:
        self._clock = clock
        self._rows: dict[str, tuple[float, int]] = {}
        """The time of the first failure of each row, and their number."""
        self._why_lost = ""
        self.transport: TransportWrapper = traced(self._note_exchange, clock.now)
        self.sockets: SocketDriverWrapper = watched_sockets(lambda _: lambda: self)

    def _note_exchange(self, trace: Trace) -> None:
        self._clock.note_progress()
        fails = is_err(trace.outcome) or trace.outcome.unwrap().status >= 400
        if not (fails or self._rows):
            return
        name = request_name(parse_request(trace.request))
        if fails:
            self._fail(name, lambda: _error_of(trace))
        else:
            self._rows.pop(name, None)

    def opened(self) -> None:
        """Count a WebSocket as failed until it brings a frame."""
        self._fail(_SUBSCRIPTION, lambda: self._why_lost)
        self._why_lost = "nothing came"

    def refused(self, error: ServiceError | TransportError, /) -> None:
        """Count the error of an opening."""
        self._why_lost = str(error)
        self._fail(_SUBSCRIPTION, lambda: self._why_lost)

    def note(self, sender: Literal["client", "service"], content: str | bytes | TransportError, /) -> None:
        """End the row by a frame of the service, unless it refuses the subscription; keep the reason of a loss."""
        self._clock.note_progress()
        if isinstance(content, TransportError):
            self._why_lost = str(content)
        elif sender == "service":
            if parse(content) == SubscribeAnswer(False):
                self._why_lost = "the subscription was refused"
            else:
                self._rows.pop(_SUBSCRIPTION, None)

    def _fail(self, name: str, why: Callable[[], str]) -> None:
        now = self._clock.now()
        since, count = self._rows.get(name, (now, 0))
        self._rows[name] = since, count + 1
        if now - since > LONGEST_WAIT and count >= _FEWEST:
            raise EndlessWaitError(
                f"the client tries for ever: {name} has failed {count + 1} times in a row, for more than a day of the "
                f"clock, at last with: {why()}.  Give the client an end, by within(...) or by give_up of LiveOptions, "
                "or the planned fault a count"
            )


def _error_of(trace: Trace) -> str:
    if is_err(trace.outcome):
        return str(trace.outcome.failure())
    request, response = parse_request(trace.request), trace.outcome.unwrap()
    return str(decode_for(request, response).failure()) if isinstance(request, Request) else f"status {response.status}"
