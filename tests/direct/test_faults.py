"""A peer that fails in every way we know of, and what each way is reported as.

Every row runs over plain TCP and over TLS, on real sockets: what the peer does once it has the
request, the kinds that may be reported, and how far the request is said to have got.
"""

from __future__ import annotations

from itertools import repeat
from typing import NamedTuple

import pytest

from lensconnect.errors import Kind, Sent
from lensconnect.interpreters.direct.exchange import MAX_HEAD
from lensconnect.results import is_err

from .callers import MakeCaller, post, timed
from .certificates import serving, trusting
from .peer import Peer, Talk

OK = b"HTTP/1.1 200 OK\r\n"
INSIDE_HEAD = OK + b"Content-Type: applic"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
INSIDE_BODY = OK + b"Content-Length: 10\r\n\r\nabc"
INSIDE_CHUNK = CHUNKED + b"5\r\nabc"
MAX_BODY = 100_000
BUDGET, SLACK = 0.15, 1.0


class Row(NamedTuple):
    """What is said, how it ends, what is reported."""

    said: bytes
    end: str
    kinds: set[Kind]
    sent: Sent


BROKEN: dict[str, Row] = {
    "closed before the reply": Row(b"", "finish", {"incomplete"}, "maybe"),
    "closed inside the status line": Row(b"HTTP/1.1 20", "finish", {"incomplete"}, "maybe"),
    "closed inside the head": Row(INSIDE_HEAD, "finish", {"incomplete"}, "maybe"),
    "closed between headers": Row(OK + b"Content-Length: 0\r\n", "finish", {"incomplete"}, "maybe"),
    "closed before the last byte of the head": Row(OK + b"Content-Length: 0\r\n\r", "finish", {"incomplete"}, "maybe"),
    "closed inside the body": Row(INSIDE_BODY, "finish", {"incomplete"}, "yes"),
    "closed before the body": Row(OK + b"Content-Length: 10\r\n\r\n", "finish", {"incomplete"}, "yes"),
    "closed inside a chunk": Row(INSIDE_CHUNK, "finish", {"incomplete"}, "yes"),
    "closed before the last chunk": Row(INSIDE_CHUNK + b"de\r\n", "finish", {"incomplete"}, "yes"),
    "closed after 100": Row(b"HTTP/1.1 100 Continue\r\n\r\n", "finish", {"incomplete"}, "maybe"),
    "reset before the reply": Row(b"", "reset", {"reset", "incomplete"}, "maybe"),
    "reset inside the head": Row(INSIDE_HEAD, "reset", {"reset", "incomplete"}, "maybe"),
    "reset inside the body": Row(INSIDE_BODY, "reset", {"reset", "incomplete"}, "yes"),
}

SILENT: dict[str, Row] = {
    "silent before the reply": Row(b"", "hang", {"timeout"}, "maybe"),
    "silent inside the head": Row(INSIDE_HEAD, "hang", {"timeout"}, "maybe"),
    "silent inside the body": Row(INSIDE_BODY, "hang", {"timeout"}, "yes"),
    "silent inside a chunk": Row(INSIDE_CHUNK, "hang", {"timeout"}, "yes"),
    "silent after 103": Row(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "hang", {"timeout"}, "maybe"),
    "dripping blank reason": Row(b"HTTP/1.1 200 ", "drip", {"timeout"}, "maybe"),
    "dripping head": Row(INSIDE_HEAD, "drip", {"timeout"}, "maybe"),
    "dripping body": Row(OK + b"Content-Length: 5000\r\n\r\n", "drip", {"timeout"}, "yes"),
    "dripping chunk extension": Row(CHUNKED + b"5;", "drip", {"timeout"}, "yes"),
}

