"""The bytes of a request, and the requests that are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect.errors import TransportError
from lensconnect.http import Headers, HttpRequest
from lensconnect.interpreters.transports.direct import request_writer
from lensconnect.interpreters.transports.direct.origin import Origin
from lensconnect.interpreters.transports.direct.request_writer import EncodedRequest, encode_request

GOLDEN: dict[str, tuple[HttpRequest, bytes]] = {
    "a message": (
        HttpRequest(
            "POST",
            "https://participant.connect.eu-west-2.amazonaws.com/participant/message",
            (("Content-Type", "application/json"), ("X-Amz-Bearer", "t/o+k=")),
            b'{"Content":"hi"}',
        ),
        b"POST /participant/message HTTP/1.1\r\n"
        b"Host: participant.connect.eu-west-2.amazonaws.com\r\n"
        b"Content-Length: 16\r\n"
        b"Accept-Encoding: identity\r\n"
        b"Content-Type: application/json\r\n"
        b"X-Amz-Bearer: t/o+k=\r\n"
        b"\r\n"
        b'{"Content":"hi"}',
    ),
    "a view": (
        HttpRequest("GET", "http://127.0.0.1:8080/participant/views/a%2Fb%3a?x=%20&y=+"),
        b"GET /participant/views/a%2Fb%3a?x=%20&y=+ HTTP/1.1\r\n"
        b"Host: 127.0.0.1:8080\r\nAccept-Encoding: identity\r\n\r\n",
    ),
    "an empty post": (
        HttpRequest("POST", "https://[::1]:8443/"),
        b"POST / HTTP/1.1\r\nHost: [::1]:8443\r\nContent-Length: 0\r\nAccept-Encoding: identity\r\n\r\n",
    ),
    "a presigned upload": (
        HttpRequest(
            "PUT",
            "HTTPS://Bucket.S3.example.:443/k//../.?X-Amz-Signature=%c3%A9&a=b/?c",
            (("content-length", "3"), ("host", "bucket.s3.example."), ("accept-encoding", "*")),
            b"\x00\xff\n",
        ),
        b"PUT /k//../.?X-Amz-Signature=%c3%A9&a=b/?c HTTP/1.1\r\n"
        b"content-length: 3\r\nhost: bucket.s3.example.\r\naccept-encoding: *\r\n\r\n\x00\xff\n",
    ),
    "no path": (
        HttpRequest("GET", "http://example.com:80"),
        b"GET / HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\n\r\n",
    ),
    "a query without a path": (
        HttpRequest("GET", "http://example.com?a=/"),
        b"GET /?a=/ HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\n\r\n",
    ),
    "UTF-8": (
        HttpRequest("GET", "http://example.com:/", (("A", "\xe9\t \xff\u202f\U0001f600"), ("A", ""))),
        b"GET / HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\nA: \xc3\xa9\t \xc3\xbf\xe2\x80\xaf\xf0\x9f\x98\x80\r\nA: \r\n\r\n",
    ),
}

URLS = (
    *("", "/", "example.com", "//example.com/", "ftp://example.com/", "file:///etc/passwd", "wss://example.com/"),
    *(
        "http:/example.com",
        "http://",
        "http:///x",
        "http://:80/",
        "http://user@example.com/",
        "http://u:p@example.com/",
    ),
    *("http://example.com/#f", "http://example.com#f", "http://example.com/?a#", "http://example.com/a b"),
    *("http://example.com/a\tb", "http://example.com/a\nb", "http://example.com/a\r\nX: y", "http://example.com/\x00"),
    *("http://example.com/\x7f", "http://example.com/\xe9", "http://\xe9xample.com/", "http://example.com\\@evil.com/"),
    *("http://exa mple.com/", "http://example.com:0/", "http://example.com:65536/", "http://example.com:99999/"),
    *("http://example.com:-1/", "http://example.com:8x/", "http://example.com:80:80/", "http://[::1/", "http://[]/"),
    *(
        "http://[::1]x/",
        "http://[::g]/",
        "http://[1.2.3.4]/",
        "http://[:::::]/",
        "http://[fe80::1%25eth0]/",
        "http://::1/",
    ),
    *(" http://example.com/", "http://example.com/\n", "http://example.com\n", "http://%65xample.com/", "http://a,b/"),
    *("http://example.com:\u0661/", "\u017fttp://example.com/", "http\u017f://example.com/"),
)

HEADERS: tuple[Headers, ...] = (
    (("A", "b\r\nC: d"),),
    (("A", "b\n"),),
    (("A", "b\r"),),
    (("A", "b\x00"),),
    (("A", "b\x7f"),),
    (("A", "b\x1b"),),
    (("A", "\ud800"),),
    (("", "b"),),
    (("A ", "b"),),
    ((" A", "b"),),
    (("A:", "b"),),
    (("A:B", "b"),),
    (("A", "b"), ("", "c")),
    (("\u212a", "b"),),
    (("A\r\nB", "b"),),
    (("\xc4", "b"),),
    (("Host", "evil.example"),),
    (("Host", "example.com"), ("host", "example.com")),
    (("Content-Length", "1"),),
    (("Content-Length", "2"), ("content-length", "2")),
    (("Content-Length", "2, 2"),),
    (("Content-Length", "02"),),
    (("Transfer-Encoding", "chunked"),),
    (("transfer-encoding", "identity"),),
)


def ready(request: HttpRequest) -> EncodedRequest:
    """Return the encoded request."""
    encoded = encode_request(request)
    assert isinstance(encoded, EncodedRequest)
    return encoded


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    """The bytes are exactly these."""
    request, wanted = GOLDEN[name]
    unsent = ready(request).unsent
    assert unsent is not None
    assert bytes(unsent) == wanted


@pytest.mark.parametrize("url", URLS)
def test_refused_url(url: str) -> None:
    """The URL is refused, and the message does not show it."""
    outcome = encode_request(HttpRequest("POST", url))
    assert isinstance(outcome, TransportError)
    assert (outcome.kind, outcome.sent) == ("unsupported", "no")
    assert "example" not in outcome.message


@pytest.mark.parametrize("headers", HEADERS)
def test_refused_headers(headers: Headers) -> None:
    """Headers that would change the request's framing are refused."""
    outcome = encode_request(HttpRequest("POST", "http://example.com/", headers, b"hi"))
    assert isinstance(outcome, TransportError)
    assert (outcome.kind, outcome.sent) == ("unsupported", "no")


