"""One HTTP/1.1 exchange without any I/O: bytes in, one complete final reply or one failure out.

    Exchange(request)       the bytes to send are in `request.unsent`
      .begin_sending()      from here on the request may have arrived
      .feed(bytes) -> bool  True once there is an `outcome`
      .end() -> bool        the peer has closed its side
      .outcome  .keep       the Result, and whether its connection may carry another exchange

Facts (llhttp 9 under httptools, observed): the parser refuses bare LF, folded lines, NUL, repeated
Content-Length, both framings and bad chunks by itself.  It accepts RTSP/ and ICE/ in place of HTTP/, versions
0.9 and 2.0, leading blank lines, status codes above 599, other transfer codings than chunked, and a reply
that ends with its connection: those are refused here.  `should_keep_alive()` is right only inside
`on_headers_complete`.  However the bytes are cut into pieces, the outcome is the same.

The bytes of a body pass from the parser to a list without a Python frame, so that no traceback's locals show
them.  Only importer of `httptools`.
"""

from __future__ import annotations

import sys
from typing import Final

import httptools

from lensconnect.errors import Kind, Sent, TransportError
from lensconnect.http import HttpResponse
from lensconnect.interpreters.transports.direct.framing import (
    MAX_BODY,
    Refusal,
    announces_body,
    read_framing,
    refuse_framing,
    refuse_status_line,
    too_large,
)
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest
from lensconnect.interpreters.transports.direct.streaming import BodySink
from lensconnect.results import Failure, Result, success

MAX_HEAD: Final = 64 * 1024
"""Bytes of head, interim replies included."""
MAX_INTERIM: Final = 16
"""Replies with a status of 1xx before the final one."""

_START: Final = b"HTTP/1."
_MAX_PIECES: Final = 64
_MAX_FRAMING_PER_BYTE: Final = 16


class _Reader:
    """The callbacks of httptools: keeps the reply as far as it was read, or the refusal of it."""

    head_done = complete = stray = keep = False
    refusal: Refusal | None = None
    status = size = 0
    headers: tuple[tuple[str, str], ...] = ()
    body = b""
    _interim = 0

    def __init__(self, max_body: int, sink: BodySink | None, *, expects_body: bool) -> None:
        self._max_body, self._expects_body, self._sink = max_body, expects_body, sink
        self._received: list[tuple[bytes, bytes]] = []
        self._joined = bytearray()
        self._pieces: list[bytes] = []
        self.on_body = self._pieces.append
        self.parser = httptools.HttpResponseParser(self)

    def on_message_begin(self) -> None:
        if self.complete:
            self.stray = True

    def on_header(self, name: bytes, value: bytes) -> None:
        self._received.append((name, value))

    def on_headers_complete(self) -> None:
        if self.head_done or self.refusal:
            return
        status, version = self.parser.get_status_code(), self.parser.get_http_version()
        self.refusal = refuse_status_line(status, version, len(self._received))
        if self.refusal:
            return
        if status < 200:
            self._received.clear()
            self._interim += 1
            if self._interim > MAX_INTERIM:
                self.refusal = "protocol", f"more than {MAX_INTERIM} interim replies"
        else:
            self.status, self.head_done = status, True
            self.headers = tuple(
                [(str(name, "latin-1"), str(value, "latin-1").rstrip("\t ")) for name, value in self._received]
            )
            self._apply_framing(version)

    def _apply_framing(self, version: str) -> None:
        framing = read_framing(self.headers)
        has_body = self._expects_body and self.status not in (204, 304)
        if self._sink is not None:
            if self.status == 200:
                self._max_body = self._sink.size
            else:
                self._sink = None  # the body of an error is for the caller
        self.keep = self.parser.should_keep_alive() and (has_body or not announces_body(framing))
        self.refusal = refuse_framing(framing, version, self._max_body, has_body)
        self.complete = not self._expects_body and not self.refusal

    def on_message_complete(self) -> None:
        if not self.head_done or self.complete or self.refusal:
            return
        self.measure()
        if not self.refusal:
            # No local variable may hold the body: see the module's docstring.
            self.body = bytes(self._joined + b"".join(self._pieces)) if self._joined else b"".join(self._pieces)
            self.complete = True

    def has_no_body(self) -> bool:
        return not self._pieces

    def measure(self) -> None:
        """Count the body so far; hand its pieces to the sink, or join them when they are many."""
        if self.refusal:  # then nothing after it counts, in the same piece or in a later one
            return
        if self._sink is not None:
            self.refusal = self._sink.take(map(memoryview, self._pieces))
            self._pieces.clear()
            self.size = self._sink.done
            return
        self.size = len(self._joined) + sum(map(len, self._pieces))
        if self.size > self._max_body:
            self.refusal = too_large(self._max_body)
        elif len(self._pieces) > _MAX_PIECES:
            self._joined += b"".join(self._pieces)
            self._pieces.clear()


