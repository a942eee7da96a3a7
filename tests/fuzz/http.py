"""Bytes of a peer as an HTTP/1.1 reply, and the framing rules by themselves."""

from __future__ import annotations

from collections.abc import Iterable

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.transports.direct.framing import Refusal, refuse_reply
from lensconnect.interpreters.transports.direct.http11 import Exchange
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest, encode_request
from lensconnect.results import Result, is_ok

from .inputs import Input, headers_of, pieces

MAX_BODY = 200
METHODS = ("POST", "HEAD", "GET")
CUTS = (1, 2, 3, 5, 7, 16, 40)
STATUSES = (200, 204, 304, 101, 404, 599, 600)
VERSIONS = ("1.1", "1.0", "2", "0.9")

WORDS = (
    *("HTTP/1.1 200 OK\r\n", "HTTP/1.0 ", "HTTP/1.1 204 No\r\n", "HTTP/1.1 100 C\r\n\r\n", "HTTP/1.1 101 S\r\n"),
    *("Content-Length: 2\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "Content-Encoding: gzip\r\n"),
    *(
        "Connection: close\r\n",
        "Connection: keep-alive\r\n",
        "Upgrade: h2c\r\n",
        "\r\n\r\n",
        "0\r\n\r\n",
        "2\r\nhi\r\n",
    ),
    *("content-length:", "transfer-encoding:", "content-encoding:", "identity", "chunked", "²", "٣"),
)


class _Sink:
    """Holds the body of a reply that a program streams."""

    def __init__(self) -> None:
        self.size, self.done, self.body = MAX_BODY, 0, b""

    def take(self, pieces: Iterable[memoryview]) -> Refusal | None:
        for piece in pieces:
            self.body += piece
            self.done += len(piece)
            if self.done > self.size:
                return "too_large", "more than the sink takes"
        return None


def _read(method: str, received: list[bytes], sink: _Sink | None = None) -> Result[HttpResponse, TransportError]:
    request = encode_request(HttpRequest(method, "https://example.com/secret-path"))
    assert isinstance(request, EncodedRequest)
    exchange = Exchange(request, MAX_BODY, sink)
    exchange.begin_sending()
    while (unsent := request.unsent) is not None:
        request.advance(len(unsent))
    for piece in received:
        if piece and exchange.feed(piece):
            break
    else:
        exchange.end()
    assert exchange.outcome is not None
    return exchange.outcome


def fuzz_exchange(data: bytes) -> None:
    """Check that bytes are one reply or one TransportError, the same however they are cut, and the same in a sink."""
    given = Input(data)
    method, length = given.choice(METHODS), given.choice(CUTS)
    received = given.rest()
    whole = _read(method, [received])
    assert _read(method, pieces(received, length)) == whole
    sink = _Sink()
    streamed = _read(method, pieces(received, length), sink)
    if is_ok(whole):
        response = whole.unwrap()
        assert 200 <= response.status <= 599
        assert len(response.body) <= MAX_BODY
        assert streamed.unwrap().status == response.status
        if response.status == 200:
            assert sink.body == response.body
        str(response), repr(response)
    else:
        assert isinstance(whole.failure(), TransportError)
        assert not is_ok(streamed)
        assert "secret-path" not in str(whole.failure())


def fuzz_framing(data: bytes) -> None:
    """Check that any head is accepted, or refused with a kind and a message."""
    given = Input(data)
    status, version, expects_body = given.choice(STATUSES), given.choice(VERSIONS), given.choice((True, False))
    headers = headers_of(given.rest().split(b"\n"))
    refusal = refuse_reply(status, version, headers, MAX_BODY, expects_body=expects_body)
    assert refusal is None or (refusal[0] in ("protocol", "too_large") and refusal[1])
