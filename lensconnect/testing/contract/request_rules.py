"""Checks of what leaves: exactly the request, once, and nothing of anyone else's."""

from __future__ import annotations

from functools import partial
from typing import Final

from lensconnect.http import HttpRequest
from lensconnect.testing.contract.checks import (
    CANARY,
    CheckSteps,
    CheckTable,
    Tolerances,
    call,
    expect,
    expect_error,
    expect_reply,
    get,
    is_failure,
    post,
)
from lensconnect.testing.contract.peer import Peer, Talk

__all__ = ["REQUESTS"]

EMPTY: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

TARGETS: Final[dict[str, tuple[str, str]]] = {
    "URL: escapes as they are": (
        "/a%2Fb%2fc%7Ed%41?X-Sig=a%2Bb+c&e=%25&f=",
        "/a%2Fb%2fc%7Ed%41?X-Sig=a%2Bb+c&e=%25&f=",
    ),
    "URL: dots and doubled slashes": ("/a/../b//c/./d", "/a/../b//c/./d"),
    "URL: odd but visible characters": ("/'(!*;:@,$~)[]?q=\"<>|^`{}'", "/'(!*;:@,$~)[]?q=\"<>|^`{}'"),
    "URL: an empty path": ("", "/"),
    "URL: a query without a path": ("?a=b", "/?a=b"),
}


def answering(said: bytes, talk: Talk) -> None:
    """Say the same to every request."""
    while True:
        talk.request()
        talk.say(said)


def _target(written: str, sent: str, _: Tolerances) -> CheckSteps[None]:
    with Peer(partial(answering, EMPTY)) as peer:
        expect_reply((yield from call(get(peer, written))))
        line = peer.requests[0].split(b"\r\n")[0]
        expect(line == f"GET {sent} HTTP/1.1".encode(), f"the request line is {line!r}")


def _empty_query(tolerances: Tolerances) -> CheckSteps[None]:
    """Its question mark leaves too, or nothing does."""
    with Peer(partial(answering, EMPTY)) as peer:
        answer = yield from call(get(peer, "/a?"))
        if is_failure(answer):
            expect_error(answer, "unsupported", "no")
        else:
            yield from _target("/a?", "/a?", tolerances)


def _sent_headers(request: bytes) -> list[tuple[str, str]]:
    lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


def _headers_are(peer: Peer, request: HttpRequest, *added: tuple[str, str]) -> None:
    wanted = [("host", f"127.0.0.1:{peer.port}"), ("accept-encoding", "identity"), *added]
    wanted += [(name.lower(), value) for name, value in request.headers]
    found = _sent_headers(peer.requests[-1])
    extra = [name for name, value in found if (name, value) not in wanted or found.count((name, value)) > 1]
    missing = [name for name, value in wanted if (name, value) not in found]
    expect(not extra and not missing, f"more than was given: {extra}; less: {missing}")


def _headers(_: Tolerances) -> CheckSteps[None]:
    with Peer(partial(answering, EMPTY)) as peer:
        expect_reply((yield from call(post(peer, b"four"))))
        _headers_are(peer, post(peer), ("content-length", "4"))


def _headers_of_get(_: Tolerances) -> CheckSteps[None]:
    with Peer(partial(answering, EMPTY)) as peer:
        expect_reply((yield from call(get(peer))))
        found = _sent_headers(peer.requests[0])
        _headers_are(peer, get(peer), *([("content-length", "0")] if ("content-length", "0") in found else []))


def _order(_: Tolerances) -> CheckSteps[None]:
    """A repeated header is sent as often, in order."""
    with Peer(partial(answering, EMPTY)) as peer:
        request = HttpRequest("PUT", peer.url(), (("X-Twice", "2"), ("X-Twice", "1")), b"x")
        expect_reply((yield from call(request)))
        twice = [value for name, value in _sent_headers(peer.requests[0]) if name == "x-twice"]
        expect(twice == ["2", "1"], f"a repeated header was sent as {twice}")


