"""Faults on demand: in this process, over the network, by Python and by HTTP."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensconnect import (
    OPERATIONS,
    Endpoint,
    HttpResponse,
    TransportError,
    describe,
    new_get_transcript,
    new_send_message,
)
from lensconnect import emulator as doors
from lensconnect.emulator import Emulator, HttpFault, SocketFault
from lensconnect.emulator.chat.fault_plan import HttpKind, SocketKind
from lensconnect.emulator.wire.routes import CONNECT_OPERATIONS
from lensconnect.interpreters.direct import DirectTransport

from ..helpers.harness import Harness, WebSocketClient, connected, described

HEARTBEAT = '{"topic":"aws/heartbeat"}'


def texts(harness: Harness, token: Any) -> list[str | None]:
    return [item.content for item in harness.send(new_get_transcript(token)).unwrap().transcript or () if item.content]


def test_instead_of_acting() -> None:
    harness = Harness()
    token = harness.connect()
    harness.emulator.plan(
        HttpFault("throttle", operation="SendMessage", count=2), HttpFault("error", status=503, count=1)
    )
    send = new_send_message("text/plain", "x", token)
    assert harness.error_of(send) == harness.error_of(send) == (429, "ThrottlingException")
    assert harness.error_of(new_get_transcript(token)) == (503, "ServiceUnavailableException")
    assert texts(harness, token) == []
    assert harness.emulator.faults() == ()
    harness.emulator.plan(HttpFault("error"))
    assert harness.error_of(send) == harness.error_of(send) == (500, "InternalServerException")
    harness.emulator.clear_faults()
    harness.send(send).unwrap()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ValidationException"),
        (402, "ServiceQuotaExceededException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (409, "ConflictException"),
        (418, "UnknownError"),
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (504, "ServiceUnavailableException"),
    ],
)
def test_an_error_is_named_as_the_service_names_its_status(status: int, code: str) -> None:
    harness = Harness()
    token = harness.connect()
    harness.emulator.plan(HttpFault("error", status=status))
    assert harness.error_of(new_get_transcript(token)) == (status, code)


@pytest.mark.parametrize(
    ("kind", "acts", "what", "sent"),
    [
        ("drop", True, "incomplete", "maybe"),
        ("truncate", True, "incomplete", "yes"),
        ("reset", False, "reset", "maybe"),
        ("delay", True, "timeout", "maybe"),
    ],
)
def test_in_this_process(kind: HttpKind, acts: bool, what: str, sent: str) -> None:
    harness = Harness()
    token = harness.connect()
    harness.emulator.plan(HttpFault(kind, count=1, seconds=9.0))
    error = harness.emulator.transport(described(new_send_message("text/plain", "x", token)), 0.01).failure()
    assert isinstance(error, TransportError)
    assert (error.kind, error.sent) == (what, sent)
    assert texts(harness, token) == (["x"] if acts else [])


def attempt(address: Any, token: str) -> HttpResponse | str:
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=5)
    try:
        body = json.dumps({"ContentType": "text/plain", "Content": "x"})
        connection.request("POST", "/participant/message", body, {"X-Amz-Bearer": token})
        response = connection.getresponse()
        return HttpResponse(response.status, (), response.read())
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def test_over_the_network() -> None:
    emulator = Emulator()
    with doors.running(emulator) as service:
        address = urlsplit(service.base_url)
        token = connected(emulator, service.start_chat().participant_token)
        for kind in ("drop", "reset", "truncate", "delay"):
            emulator.plan(HttpFault(kind, operation="SendMessage", count=1, seconds=0.3))
        outcomes = [attempt(address, token) for _ in range(3)]
        assert outcomes == ["RemoteDisconnected", "ConnectionResetError", "IncompleteRead"]
        began = time.monotonic()
        late, whole = attempt(address, token), attempt(address, token)
        assert 0.3 <= time.monotonic() - began < 3
        for response in (late, whole):
            assert isinstance(response, HttpResponse)
            assert response.status == 200


@pytest.mark.parametrize("kind", ["drop", "reset", "truncate"])
def test_in_this_process_it_fails_as_over_the_network(kind: HttpKind) -> None:
    emulator = Emulator()
    with doors.running(emulator) as service, DirectTransport() as direct:
        token = connected(emulator, service.start_chat().participant_token)
        read = describe(new_get_transcript(token), Endpoint(service.base_url)).unwrap()
        emulator.plan(HttpFault(kind, count=2))
        here, there = emulator.transport(read, 5.0).failure(), direct(read, 5.0).failure()
    assert (here.kind, here.sent) == (there.kind, there.sent)


def control(harness: Harness, method: str, body: object = None) -> tuple[int, Any]:
    from lensconnect import HttpRequest

    raw = b"" if body is None else json.dumps(body).encode()
    response = harness.handle(HttpRequest(method, "http://emulator.invalid/_emulator/faults", (), raw))
    return response.status, json.loads(response.body)


def test_by_http() -> None:
    harness = Harness()
    status, shown = control(harness, "POST", {"Kind": "throttle", "Operation": "SendEvent", "Count": 3})
    assert status == 200
    assert shown["Faults"][0] == {
        "On": "http", "Kind": "throttle", "Operation": "SendEvent", "Probability": 1.0, "Count": 3, "Status": 500, "Seconds": 1.0
    }  # fmt: skip
    wish = {"Seed": "s", "Faults": [{"Kind": "duplicate"}, {"Kind": "drop", "Topic": "aws/chat"}, {"Kind": "drop"}]}
    assert [one["On"] for one in control(harness, "POST", wish)[1]["Faults"]] == ["http", "socket", "socket"]
    assert control(harness, "GET")[1] == control(harness, "GET")[1]
    assert control(harness, "DELETE") == (200, {"Faults": []})
    assert control(harness, "PUT")[0] == 405


@pytest.mark.parametrize(
    "wish", [[], {}, 1, {"Kind": "x"}, {"Kind": ["drop"]}, {"Kind": "error", "Status": 200}, {"Faults": [1]}, {"Faults": "x"},
             {"Kind": "delay", "Seconds": 1e9}, {"Kind": "drop", "Probability": "x"}]
)  # fmt: skip
def test_nonsense_is_not_planned(wish: object) -> None:
    harness = Harness()
    assert control(harness, "POST", wish)[0] == 400
    assert harness.emulator.faults() == ()


MISSPELT: list[tuple[Any, dict[str, str], str]] = [
    (HttpFault("throtle"), {"Kind": "throtle"}, "throttle"),  # type: ignore[arg-type]
    (HttpFault("duplicate"), {"Kind": "duplicat"}, "truncate"),  # type: ignore[arg-type]
    (HttpFault("throttle", operation="SendMesage"), {"Kind": "throttle", "Operation": "SendMesage"}, "SendMessage"),
    (HttpFault("drop", operation="upload"), {"Kind": "drop", "Operation": "upload"}, "Upload"),
    (HttpFault("drop", operation="StartChat"), {"Kind": "drop", "Operation": "StartChat"}, "StartChatContact"),
    (SocketFault("silense"), {"Kind": "silense"}, "silence"),  # type: ignore[arg-type]
    (SocketFault("drop", topic="chat"), {"Kind": "drop", "Topic": "chat"}, "aws/chat"),
]


@pytest.mark.parametrize(("fault", "wish", "meant"), MISSPELT)
def test_a_fault_that_could_never_strike_is_refused_with_the_words_there_are(
    fault: Any, wish: dict[str, str], meant: str
) -> None:
    harness = Harness()
    with pytest.raises(ValueError, match=rf"unknown (kind|operation|topic).* use one of .*\b{meant}\b"):
        harness.emulator.plan(HttpFault("drop"), fault)
    status, shown = control(harness, "POST", {"Seed": "s", "Faults": [{"Kind": "drop"}, wish]})
    assert (status, f" {meant}" in shown["message"]) == (400, True)
    assert harness.emulator.faults() == ()


def test_every_operation_and_door_may_fail() -> None:
    harness = Harness()
    names = [*(row.name for row in OPERATIONS), *CONNECT_OPERATIONS, "Upload", "Download"]
    harness.emulator.plan(*(HttpFault("drop", operation=name) for name in names))
    assert len(harness.emulator.faults()) == len(names) > 11


@settings(max_examples=20, deadline=None)
@given(seed=st.text(max_size=5), probability=st.floats(0, 1))
def test_chance_comes_from_the_seed(seed: str, probability: float) -> None:
    def once() -> list[int]:
        harness = Harness()
        token = harness.connect()
        harness.emulator.clear_faults(seed)
        harness.emulator.plan(HttpFault("throttle", probability=probability))
        return [harness.handle(described(new_get_transcript(token))).status for _ in range(30)]

    outcomes = once()
    assert outcomes == once()
    assert probability not in (0, 1) or set(outcomes) == {429 if probability else 200}


def test_a_fault_may_be_of_one_chat() -> None:
    harness = Harness()
    mine, theirs = harness.connect(), harness.connect(harness.emulator.start_chat().participant_token)
    harness.emulator.plan(HttpFault("throttle", contact_id=harness.chat.contact_id))
    assert harness.error_of(new_get_transcript(mine))[0] == 429
    harness.send(new_get_transcript(theirs)).unwrap()


def said(kind: SocketKind, count: int = 1) -> tuple[list[str], WebSocketClient]:
    """What is heard of the messages a, b and c when one fault strikes."""
    harness = Harness()
    client, token = harness.open_socket().subscribe(), harness.connect()
    client.frames()
    harness.emulator.plan(SocketFault(kind, topic="aws/chat", count=count))
    for text in "abc":
        harness.say(token, text)
    return [
        json.loads(f["content"])["Content"] if "content" in f else str(f["closed"]) for f in client.frames()
    ], client


@pytest.mark.parametrize(
    ("kind", "heard"),
    [("drop", "b c"), ("duplicate", "a a b c"), ("reorder", "b a c"), ("silence", ""), ("expire", "1001")],
)
def test_frames_go_astray(kind: SocketKind, heard: str) -> None:
    assert said(kind)[0] == heard.split()


def test_what_is_held_back_leaves_in_the_end() -> None:
    heard, client = said("reorder", count=99)
    client.harness.advance(1)
    late = [item["Content"] for item in client.items()]
    assert sorted(heard + late) == ["a", "b", "c"]
    client.harness.advance(5)
    assert client.frames() == []


def test_a_socket_may_fall_silent_for_good() -> None:
    client = said("silence")[1]
    assert client.send(HEARTBEAT) == client.send('{"topic":"aws/ping"}') == client.send("junk") == []


def test_subscriptions_and_pings_may_fail() -> None:
    harness = Harness()
    client = harness.open_socket()
    harness.emulator.plan(SocketFault("refuse", count=2))
    assert client.send('{"topic":"aws/ping"}')[0]["statusCode"] == 500
    assert (
        client.send('{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}')[0]["content"]["status"] == "failure"
    )
    client.subscribe()
