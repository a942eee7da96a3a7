"""Checks of replies: what counts as one, what is refused, and where it may be cut.

Facts (RFC 9112, 6): a reply ends where its Content-Length or its last chunk says.  One that says
neither ends with the connection, so that a cut cannot be told from an end; one that says both, or two
lengths, is how replies are smuggled.  A 1xx is never the answer (RFC 9110, 15.2).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from lensconnect.testing.contract.checks import (
    CheckSteps,
    CheckTable,
    Tolerances,
    call,
    expect,
    expect_error,
    expect_in_time,
    expect_reply,
    post,
)
from lensconnect.testing.contract.peer import Peer, Talk

__all__ = ["REPLIES"]

OK: Final = b"HTTP/1.1 200 OK\r\n"
CHUNKED: Final = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HINTS: Final = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

Say: TypeAlias = Callable[[bytes], tuple[bytes, ...]]


def _whole(body: bytes, line: bytes = OK, more: bytes = b"") -> bytes:
    return line + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


ACCEPTED: Final[dict[str, tuple[int, Say]]] = {
    "a reply with a length": (200, lambda body: (_whole(body),)),
    "a reply in two pieces": (200, lambda body: (_whole(body)[:20], _whole(body)[20:])),
    "a head cut before its last byte, then completed": (
        200,
        lambda body: (_whole(body)[: -len(body) - 1], _whole(body)[-len(body) - 1 :]),
    ),
    "a chunked reply": (200, lambda body: (CHUNKED + _chunk(body[:3]) + _chunk(body[3:]) + b"0\r\n\r\n",)),
    "a chunked reply in pieces": (200, lambda body: (CHUNKED, _chunk(body)[:4], _chunk(body)[4:], b"0\r\n", b"\r\n")),
    "chunk extensions and trailers": (
        200,
        lambda body: (CHUNKED + _chunk(body).replace(b"\r\n", b";a=b\r\n", 1) + b"0\r\nX: y\r\n\r\n",),
    ),
    "a content encoding of identity": (200, lambda body: (_whole(body, more=b"Content-Encoding: identity\r\n"),)),
    "an error status is a reply": (403, lambda body: (_whole(body, b"HTTP/1.1 403 Forbidden\r\n"),)),
    "a server's failure is a reply": (503, lambda body: (_whole(body, b"HTTP/1.1 503 Slow Down\r\n"),)),
    "a status nobody knows": (299, lambda body: (_whole(body, b"HTTP/1.1 299 Odd\r\n"),)),
    "100 before the reply": (200, lambda body: (CONTINUE + _whole(body),)),
    "103 before the reply": (200, lambda body: (HINTS + _whole(body),)),
    "a 103 that comes alone, the reply later": (200, lambda body: (HINTS, _whole(body))),
    "several 1xx": (200, lambda body: (CONTINUE + HINTS + HINTS, HINTS + _whole(body))),
}

BODILESS: Final[dict[str, tuple[int, bytes]]] = {
    "a reply of no bytes": (200, OK + b"Content-Length: 0\r\n\r\n"),
    "204 without a length": (204, b"HTTP/1.1 204 No Content\r\n\r\n"),
    "304 without a length": (304, b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"),
}


class Row(NamedTuple):
    """What is said, piece by piece, and what may be reported of it."""

    said: tuple[bytes, ...]
    kinds: str
    sents: str


_PROTOCOL: Final = "protocol incomplete"
_BROKEN: Final = "reset incomplete protocol"
_EITHER: Final = "maybe yes"
_TWO_LENGTHS: Final = OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!"
_BOTH: Final = OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
_MANY: Final = OK + b"A: b\r\n" * 2000 + b"Content-Length: 0\r\n\r\n"
_LONG: Final = OK + b"A: " + b"b" * 2**20 + b"\r\nContent-Length: 0\r\n\r\n"

REFUSED: Final[dict[str, Row]] = {
    "refused: no length and no chunks": Row((OK + b"\r\n<html>",), _PROTOCOL, _EITHER),
    "refused: both framings": Row((_BOTH,), _PROTOCOL, _EITHER),
    "refused: two lengths": Row((_TWO_LENGTHS,), _PROTOCOL, _EITHER),
    "refused: a list of lengths": Row((OK + b"Content-Length: 2, 3\r\n\r\nhi!",), _PROTOCOL, _EITHER),
    "refused: a length that is no number": Row((OK + b"Content-Length: two\r\n\r\nhi",), _PROTOCOL, _EITHER),
    "refused: a negative length": Row((OK + b"Content-Length: -2\r\n\r\nhi",), _PROTOCOL, _EITHER),
    "refused: a bad chunk size": Row((CHUNKED, b"xyz\r\nhi\r\n0\r\n\r\n"), _PROTOCOL, _EITHER),
    "refused: a chunk longer than it says": Row((CHUNKED, b"2\r\nhiho\r\n0\r\n\r\n"), _PROTOCOL, _EITHER),
    "refused: an unknown transfer coding": Row(
        (OK + b"Transfer-Encoding: br, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",), _PROTOCOL, _EITHER
    ),
    "refused: gzip": Row((_whole(b"\x1f\x8b\x08", more=b"Content-Encoding: gzip\r\n"),), _PROTOCOL, _EITHER),
    "refused: deflate, behind identity": Row(
        (_whole(b"\x78\x9c", more=b"Content-Encoding: identity, deflate\r\n"),), _PROTOCOL, _EITHER
    ),
    "refused: an unknown content encoding": Row((_whole(b"hi", more=b"Content-Encoding: x\r\n"),), _PROTOCOL, _EITHER),
    "refused: switching protocols": Row(
        (b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",), _PROTOCOL, _EITHER
    ),
    "refused: what is not HTTP": Row((b"220 smtp.example.com ESMTP\r\n\r\n",), _PROTOCOL, "maybe"),
    "refused: 2,000 headers": Row((_MANY,), "too_large protocol", _EITHER),
    "refused: a megabyte of header": Row((_LONG,), "too_large protocol", _EITHER),
    "cut: before the reply": Row((), _BROKEN, "maybe"),
    "cut: inside the status line": Row((b"HTTP/1.1 20",), _PROTOCOL, "maybe"),
    "cut: inside a header": Row((OK + b"Content-Type: applic",), _PROTOCOL, "maybe"),
    "cut: between the headers": Row((OK + b"Content-Length: 0\r\n",), _PROTOCOL, "maybe"),
    "cut: after a 1xx": Row((HINTS,), _PROTOCOL, "maybe"),
    "cut: before the body": Row((OK + b"Content-Length: 10\r\n\r\n",), _PROTOCOL, "yes"),
    "cut: inside the body": Row((OK + b"Content-Length: 10\r\n\r\n", b"abc"), _PROTOCOL, "yes"),
    "cut: inside a chunk": Row((CHUNKED, b"5\r\nabc"), _PROTOCOL, "yes"),
    "cut: before the last chunk": Row((CHUNKED, b"5\r\nabcde\r\n"), _PROTOCOL, "yes"),
}

RESET: Final[dict[str, Row]] = {
    "reset: before the reply": Row((), _BROKEN, "maybe"),
    "reset: inside the head": Row((OK + b"Content-Type: applic",), _BROKEN, "maybe"),
    "reset: inside the body": Row((OK + b"Content-Length: 10\r\n\r\n", b"abc"), _BROKEN, "yes"),
}


def _accepted(status: int, say: Say, _: Tolerances) -> CheckSteps[None]:
    """Twice, with other words, so that a reply left over from the first would show."""

    def script(talk: Talk) -> None:
        while True:
            talk.say(*say(talk.request()))

    with Peer(script) as peer:
        for body in (b"first body", b"the second"):
            reply = expect_reply((yield from call(post(peer, body))), status, body)
            expect(reply.header("link") is None, "a header of a 1xx is in the reply")


def _bodiless_reply(status: int, said: bytes, _: Tolerances) -> CheckSteps[None]:
    def script(talk: Talk) -> None:
        while True:
            talk.request()
            talk.say(said)

    with Peer(script) as peer:
        for _turn in range(2):
            expect_reply((yield from call(post(peer))), status, b"")


def _refused(row: Row, end: Callable[[Talk], None], _: Tolerances) -> CheckSteps[None]:
    def script(talk: Talk) -> None:
        talk.request()
        talk.say(*row.said)
        if end is Talk.reset and row.said:
            talk.say(b"", b"")
        end(talk)

    with Peer(script) as peer:
        expect_error((yield from call(post(peer))), row.kinds, row.sents)
        expect(len(peer.requests) == 1, f"the request was sent {len(peer.requests)} times")


def _headers(_: Tolerances) -> CheckSteps[None]:
    """Repeated ones are kept, in order; spaces around a value are not part of it."""

    def script(talk: Talk) -> None:
        talk.request()
        talk.say(OK + b"X-B:  2 \r\nX-A: 1\r\nX-B: 3\r\nContent-Length: 0\r\n\r\n")

    with Peer(script) as peer:
        reply = expect_reply((yield from call(post(peer))))
        kept = [(name.lower(), value) for name, value in reply.headers]
        expect(kept == [("x-b", "2"), ("x-a", "1"), ("x-b", "3"), ("content-length", "0")], f"headers are {kept}")


def _flood(tolerances: Tolerances) -> CheckSteps[None]:
    """1xx without end is refused, or ends with the time; it is never a reply."""

    def script(talk: Talk) -> None:
        talk.request()
        while not peer.gone.is_set():
            talk.say(HINTS * 10, pause=0)

    with Peer(script) as peer:
        answer = yield from call(post(peer), tolerances.seconds)
        expect_error(answer, "protocol too_large timeout", "maybe")
        expect_in_time(answer, tolerances, early=True)


def _too_large(tolerances: Tolerances) -> CheckSteps[None]:
    """The body is bounded while it is being read."""

    def script(talk: Talk) -> None:
        talk.request()
        talk.say(CHUNKED)
        block = _chunk(b"x" * 65536)
        for _ in range(tolerances.max_body // 65536 + 64):
            talk.say(block)
        talk.hang()

    with Peer(script) as peer:
        expect_error((yield from call(post(peer))), "too_large", "yes")


def _large(tolerances: Tolerances) -> CheckSteps[None]:
    """What is within the bounds goes and comes whole."""
    body = bytes(range(256)) * (min(tolerances.max_body, 4 * 2**20) // 256)

    def script(talk: Talk) -> None:
        talk.say(_whole(talk.request()))
        said = talk.request()
        talk.say(CHUNKED + _chunk(said) + b"0\r\n\r\n")

    with Peer(script) as peer:
        for _ in range(2):
            expect_reply((yield from call(post(peer, body))), 200, body)


REPLIES: Final[CheckTable] = {
    **{name: partial(_accepted, *row) for name, row in ACCEPTED.items()},
    **{name: partial(_bodiless_reply, *row) for name, row in BODILESS.items()},
    "headers as they were received": _headers,
    "large bodies both ways": _large,
    **{name: partial(_refused, row, Talk.finish) for name, row in REFUSED.items()},
    **{name: partial(_refused, row, Talk.reset) for name, row in RESET.items()},
    "refused: 1xx without end": _flood,
    "refused: a body without end": _too_large,
}