_REFUSED: tuple[tuple[str, bytes, Sent], ...] = (
    ("no length", OK + b"Content-Type: text/html\r\n\r\n<html>", "yes"),
    ("no headers", OK + b"\r\n", "yes"),
    ("both framings", OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "maybe"),
    ("both, otherwise", OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "maybe"),
    ("two lengths", OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", "maybe"),
    ("one length twice", OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "maybe"),
    ("a list of lengths", OK + b"Content-Length: 2, 2\r\n\r\nhi", "maybe"),
    ("a negative length", OK + b"Content-Length: -2\r\n\r\nhi", "maybe"),
    ("a signed length", OK + b"Content-Length: +2\r\n\r\nhi", "maybe"),
    ("an empty length", OK + b"Content-Length: \r\n\r\nhi", "maybe"),
    ("a length past counting", OK + b"Content-Length: 99999999999999999999999\r\n\r\nhi", "maybe"),
    ("a bad chunk size", CHUNKED + b"xyz\r\nhi\r\n0\r\n\r\n", "yes"),
    ("a chunk longer than said", CHUNKED + b"2\r\nhiho\r\n0\r\n\r\n", "yes"),
    ("a chunk size past counting", CHUNKED + b"f" * 40 + b"\r\n", "yes"),
    ("an unknown coding", OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "yes"),
    ("chunked, then gzip", OK + b"Transfer-Encoding: chunked, gzip\r\n\r\nhi", "yes"),
    ("chunked twice", OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "yes"),
    ("chunked in HTTP/1.0", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "yes"),
    ("a length in the trailers", CHUNKED + b"0\r\nContent-Length: 2\r\n\r\n", "yes"),
    ("gzip", OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi", "yes"),
    ("two encodings", OK + b"Content-Encoding: identity, br\r\nContent-Length: 2\r\n\r\nhi", "yes"),
    ("encoded twice", OK + b"Content-Encoding: identity\r\nContent-Encoding: x\r\nContent-Length: 0\r\n\r\n", "yes"),
    ("switching protocols", b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", "maybe"),
    ("101 with a length", b"HTTP/1.1 101 Go\r\nContent-Length: 2\r\n\r\nhi", "maybe"),
    ("a flood of 1xx", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100, "maybe"),
    ("status 99", b"HTTP/1.1 99 Odd\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("status 600", b"HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("status 1000", b"HTTP/1.1 1000 Odd\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("no status", b"HTTP/1.1 \r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("HTTP/0.9", b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("HTTP/2.0", b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("HTTP/1.2", b"HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("RTSP", b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("a real HTTP/2 server", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80", "maybe"),
    ("no HTTP at all", b"220 smtp.example.com ESMTP\r\n", "maybe"),
    ("a page without a head", b"<html><body>502</body></html>", "maybe"),
    ("blank lines first", b"\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", "maybe"),
    ("bare line feeds", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "maybe"),
    ("a folded header", OK + b"A: b\r\n c\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("a space before the colon", OK + b"Content-Length : 0\r\n\r\n", "maybe"),
    ("a NUL", OK + b"A: b\x00c\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("a header without a colon", OK + b"what\r\nContent-Length: 0\r\n\r\n", "maybe"),
)

_TOO_LARGE: tuple[tuple[str, bytes, Sent], ...] = (
    ("129 headers", OK + b"A: b\r\n" * 128 + b"Content-Length: 0\r\n\r\n", "maybe"),
    ("2,000 headers", OK + b"A: b\r\n" * 2000 + b"Content-Length: 0\r\n\r\n", "maybe"),
    ("a megabyte of header", OK + b"A: " + b"b" * 2**20 + b"\r\nContent-Length: 0\r\n\r\n", "maybe"),
    ("a head one byte too large", OK + b"A: " + b"b" * (MAX_HEAD - len(OK) - 6) + b"\r\n\r\n", "maybe"),
    ("a long reason", b"HTTP/1.1 200 " + b"O" * MAX_HEAD, "maybe"),
    ("endless 1xx", (b"HTTP/1.1 103 Early Hints\r\nA: " + b"b" * 9000 + b"\r\n\r\n") * 9, "maybe"),
    ("a length above the bound", OK + b"Content-Length: 100001\r\n\r\n", "yes"),
    ("a length far above", OK + b"Content-Length: 18446744073709551615\r\n\r\n", "yes"),
    ("chunks above the bound", CHUNKED + b"a000\r\n%b\r\n" % (b"x" * 0xA000) * 3, "yes"),
    ("one great chunk", CHUNKED + b"fffffff\r\n" + b"x" * 200_000, "yes"),
    ("chunks of one byte", CHUNKED + b"1\r\nx\r\n" * 100_001, "yes"),
    ("extensions without end", CHUNKED + b"5;" + b"x" * 300_000, "yes"),
    ("trailers without end", CHUNKED + b"0\r\n" + b"A: b\r\n" * 50_000, "yes"),
)

FAULTS = (
    BROKEN
    | SILENT
    | {name: Row(said, "hang", {"protocol"}, sent) for name, said, sent in _REFUSED}
    | {name: Row(said, "hang", {"too_large"}, sent) for name, said, sent in _TOO_LARGE}
)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("name", FAULTS)
def test_fault(name: str, secure: bool, caller: MakeCaller) -> None:
    """Each is reported for what it is, in time, and the connection is not used again."""
    said, end, kinds, sent = FAULTS[name]

    def script(talk: Talk) -> None:
        talk.request()
        talk.say(said)
        talk.drip(repeat(b"x")) if end == "drip" else getattr(talk, end)()

    seconds = BUDGET if name in SILENT else 5.0
    with Peer(script, serving() if secure else None) as peer, caller(ssl_context=trusting(), max_body=MAX_BODY) as call:
        outcome, took = timed(call, post(peer.url()), seconds)
        assert is_err(outcome)
        error = outcome.failure()
        assert error.kind in kinds, error
        assert error.sent == sent, error
        assert took < seconds + SLACK
        assert took >= BUDGET or name not in SILENT
        assert "participant" not in str(error)
        assert "secret" not in str(error)
        call(post(peer.url()), BUDGET / 3)
        assert peer.connections == 2
