"""The renderings of HTTP values: masked, total, and linear in the length of a URL."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import Endpoint, HttpRequest, HttpResponse, render
from lensconnect.http import hiding, is_header_value, masked_headers, masked_url

HUSH = "hush"
PASSWORDS = [
    f"https://u:a/{HUSH}@h",
    f"https://u:{HUSH}/participant/message@h",
    f"https://u:{HUSH}/participant/message/@h/base",
    f"https://u:a?{HUSH}@h/base",
    f"https://u:a#{HUSH}@h",
    f"https://u:a@{HUSH}@h",
    f"https://{HUSH}/@h",
    f"u:{HUSH}@h",
    f"//u:{HUSH}@h/base",
    f"https:/u:{HUSH}@h/base",
    f"https:\\\\u:{HUSH}@h/base",
    f"https://u:\n{HUSH}@h",
    f" https://u:{HUSH}@h",
]


@pytest.mark.parametrize(
    ("text", "fits"), [("a\tb", True), ("é", True), ("a\nb", False), ("\x7f", False), ("\ud800", False)]
)
def test_the_value_of_a_header(text: str, fits: bool) -> None:
    assert is_header_value(text) is fits


def test_a_header_holds_every_character_but_controls() -> None:
    refused = [number for number in range(0x180) if not is_header_value(chr(number))]
    assert refused == [*range(0x09), *range(0x0A, 0x20), 0x7F]


@pytest.mark.parametrize("message", [HttpRequest, HttpResponse], ids=["request", "response"])
def test_the_first_header_with_a_name_in_any_case_is_found(message: Any) -> None:
    headers = (("A", "1"), ("X-Id", "2"), ("x-ID", "3"))
    one = message("GET", "https://h", headers) if message is HttpRequest else message(200, headers)
    assert [one.header(name) for name in ("a", "X-ID", "x-other", "")] == ["1", "2", None, None]


HIDDEN = {
    "Secret/1": "***",
    "a sEcReT/1 b SECRET/1": "a *** b ***",
    "secret%2f1 and Secret%2F1.": "*** and ***.",
    r"secret\/1": "***",
    "secret/": "secret/",
    "": "",
}


@pytest.mark.parametrize("text", HIDDEN)
def test_a_secret_is_hidden_in_any_case_and_spelling(text: str) -> None:
    assert hiding(["Secret/1"])(text) == HIDDEN[text]


def test_a_secret_is_hidden_as_json_writes_it() -> None:
    assert hiding(['say "hi"\n'])(r'{"a":"say \"hi\"\n"}') == '{"a":"***"}'


def test_a_secret_of_fewer_than_8_characters_stays() -> None:
    assert hiding(["1234567", "abcdefgh"])("1234567 abcdefgh") == "1234567 ***"


def test_the_longest_of_several_secrets_is_hidden_first() -> None:
    assert hiding(["12345678", "1234567890"])("1234567890 123456789") == "*** ***9"


@pytest.mark.parametrize("url", PASSWORDS)
def test_no_rendering_shows_a_password(url: str) -> None:
    assert HUSH not in repr(Endpoint(url))
    assert HUSH not in masked_url(url)
    assert HUSH not in repr(HttpRequest("GET", url))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@h.example/base", "https://h.example/base"),
        ("https://h.example:8443/base?a=b#c", "https://h.example:8443/base"),
        ("https://u:a/b@h", "https://***"),
        ("https://h/base?mail=a@b", "https://***"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("", ""),
        ("h.example", "h.example"),
        ("h.example?a=b#c", "h.example"),
        ("u:p@h", "***"),
    ],
)
def test_an_endpoint(url: str, shown: str) -> None:
    assert repr(Endpoint(url)) == f"Endpoint(url={shown!r})"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/participant/message", "https://h/participant/message"),
        ("https://h//base//participant//views//a/b", "https://h//base//participant//views/***"),
        ("https://h/participant/views/", "https://h/participant/views/***"),
        ("https://h/participant/participant/event", "https://h/participant/participant/***"),
        ("https://h/participantX/participant/event", "https://h/participantX/participant/event"),
        (
            "https://h/participant/participantX/participant/event",
            "https://h/participant/participantX/participant/event",
        ),
        ("https://h/participant/Event", "https://h/***"),
        ("https://h/%20/participant/event", "https://h/***"),
        ("https://h/participant//", "https://h/***"),
        ("https://u:p@h/participant/event?x", "https://h/participant/event?***"),
        ("https://h", "https://h"),
        ("https://h/", "https://h/"),
        ("https://u:a/b@h", "https://***"),
        ("h/participant/event", "***"),
    ],
)
def test_a_masked_url(url: str, shown: str) -> None:
    assert masked_url(url) == shown


LONG: dict[str, Callable[[int], str]] = {
    "slashes": lambda n: "https://h" + "/" * n + "!",
    "participants": lambda n: "https://h" + "/participant" * n + "!",
    "participants and slashes": lambda n: "https://h" + "/participant//" * n + "!",
    "operations": lambda n: "https://h" + "/participant/a" * n + "!",
    "dots": lambda n: "https://h/" + "." * n + "!",
    "letters": lambda n: "https://h/participant/" + "a" * n + "!",
    "scheme": lambda n: "a" * n,
    "users": lambda n: "https://" + "u@" * n,
    "colons": lambda n: "a:" * n + "//",
    "hosts": lambda n: "https://" * n,
}


@pytest.mark.parametrize("make", LONG.values(), ids=LONG.keys())
def test_a_url_is_masked_in_linear_time(make: Callable[[int], str]) -> None:
    """Sixteen times the length takes far less than 256 times the CPU; a quadratic pattern takes all of it."""

    def cost(length: int) -> float:
        url = make(length)
        return min(_seconds(url) for _ in range(3))

    assert cost(32_000) < 80 * max(cost(2_000), 2e-5)


def _seconds(url: str) -> float:
    start = time.process_time()
    masked_url(url)
    repr(Endpoint(url))
    return time.process_time() - start


@given(st.text(st.sampled_from("ab:/?#@.-[]\\ \n") | st.characters(), max_size=30))
def test_masking_is_total(url: str) -> None:
    assert masked_url(url).count("@") == repr(Endpoint(url)).count("@") == 0


def test_an_empty_header_is_shown_as_empty() -> None:
    assert masked_headers((("X-Amz-Bearer", ""), ("X-Amz-Bearer", "t"))) == (
        ("X-Amz-Bearer", ""),
        ("X-Amz-Bearer", "***"),
    )


@pytest.mark.parametrize("status", [10**5000, -(10**5000)], ids=["large", "small"])
def test_a_status_of_any_size_has_a_rendering(status: int) -> None:
    response = HttpResponse(status)
    assert repr(response) == "HttpResponse(status=<int of 16610 bits>, headers=(), body=<0 bytes>)"
    assert render.as_http(response).startswith("<int of 16610 bits>\n")
    assert '"status":"<int of 16610 bits>"' in render.as_json(response)
