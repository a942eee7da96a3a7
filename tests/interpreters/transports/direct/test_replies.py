"""Accepted replies, and whether their connections are kept."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from interpreters.helpers.certificates import serving, trusting
from interpreters.helpers.servers import PatientServer, ServerConnection
from interpreters.helpers.transports import OpenTransport, post
from lensconnect.http import HttpRequest
from lensconnect.interpreters.transports.direct.framing import MAX_HEADERS
from lensconnect.interpreters.transports.direct.http11 import MAX_HEAD, MAX_INTERIM

OK = b"HTTP/1.1 200 OK\r\n"
REPLY = OK + b"Content-Length: 2\r\n\r\nhi"


class Row(NamedTuple):
    """The bytes of a reply, its meaning, and whether the connection is kept."""

    sent_bytes: bytes
    status: int = 200
    body: bytes = b"hi"
    kept: bool = True
    method: str = "POST"


REPLIES: dict[str, Row] = {
    "plain": Row(REPLY),
    "empty": Row(OK + b"Content-Length: 0\r\n\r\n", body=b""),
    "an error": Row(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\nhi", 429),
    "status 599": Row(b"HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\nhi", 599),
    "a redirect": Row(b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nhi", 307),
    "no reason": Row(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi"),
    "an odd reason": Row(b"HTTP/1.1 200 \xc3\x96\xff\r\nContent-Length: 2\r\n\r\nhi"),
    "an empty header": Row(OK + b"X:\r\nContent-Length: 2\r\n\r\nhi"),
    "an odd header": Row(OK + b"X: \xc3\x96\xff\r\nContent-Length: 2\r\n\r\nhi"),
    "spaces about": Row(OK + b"Content-Length:\t 2 \t\r\n\r\nhi"),
    "identity": Row(OK + b"Content-Encoding: Identity\r\nContent-Length: 2\r\n\r\nhi"),
    "100": Row(b"HTTP/1.1 100 Continue\r\n\r\n" + REPLY),
    "103": Row(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + REPLY),
    "103 with a length": Row(b"HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n" + REPLY),
    "many 1xx": Row(b"HTTP/1.1 102 Processing\r\n\r\n" * MAX_INTERIM + REPLY),
    "chunked": Row(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"),
    "Chunked": Row(OK + b"transfer-encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
    "extended chunks": Row(OK + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0;c\r\n\r\n"),
    "trailers": Row(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: 7\r\nA: b\r\n\r\n"),
    "204": Row(b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "204 with length 0": Row(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, b""),
    "204 with a length": Row(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n", 204, b"", kept=False),
    "204 with a body": Row(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi", 204, b"", kept=False),
    "304": Row(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", 304, b""),
    "304 with a length": Row(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b"", kept=False),
    "close": Row(OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", kept=False),
    "close among others": Row(OK + b"Connection: x, Close\r\nContent-Length: 2\r\n\r\nhi", kept=False),
    "keep-alive": Row(OK + b"Connection: keep-alive\r\nContent-Length: 2\r\n\r\nhi"),
    "HTTP/1.0": Row(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", kept=False),
    "HTTP/1.0 keep-alive": Row(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi"),
    "stray bytes": Row(REPLY + b"garbage", kept=False),
    "stray reply": Row(REPLY + REPLY.replace(b"hi", b"no"), kept=False),
    "stray beginning": Row(REPLY + b"HTTP/1.1 500 In", kept=False),
    "stray after close": Row(OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi" + REPLY, kept=False),
    "HEAD": Row(OK + b"Content-Length: 0\r\n\r\n", body=b"", method="HEAD"),
    "HEAD with a length": Row(OK + b"Content-Length: 2\r\n\r\n", body=b"", kept=False, method="HEAD"),
    "HEAD without": Row(OK + b"\r\n", body=b"", kept=False, method="HEAD"),
    "HEAD with a body": Row(REPLY, body=b"", kept=False, method="HEAD"),
    "an upgrade not taken": Row(OK + b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi"),
    "all headers there may be": Row(OK + b"A: b\r\n" * (MAX_HEADERS - 1) + b"Content-Length: 2\r\n\r\nhi"),
    "the largest head": Row(OK + b"A: " + b"b" * (MAX_HEAD - 43) + b"\r\nContent-Length: 2\r\n\r\nhi"),
}


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("name", REPLIES)
def test_reply(name: str, secure: bool, open_transport: OpenTransport) -> None:
    """Each reply is read twice, over one connection if it is kept, else over two."""
    row = REPLIES[name]

    def script(connection: ServerConnection) -> None:
        while connection.read_request():
            connection.send(row.sent_bytes)

    with PatientServer(script, serving() if secure else None) as peer, open_transport(ssl_context=trusting()) as call:
        for _ in range(2):
            reply = call(HttpRequest(row.method, peer.url()), 5.0).unwrap()
            assert (reply.status, reply.body) == (row.status, row.body)
            assert reply.header("link") is None
            assert (
                len(reply.headers) == row.sent_bytes.partition(b"\r\n\r\n")[0].count(b"\r\n")
                or b"HTTP/1.1 1" in row.sent_bytes
            )
        assert peer.connections == (1 if row.kept else 2)


def test_headers_are_kept_as_received(open_transport: OpenTransport) -> None:
    """Headers keep case, order and repetition; look-ups ignore case."""

    def script(connection: ServerConnection) -> None:
        connection.read_request()
        connection.send(OK + b"x-B: 2\r\nX-a: 1\r\nX-B:  3 \r\nCONTENT-length: 0\r\n\r\n")

    with PatientServer(script) as peer, open_transport() as call:
        reply = call(post(peer.url()), 5.0).unwrap()
        assert reply.headers == (("x-B", "2"), ("X-a", "1"), ("X-B", "3"), ("CONTENT-length", "0"))
        assert reply.header("X-A") == "1"


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_large_bodies_both_ways(secure: bool, open_transport: OpenTransport) -> None:
    """Large bodies are sent and received whole, chunked or not."""
    body = bytes(range(256)) * 20_000

    def script(connection: ServerConnection) -> None:
        sent = connection.read_body()
        connection.send(OK + b"Content-Length: %d\r\n\r\n" % len(sent), sent)
        sent = connection.read_body()
        connection.send(OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(sent), sent, b"\r\n0\r\n\r\n")

    with PatientServer(script, serving() if secure else None) as peer, open_transport(ssl_context=trusting()) as call:
        for _ in range(2):
            assert call(post(peer.url(), body), 10.0).unwrap().body == body
        assert peer.connections == 1


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("end", ["finish", "reset", "ignore"])
def test_an_early_reply_counts(end: str, secure: bool, open_transport: OpenTransport) -> None:
    """A reply of a peer that stops reading counts; its connection is not kept."""
    body = bytes(30_000_000)

    def script(connection: ServerConnection) -> None:
        connection.socket.recv(10)
        connection.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
        getattr(connection, end)()

    with PatientServer(script, serving() if secure else None) as peer, open_transport(ssl_context=trusting()) as call:
        assert call(post(peer.url(), body), 5.0).unwrap().status == 413
        assert call(post(peer.url(), body), 5.0).unwrap().status == 413
        assert peer.connections == 2
