"""One HTTP/1.1 exchange without any I/O: bytes in, one complete final reply or one failure out.

    Exchange(outgoing)      what to send is `outgoing.unsent`
      .begin_sending()      from here on the request may have arrived
      .feed(bytes) -> bool  True once there is an `outcome`
      .end() -> bool        the peer has closed its side
      .outcome  .keep       the Result, and whether its connection may carry another exchange

Facts: llhttp, under httptools, refuses bare LF, folded lines, NUL, repeated Content-Length, both
framings and bad chunks by itself.  It accepts as well, and we refuse: RTSP/ and ICE/ in place of
HTTP/, versions 0.9 and 2.0, leading blank lines, status codes over 599, other transfer codings than
chunked, and a reply that ends with its connection.  `should_keep_alive()` holds only while the head
is being completed.  Everything here is the same however the bytes are cut into pieces.

The bytes of a body pass from the parser to a list without a Python frame, so that they, too, stay
out of a traceback's locals.  Only importer of `httptools`.
"""

from __future__ import annotations

import sys
from typing import Final

import httptools

from lensconnect.errors import Kind, Sent, TransportError
from lensconnect.http import HttpResponse
from lensconnect.interpreters.transports.direct.request_writer import Outgoing
from lensconnect.results import Failure, Result, success

__all__ = ["MAX_BODY", "MAX_HEAD", "MAX_HEADERS", "MAX_INTERIM", "Exchange"]

MAX_HEAD: Final = 64 * 1024
"""Bytes of head, interim replies included."""
MAX_HEADERS: Final = 128
"""Headers in one head."""
MAX_INTERIM: Final = 16
"""Replies with a status of 1xx before the final one."""
MAX_BODY: Final = 32 * 2**20
"""Bytes of body, unless told otherwise."""

_START: Final = b"HTTP/1."
_PIECES: Final = 64
_OVERHEAD: Final = 16


class _Reader:
    """What httptools calls back; keeps the reply as far as it was read, or why it is refused."""

    head_done = complete = stray = keep = False
    refusal: tuple[Kind, str] | None = None
    status = size = 0
    headers: tuple[tuple[str, str], ...] = ()
    body = b""
    _interim = 0

    def __init__(self, max_body: int, *, expects_body: bool) -> None:
        self._max_body, self._expects_body = max_body, expects_body
        self._received: list[tuple[bytes, bytes]] = []
        self._bulk = bytearray()
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
        if version not in ("1.0", "1.1") or status > 599 or status == 101:
            self.refusal = "protocol", "a reply of another protocol"
        elif len(self._received) > MAX_HEADERS:
            self.refusal = "too_large", f"more than {MAX_HEADERS} headers"
        elif status < 200:
            self._received.clear()
            self._interim += 1
            if self._interim > MAX_INTERIM:
                self.refusal = "protocol", f"more than {MAX_INTERIM} interim replies"
        else:
            self.status, self.head_done = status, True
            self.headers = tuple(
                [(str(name, "latin-1"), str(value, "latin-1").rstrip("\t ")) for name, value in self._received]
            )
            self._frame(version)

    def _frame(self, version: str) -> None:
        """Whether the head says, in one way only, where the reply ends."""
        length, codings, encodings = _framing(self.headers)
        bodiless = self.status in (204, 304) or not self._expects_body
        self.keep = self.parser.should_keep_alive() and not (bodiless and (length or codings))
        if encodings:
            self.refusal = "protocol", "a content encoding that was not asked for"
        elif codings and (codings != ["chunked"] or version == "1.0" or length is not None):
            self.refusal = "protocol", "a framing that cannot be trusted"
        elif bodiless:
            self.complete = not self._expects_body
        elif length is None and not codings:
            self.refusal = "protocol", "a reply that does not say where it ends"
        elif length is not None and length > self._max_body:
            self._refuse_body()

    def on_message_complete(self) -> None:
        if not self.head_done or self.complete or self.refusal:
            return
        self.measure()
        if not self.refusal:
            self.body = bytes(self._bulk + b"".join(self._pieces)) if self._bulk else b"".join(self._pieces)
            self.complete = True

    def has_more(self) -> bool:
        """Whether a body came where none may be."""
        return not self._expects_body and bool(self._pieces)

    def measure(self) -> None:
        """Count the body so far; melt many small pieces into one."""
        self.size = len(self._bulk) + sum(map(len, self._pieces))
        if self.size > self._max_body:
            self._refuse_body()
        elif len(self._pieces) > _PIECES:
            self._bulk += b"".join(self._pieces)
            self._pieces.clear()

    def _refuse_body(self) -> None:
        self.refusal = "too_large", f"a body of more than {self._max_body} bytes"


