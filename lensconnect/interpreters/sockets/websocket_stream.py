"""WebSocketStream: a WebSocket over a `SocketStream`: it reads and writes what is possible now, and never waits."""

from __future__ import annotations

from typing import Final

from lensconnect.errors import TransportError
from lensconnect.interpreters.sockets.websocket import WebSocket
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.sync.socket_stream import SocketStream
from lensconnect.results import Result, Success

NOTHING: Final[Result[str | bytes | None, TransportError]] = Success(None)
OVERRUN: Final = 0.5
"""Seconds for which a call whose time is over reads on what is there: a message may be in the middle of it, or never come."""
SENT: Final[Result[None, TransportError]] = Success(None)
LOST_IN_HANDSHAKE: Final = TransportError("reset", "the connection broke in the WebSocket handshake", "maybe")
TOO_SLOW: Final = TransportError("timeout", "out of time sending a frame", "maybe")


class WebSocketStream:
    """The reading and writing of one WebSocket, for one caller at a time; raises nothing for what the network does."""

    __slots__ = ("_stream", "_web")

    def __init__(self, stream: SocketStream, web: WebSocket) -> None:
        self._stream, self._web = stream, web

    def read(self) -> bool:
        """Read one buffer, and the rest of the TLS record that it ends in; return whether anything came."""
        try:
            return self._read()
        except BaseException:  # an interrupt: what was read may not have reached the protocol
            self._web.end(AttemptFailed("protocol", "reading was interrupted"))
            raise

    def _read(self) -> bool:
        came = False
        while self._web.loss is None and self._web.refused is None:
            try:
                data = self._stream.receive()
            except OSError as error:
                self._web.end(AttemptFailed.of(error, "reset"))
                return True
            if data is None:
                return came
            came = True
            if not data:
                self._web.end()
                return True
            self._web.feed(data)
            if self._web.unsent is not None:
                self.write()
            if not self._stream.has_pending():
                return True
        return came

    def write(self) -> None:
        """Send what can be sent; a connection that takes no more is first read to its end, which may tell why."""
        try:
            while self._web.unsent is not None:
                count = self._stream.send(self._web.unsent)
                if not count:
                    return
                self._web.advance(count)
        except OSError as error:
            while self._web.loss is None and not self._is_drained():
                pass
            self._web.end(AttemptFailed.of(error, "reset"))

    def _is_drained(self) -> bool:
        try:
            data = self._stream.receive()
        except OSError:
            return True
        if data:
            self._web.feed(data)
        return not data
