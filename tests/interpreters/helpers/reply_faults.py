"""Faults of a peer that has the request, and the error that each transport reports: half of docs/transports.md's table.

A row has the bytes that the peer sends after the request, and the expected error as "kind sent": of the direct
transports, and of an adapter where its client reports another.  Kinds that depend on a race are joined by a bar;
"a reply" is a fault that the client repairs or ignores, harmlessly.
"""

from __future__ import annotations

from typing import NamedTuple

from lensconnect.interpreters.transports.direct.http11 import MAX_HEAD

__all__ = ["BUDGET", "FAMILIES", "FAULTS", "MAX_BODY", "Expected", "Fault"]

FAMILIES = ("direct", "aiohttp", "httpx2")
BUDGET = 0.15
"""Seconds for an attempt that is expected to time out."""
MAX_BODY = 100_000

OK = b"HTTP/1.1 200 OK\r\n"
INSIDE_HEAD = OK + b"Content-Type: applic"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
INSIDE_BODY = OK + b"Content-Length: 10\r\n\r\nabc"
INSIDE_CHUNK = CHUNKED + b"5\r\nabc"


class Expected(NamedTuple):
    """The kinds and `sent` that may be reported; no kinds if the transport returns a reply."""

    kinds: frozenset[str]
    sent: str

    @property
    def is_late(self) -> bool:
        """Return whether the attempt runs out of time."""
        return self.kinds == {"timeout"}


class Fault(NamedTuple):
    """The bytes sent after the request, how the connection then ends, and the expected outcomes."""

    sent_bytes: bytes
    end: str
    direct: str
    aiohttp: str = ""
    httpx2: str = ""

    def expected(self, family: str) -> Expected:
        """Return the error that the transports of one family report."""
        kinds, _, sent = (getattr(self, family) or self.direct).rpartition(" ")
        return Expected(frozenset(kinds.split("|")) - {"a"}, sent)


