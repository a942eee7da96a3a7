"""recording_sockets: record the frames of a socket driver, synchronous or asynchronous, on a tape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lensconnect.errors import ServiceError, TransportError
from lensconnect.interpreters.sockets.protocol import AsyncSocketConnection, SocketConnection
from lensconnect.programs.effects import OpenSocket
from lensconnect.results import Result, is_err
from lensconnect.testing.cassette.tape import BegunSocket, Tape
from lensconnect.testing.socket_faults import SocketDriverWrapper, is_asynchronous

__all__ = ["recording_sockets"]


def recording_sockets(tape: Tape) -> SocketDriverWrapper:
    """Return a wrapper that records every frame of a socket driver on the tape and changes none.  No URL is recorded."""

    def wrap(driver: Callable[[OpenSocket], Any], /) -> Any:
        def open_socket(opening: OpenSocket, /) -> Any:
            begun = tape.begin_socket()
            return _noted(driver(opening), begun).map(lambda connection: _RecordedConnection(connection, begun))

        async def open_on_a_loop(opening: OpenSocket, /) -> Any:
            begun = tape.begin_socket()
            opened = _noted(await driver(opening), begun)
            return opened.map(lambda connection: _AsyncRecordedConnection(connection, begun))

        return open_on_a_loop if is_asynchronous(driver) else open_socket

    return wrap


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
