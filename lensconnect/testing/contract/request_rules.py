"""Checks of requests: exactly the request is sent, once, and nothing is added but three headers."""

from __future__ import annotations

import os
from functools import partial
from typing import Final

from lensconnect.http import HttpRequest
from lensconnect.testing.contract.checks import *
from lensconnect.testing.contract.scripted_server import ScriptedServer
from lensconnect.testing.contract.scripts import *

TARGETS: Final = {
    "URL: escapes as they are": "/a%2Fb%2fc%7Ed%41?X-Sig=a%2Bb+c&e=%25&f=",
    "URL: dots and doubled slashes": "/a/../b//c/./d",
    "URL: odd but visible characters": "/'(!*;:@,$~)[]?q=\"<>|^`{}'",
}
"""The end of a URL, which has to be sent as it is."""


def _target(given: str, sent: str, _: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(answer_with(EMPTY)) as server:
        expect_reply((yield from call(get(server, given))))
        line = server.requests[0].split(b"\r\n")[0]
        expect(line == f"GET {sent} HTTP/1.1".encode(), f"the request line is {line!r}")


def _empty_query(tolerances: Tolerances) -> CheckSteps[None]:
    """The question mark of an empty query is sent too, or the URL is refused."""
    with ScriptedServer(answer_with(EMPTY)) as server:
        ended = yield from call(get(server, "/a?"))
        if is_failure(ended):
            expect_error(ended, "unsupported", "no")
        else:
            yield from _target("/a?", "/a?", tolerances)


def _headers_of(request: bytes) -> list[tuple[str, str]]:
    lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


def _expect_headers(server: ScriptedServer, request: HttpRequest, *added: tuple[str, str]) -> None:
    expected = [("host", f"127.0.0.1:{server.port}"), ("accept-encoding", "identity"), *added]
    expected += [(name.lower(), value) for name, value in request.headers]
    sent = _headers_of(server.requests[-1])
    extra = [name for name, value in sent if (name, value) not in expected or sent.count((name, value)) > 1]
    missing = [name for name, value in expected if (name, value) not in sent]
    expect(not extra and not missing, f"headers that were added: {extra}; headers that are missing: {missing}")


def _headers(_: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(answer_with(EMPTY)) as server:
        expect_reply((yield from call(post(server, b"four"))))
        _expect_headers(server, post(server), ("content-length", "4"))


def _headers_without_body(_: Tolerances) -> CheckSteps[None]:
    """A GET may have a Content-Length of zero or none."""
    with ScriptedServer(answer_with(EMPTY)) as server:
        expect_reply((yield from call(get(server))))
        zero = ("content-length", "0")
        _expect_headers(server, get(server), *([zero] if zero in _headers_of(server.requests[0]) else []))


def _repeated_headers(_: Tolerances) -> CheckSteps[None]:
    """A repeated header is sent as often as it is given, in order."""
    with ScriptedServer(answer_with(EMPTY)) as server:
        for spelling in ("X-Twice", "x-twice", "Cookie", "COOKIE"):
            headers = ((spelling.title(), "b=2"), (spelling, "a=1"))
            expect_reply((yield from call(HttpRequest("PUT", server.url(), headers, b"x"))))
            sent = [value for name, value in _headers_of(server.requests[-1]) if name == spelling.lower()]
            expect(sent == ["b=2", "a=1"], f"a repeated header was sent as {sent}")


def _expectation(_: Tolerances) -> CheckSteps[None]:
    """A body is sent at once, also with `Expect: 100-continue`: a server need not answer with a 100."""
    with ScriptedServer(answer_with(EMPTY)) as server:
        request = HttpRequest("PUT", server.url(), (("Expect", "100-continue"),), b"x")
        expect_reply((yield from call(request, 2.0)))
        expect(server.requests[0].endswith(b"\r\n\r\nx"), "a different body was sent")


def _utf8_headers(_: Tolerances) -> CheckSteps[None]:
    """The value of a header is sent as UTF-8: a signed header has to arrive as its bytes were signed."""
    values = "é", "聊天 文件.pdf", "a\u202fb", "\U0001f600", "a\tb"
    with ScriptedServer(answer_with(EMPTY)) as server:
        headers = tuple((f"X-{number}", value) for number, value in enumerate(values))
        expect_reply((yield from call(HttpRequest("PUT", server.url(), headers, b"x"))))
        lines = server.requests[0].partition(b"\r\n\r\n")[0].split(b"\r\n")
        for name, value in headers:
            expect(f"{name}: {value}".encode().lower() in map(bytes.lower, lines), f"{value!a} was sent otherwise")


def _body(_: Tolerances) -> CheckSteps[None]:
    """The bytes of a body are sent unchanged; an empty body has a Content-Length of zero."""
    with ScriptedServer(answer_with(EMPTY)) as server:
        for body in (bytes(range(256)), b""):
            expect_reply((yield from call(post(server, body))))
            expect(server.requests[-1].partition(b"\r\n\r\n")[2] == body, "a different body was sent")
            lengths = [value for name, value in _headers_of(server.requests[-1]) if name == "content-length"]
            expect(lengths == [str(len(body))], f"Content-Length is {lengths}")


def _control_characters(_: Tolerances) -> CheckSteps[None]:
    """A value with a control character or a lone surrogate is refused: a line break would inject another header."""
    with ScriptedServer(answer_with(EMPTY)) as server:
        for bad in ("\r\n", "\n", "\r", "\x00", "\x1b", "\x7f", "\ud800"):
            request = HttpRequest("GET", server.url(), (("X-A", f"b{bad}X-Injected: {CANARY}"),))
            expect_error((yield from call(request)), "unsupported protocol", "no maybe")
        expect(not server.requests, "the request was sent")


def _unsupported_url(url: str, _: Tolerances) -> CheckSteps[None]:
    expect_error((yield from call(HttpRequest("GET", url))), "unsupported connect name", "no")


def _user_in_url(_: Tolerances) -> CheckSteps[None]:
    """A URL with a user and password is refused, or they are ignored."""
    with ScriptedServer(answer_with(EMPTY)) as server:
        ended = yield from call(HttpRequest("GET", f"http://{CANARY}:{CANARY}@127.0.0.1:{server.port}/"))
        if server.requests:
            expect("authorization" not in dict(_headers_of(server.requests[0])), "an Authorization header was sent")
            expect_reply(ended, 200)
        else:
            expect_error(ended, "unsupported", "no")


def _redirect(_: Tolerances) -> CheckSteps[None]:
    """A redirect is returned as a reply: following it would send the bearer token to another host."""
    with ScriptedServer(answer_with(EMPTY)) as stranger:
        for status in (301, 302, 303, 307, 308):
            reply = f"HTTP/1.1 {status} Moved\r\nLocation: {stranger.url()}\r\nContent-Length: 0\r\n\r\n"
            with ScriptedServer(answer_with(reply.encode())) as server:
                for request in (post(server), get(server)):
                    expect_reply((yield from call(request)), status)
                expect(len(server.requests) == 2, "the request was sent again")
        with_token = ", with the bearer token" if stranger.requests else ""
        expect(not stranger.connections, f"the redirect was followed{with_token}")


def _sent_once(status: bytes, header: bytes, _: Tolerances) -> CheckSteps[None]:
    """Only the retry policy sends a request again; a transport never authenticates by itself."""
    with ScriptedServer(answer_with(b"HTTP/1.1 %b\r\n%bContent-Length: 0\r\n\r\n" % (status, header))) as server:
        for count, request in enumerate((post(server), get(server)), 1):
            expect_reply((yield from call(request)), int(status[:3]))
            expect(len(server.requests) == count, "the request was sent again")


def _cookies(_: Tolerances) -> CheckSteps[None]:
    with ScriptedServer(answer_with(OK + b"Set-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n")) as server:
        for _turn in range(2):
            expect_reply((yield from call(post(server))))
        expect("cookie" not in dict(_headers_of(server.requests[1])), "a cookie was kept and sent")


def _proxy_of_environment(_: Tolerances) -> CheckSteps[None]:
    """A proxy of the environment would read the token of a plain request to this machine (it is set for one call)."""
    with ScriptedServer(answer_with(EMPTY)) as proxy, ScriptedServer(answer_with(EMPTY)) as server:
        before = os.environ.get("http_proxy")
        os.environ["http_proxy"] = proxy.url("")
        try:
            ended = yield from call(post(server))
        finally:
            os.environ.pop("http_proxy") if before is None else os.environ.update(http_proxy=before)
        expect(not proxy.connections, "the proxy of the environment was asked")
        expect_reply(ended, 200)


REQUEST_RULES: Final[CheckTable] = {
    **{name: partial(_target, target, target) for name, target in TARGETS.items()},
    "URL: an empty path": partial(_target, "", "/"),
    "URL: a query without a path": partial(_target, "?a=b", "/?a=b"),
    "URL: an empty query": _empty_query,
    "headers: those given, and three more": _headers,
    "headers: the same without a body": _headers_without_body,
    "headers: repeated ones in order": _repeated_headers,
    "headers: Expect holds nothing back": _expectation,
    "headers: a control character is refused": _control_characters,
    "headers: UTF-8 as it is": _utf8_headers,
    "the body byte for byte": _body,
    "a URL of another scheme": partial(_unsupported_url, "ftp://127.0.0.1/canary"),
    "an invalid URL": partial(_unsupported_url, "http://[::1/canary"),
    "a URL with a user": _user_in_url,
    "no redirect is followed": _redirect,
    "no cookie is kept": _cookies,
    "no proxy of the environment for this machine": _proxy_of_environment,
    "sent once: 503": partial(_sent_once, b"503 Slow Down", b"Retry-After: 0\r\n"),
    "sent once: 401": partial(_sent_once, b"401 Who", b'WWW-Authenticate: Basic realm="x"\r\n'),
    "sent once: 408": partial(_sent_once, b"408 Late", b"Connection: close\r\n"),
}
