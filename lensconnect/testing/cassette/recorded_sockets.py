"""recording_sockets: record the frames of a socket driver, synchronous or asynchronous, on a tape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, Protocol, overload

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import (
    AsyncSocketConnection,
    AsyncSocketDriver,
    SocketConnection,
    SocketDriver,
)
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result, is_err
from lensconnect.testing.cassette.tape import BegunSocket, Tape

__all__ = ["SocketDriverWrapper", "recording_sockets"]


class SocketDriverWrapper(Protocol):
    """A function from a socket driver to a driver of the same kind, synchronous or asynchronous."""

    @overload
    def __call__(self, driver: SocketDriver, /) -> SocketDriver: ...
    @overload
    def __call__(self, driver: AsyncSocketDriver, /) -> AsyncSocketDriver: ...


def recording_sockets(tape: Tape) -> SocketDriverWrapper:
    """Return a wrapper that records every frame of a socket driver on the tape and changes none.  No URL is recorded."""

    def wrap(driver: Callable[[OpenSocket], Any], /) -> Any:
        def open_socket(opening: OpenSocket, /) -> Any:
            begun = tape.begin_socket()
            outcome = driver(opening)
            if isawaitable(outcome):
                return _await_opening(outcome, begun)
            return _noted(outcome, begun).map(lambda connection: _RecordedConnection(connection, begun))

        return open_socket

    return wrap


async def _await_opening(
    pending: Awaitable[Result[AsyncSocketConnection, TransportError | ServiceError]], begun: BegunSocket
) -> Result[AsyncSocketConnection, TransportError | ServiceError]:
    return _noted(await pending, begun).map(lambda connection: _AsyncRecordedConnection(connection, begun))


def _noted(outcome: Result[Any, TransportError | ServiceError], begun: BegunSocket) -> Result[Any, Any]:
    if is_err(outcome):
        begun.refused(outcome.failure())
    else:
        begun.opened()
    return outcome


def _note_received(begun: BegunSocket, outcome: Result[str | bytes | None, TransportError]) -> None:
    frame = outcome.failure() if is_err(outcome) else outcome.unwrap()
    if frame is not None:
        _note(begun, frame)


def _note(begun: BegunSocket, content: str | bytes | TransportError) -> None:
    """Note a frame or a loss; a close of the client's own is none."""
    if not isinstance(content, TransportError) or content.kind != "closed":
        begun.note("service", content)


class _RecordedConnection:
    def __init__(self, connection: SocketConnection, begun: BegunSocket) -> None:
        self._connection, self._begun = connection, begun
        self.close = connection.close

    def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        self._begun.note("client", text)
        outcome = self._connection.send(text, seconds)
        if is_err(outcome):
            _note(self._begun, outcome.failure())
        return outcome

    def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        outcome = self._connection.receive(seconds)
        _note_received(self._begun, outcome)
        return outcome


class _AsyncRecordedConnection:
    def __init__(self, connection: AsyncSocketConnection, begun: BegunSocket) -> None:
        self._connection, self._begun = connection, begun
        self.close = connection.close

    async def send(self, text: str, seconds: float, /) -> Result[None, TransportError]:
        self._begun.note("client", text)
        outcome = await self._connection.send(text, seconds)
        if is_err(outcome):
            _note(self._begun, outcome.failure())
        return outcome

    async def receive(self, seconds: float, /) -> Result[str | bytes | None, TransportError]:
        outcome = await self._connection.receive(seconds)
        _note_received(self._begun, outcome)
        return outcome