class Exchange:
    """A request being sent and its reply being read; knows nothing of sockets and clocks."""

    __slots__ = ("_fed", "_reader", "_started", "keep", "outcome", "request")
    reads_first = True
    """A connection reads before it sends more: it may have received the reply of a peer that takes no more."""

    def __init__(self, request: EncodedRequest, max_body: int = MAX_BODY, sink: BodySink | None = None) -> None:
        self.request: EncodedRequest = request
        self.outcome: Result[HttpResponse, TransportError] | None = None
        self.keep: bool = False
        self._started = False
        self._fed = 0
        self._reader = _Reader(max_body, sink, expects_body=request.expects_body)

    @property
    def sent(self) -> Sent:
        """The value of `TransportError.sent`: whether the request was sent."""
        return "yes" if self._reader.head_done else "maybe" if self._started else "no"

    def __str__(self) -> str:
        """Name the phase, for a message."""
        if self.request.unsent is not None and not self._fed:
            return "sending the request"
        if not self._fed:
            return "waiting for the reply"
        return "reading the body of the reply" if self._reader.head_done else "reading the head of the reply"

    @property
    def stray(self) -> bool:
        """True if the peer has sent more than its reply."""
        return self._reader.stray

    def begin_sending(self) -> None:
        """Note that the first byte is about to be handed to an established connection."""
        self._started = True

    def feed(self, data: bytes | memoryview) -> bool:
        """Read received bytes; return True once there is an outcome."""
        room = MAX_HEAD - self._fed
        if len(data) > room and not self._reader.head_done:
            self._parse(data[:room])
            if not self._reader.head_done:
                self._refuse("too_large", f"a head of more than {MAX_HEAD} bytes")
            data = data[room:]
        self._parse(data)
        return self._settle()

    def end(self) -> bool:
        """Note that the peer has closed its side: an incomplete reply stays incomplete."""
        part = "inside the body of" if self._reader.head_done else "inside the head of" if self._fed else "before"
        self._refuse("incomplete", f"the peer ended the connection {part} the reply")
        return self._settle()

    def fail(self, kind: Kind, message: str) -> Result[HttpResponse, TransportError]:
        """Return a TransportError as the failure of this exchange, for another reason than the peer's bytes."""
        return Failure(TransportError(kind, f"{self.request.origin.authority}: {message}", self.sent))

    def _refuse(self, kind: Kind, message: str) -> None:
        self._reader.refusal = self._reader.refusal or (kind, message)

    def _parse(self, data: bytes | memoryview) -> None:
        reader = self._reader
        if reader.refusal or not data:
            return
        if self._fed < len(_START) and not _START[self._fed :].startswith(bytes(data[: len(_START) - self._fed])):
            self._refuse("protocol", "not an HTTP/1.1 reply")
            return
        self._fed += len(data)
        outer = sys.exception()
        try:
            reader.parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            # Our callbacks raise nothing, so this is an interrupt; inside an `except` block httptools loses it.
            interrupt = error.__context__
            raise KeyboardInterrupt if interrupt is None or interrupt is outer else interrupt from None
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            reader.stray = reader.complete
            if not reader.complete:
                reader.measure()  # a body that was too long before the error is refused as such
                self._refuse("protocol", str(error))

    def _settle(self) -> bool:
        reader = self._reader
        if reader.complete:
            reader.stray = reader.stray or not (self.request.expects_body or reader.has_no_body())
            self.keep = reader.keep and not reader.stray and self.request.unsent is None
            self.outcome = success(HttpResponse(reader.status, reader.headers, reader.body))
        else:
            reader.measure()
            if self._fed > 2 * MAX_HEAD + _MAX_FRAMING_PER_BYTE * reader.size:
                self._refuse("too_large", "more framing than body")
            if reader.refusal:
                self.outcome = self.fail(*reader.refusal)
        if self.outcome is None:
            return False
        del reader.parser  # the parser and the reader refer to each other
        return True