def _body(_: Tolerances) -> CheckSteps[None]:
    """Bytes are bytes; an empty body is one of no bytes."""
    with Peer(partial(answering, EMPTY)) as peer:
        for body in (bytes(range(256)), b""):
            expect_reply((yield from call(post(peer, body))))
            expect(peer.requests[-1].partition(b"\r\n\r\n")[2] == body, "another body was sent")
            lengths = [value for name, value in _sent_headers(peer.requests[-1]) if name == "content-length"]
            expect(lengths == [str(len(body))], f"Content-Length is {lengths}")


def _smuggled(_: Tolerances) -> CheckSteps[None]:
    """A line break in a header is refused, not sent."""
    with Peer(partial(answering, EMPTY)) as peer:
        request = HttpRequest("GET", peer.url(), (("X-A", f"b\r\nX-Injected: {CANARY}"),))
        expect_error((yield from call(request)), "unsupported protocol", "no maybe")
        expect(not peer.requests, "it was sent")


def _wrong_url(url: str, _: Tolerances) -> CheckSteps[None]:
    expect_error((yield from call(HttpRequest("GET", url))), "unsupported connect name", "no")


def _user(_: Tolerances) -> CheckSteps[None]:
    """A user in a URL is refused, or at least makes no header."""
    with Peer(partial(answering, EMPTY)) as peer:
        answer = yield from call(HttpRequest("GET", f"http://{CANARY}:{CANARY}@127.0.0.1:{peer.port}/"))
        if peer.requests:
            expect("authorization" not in dict(_sent_headers(peer.requests[0])), "an Authorization header was made")
            expect_reply(answer, 200)
        else:
            expect_error(answer, "unsupported", "no")


def _redirect(_: Tolerances) -> CheckSteps[None]:
    """It is a reply like others: whoever follows it would show the bearer to a stranger."""
    with Peer(partial(answering, EMPTY)) as stranger:
        for status in (301, 302, 303, 307, 308):
            said = f"HTTP/1.1 {status} Moved\r\nLocation: {stranger.url()}\r\nContent-Length: 0\r\n\r\n"
            with Peer(partial(answering, said.encode())) as peer:
                for request in (post(peer), get(peer)):
                    expect_reply((yield from call(request)), status)
                expect(len(peer.requests) == 2, "it was sent again")
        expect(not stranger.connections, "it was followed, with the bearer" if stranger.requests else "it was followed")


def _once(status: bytes, more: bytes, _: Tolerances) -> CheckSteps[None]:
    """Sending again is for the retry policy, and authenticating for nobody."""
    with Peer(partial(answering, b"HTTP/1.1 %b\r\n%bContent-Length: 0\r\n\r\n" % (status, more))) as peer:
        for count, request in enumerate((post(peer), get(peer)), 1):
            expect_reply((yield from call(request)), int(status[:3]))
            expect(len(peer.requests) == count, "it was sent again")


def _cookies(_: Tolerances) -> CheckSteps[None]:
    said = EMPTY.replace(b"Content", b"Set-Cookie: a=b; Path=/\r\nContent", 1)
    with Peer(partial(answering, said)) as peer:
        for _turn in range(2):
            expect_reply((yield from call(post(peer))))
        expect("cookie" not in dict(_sent_headers(peer.requests[1])), "a cookie was kept and sent")


REQUESTS: Final[CheckTable] = {
    **{name: partial(_target, *row) for name, row in TARGETS.items()},
    "URL: an empty query": _empty_query,
    "headers: those given, and three more": _headers,
    "headers: the same without a body": _headers_of_get,
    "headers: repeated ones in order": _order,
    "headers: a line break is refused": _smuggled,
    "the body byte for byte": _body,
    "a URL of another scheme": partial(_wrong_url, "ftp://127.0.0.1/canary"),
    "a URL that is none": partial(_wrong_url, "http://[::1/canary"),
    "a URL with a user": _user,
    "no redirect is followed": _redirect,
    "no cookie is kept": _cookies,
    "sent once: 503": partial(_once, b"503 Slow Down", b"Retry-After: 0\r\n"),
    "sent once: 401": partial(_once, b"401 Who", b'WWW-Authenticate: Basic realm="x"\r\n'),
    "sent once: 408": partial(_once, b"408 Late", b"Connection: close\r\n"),
}
