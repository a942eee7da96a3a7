"""describe and undescribe: round trips for every operation, and the laws of `described`."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import (
    ConnectionToken,
    DescribeView,
    Endpoint,
    HttpRequest,
    LensconnectError,
    ParticipantToken,
    SendEvent,
    SerializeError,
    StartPosition,
    Success,
    describe,
    described,
    described_at,
    http_request_url,
    is_ok,
    new_create_participant_connection,
    new_describe_view,
    new_disconnect_participant,
    new_get_transcript,
    new_send_event,
    new_send_message,
    send_event_content,
    undescribe,
    validate,
)
from lensconnect.operations import OPERATIONS, Reply, Request, Row
from lensconnect.testing.strategies import requests, requests_of

HOME = Endpoint("https://participant.connect.us-east-1.amazonaws.com")
TOKEN = ConnectionToken("t0k3n")
content_of_any: Any = send_event_content
EVENT = new_send_event("application/vnd.amazonaws.connect.event.typing", TOKEN)
every = pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)


def http(request: Request[Reply], url: str = HOME.url) -> HttpRequest:
    return describe(request, Endpoint(url)).unwrap()


def test_golden() -> None:
    assert http(EVENT) == HttpRequest(
        "POST",
        "https://participant.connect.us-east-1.amazonaws.com/participant/event",
        (("X-Amz-Bearer", "t0k3n"), ("Content-Type", "application/json")),
        b'{"ContentType":"application/vnd.amazonaws.connect.event.typing"}',
    )
    assert http(new_create_participant_connection(ParticipantToken("p"))).body == b"{}"
    assert http(new_describe_view("a/b+c=d e~-._:é", TOKEN)) == HttpRequest(
        "GET", HOME.url + "/participant/views/a%2Fb%2Bc%3Dd%20e~-._%3A%C3%A9", (("X-Amz-Bearer", "t0k3n"),), b""
    )


def test_a_nested_record_is_sent_even_when_empty() -> None:
    bodies = [
        http(type(new_get_transcript(TOKEN))(connection_token=TOKEN, start_position=position)).body
        for position in (None, StartPosition(), StartPosition(most_recent=0))
    ]
    assert bodies == [b"{}", b'{"StartPosition":{}}', b'{"StartPosition":{"MostRecent":0}}']


BASES = ("https://h", "https://h/", "https://h/base", "https://h/base/", "https://h/base//", "http://127.0.0.1:9/a/b/c")


@pytest.mark.parametrize("base", BASES)
def test_a_base_path_is_kept(base: str) -> None:
    assert http(EVENT, base).url == base.rstrip("/") + "/participant/event"
    assert undescribe(http(EVENT, base)) == Success(EVENT)


@every
def test_round_trip(row: Row) -> None:
    @settings(max_examples=40)
    @given(requests_of(row.request), st.sampled_from(BASES))
    def comes_back(request: Request[Reply], base: str) -> None:
        description = describe(request, Endpoint(base)).unwrap()
        assert undescribe(description) == Success(request)
        assert describe(undescribe(description).unwrap(), Endpoint(base)) == Success(description)
        assert validate(request) == ()

    comes_back()


# -- undescribe is lenient about what does not matter, and total ------------------------------------------------------


def variant(description: HttpRequest, **changed: Any) -> HttpRequest:
    return description.__replace__(**changed)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/x-amz-json-1.1",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "application/x-amz-json-1.1 ; a=b",
        "",
        None,
    ],
)
def test_media_types_of_every_client_are_read(media_type: str | None) -> None:
    headers = (("x-amz-bearer", "t0k3n"), *((("content-type", media_type),) if media_type is not None else ()))
    assert undescribe(variant(http(EVENT), headers=headers)) == Success(EVENT)


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/jsonp", "application/x-amz-json-1.0"]
)
def test_other_media_types_are_not(media_type: str) -> None:
    headers = (("X-Amz-Bearer", "t0k3n"), ("Content-Type", media_type))
    assert isinstance(undescribe(variant(http(EVENT), headers=headers)).failure(), SerializeError)


@pytest.mark.parametrize(
    "path",
    [
        "/participant/event",
        "//participant//event",
        "/base//participant/event/",
        "/participant/event/participant/event",
        "/participant/event?a=/participant/message",
        "/participant/event#/participant/message",
        "/participant/event?",
    ],
)
def test_paths_of_send_event(path: str) -> None:
    description = variant(http(EVENT), url="https://h" + path)
    assert undescribe(description) == Success(EVENT)
    changed = description & (described & content_of_any).set("hi")
    assert undescribe(changed) == Success(EVENT & send_event_content.set("hi"))
    assert changed.url.startswith("https://h/")
    assert changed.url.partition("?")[2] == description.url.partition("?")[2]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/participant/event"),
        ("post", "/participant/event"),
        ("PUT", "/participant/event"),
        ("POST", "/participant/views/v"),
        ("GET", "/participant/views"),
        ("GET", "/participant/views/"),
        ("GET", "/participant/views/a/b"),
        ("POST", "/participant/event/x"),
        ("POST", "/participantevent"),
        ("POST", "/xparticipant/event"),
        ("POST", "/participant/eventful"),
        ("POST", "/Participant/Event"),
        ("POST", "/participant%2Fevent"),
        ("POST", "/participant/event\n"),
        ("POST", ""),
        ("POST", "/"),
        ("POST", "/?/participant/event"),
        ("POST", "/" * 100_000 + "x"),
    ],
)
def test_paths_without_an_operation(method: str, path: str) -> None:
    description = variant(http(EVENT), method=method, url="https://h" + path)
    assert isinstance(undescribe(description).failure(), SerializeError)
    assert described.unpack(description) is None
    assert description & described.modify(lambda _: EVENT) is description


def test_any_number_of_slashes_is_read() -> None:
    assert undescribe(variant(http(EVENT), url="https://h" + "/" * 400_000 + "participant/event")).unwrap() == EVENT
    assert isinstance(undescribe(variant(http(EVENT), url="https://h" + "/" * 400_000 + "x")).failure(), SerializeError)


def test_the_path_is_split_before_a_label_is_decoded() -> None:
    for label in ("a/b", "%2F", "..", "a?b#c", "participant/views", "é漢😀", " "):
        url = "https://h/participant/views/" + "".join(f"%{byte:02x}" for byte in label.encode())
        request = undescribe(HttpRequest("GET", url, (("X-Amz-Bearer", "t"),))).unwrap()
        assert request == DescribeView(view_token=label, connection_token=ConnectionToken("t"))
    bad = HttpRequest("GET", "https://h/participant/views/%ff", (("X-Amz-Bearer", "t"),))
    assert isinstance(undescribe(bad).failure(), SerializeError)


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b'"x"', b'{"ContentType":', b'{"ContentType":7}', b"{}", b"", b"\xff", b"\xef\xbb\xbf{}"]
)
def test_a_bad_body_is_a_failure_and_is_not_replaced(body: bytes) -> None:
    description = variant(http(EVENT), body=body)
    assert isinstance(undescribe(description).failure(), SerializeError)
    assert description & described.modify(lambda _: EVENT) is description


def test_a_missing_bearer_is_a_failure_and_an_empty_body_an_empty_object() -> None:
    assert isinstance(undescribe(variant(http(EVENT), headers=())).failure(), SerializeError)
    leave = new_disconnect_participant(TOKEN)
    assert undescribe(variant(http(leave), body=b"")) == Success(leave)


def test_the_token_is_read_from_the_header_only() -> None:
    body = b'{"ContentType":"text/plain","ConnectionToken":"other","connection_token":"other","X":[1]}'
    assert undescribe(variant(http(EVENT), body=body)) == Success(new_send_event("text/plain", TOKEN))


@given(
    st.sampled_from(["GET", "POST"]) | st.text(),
    st.text()
    | st.lists(st.sampled_from(["https://h", "/", "participant", "event", "views", "%", "?", "#", "["])).map("".join),
    st.lists(st.tuples(st.sampled_from(["X-Amz-Bearer", "Content-Type"]), st.text())).map(tuple),
    st.binary() | st.just(b"{}"),
)
def test_undescribe_never_raises(method: str, url: str, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    description = HttpRequest(method, url, headers, body)
    outcome = undescribe(description)
    f"{outcome!r}"
    assert (described.unpack(description) is not None) == is_ok(outcome)
    assert description & described.modify(lambda request: request) is description


# -- described is a lawful prism --------------------------------------------------------------------------------------

PRETTY = HttpRequest(
    "POST",
    "https://proxy.example:8443/deep//base/participant/event?trace=1",
    (("x-trace", "1"), ("x-amz-bearer", "t0k3n"), ("content-type", "application/x-amz-json-1.1")),
    b'{ "ContentType" : "text/plain", "New": 1 }',
)


@given(requests())
def test_described_finds_the_request_it_constructed(request: Request[Reply]) -> None:
    assert described.construct(request) & described.preview() == request
    assert described.construct(request) == http(request)


@given(requests(), requests())
def test_described_finds_the_request_set_last(one: Request[Reply], other: Request[Reply]) -> None:
    state = http(EVENT, "https://h/base")
    assert (state & described.set(one)) & described.preview() == one
    assert state & described.set(one) & described.set(other) & described.preview() == other
    assert (state & described.set(one)).url.startswith("https://h/base/participant/")


@given(requests())
def test_setting_the_same_request_changes_nothing(request: Request[Reply]) -> None:
    state = http(request, "https://h/base")
    assert state & described.set(request) is state
    assert state & described.modify(lambda same: same) is state


def test_a_change_keeps_url_and_headers_and_no_change_keeps_every_byte() -> None:
    assert PRETTY & described.modify(lambda request: request) is PRETTY
    assert PRETTY & described.modify(
        lambda _: new_send_message("text/plain", "hi", ConnectionToken("n"))
    ) == HttpRequest(
        "POST",
        "https://proxy.example:8443/deep//base/participant/message?trace=1",
        (("X-Amz-Bearer", "n"), ("Content-Type", "application/json"), ("x-trace", "1")),
        b'{"ContentType":"text/plain","Content":"hi"}',
    )


def test_described_at_pickles() -> None:
    there = described_at(Endpoint("http://127.0.0.1:9/base"))
    assert there.construct(EVENT).url == "http://127.0.0.1:9/base/participant/event"
    assert pickle.loads(pickle.dumps(there)).construct(EVENT) == there.construct(EVENT)


def test_construct_checks_safety_only() -> None:
    long = new_send_message("x" * 500, "y" * 99_999, TOKEN)
    assert described.construct(long) & described.preview() == long
    for unsafe in (new_describe_view("..", TOKEN), new_send_event("a", ConnectionToken("a b"))):
        with pytest.raises(LensconnectError):
            described.construct(unsafe)


def test_described_composes_with_a_lens_on_the_url() -> None:
    assert http(EVENT) & http_request_url.get() == HOME.url + "/participant/event"


def test_a_lone_surrogate_is_sent_as_an_escape() -> None:
    message = new_send_message("text/plain", "a\ud83d b", TOKEN)
    description = http(message)
    assert description.body == b'{"ContentType":"text/plain","Content":"a\\ud83d b"}'
    assert undescribe(description) == Success(message)
    assert json.loads(description.body)["Content"] == message.content


def test_an_unknown_type_raises_a_type_error() -> None:
    class Subclass(SendEvent, frozen=True, kw_only=True):
        pass

    for wrong in (StartPosition(), Subclass(content_type="a", connection_token=TOKEN)):
        with pytest.raises(TypeError, match=r"request must be a request such as"):
            describe(wrong, HOME)  # type: ignore[arg-type]


def test_a_field_of_another_type_raises_where_it_is_used() -> None:
    wrong: Any = 7
    with pytest.raises(AttributeError, match="rstrip"):
        describe(EVENT, Endpoint(wrong))
    with pytest.raises(TypeError):
        undescribe(HttpRequest("POST", wrong))
