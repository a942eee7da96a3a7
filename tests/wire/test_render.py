"""curl, HTTP and JSON renderings: golden texts, masked by default, complete with `reveal=True`, total."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    ConnectionToken,
    Endpoint,
    HttpRequest,
    HttpResponse,
    describe,
    get_transcript_next_token,
    new_describe_view,
    new_get_transcript,
    new_send_message,
    render,
    undescribe,
)
from lensconnect.operations import Reply, Request
from lensconnect.testing.strategies import requests

HUSH = "hush-hush"
TOKEN = ConnectionToken(HUSH)
Render = Callable[..., str]
RENDERS: tuple[Render, ...] = (render.as_curl, render.as_http, render.as_json)
OF_RESPONSES: tuple[Render, ...] = (render.as_http, render.as_json)


def http(request: Request[Reply]) -> HttpRequest:
    return describe(request, Endpoint("https://h/base")).unwrap()


MESSAGE = http(new_send_message("application/json", '{"viewToken":"hush-hush","a":"it\'s"}', TOKEN))


def test_golden_curl() -> None:
    assert render.as_curl(MESSAGE) == (
        "curl --request POST https://h/base/participant/message"
        " --header 'X-Amz-Bearer: ***' --header 'Content-Type: application/json'"
        """ --data-raw '{"ContentType":"application/json","Content":"{\\"viewToken\\":\\"***\\",\\"a\\":\\"it'"'"'s\\"}"}'"""
    )
    assert render.as_curl(http(new_describe_view("a b", TOKEN))) == (
        "curl --request GET 'https://h/base/participant/views/***' --header 'X-Amz-Bearer: ***'"
    )


def test_golden_http() -> None:
    assert render.as_http(MESSAGE).splitlines() == [
        "POST https://h/base/participant/message",
        "X-Amz-Bearer: ***",
        "Content-Type: application/json",
        "",
        r'{"ContentType":"application/json","Content":"{\"viewToken\":\"***\",\"a\":\"it' + r"'s\"}" + '"}',
    ]
    response = HttpResponse(403, (("x-amzn-RequestId", "r-1"), ("Set-Cookie", HUSH)), b'{"message":"Access denied"}')
    assert render.as_http(response).splitlines() == [
        "403",
        "x-amzn-RequestId: r-1",
        "Set-Cookie: ***",
        "",
        '{"message":"Access denied"}',
    ]


def test_golden_json() -> None:
    page = http(new_get_transcript(TOKEN) & get_transcript_next_token.set(HUSH))
    assert json.loads(render.as_json(page)) == {
        "method": "POST",
        "url": "https://h/base/participant/transcript",
        "headers": [["X-Amz-Bearer", "***"], ["Content-Type", "application/json"]],
        "body": {"NextToken": "***"},
    }
    assert json.loads(render.as_json(HttpResponse(200))) == {"status": 200, "headers": [], "body": None}


@given(requests())
def test_revealed_curl_shows_everything(request: Request[Reply]) -> None:
    description = http(request)
    words = shlex.split(render.as_curl(description, reveal=True))
    assert words[:4] == ["curl", "--request", description.method, description.url]
    headers = [tuple(words[i + 1].split(": ", 1)) for i, word in enumerate(words[:8]) if word == "--header"]
    body = words[words.index("--data-raw", 4) + 1].encode() if "--data-raw" in words else b""
    again = HttpRequest(words[2], words[3], tuple(headers), body)  # type: ignore[arg-type]
    assert undescribe(again) == undescribe(description)


def test_curl_arguments_are_quoted_for_the_shell() -> None:
    evil = HttpRequest("POST; rm", "https://h/$(rm)", (("A", "`rm`'; rm"),), b"'; rm #\n@/etc/passwd")
    assert shlex.split(render.as_curl(evil, reveal=True)) == [
        *("curl", "--request", "POST; rm", "https://h/$(rm)"),
        *("--header", "A: `rm`'; rm", "--data-raw", "'; rm #\n@/etc/passwd"),
    ]


SECRET_BODIES = {
    "a socket": {"Websocket": {"Url": HUSH}},
    "credentials": {"ConnectionCredentials": {"ConnectionToken": HUSH}},
    "a WebRTC attendee": {"WebRTCConnection": {"Attendee": {"JoinToken": HUSH}}},
    "an upload": {"UploadMetadata": {"Url": HUSH, "HeadersToInclude": {"a": HUSH}}},
    "a download": {"Url": HUSH},
    "a sign-in": {"AuthenticationUrl": HUSH},
    "a page": {"NextToken": HUSH},
    "a view": {"View": {"Content": {"Template": HUSH, "InputSchema": HUSH}}},
    "other case": {"connectionToken": HUSH, "PARTICIPANTTOKEN": HUSH},
    "in an array": [[{"nextToken": HUSH}]],
    "whatever its type": {"NextToken": [HUSH, {"a": HUSH}], "Url": {"b": HUSH}},
    "JSON in a string": {"Content": json.dumps({"viewToken": HUSH})},
    "JSON in a string in a string": {"Content": json.dumps({"x": json.dumps([{"viewToken": HUSH}])})},
    "JSON in a string after white space": {"Content": " \n" + json.dumps({"viewToken": HUSH})},
    "truncated JSON in a string": {"Content": json.dumps({"viewToken": HUSH})[:-1]},
    "JSON in a string, nested too deeply": {"Content": "[" * 300 + json.dumps({"viewToken": HUSH}) + "]" * 300},
    "JSON in a string with half a pair": {"Content": '{"a":"\\ud800","viewToken":"' + HUSH + '"}'},
}


@pytest.mark.parametrize("name", SECRET_BODIES)
def test_secrets_in_bodies_are_masked(name: str) -> None:
    body = json.dumps(SECRET_BODIES[name]).encode()
    response, request = HttpResponse(200, (), body), HttpRequest("POST", "https://h/", (), body)
    for show in OF_RESPONSES:
        assert HUSH not in show(response)
        assert HUSH in show(response, reveal=True)
    for show in RENDERS:
        assert HUSH not in show(request)
        assert HUSH in show(request, reveal=True)


def test_the_name_and_the_actions_of_a_view_are_masked_and_others_are_not() -> None:
    body = {"Name": "Ann", "Actions": ["a"], "View": {"Name": HUSH, "Content": {"Actions": [HUSH]}}}
    shown = json.loads(render.as_json(HttpResponse(200, (), json.dumps(body).encode())))["body"]
    assert shown == {"Name": "Ann", "Actions": ["a"], "View": {"Name": "***", "Content": {"Actions": "***"}}}


@pytest.mark.parametrize(
    "url",
    [
        f"https://h/participant/views/{HUSH}",
        f"https://h/base//participant//views//{HUSH}",
        f"https://{HUSH}@h/participant/event",
        f"https://u:{HUSH}@h/participant/event",
        f"https://bucket.example/{HUSH}",
        f"https://h/?X-Amz-Signature={HUSH}",
        f"https://h/participant/event#{HUSH}",
        f"https://h/participant/event?a={HUSH}",
        f"wss://h/{HUSH}",
        HUSH,
    ],
)
def test_secrets_in_urls_are_masked(url: str) -> None:
    request = HttpRequest("POST", url)
    for show in RENDERS:
        assert HUSH not in show(request)
        assert HUSH in show(request, reveal=True)
    assert HUSH not in repr(request)


@pytest.mark.parametrize(
    "name", ["X-Amz-Bearer", "x-amz-bearer", "Authorization", "Cookie", "Set-Cookie", "Location", "X-New"]
)
def test_headers_are_masked_unless_known_to_be_harmless(name: str) -> None:
    for message in (HttpRequest("GET", "https://h", ((name, HUSH),)), HttpResponse(200, ((name, HUSH),))):
        for show in OF_RESPONSES:
            assert HUSH not in show(message)
            assert HUSH in show(message, reveal=True)


def test_plain_text_stays_readable() -> None:
    for content in ("hello", "{hello}", "[see the url]", '{"a": 1}', '{"name":"Ann'):
        shown = render.as_json(http(new_send_message("text/plain", content, TOKEN)))
        readable = content if "url" not in content else "***"
        assert json.loads(shown)["body"]["Content"] == readable


NOT_JSON = (b"<html>hush-hush</html>", b"\xffhush-hush", b'{"a":"hush-hush"', b"[" * 300 + b'"hush-hush"' + b"]" * 300)


@pytest.mark.parametrize("body", NOT_JSON)
def test_a_body_that_is_no_json_is_shown_as_its_size(body: bytes) -> None:
    for message in (HttpRequest("POST", "https://h", (), body), HttpResponse(200, (), body)):
        for show in OF_RESPONSES:
            assert f"<{len(body)} bytes>" in show(message)
            assert HUSH not in show(message)
            assert HUSH in show(message, reveal=True)


def in_strings(times: int, depth: int) -> str:
    text = "1"
    for _ in range(times):
        text = json.dumps("[" * depth + text + "]" * depth)
    return text


@given(
    st.text(),
    st.text(),
    st.lists(st.tuples(st.text(), st.text()), max_size=2).map(tuple),
    st.binary()
    | st.sampled_from([b"[" * n + b"]" * n for n in (249, 300, 1000, 100_000)])
    | st.just(in_strings(7, 200).encode()),
    st.booleans(),
)
def test_nothing_raises(method: str, url: str, headers: tuple[tuple[str, str], ...], body: bytes, reveal: bool) -> None:
    for show in RENDERS:
        show(HttpRequest(method, url, headers, body), reveal=reveal)
    for show in OF_RESPONSES:
        show(HttpResponse(200, headers, body), reveal=reveal)