@pytest.mark.parametrize("header", [(), ("A",), ("A", "b", "c"), ("A", 1), (1, "b"), ("A", None), 5, b"ab", "A", None])
def test_a_header_that_is_not_two_texts_is_refused(header: Any) -> None:
    outcome = encode_request(HttpRequest("POST", "http://example.com/", (("X", "y"), header)))
    assert isinstance(outcome, TransportError)
    assert (outcome.kind, outcome.sent) == ("unsupported", "no")


@pytest.mark.parametrize("method", ["", "GET /", "GE\r\nT", "G\xc9T", "CONNECT"])
def test_refused_method(method: str) -> None:
    """A method must be a token and not CONNECT."""
    assert isinstance(encode_request(HttpRequest(method, "http://example.com/")), TransportError)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.COM/x", Origin(True, "example.com", 443)),
        ("http://Example.COM/x", Origin(False, "example.com", 80)),
        ("http://[2001:DB8::1]:81/x", Origin(False, "2001:db8::1", 81)),
    ],
)
def test_origin(url: str, origin: Origin) -> None:
    """The origin is normalised."""
    assert ready(HttpRequest("GET", url)).origin == origin


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 300_000])
def test_all_bytes_are_sent(size: int) -> None:
    """All bytes are sent, in pieces of any size."""
    encoded = ready(HttpRequest("POST", "http://example.com/", (), bytes(size)))
    left = b""
    while (unsent := encoded.unsent) is not None:
        left += unsent[:7777]
        encoded.advance(min(7777, len(unsent)))
    head, _, body = left.partition(b"\r\n\r\n")
    assert head.endswith(b"\r\nContent-Length: %d\r\nAccept-Encoding: identity" % size)
    assert body == bytes(size)


TEXT = st.text(st.characters(codec=None), max_size=20)


METHODS = st.sampled_from(["GET", "HEAD", "POST"]) | st.text(max_size=8)


@given(METHODS, TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=3), st.binary(max_size=20))
def test_any_input_is_refused_or_encoded_as_one_request(
    method: str, rest: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    """Any input is refused or encoded as one head with the expected number of lines."""
    outcome = encode_request(HttpRequest(method, "http://example.com/" + rest, tuple(headers), body))
    if isinstance(outcome, TransportError):
        assert outcome.sent == "no"
        return
    unsent = outcome.unsent
    assert unsent is not None
    head, _, sent = bytes(unsent).partition(b"\r\n\r\n")
    assert sent == body
    assert len(head.split(b"\r\n")[1:]) - len(headers) in (2, 3)
    assert head.count(b"\n") == head.count(b"\r") == head.count(b"\r\n")


def test_only_urls_of_post_requests_are_kept_and_not_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_writer, "_post_urls", {})
    for number in range(2 * request_writer._MAX_POST_URLS):
        encode_request(HttpRequest("POST", f"https://example.com/{number}"))
        for method in ("POST", "PUT"):
            encode_request(HttpRequest(method, f"https://example.com/{number}?signature={number}"))
    assert len(request_writer._post_urls) == request_writer._MAX_POST_URLS
    assert not [url for url in request_writer._post_urls if "signature" in url]
