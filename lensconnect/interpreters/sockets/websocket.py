"""WebSocket: the client's side of one WebSocket without I/O: bytes in, whole frames out.

    WebSocket(opening)        the bytes to send are in `unsent`: at first those of the handshake
      .feed(bytes) .end()     what the peer has sent; then `is_open`, or `refused`, or `loss`
      .take()                 the next whole message
      .send(text) .send_close(code)     more bytes to send

Facts (websockets 15 to 17): `ClientProtocol` answers pings and close frames, checks masks, lengths, reserved bits and
the order of fragments, and bounds a message by `max_size`; it does not look at UTF-8.  Its logger, unless another one
is given, shows the URL, headers and frames at level DEBUG: here it has a disabled one, which no configuration reaches.
It takes any reply's body into memory before it refuses a handshake, so that is decided here, by the head alone.
The service's URL is presigned and needs no header but those of the handshake (observed in the sources of AWS's clients).

Only importer of `websockets`.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Final

from lensconnect.errors import Kind, Sent, ServiceError, TransportError
from lensconnect.http import HttpRequest
from lensconnect.interpreters.sockets.protocol import SOCKET_CLOSED
from lensconnect.interpreters.transports.direct.deadline import AttemptFailed
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.direct.proxies import is_loopback
from lensconnect.interpreters.transports.direct.request_writer import encode_request
from lensconnect.programs.effects import OpenSocket

if TYPE_CHECKING:
    from websockets.client import ClientProtocol
    from websockets.frames import Frame

_MAX_HEAD: Final = 64 * 1024
_MAX_UNSENT: Final = 1024 * 1024
"""Bytes of pongs that may wait for a peer that does not read."""
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2})[ \r]")
_START: Final = b"HTTP/1.1 "
_URL: Final = re.compile(r"ws(s?://.*)", re.IGNORECASE | re.DOTALL)
_NO_LOGGER: Final = logging.Logger("lensconnect.websockets")
_NO_LOGGER.disabled = True

_OPEN: Final = 1
_BINARY: Final = 2
_CLOSE: Final = 8
"""The numbers of websockets' state and of RFC 6455's opcodes; control frames have 8 and above."""


class WebSocket:
    """One WebSocket; knows nothing of sockets and clocks.  Raises `AttemptFailed` for a URL that it does not open."""

    __slots__ = (
        "_binary",
        "_frame_bytes",
        "_head",
        "_later",
        "_later_bytes",
        "_messages",
        "_parts",
        "_protocol",
        "is_open",
        "loss",
        "origin",
        "refused",
        "unsent",
    )

    def __init__(self, opening: OpenSocket) -> None:
        self._protocol = _new_protocol(opening.frame_bytes)
        self._frame_bytes = opening.frame_bytes
        self._head: bytearray | None = bytearray()
        self._parts: bytearray | None = None
        self._binary = False
        self._messages: deque[str | bytes] = deque()
        self._later: list[bytes] = []
        self._later_bytes = 0
        self.is_open: bool = False
        self.refused: ServiceError | None = None
        self.loss: TransportError | None = None
        """The way in which the WebSocket ended; messages may be left."""
        self.origin: Origin
        self.unsent: memoryview | None
        self.origin, self.unsent = _handshake(opening, self._protocol.key)

    def advance(self, count: int) -> None:
        """Note that `count` bytes of `unsent` were sent."""
        if self.unsent is not None and count < len(self.unsent):
            self.unsent = self.unsent[count:]
        elif self._later:
            self.unsent = memoryview(self._later.pop(0))
            self._later_bytes -= len(self.unsent)
        else:
            self.unsent = None

    def _send_queued(self) -> None:
        data = b"".join(self._protocol.data_to_send())
        if not data:
            return
        if self.unsent is None:
            self.unsent = memoryview(data)
        else:
            self._later.append(data)
            self._later_bytes += len(data)

    def send(self, text: str) -> None:
        """Queue a text frame; the WebSocket must be open.  Raises `AttemptFailed` for text with a lone surrogate."""
        try:
            self._protocol.send_text(text.encode())
        except UnicodeEncodeError:
            raise AttemptFailed("unsupported", "the text has a lone surrogate") from None
        self._send_queued()

    def send_close(self, code: int) -> None:
        """Queue a close frame if the WebSocket is open."""
        if self.is_open and self.loss is None:
            with suppress(Exception):  # a code that RFC 6455 does not allow
                self._protocol.send_close(code)
            self._send_queued()

    def close(self) -> None:
        """End the WebSocket from this side; messages that nobody has taken are dropped."""
        self._messages.clear()
        self.loss = SOCKET_CLOSED

    @property
    def has_messages(self) -> bool:
        """True if there is a message to take."""
        return bool(self._messages)

    def feed(self, data: bytes | memoryview) -> None:
        """Read received bytes, which are not empty."""
        if self.loss is not None or self.refused is not None:
            return
        try:
            if self._head is None:
                self._read_frames(data)
            else:
                self._head += data
                self._read_handshake(self._head)
        except BaseException:  # an interrupt: the protocol cannot go on
            self._lose("protocol", "reading was interrupted")
            raise

    def _read_handshake(self, head: bytearray) -> None:
        if not head.startswith(_START[: len(head)]):
            return self._lose("protocol", "the reply to the handshake is not HTTP/1.1")
        end = head.find(b"\r\n\r\n") + 4
        if max(end, len(head) if end < 4 else 0) > _MAX_HEAD:
            return self._lose("too_large", f"a head of more than {_MAX_HEAD} bytes")
        if end < 4:
            return None
        line = _STATUS_LINE.match(head)
        if line is None:
            return self._lose("protocol", "the reply to the handshake is not HTTP/1.1")
        status = int(line[1])
        if status != 101 and status < 200:  # an interim reply (RFC 9110, 15.2)
            del head[:end]
            return self._read_handshake(head)
        if status != 101:
            self.refused = ServiceError(status, "")
            return None
        self._head = None
        self._protocol.receive_data(head[:end])
        self._protocol.events_received()
        if self._protocol.handshake_exc is not None:
            return self._lose("protocol", "the reply to the handshake does not accept it")
        self.is_open = True
        self._protocol.parser = self._protocol.parse()  # the one before holds the reply's headers
        next(self._protocol.parser)
        if len(head) > end:
            self._read_frames(head[end:])
        return None

    def _read_frames(self, data: bytes | bytearray | memoryview) -> None:
        protocol = self._protocol
        protocol.receive_data(data)  # type: ignore[arg-type] # it appends the data to a bytearray
        for frame in protocol.events_received():
            if self.loss is None:
                self._read_frame(frame)  # type: ignore[arg-type] # after the handshake these are all
        self._send_queued()
        if self._later_bytes > _MAX_UNSENT:
            self._lose("protocol", "the peer sends pings and does not read")
        elif protocol.state != _OPEN:
            self._end_by_frame()

    def _read_frame(self, frame: Frame) -> None:
        if frame.opcode >= _CLOSE:
            return
        if self._parts is None and frame.fin:
            self._keep(frame.data, frame.opcode == _BINARY)
            return
        if self._parts is None:
            self._parts, self._binary = bytearray(), frame.opcode == _BINARY
        self._parts += frame.data
        if frame.fin:
            self._keep(self._parts, self._binary)
            self._parts = None

    def _keep(self, data: bytes | bytearray | memoryview, binary: bool) -> None:
        if binary:
            self._messages.append(bytes(data))
            return
        try:
            self._messages.append(str(data, "utf-8"))
        except UnicodeDecodeError:
            self._protocol.fail(1007)
            self._lose("protocol", "a text frame that is not UTF-8 (code 1007)")

    def _end_by_frame(self) -> None:
        received, sent = self._protocol.close_rcvd, self._protocol.close_sent
        own = 1002 if sent is None else int(sent.code)
        if self._protocol.parser_exc is None and received is not None:
            self._lose("incomplete", f"the peer closed the WebSocket with code {int(received.code)}")
        elif own == 1009:
            self._lose("too_large", f"a frame of more than {self._frame_bytes} bytes (code 1009)")
        elif own == 1007:
            self._lose("protocol", "a text frame that is not UTF-8 (code 1007)")
        else:
            self._lose("protocol", f"a frame that breaks RFC 6455 (code {own})")

    def end(self, failure: AttemptFailed | None = None) -> None:
        """Note that the connection has ended, with the failure of the system if there is one."""
        if failure is not None:
            self._lose(failure.kind, failure.message + (" (code 1006)" if self.is_open else " in the handshake"))
        elif self.is_open:
            self._lose("incomplete", "the connection ended without a close frame (code 1006)")
        else:
            self._lose("incomplete", "the peer ended the connection in the WebSocket handshake")

    def unopened(self, failure: AttemptFailed) -> TransportError:
        """Return the error of a WebSocket that could not be opened."""
        sent: Sent = "no" if self.unsent is not None else "maybe"
        return TransportError(failure.kind, f"{self.origin.authority}: {failure.message}", sent)

    def _lose(self, kind: Kind, message: str) -> None:
        if self.loss is None:
            self.loss = TransportError(kind, message, "yes" if self.is_open else "maybe")

    def take(self) -> str | bytes | None:
        """Return the next message, None if there is none."""
        try:
            return self._messages.popleft()
        except IndexError:
            return None

    def __repr__(self) -> str:
        return f"<WebSocket to {self.origin.authority}>"


def new_websocket(opening: OpenSocket, unusable: str | None) -> WebSocket | TransportError:
    """Return a WebSocket, or the TransportError why it cannot be opened; `unusable` is the reason against all of them."""
    if unusable is not None:
        return TransportError("tls", unusable, "no")
    try:
        return WebSocket(opening)
    except AttemptFailed as failure:
        return TransportError(failure.kind, failure.message, "no")


def _handshake(opening: OpenSocket, key: str) -> tuple[Origin, memoryview | None]:
    """Return where to connect to, and the bytes of the handshake; raise `AttemptFailed`."""
    headers = (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", "13"),
    )
    encoded = encode_request(HttpRequest("GET", _URL.sub(r"http\1", opening.url), headers))
    if isinstance(encoded, TransportError) or opening.url[:2].lower() != "ws":
        raise AttemptFailed("unsupported", "the URL is not an absolute ws or wss URL in visible ASCII")
    if not encoded.origin.tls and not is_loopback(encoded.origin):
        raise AttemptFailed("unsupported", "plain ws would show the URL to the network: use wss")
    return encoded.origin, encoded.unsent


@cache
def _protocol_class() -> type[ClientProtocol]:
    from websockets.client import ClientProtocol  # here, since most programs open no WebSocket

    return ClientProtocol


def _new_protocol(frame_bytes: int) -> ClientProtocol:
    from websockets.uri import WebSocketURI

    nowhere = WebSocketURI(True, "", 443, "", "")  # the handshake is written here
    return _protocol_class()(nowhere, max_size=frame_bytes, logger=_NO_LOGGER)
