"""Checks of replies: which are accepted, which are refused, and where a reply may be cut.

Facts (RFC 9112, section 6): Content-Length or the last chunk tells where a reply ends.  A reply with
neither ends with the connection, so a cut looks like an end.  A reply with both, or with two lengths, is
a way to smuggle a second one.  A 1xx is never the final reply (RFC 9110, section 15.2).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from lensconnect.testing.contract.checks import *
from lensconnect.testing.contract.scripted_server import ScriptedServer, ServerConnection
from lensconnect.testing.contract.scripts import *

ReplyParts: TypeAlias = Callable[[bytes], tuple[bytes, ...]]


def _encoded(body: bytes, encoding: bytes) -> bytes:
    return with_length(body, headers=b"Content-Encoding: %b\r\n" % encoding)


def _cut(reply: bytes, at: int) -> tuple[bytes, bytes]:
    return reply[:at], reply[at:]


def _with_status(status: bytes, body: bytes) -> tuple[bytes, ...]:
    return (with_length(body, line=b"HTTP/1.1 %b\r\n" % status),)


ACCEPTED: Final[dict[str, ReplyParts]] = {
    "a reply with a length": lambda body: (with_length(body),),
    "a reply in two pieces": lambda body: _cut(with_length(body), 20),
    "a head cut before its last byte, then completed": lambda body: _cut(with_length(body), -len(body) - 1),
    "a chunked reply": lambda body: (CHUNKED + chunk(body[:3]) + chunk(body[3:]) + LAST_CHUNK,),
    "a chunked reply in pieces": lambda body: (CHUNKED, *_cut(chunk(body), 4), *_cut(LAST_CHUNK, 3)),
    "chunk extensions and trailers": lambda body: (
        CHUNKED + chunk(body).replace(b"\r\n", b";a=b\r\n", 1) + b"0\r\nX: y\r\n\r\n",
    ),
    "a content encoding of identity": lambda body: (_encoded(body, b"identity"),),
    "100 before the reply": lambda body: (CONTINUE + with_length(body),),
    "103 before the reply": lambda body: (HINTS + with_length(body),),
    "a 103 that comes alone, the reply later": lambda body: (HINTS, with_length(body)),
    "several 1xx": lambda body: (CONTINUE + HINTS + HINTS, HINTS + with_length(body)),
}
"""The pieces of a reply with status 200 and this body."""

STATUSES: Final[dict[str, bytes]] = {
    "an error status is a reply": b"403 Forbidden",
    "a server error is a reply": b"503 Slow Down",
    "an unknown status": b"299 Odd",
}

WITHOUT_BODY: Final[dict[str, tuple[int, bytes]]] = {
    "a reply of no bytes": (200, EMPTY),
    "204 without a length": (204, b"HTTP/1.1 204 No Content\r\n\r\n"),
    "304 without a length": (304, b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"),
}


class RefusedReply(NamedTuple):
    """The pieces of a reply, and the kinds of error and values of `sent` that may be reported for it."""

    pieces: tuple[bytes, ...]
    kinds: str
    sents: str


_PROTOCOL: Final = "protocol incomplete"
_BROKEN: Final = "reset incomplete protocol"
_EITHER: Final = "maybe yes"
_TWO_LENGTHS: Final = OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!"
_BOTH: Final = OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
_MANY: Final = OK + b"A: b\r\n" * 2000 + b"Content-Length: 0\r\n\r\n"
_LONG: Final = OK + b"A: " + b"b" * 2**20 + b"\r\nContent-Length: 0\r\n\r\n"
_UNKNOWN_CODING: Final = OK + b"Transfer-Encoding: br, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
_UPGRADE: Final = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"

INVALID: Final[dict[str, tuple[bytes, ...]]] = {
    "refused: no length and no chunks": (OK + b"\r\n<html>",),
    "refused: Content-Length and chunked": (_BOTH,),
    "refused: two lengths": (_TWO_LENGTHS,),
    "refused: a list of lengths": (OK + b"Content-Length: 2, 3\r\n\r\nhi!",),
    "refused: a length that is not a number": (OK + b"Content-Length: two\r\n\r\nhi",),
    "refused: a negative length": (OK + b"Content-Length: -2\r\n\r\nhi",),
    "refused: a bad chunk size": (CHUNKED, b"xyz\r\nhi\r\n0\r\n\r\n"),
    "refused: a chunk longer than its size": (CHUNKED, b"2\r\nhiho\r\n0\r\n\r\n"),
    "refused: an unknown transfer coding": (_UNKNOWN_CODING,),
    "refused: gzip": (_encoded(b"\x1f\x8b\x08", b"gzip"),),
    "refused: deflate after identity": (_encoded(b"\x78\x9c", b"identity, deflate"),),
    "refused: an unknown content encoding": (_encoded(b"hi", b"x"),),
    "refused: switching protocols": (_UPGRADE,),
}
"""Complete replies that break the protocol; the request may or may not have been acted on."""

REFUSED: Final[dict[str, RefusedReply]] = {
    **{name: RefusedReply(pieces, _PROTOCOL, _EITHER) for name, pieces in INVALID.items()},
    "refused: not HTTP": RefusedReply((b"220 smtp.example.com ESMTP\r\n\r\n",), _PROTOCOL, "maybe"),
    "refused: 2,000 headers": RefusedReply((_MANY,), "too_large protocol", _EITHER),
    "refused: a megabyte of header": RefusedReply((_LONG,), "too_large protocol", _EITHER),
    "cut: before the reply": RefusedReply((), _BROKEN, "maybe"),
    "cut: inside the status line": RefusedReply((b"HTTP/1.1 20",), _PROTOCOL, "maybe"),
    "cut: inside a header": RefusedReply((OK + b"Content-Type: applic",), _PROTOCOL, "maybe"),
    "cut: between the headers": RefusedReply((OK + b"Content-Length: 0\r\n",), _PROTOCOL, "maybe"),
    "cut: after a 1xx": RefusedReply((HINTS,), _PROTOCOL, "maybe"),
    "cut: before the body": RefusedReply((OK + b"Content-Length: 10\r\n\r\n",), _PROTOCOL, "yes"),
    "cut: inside the body": RefusedReply((OK + b"Content-Length: 10\r\n\r\n", b"abc"), _PROTOCOL, "yes"),
    "cut: inside a chunk": RefusedReply((CHUNKED, b"5\r\nabc"), _PROTOCOL, "yes"),
    "cut: before the last chunk": RefusedReply((CHUNKED, b"5\r\nabcde\r\n"), _PROTOCOL, "yes"),
}
"""Replies after which the server ends its side of the connection."""

RESET: Final[dict[str, RefusedReply]] = {
    "reset: before the reply": RefusedReply((), _BROKEN, "maybe"),
    # The empty pieces at the end are pauses: a reset at once could overtake the bytes before it.
    "reset: inside the head": RefusedReply((OK + b"Content-Type: applic", b"", b""), _BROKEN, "maybe"),
    "reset: inside the body": RefusedReply((OK + b"Content-Length: 10\r\n\r\n", b"abc", b"", b""), _BROKEN, "yes"),
}
"""Replies after which the server resets the connection."""


def _accepts(status: int, reply: ReplyParts, _: Tolerances) -> CheckSteps[None]:
    """Ask twice with different bodies, so that bytes left over from the first reply would show."""
    with ScriptedServer(answer_each(reply)) as server:
        for body in (b"first body", b"the second"):
            got = expect_reply((yield from call(post(server, body))), status, body)
            expect(got.header("link") is None, "a header of a 1xx is in the reply")


def _accepts_without_body(status: int, reply: bytes, _: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(answer_with(reply)) as server:
        for _turn in range(2):
            expect_reply((yield from call(post(server))), status, b"")


def _refuses(refusal: RefusedReply, end: Callable[[ServerConnection], None], _: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(answer_once(*refusal.pieces, end=end)) as server:
        expect_error((yield from call(post(server))), refusal.kinds, refusal.sents)
        expect(len(server.requests) == 1, f"the request was sent {len(server.requests)} times")


def _keeps_headers(_: Tolerances) -> CheckSteps[None]:
    """Repeated headers are kept in order; spaces around a value are not part of it."""
    reply = OK + b"X-B:  2 \r\nX-A: 1\r\nX-B: 3\r\nContent-Length: 0\r\n\r\n"
    with ScriptedServer(answer_with(reply)) as server:
        got = expect_reply((yield from call(post(server))))
        headers = [(name.lower(), value) for name, value in got.headers]
        expected = [("x-b", "2"), ("x-a", "1"), ("x-b", "3"), ("content-length", "0")]
        expect(headers == expected, f"headers are {headers}")


def _refuses_endless_1xx(tolerances: Tolerances) -> CheckSteps[None]:
    """Endless 1xx replies are refused, or the attempt runs out of time."""

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        while not server.closing.is_set():
            connection.send(HINTS * 10, pause=0)

    with ScriptedServer(script) as server:
        ended = yield from call(post(server), tolerances.seconds)
        expect_error(ended, "protocol too_large timeout", "maybe")
        expect_in_time(ended, tolerances, early=True)


def _refuses_endless_body(tolerances: Tolerances) -> CheckSteps[None]:
    """The size of the body is checked while it is read."""

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        connection.send(CHUNKED)
        block = chunk(b"x" * 65536)
        for _ in range(tolerances.max_body // 65536 + 64):
            connection.send(block)
        connection.hang()

    with ScriptedServer(script) as server:
        expect_error((yield from call(post(server))), "too_large", "yes")


def _large_bodies(tolerances: Tolerances) -> CheckSteps[None]:
    """A body within the limit is sent and received whole, with a length and in chunks."""
    body = bytes(range(256)) * (min(tolerances.max_body, 4 * 2**20) // 256)

    def script(connection: ServerConnection) -> None:
        connection.send(with_length(connection.read_body()))
        connection.send(CHUNKED + chunk(connection.read_body()) + LAST_CHUNK)

    with ScriptedServer(script) as server:
        for _ in range(2):
            expect_reply((yield from call(post(server, body))), 200, body)


REPLY_RULES: Final[CheckTable] = {
    **{name: partial(_accepts, 200, reply) for name, reply in ACCEPTED.items()},
    **{name: partial(_accepts, int(line[:3]), partial(_with_status, line)) for name, line in STATUSES.items()},
    **{name: partial(_accepts_without_body, *row) for name, row in WITHOUT_BODY.items()},
    "headers as they were received": _keeps_headers,
    "large bodies both ways": _large_bodies,
    **{name: partial(_refuses, row, ServerConnection.finish) for name, row in REFUSED.items()},
    **{name: partial(_refuses, row, ServerConnection.reset) for name, row in RESET.items()},
    "refused: endless 1xx replies": _refuses_endless_1xx,
    "refused: an endless body": _refuses_endless_body,
}