FAULTS: dict[str, Fault] = {
    "closed before the reply": Fault(b"", "finish", "incomplete maybe"),
    "closed inside the status line": Fault(b"HTTP/1.1 20", "finish", "incomplete maybe"),
    "closed inside the head": Fault(INSIDE_HEAD, "finish", "incomplete maybe"),
    "closed between headers": Fault(OK + b"Content-Length: 0\r\n", "finish", "incomplete maybe"),
    "closed before the last byte of the head": Fault(OK + b"Content-Length: 0\r\n\r", "finish", "incomplete maybe"),
    "closed inside the body": Fault(INSIDE_BODY, "finish", "incomplete yes"),
    "closed before the body": Fault(OK + b"Content-Length: 10\r\n\r\n", "finish", "incomplete yes"),
    "closed inside a chunk": Fault(INSIDE_CHUNK, "finish", "incomplete yes"),
    "closed before the last chunk": Fault(INSIDE_CHUNK + b"de\r\n", "finish", "incomplete yes"),
    "closed after 100": Fault(b"HTTP/1.1 100 Continue\r\n\r\n", "finish", "incomplete maybe"),
    "reset before the reply": Fault(b"", "reset", "reset|incomplete maybe"),
    "reset inside the head": Fault(INSIDE_HEAD, "reset", "reset|incomplete maybe"),
    "reset inside the body": Fault(INSIDE_BODY, "reset", "reset|incomplete yes"),
    "silent before the reply": Fault(b"", "hang", "timeout maybe"),
    "silent inside the head": Fault(INSIDE_HEAD, "hang", "timeout maybe"),
    "silent inside the body": Fault(INSIDE_BODY, "hang", "timeout yes"),
    "silent inside a chunk": Fault(INSIDE_CHUNK, "hang", "timeout yes"),
    "silent after 103": Fault(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "hang", "timeout maybe"),
    "dripping reason phrase": Fault(b"HTTP/1.1 200 ", "drip", "timeout maybe"),
    "dripping head": Fault(INSIDE_HEAD, "drip", "timeout maybe"),
    "dripping body": Fault(OK + b"Content-Length: 5000\r\n\r\n", "drip", "timeout yes"),
    "dripping chunk extension": Fault(CHUNKED + b"5;", "drip", "timeout yes"),
    "no length": Fault(OK + b"Content-Type: text/html\r\n\r\n<html>", "hang", "protocol yes"),
    "no headers": Fault(OK + b"\r\n", "hang", "protocol yes"),
    "Content-Length, then chunked": Fault(
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "hang",
        "protocol maybe",
        httpx2="protocol yes",
    ),
    "chunked, then Content-Length": Fault(
        OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "hang",
        "protocol maybe",
        httpx2="protocol yes",
    ),
    "two lengths": Fault(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", "hang", "protocol maybe"),
    "one length twice": Fault(
        OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "hang", "protocol maybe", httpx2="a reply"
    ),
    "a list of lengths": Fault(OK + b"Content-Length: 2, 2\r\n\r\nhi", "hang", "protocol maybe", httpx2="a reply"),
    "a negative length": Fault(OK + b"Content-Length: -2\r\n\r\nhi", "hang", "protocol maybe"),
    "a signed length": Fault(OK + b"Content-Length: +2\r\n\r\nhi", "hang", "protocol maybe"),
    "an empty length": Fault(OK + b"Content-Length: \r\n\r\nhi", "hang", "protocol maybe"),
    "a length of 5000 digits": Fault(
        OK + b"Content-Length: " + b"0" * 4999 + b"2\r\n\r\nhi", "hang", "protocol yes", httpx2="protocol maybe"
    ),
    "a length of 23 digits": Fault(OK + b"Content-Length: 99999999999999999999999\r\n\r\nhi", "hang", "protocol maybe"),
    "a bad chunk size": Fault(CHUNKED + b"xyz\r\nhi\r\n0\r\n\r\n", "hang", "protocol yes", aiohttp="protocol maybe"),
    "a chunk longer than its size": Fault(
        CHUNKED + b"2\r\nhiho\r\n0\r\n\r\n", "hang", "protocol yes", aiohttp="protocol maybe"
    ),
    "a chunk size of 40 digits": Fault(CHUNKED + b"f" * 40 + b"\r\n", "hang", "protocol yes", aiohttp="protocol maybe"),
    "transfer codings gzip, chunked": Fault(
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "hang",
        "protocol yes",
        httpx2="protocol maybe",
    ),
    "transfer codings chunked, gzip": Fault(
        OK + b"Transfer-Encoding: chunked, gzip\r\n\r\nhi", "hang", "protocol yes", httpx2="protocol maybe"
    ),
    "chunked twice": Fault(
        OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "hang",
        "protocol yes",
        httpx2="protocol maybe",
    ),
    "chunked in HTTP/1.0": Fault(
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hang", "protocol yes"
    ),
    "a length in the trailers": Fault(
        CHUNKED + b"0\r\nContent-Length: 2\r\n\r\n", "hang", "protocol yes", aiohttp="protocol maybe", httpx2="a reply"
    ),
    "content encoding gzip": Fault(
        OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi", "hang", "protocol yes"
    ),
    "two content encodings": Fault(
        OK + b"Content-Encoding: identity, br\r\nContent-Length: 2\r\n\r\nhi", "hang", "protocol yes"
    ),
    "two Content-Encoding headers": Fault(
        OK + b"Content-Encoding: identity\r\nContent-Encoding: x\r\nContent-Length: 0\r\n\r\n", "hang", "protocol yes"
    ),
    "switching protocols": Fault(
        b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        "hang",
        "protocol maybe",
        aiohttp="protocol yes",
    ),
    "101 with a length": Fault(
        b"HTTP/1.1 101 Go\r\nContent-Length: 2\r\n\r\nhi", "hang", "protocol maybe", aiohttp="protocol yes"
    ),
    "a hundred 1xx replies": Fault(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100,
        "hang",
        "protocol maybe",
        httpx2="timeout maybe",
    ),
    "status 99": Fault(b"HTTP/1.1 99 Odd\r\nContent-Length: 0\r\n\r\n", "hang", "protocol maybe"),
    "status 600": Fault(
        b"HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n",
        "hang",
        "protocol maybe",
        aiohttp="protocol yes",
        httpx2="protocol yes",
    ),
    "status 1000": Fault(b"HTTP/1.1 1000 Odd\r\nContent-Length: 0\r\n\r\n", "hang", "protocol maybe"),
    "no status": Fault(b"HTTP/1.1 \r\nContent-Length: 0\r\n\r\n", "hang", "protocol maybe"),
    "HTTP/0.9": Fault(
        b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
        "hang",
        "protocol maybe",
        aiohttp="protocol yes",
        httpx2="protocol yes",
    ),
    "HTTP/2.0": Fault(
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "hang",
        "protocol maybe",
        aiohttp="protocol yes",
        httpx2="protocol yes",
    ),
    "HTTP/1.2": Fault(b"HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", "hang", "protocol maybe", httpx2="protocol yes"),
    "RTSP": Fault(b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "hang", "protocol maybe", aiohttp="a reply"),
    "an HTTP/2 SETTINGS frame": Fault(
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80", "hang", "protocol maybe"
    ),
    "an SMTP greeting": Fault(b"220 smtp.example.com ESMTP\r\n", "hang", "protocol maybe", httpx2="timeout maybe"),
    "HTML without a head": Fault(b"<html><body>502</body></html>", "hang", "protocol maybe", httpx2="timeout maybe"),
    "blank lines first": Fault(
        b"\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", "hang", "protocol maybe", aiohttp="a reply"
    ),
    "bare line feeds": Fault(
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "hang", "protocol maybe", aiohttp="a reply", httpx2="a reply"
    ),
    "a folded header": Fault(
        OK + b"A: b\r\n c\r\nContent-Length: 0\r\n\r\n", "hang", "protocol maybe", aiohttp="a reply", httpx2="a reply"
    ),
    "a space before the colon": Fault(
        OK + b"Content-Length : 0\r\n\r\n", "hang", "protocol maybe", aiohttp="protocol yes"
    ),
    "a NUL in a header": Fault(OK + b"A: b\x00c\r\nContent-Length: 0\r\n\r\n", "hang", "protocol maybe"),
    "a header without a colon": Fault(OK + b"what\r\nContent-Length: 0\r\n\r\n", "hang", "protocol maybe"),
    "129 headers": Fault(
        OK + b"A: b\r\n" * 128 + b"Content-Length: 0\r\n\r\n",
        "hang",
        "too_large maybe",
        aiohttp="protocol maybe",
        httpx2="too_large yes",
    ),
    "2,000 headers": Fault(
        OK + b"A: b\r\n" * 2000 + b"Content-Length: 0\r\n\r\n",
        "hang",
        "too_large maybe",
        aiohttp="protocol maybe",
        httpx2="too_large yes",
    ),
    "a megabyte of header": Fault(
        OK + b"A: " + b"b" * 2**20 + b"\r\nContent-Length: 0\r\n\r\n",
        "hang",
        "too_large maybe",
        aiohttp="protocol maybe",
        httpx2="protocol maybe",
    ),
    "a head one byte too large": Fault(
        OK + b"A: " + b"b" * (MAX_HEAD - len(OK) - 6) + b"\r\n\r\n",
        "hang",
        "too_large maybe",
        aiohttp="protocol maybe",
        httpx2="protocol yes",
    ),
    "a long reason phrase": Fault(
        b"HTTP/1.1 200 " + b"O" * MAX_HEAD, "hang", "too_large maybe", aiohttp="protocol maybe", httpx2="timeout maybe"
    ),
    "large 1xx replies": Fault(
        (b"HTTP/1.1 103 Early Hints\r\nA: " + b"b" * 9000 + b"\r\n\r\n") * 9,
        "hang",
        "too_large maybe",
        aiohttp="protocol maybe",
        httpx2="timeout maybe",
    ),
    "a length one above the limit": Fault(OK + b"Content-Length: 100001\r\n\r\n", "hang", "too_large yes"),
    "a length far above the limit": Fault(
        OK + b"Content-Length: 18446744073709551615\r\n\r\n", "hang", "too_large yes"
    ),
    "chunks above the limit": Fault(CHUNKED + b"a000\r\n%b\r\n" % (b"x" * 0xA000) * 3, "hang", "too_large yes"),
    "one chunk above the limit": Fault(CHUNKED + b"fffffff\r\n" + b"x" * 200_000, "hang", "too_large yes"),
    "chunks of one byte": Fault(CHUNKED + b"1\r\nx\r\n" * 100_001, "hang", "too_large yes"),
    "an endless chunk extension": Fault(
        CHUNKED + b"5;" + b"x" * 300_000, "hang", "too_large yes", aiohttp="timeout yes", httpx2="protocol yes"
    ),
    "endless trailers": Fault(
        CHUNKED + b"0\r\n" + b"A: b\r\n" * 50_000,
        "hang",
        "too_large yes",
        aiohttp="protocol maybe",
        httpx2="protocol yes",
    ),
}
