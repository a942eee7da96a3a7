"""Token checks, and the order in which a request is checked."""

from __future__ import annotations

import json

import pytest

from lensconnect import (
    ConnectionToken,
    HttpRequest,
    HttpResponse,
    ParticipantToken,
    Reply,
    Request,
    create_participant_connection_connect_participant,
    disconnect_participant_client_token,
    http_request_headers,
    new_create_participant_connection,
    new_describe_view,
    new_disconnect_participant,
    new_get_transcript,
    new_send_event,
    new_send_message,
    send_message_client_token,
)
from lensconnect.emulator import Options

from ..helpers.harness import Harness, described

DENIED = (403, "AccessDeniedException")

TYPING = "application/vnd.amazonaws.connect.event.typing"


def requests_with(token: str) -> list[Request[Reply]]:
    bearer = ConnectionToken(token)
    return [
        new_send_message("text/plain", "x", bearer),
        new_send_event(TYPING, bearer),
        new_get_transcript(bearer),
        new_disconnect_participant(bearer),
        new_describe_view("v", bearer),
    ]


def test_a_token_of_the_wrong_kind_is_denied() -> None:
    harness = Harness()
    token = harness.connect()
    for request in requests_with(harness.chat.participant_token) + requests_with("unknown"):
        assert harness.error_of(request) == DENIED
    connect = create_participant_connection_connect_participant.set(True)
    assert harness.error_of(connect(new_create_participant_connection(ParticipantToken(token)))) == DENIED


def test_a_missing_token_is_denied_before_the_body_is_read() -> None:
    harness = Harness()
    url = "http://emulator.invalid/participant/message"
    response = harness.handle(HttpRequest("POST", url, (), b"nonsense"))
    assert response.status == 403
    assert response.header("X-Amzn-ErrorType") == "AccessDeniedException"


def test_every_request_is_denied_after_the_end_of_the_chat() -> None:
    harness = Harness()
    customer, agent = harness.connect(), harness.connect(harness.chat.agent_token)
    message = send_message_client_token.put("token", new_send_message("text/plain", "before", customer))
    assert harness.send(message).unwrap() == harness.send(message).unwrap()
    leaving = disconnect_participant_client_token.put("once", new_disconnect_participant(customer))
    assert harness.send(leaving).unwrap().http_status == 200
    assert harness.error_of(message) == DENIED
    for token in (customer, agent):
        for request in requests_with(token):
            assert harness.error_of(request) == DENIED
            broken = described(request) & http_request_headers.modify(lambda held: held)
            assert harness.handle(HttpRequest(broken.method, broken.url, broken.headers, b"{")).status == 403
    for held in (harness.chat.participant_token, harness.chat.agent_token):
        assert harness.error_of(new_create_participant_connection(held)) == DENIED
    assert harness.send(leaving).unwrap().http_status == 200
    assert harness.error_of(disconnect_participant_client_token.put("twice", leaving)) == DENIED


def test_an_agent_reads_the_transcript_after_the_end_with_agent_reads_after_end() -> None:
    harness = Harness(Options(agent_reads_after_end=True))
    customer, agent = harness.connect(), harness.connect(harness.chat.agent_token)
    harness.send(new_disconnect_participant(customer)).unwrap()
    assert harness.send(new_get_transcript(agent)).unwrap().transcript
    assert harness.error_of(new_get_transcript(customer)) == DENIED
    assert harness.error_of(new_send_message("text/plain", "x", agent)) == DENIED


HOST = "http://emulator.invalid"


def post(harness: Harness, path: str, body: bytes, *headers: tuple[str, str], method: str = "POST") -> HttpResponse:
    return harness.handle(HttpRequest(method, HOST + path, headers, body))


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"', b'{"ContentType":1}', b"{}", b"[" * 10_000])
def test_an_undecodable_body_is_refused(body: bytes) -> None:
    harness = Harness()
    response = post(harness, "/participant/message", body, ("X-Amz-Bearer", harness.connect()))
    assert response.status == 400
    assert response.header("x-amzn-errortype") == "ValidationException"
    assert list(json.loads(response.body)) == ["message"]


def test_another_media_type_is_refused() -> None:
    harness = Harness()
    sent = (("X-Amz-Bearer", harness.connect()), ("Content-Type", "text/html"))
    assert post(harness, "/participant/transcript", b"{}", *sent).status == 400