def _framing(headers: tuple[tuple[str, str], ...]) -> tuple[int | None, list[str], list[str]]:
    """Content-Length, every transfer coding, every content encoding but identity."""
    length: int | None = None
    codings: list[str] = []
    encodings: list[str] = []
    for name, value in headers:
        lowered = name.lower()
        if lowered == "content-length":
            length = int(value)
        elif lowered == "transfer-encoding":
            codings.append(value.lower())
        elif lowered == "content-encoding":
            encodings += [coding for coding in value.lower().split(",") if coding.strip() not in ("", "identity")]
    return length, codings, encodings


class Exchange:
    """A request being sent and its reply being read; knows nothing of sockets and clocks."""

    __slots__ = ("_fed", "_reader", "_started", "keep", "outcome", "outgoing")

    def __init__(self, outgoing: Outgoing, max_body: int = MAX_BODY) -> None:
        self.outgoing = outgoing
        self.outcome: Result[HttpResponse, TransportError] | None = None
        self.keep = self._started = False
        self._fed = 0
        self._reader = _Reader(max_body, expects_body=outgoing.expects_body)

    @property
    def sent(self) -> Sent:
        """How far the request has got, for certain."""
        return "yes" if self._reader.head_done else "maybe" if self._started else "no"

    def __str__(self) -> str:
        """What is going on now, for a message."""
        if self.outgoing.unsent is not None and not self._fed:
            return "sending the request"
        if not self._fed:
            return "waiting for the reply"
        return "reading the body of the reply" if self._reader.head_done else "reading the head of the reply"

    @property
    def stray(self) -> bool:
        """Whether the peer has said more than its reply."""
        return self._reader.stray

    def begin_sending(self) -> None:
        """The first byte is about to be handed to an established connection."""
        self._started = True

    def feed(self, data: bytes | memoryview) -> bool:
        """Read what the peer has sent; True once there is an outcome."""
        room = MAX_HEAD - self._fed
        if len(data) > room and not self._reader.head_done:
            self._parse(data[:room])
            if not self._reader.head_done:
                self._refuse("too_large", f"a head of more than {MAX_HEAD} bytes")
            data = data[room:]
        self._parse(data)
        return self._settle()

    def end(self) -> bool:
        """The peer has closed its side: whatever is not complete never will be."""
        part = "inside the body of" if self._reader.head_done else "inside the head of" if self._fed else "before"
        self._refuse("incomplete", f"the peer ended the connection {part} the reply")
        return self._settle()

    def fail(self, kind: Kind, message: str) -> Result[HttpResponse, TransportError]:
        """What to report when it is not the peer's bytes that end this."""
        return Failure(TransportError(kind, f"{self.outgoing.origin.host}: {message}", self.sent))

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
            # Our callbacks raise nothing, so this is an interrupt; inside somebody's `except` the parser loses it.
            interrupt = error.__context__
            raise KeyboardInterrupt if interrupt is None or interrupt is outer else interrupt from None
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            reader.stray = reader.complete
            if not reader.complete:
                self._refuse("protocol", str(error))

    def _settle(self) -> bool:
        reader = self._reader
        if reader.complete:
            reader.stray = reader.stray or reader.has_more()
            self.keep = reader.keep and not reader.stray and self.outgoing.unsent is None
            self.outcome = success(HttpResponse(reader.status, reader.headers, reader.body))
        else:
            reader.measure()
            if self._fed > 2 * MAX_HEAD + _OVERHEAD * reader.size:
                self._refuse("too_large", "more framing than body")
            if reader.refusal:
                self.outcome = self.fail(*reader.refusal)
        if self.outcome is None:
            return False
        del reader.parser  # it and the reader hold each other
        return True
