"""Replies as raw bytes, and scripts that send them; a script serves one connection of the server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from lensconnect.testing.contract.scripted_server import Script, ServerConnection

__all__ = [
    "CHUNKED",
    "CONTINUE",
    "EMPTY",
    "HINTS",
    "LAST_CHUNK",
    "OK",
    "answer_each",
    "answer_once",
    "answer_with",
    "chunk",
    "echo",
    "echo_after",
    "with_length",
]

OK: Final = b"HTTP/1.1 200 OK\r\n"
CHUNKED: Final = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"
EMPTY: Final = OK + b"Content-Length: 0\r\n\r\n"
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS: Final = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"

_PAUSE: Final = 0.03
"""Seconds between two pieces, so that a client reads them one by one."""


def with_length(body: bytes, *, line: bytes = OK, headers: bytes = b"") -> bytes:
    """Return a reply whose Content-Length is that of the body."""
    return b"%b%bContent-Length: %d\r\n\r\n%b" % (line, headers, len(body), body)


def chunk(body: bytes) -> bytes:
    """Return the body as one chunk."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def answer_each(make: Callable[[bytes], Iterable[bytes]]) -> Script:
    """Answer every request with the pieces that `make` returns for its body."""

    def script(connection: ServerConnection) -> None:
        while True:
            connection.send(*make(connection.read_body()), pause=_PAUSE)

    return script


def answer_with(*pieces: bytes) -> Script:
    """Answer every request with these pieces."""
    return answer_each(lambda _: pieces)


def answer_once(*pieces: bytes, end: Callable[[ServerConnection], None] = ServerConnection.hang) -> Script:
    """Answer one request with these pieces, then end the connection in this way (default: say no more)."""

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        connection.send(*pieces, pause=_PAUSE)
        end(connection)

    return script


def echo_after(delay: Callable[[bytes], float]) -> Script:
    """Answer every request with its own body, after the seconds that `delay` returns for it."""

    def reply(body: bytes) -> list[bytes]:
        time.sleep(delay(body))
        return [with_length(body)]

    return answer_each(reply)


echo: Final = echo_after(lambda _: 0.0)
"""Answer every request with its own body."""
