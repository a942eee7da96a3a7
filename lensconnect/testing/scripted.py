"""A transport that answers from a script, for stubs and cassettes.

Each `Expectation` is a request and the outcome to return for it.  A request that is not the next one
expected is an `UnexpectedRequestError`, which names every field that differs by the path of its lens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import RLock
from typing import Any, Final, NamedTuple, Protocol, Self, TypeAlias

from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest
from lensconnect.interpreters.sockets.protocol import AsyncSocketConnection, SocketConnection
from lensconnect.interpreters.unrun import report_unrun_programs
from lensconnect.operations import Reply, Request
from lensconnect.optics import lens_name
from lensconnect.programs.effects import OpenSocket
from lensconnect.programs.evaluator import add_note
from lensconnect.programs.send import lacks_client_token, with_client_token
from lensconnect.record import MASK, Record, fields, values
from lensconnect.results import Result
from lensconnect.testing.pseudonyms import is_pseudonym
from lensconnect.testing.scripted_sockets import (
    ScriptedSockets,
    SocketPeer,
    UnexpectedConnectionError,
    UnexpectedFrameError,
)
from lensconnect.testing.timeline import EndlessWaitError, SimulatedClock
from lensconnect.testing.trace import TransportOutcome
from lensconnect.wire.describe import undescribe

ReceivedRequest: TypeAlias = Request[Reply] | HttpRequest
"""A request as its record, or as HTTP if it belongs to no operation."""

ExpectedRequest: TypeAlias = ReceivedRequest | type[ReceivedRequest]
"""A request that is expected, or the type of any such request."""


class UnexpectedRequestError(AssertionError):
    """A request is not the next one expected."""


class MissingRequestError(AssertionError):
    """An expected request was not made."""


_ERRORS_OF_SCRIPTS: Final = (
    UnexpectedRequestError,
    UnexpectedConnectionError,
    UnexpectedFrameError,
    EndlessWaitError,
    MissingRequestError,
)


def parse_request(http_request: HttpRequest) -> ReceivedRequest:
    """Return the request record that this HTTP request describes, or the HTTP request if there is none."""
    return undescribe(http_request).value_or(http_request)


def request_name(received: ReceivedRequest) -> str:
    """Return the operation of a request, or how a request of no operation is given to a stub."""
    return type(received).__name__ if isinstance(received, Request) else f"HttpRequest ({received.method})"


def differing_fields(received: Record, expected: Record) -> Iterator[str]:
    """Describe each field in which two records of one type differ: its lens and both values, secrets masked.

    >>> from lensconnect import ConnectionToken, new_send_event
    >>> received, expected = (new_send_event(kind, ConnectionToken(kind)) for kind in "ab")
    >>> print(*differing_fields(received, expected), sep="\\n")
    send_event_content_type: 'a' != 'b'
    send_event_connection_token: *** != ***
    """
    for field in fields(type(received)):
        left, right = getattr(received, field.name), getattr(expected, field.name)
        lens = lens_name(type(received), field.name)
        if isinstance(left, Record) and isinstance(right, Record):
            path = lens if field.required else f"{lens}.Some()"
            yield from (f"{path} & {inner}" for inner in differing_fields(left, right))
        elif left != right:
            yield f"{lens}: {_rendered(field.name, received)} != {_rendered(field.name, expected)}"


def _rendered(name: str, record: Record) -> str:
    """Render a field as its record does, but a pseudonym of a secret in full."""
    value, rendered = getattr(record, name), dict(record.__rich_repr__()).get(name)
    if rendered == MASK:
        return repr(value) if isinstance(value, str) and is_pseudonym(value) else MASK
    return repr(rendered)


class Expectation(NamedTuple):
    """A request that is expected, and the outcome to return for it."""

    number: int
    expected: ExpectedRequest
    outcome: TransportOutcome

    @property
    def type(self) -> type[Any]:
        """The type of the expected request."""
        return self.expected if isinstance(self.expected, type) else type(self.expected)

    def differences(self, received: ReceivedRequest) -> tuple[str, ...]:
        """Describe how a request differs; its ClientToken is compared only if the expected one has one."""
        expected = self.expected
        if type(received) is not self.type:
            return (f"it is not a {self.type.__name__}",)
        if isinstance(expected, type):
            return ()
        if isinstance(expected, Request) and lacks_client_token(expected):
            expected = with_client_token(values(received)["client_token"], expected)
        return tuple(differing_fields(received, expected))

    def __str__(self) -> str:
        return f"number {self.number}, {self.type.__name__}"


class Expectations:
    """Pairs of a request and its outcome, expected in order; with `per_operation` each type in its own order."""

    def __init__(
        self,
        pairs: Iterable[tuple[ExpectedRequest, TransportOutcome]],
        *,
        per_operation: bool,
    ) -> None:
        self.remaining: list[Expectation] = [Expectation(number, *pair) for number, pair in enumerate(pairs, 1)]
        self.per_operation = per_operation
        self.met: list[int] = []

    def meet(self, received: ReceivedRequest) -> TransportOutcome:
        """Remove the next expectation and return its outcome; `UnexpectedRequestError` if it is not met."""
        candidates = [each for each in self.remaining if not self.per_operation or each.type is type(received)]
        if not candidates or candidates[0].differences(received):
            raise UnexpectedRequestError(_explanation(received, candidates))
        self.remaining.remove(candidates[0])
        self.met.append(candidates[0].number)
        return candidates[0].outcome


def _explanation(received: ReceivedRequest, candidates: list[Expectation]) -> str:
    name = request_name(received)
    if not candidates:
        return f"{name} is not expected, or not once more"
    nearest = min(candidates, key=lambda each: (each.type is not type(received), len(each.differences(received))))
    different = nearest.differences(received)
    if not different:
        return f"{name} is too early: it is {nearest}, and {candidates[0]} comes first"
    return "\n  ".join([f"{name} is not the next request expected; the nearest is {nearest}, where", *different])


class SocketsScript(Protocol):
    """The script of all WebSockets."""

    def open(self, opening: OpenSocket, /) -> Result[SocketPeer, TransportError | ServiceError]:
        """Open the next WebSocket; the ServiceError or TransportError of a refused one.

        `UnexpectedConnectionError` if there is none.
        """
        ...

    def hear_request(self, received: ReceivedRequest, /) -> None:
        """Note a request that was answered; `UnexpectedRequestError` if a script waits for another one of its type."""
        ...

    @property
    def remaining(self) -> tuple[str, ...]:
        """The frames, requests and connections that are still expected."""
        ...


class NoSockets:
    """The script of a stub or a cassette without WebSockets."""

    remaining: tuple[str, ...] = ()

    def open(self, _: OpenSocket, /) -> Result[SocketPeer, TransportError | ServiceError]:
        """Raise `UnexpectedConnectionError`; never a ServiceError or TransportError."""
        raise UnexpectedConnectionError("a WebSocket is not expected")

    def hear_request(self, _: ReceivedRequest, /) -> None:
        """Do nothing."""


class ScriptedTransport:
    """A transport and socket driver, synchronous and asynchronous, that answer from a script; also a context manager.

    `clock` goes to the time of the next frame, or to the end of a wait, when a client waits for a frame: give it to the
    environment of a live chat, whose waits then take no time.  Leaving the `with` raises `MissingRequestError` if
    expectations remain; if an exception leaves it, they are a note on that, unless it is one of the script itself.
    """

    def __init__(
        self,
        answer: Callable[[HttpRequest], TransportOutcome],
        expectations: Expectations | None = None,
        sockets: Callable[[SimulatedClock], SocketsScript] = lambda _: NoSockets(),
    ) -> None:
        self._answer = answer
        self._expectations = expectations
        self._lock = RLock()  # a signal handler may send in the middle of a call
        report_unrun_programs(raises=True)
        self.clock: SimulatedClock = SimulatedClock()
        self._script = sockets(self.clock)
        self._sockets = ScriptedSockets(self._script.open, lambda: self.remaining, self.clock, self._lock)

    @property
    def remaining(self) -> tuple[str, ...]:
        """A description of each request, connection and frame of the client that is still expected."""
        return (*self._remaining_requests(), *self._script.remaining)

    def _remaining_requests(self) -> tuple[str, ...]:
        return () if self._expectations is None else tuple(map(str, self._expectations.remaining))

    def transport(self, request: HttpRequest, _seconds: float, /) -> TransportOutcome:
        """Answer one request at once; `UnexpectedRequestError` if it is not the next one expected."""
        with self._lock:
            self.clock.note_progress()
            outcome = self._answer(request)
            self._script.hear_request(parse_request(request))
            return outcome

    async def async_transport(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        """Answer one request as `transport` does, on any event loop."""
        return self.transport(request, seconds)

    def sockets(self, opening: OpenSocket, /) -> Result[SocketConnection, TransportError | ServiceError]:
        """Open a WebSocket by the script; `UnexpectedConnectionError` if none is expected.

        A ServiceError or a TransportError if the script refuses the handshake.
        """
        return self._sockets.sync(opening)

    async def async_sockets(
        self, opening: OpenSocket, /
    ) -> Result[AsyncSocketConnection, TransportError | ServiceError]:
        """Open a WebSocket as `sockets` does, on any event loop; a ServiceError or a TransportError as from it."""
        return await self._sockets.asynchronous(opening)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, raised: BaseException | None, __: object) -> None:
        kinds = {
            "requests that were not made": self._remaining_requests(),
            "expected by the WebSockets": self._script.remaining,
        }
        missing = "\n".join(f"{kind}: {'; '.join(left)}" for kind, left in kinds.items() if left)
        if not missing:
            return
        if raised is None:
            raise MissingRequestError(missing)
        if not isinstance(raised, _ERRORS_OF_SCRIPTS):
            add_note(raised, missing)
