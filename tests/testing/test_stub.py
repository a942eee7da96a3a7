"""Stubs: responses as records, strict order, and errors that name what differs by lens path."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from helpers.secret_samples import CANARY, HOME, planted
from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st

import lensconnect
from lensconnect import (
    CONNECTION_TYPE_CONNECTION_CREDENTIALS,
    CONNECTION_TYPE_WEBSOCKET,
    CONTENT_TEXT_PLAIN,
    EVENT_TYPING,
    CompleteAttachmentUpload,
    CompleteAttachmentUploadResponse,
    ConnectionToken,
    CreateParticipantConnectionResponse,
    Failure,
    HttpRequest,
    HttpResponse,
    Lens,
    ParticipantToken,
    Program,
    Request,
    SendEvent,
    SendEventResponse,
    SendMessage,
    SendMessageResponse,
    ServiceError,
    StartAttachmentUpload,
    StartAttachmentUploadResponse,
    StartPosition,
    Success,
    TransportError,
    create_participant_connection_type,
    decode,
    described_at,
    get_transcript_start_position,
    new_async_env,
    new_create_participant_connection,
    new_env,
    new_get_transcript,
    new_send_event,
    new_send_message,
    or_raise,
    send,
    send_message_client_token,
    service_error_headers,
    service_error_operation,
    to_result,
)
from lensconnect.operations import OPERATIONS
from lensconnect.programs.files import attach_with
from lensconnect.record import fields, to_members
from lensconnect.testing.scripted import differing_fields
from lensconnect.testing.strategies import replies_of, requests, requests_of
from lensconnect.testing.stub import MissingRequestError, ScriptedTransport, StubResponse, UnexpectedRequestError, stub
from lensconnect.wire.decode import decode_for

TOKEN = ConnectionToken("t")
HELLO = new_send_message(CONTENT_TEXT_PLAIN, "Hello!", TOKEN)
TYPING = new_send_event(EVENT_TYPING, TOKEN)
SENT = SendMessageResponse(http_status=200, id="m-1")
SENT_EVENT = SendEventResponse(http_status=200, id="e-1")

each_row = pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)


def send_through(stubbed: ScriptedTransport, request: Request[Any]) -> Any:
    with new_env(region="us-east-1", transport=stubbed.transport) as env:
        return to_result(send(request)(env))


def unexpected_request_text(stubbed: ScriptedTransport, request: Request[Any]) -> str:
    with pytest.raises(UnexpectedRequestError) as raised:
        send_through(stubbed, request)
    return str(raised.value)


@each_row
@settings(max_examples=20)
@given(data=st.data())
def test_a_stubbed_reply_decodes_to_itself(row: Any, data: st.DataObject) -> None:
    request, reply = data.draw(requests_of(row.request)), data.draw(replies_of(row.request))
    assume(to_members(reply) or not row.parts)
    http_request = described_at(HOME).construct(request)
    for stubbed in (stub({row.request: reply}), stub([(row.request, reply)]), stub([(request, reply)])):
        assert stubbed.transport(http_request, 1.0).bind(lambda response: decode(row.request, response)) == Success(
            reply
        )


@each_row
def test_a_reply_without_members_gets_those_that_the_service_always_sends(row: Any) -> None:
    request = sample_request(row)
    http_request, given = described_at(HOME).construct(request), row.reply(http_status=202)
    for stubbed in (stub({row.request: given}), stub([(row.request, given)]), stub([(request, given)])):
        reply = decode_for(request, stubbed.transport(http_request, 1.0).unwrap()).unwrap()
        assert reply.http_status == 202
        assert all(getattr(reply, name) is not None for name in row.expected(request))
    if row.always:
        body = [field for field in fields(row.reply) if field.location == "body"]
        assert {field.name for field in body if getattr(reply, field.name) is not None} == set(row.always)


def sample_request(row: Any) -> Any:
    request = find(requests_of(row.request), lambda _: True, settings=settings(database=None, phases=[Phase.generate]))
    return request & create_participant_connection_type.set(EVERY_TYPE) if row.parts else request


EVERY_TYPE = (CONNECTION_TYPE_WEBSOCKET, CONNECTION_TYPE_CONNECTION_CREDENTIALS)


def test_a_connection_gets_the_parts_that_its_request_asks_for() -> None:
    given, plain = CreateParticipantConnectionResponse(http_status=200), HELLO_CONNECTION
    for kinds, parts in (((EVERY_TYPE[1],), {"ConnectionCredentials"}), (None, set())):
        request = plain & create_participant_connection_type.set(kinds)
        response = stub([(request, given)]).transport(described_at(HOME).construct(request), 1.0).unwrap()
        assert json.loads(response.body).keys() == parts


def test_a_reply_with_any_member_is_sent_as_it_is() -> None:
    given = SendMessageResponse(http_status=200, id="m-1")
    response = stub({SendMessage: given}).transport(described_at(HOME).construct(HELLO), 1.0).unwrap()
    assert json.loads(response.body) == {"Id": "m-1"}


HELLO_CONNECTION = new_create_participant_connection(ParticipantToken("p"))

ERRORS = [
    ServiceError(429, "ThrottlingException", "Rate exceeded", "r-1"),
    ServiceError(
        404,
        "ResourceNotFoundException",
        "gone",
        "r-1",
        resource_id="v",
        resource_type=lensconnect.RESOURCE_TYPE_CONTACT,
    ),
    ServiceError(403, "", None, "stub", (("X-Other", "1"),)),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code or "no code")
def test_a_stubbed_service_error_decodes_to_itself(error: ServiceError) -> None:
    outcome = stub({SendMessage: error}).transport(described_at(HOME).construct(HELLO), 1.0)
    decoded = decode(SendMessage, outcome.unwrap()).failure()
    expected = error & service_error_headers.set(()) & service_error_operation.set("SendMessage")
    assert decoded & service_error_headers.set(()) == expected
    assert set(error.headers) <= set(decoded.headers)


def test_transport_errors_and_http_responses_are_returned_unchanged() -> None:
    reset, html = TransportError("reset", "gone", "maybe"), HttpResponse(502, (), b"<html>")
    stubbed = stub([(HELLO, reset), (HELLO, html)])
    http_request = described_at(HOME).construct(HELLO)
    assert [stubbed.transport(http_request, 1.0) for _ in range(2)] == [Failure(reset), Success(html)]


def test_responses_by_operation_are_given_any_number_of_times() -> None:
    stubbed = stub({SendMessage: SENT, SendEvent: SENT_EVENT})
    assert [send_through(stubbed, request) for request in (TYPING, HELLO, HELLO)] == [
        Success(SENT_EVENT),
        Success(SENT),
        Success(SENT),
    ]
    assert unexpected_request_text(stubbed, new_get_transcript(TOKEN)) == (
        "GetTranscript is not expected; expected are: SendMessage, SendEvent; "
        "`GetTranscript: GetTranscriptResponse(...)` answers it"
    )


def test_pairs_are_expected_in_order() -> None:
    with stub([(HELLO, SENT), (SendEvent, SENT_EVENT)]) as stubbed:
        assert stubbed.remaining == ("number 1, SendMessage", "number 2, SendEvent")
        assert send_through(stubbed, HELLO) == Success(SENT)
        assert send_through(stubbed, TYPING) == Success(SENT_EVENT)
    assert stubbed.remaining == ()
    assert unexpected_request_text(stubbed, HELLO) == "SendMessage is not expected, or not once more"
    assert unexpected_request_text(stub([(HELLO, SENT), (SendEvent, SENT_EVENT)]), TYPING) == (
        "SendEvent is too early: it is number 2, SendEvent, and number 1, SendMessage comes first"
    )


def test_a_stub_serves_an_async_env() -> None:
    async def run() -> Any:
        with stub([(HELLO, SENT)]) as stubbed:
            async with new_async_env(region="us-east-1", transport=stubbed.async_transport) as env:
                return await send(HELLO)(env)

    assert or_raise(asyncio.run(run())) == SENT


def test_leaving_with_names_missing_requests_unless_an_exception_is_raised() -> None:
    with (
        pytest.raises(
            MissingRequestError, match="requests that were not made: number 1, SendMessage; number 2, SendEvent"
        ),
        stub([(HELLO, SENT), (SendEvent, SENT_EVENT)]),
    ):
        pass
    with pytest.raises(LookupError), stub([(HELLO, SENT)]):
        raise LookupError


def test_a_client_token_is_compared_only_if_one_is_expected() -> None:
    once = HELLO & send_message_client_token.set("once")
    assert send_through(stub([(HELLO, SENT)]), once) == send_through(stub([(once, SENT)]), once) == Success(SENT)
    assert "send_message_client_token: 'twice' != 'once'" in unexpected_request_text(
        stub([(once, SENT)]), HELLO & send_message_client_token.set("twice")
    )


def test_a_difference_is_named_by_lens_path() -> None:
    received = new_get_transcript(TOKEN) & get_transcript_start_position.set(StartPosition(most_recent=3))
    expected = new_get_transcript(ConnectionToken(CANARY)) & get_transcript_start_position.set(
        StartPosition(most_recent=5)
    )
    assert unexpected_request_text(stub([(expected, HttpResponse(200))]), received) == (
        "GetTranscript is not the next request expected; the nearest is number 1, GetTranscript, where\n"
        "  get_transcript_connection_token: *** != ***\n"
        "  get_transcript_start_position.Some() & start_position_most_recent: 3 != 5"
    )


@given(requests(), st.data())
def test_the_path_of_a_difference_is_an_optic_to_the_values_that_differ(
    left: Request[Any], data: st.DataObject
) -> None:
    right = data.draw(requests_of(type(left)))
    lines = list(differing_fields(left, right))
    assert bool(lines) == (left != right)
    for line in lines:
        optic = eval(line.partition(": ")[0], vars(lensconnect))
        assert isinstance(optic, Lens) or ".Some()" in line
        assert optic.collect()(left) != optic.collect()(right)


@each_row
def test_a_reply_of_another_operation_is_a_type_error(row: Any) -> None:
    response: StubResponse = SENT if row.request is not SendMessage else SENT_EVENT
    for make in (lambda: stub({row.request: response}), lambda: stub([(row.request, response)])):
        with pytest.raises(
            TypeError,
            match=f"the reply to {row.name} must be a {row.reply.__name__} .*, not a value of type {type(response).__name__}",
        ):
            make()


def test_a_request_of_no_operation_is_unexpected() -> None:
    for stubbed in (stub({SendMessage: SENT}), stub([(HELLO, SENT)])):
        with pytest.raises(UnexpectedRequestError, match=r"HttpRequest \(GET\) is not") as raised:
            stubbed.transport(HttpRequest("GET", f"https://h/{CANARY}"), 1.0)
        assert CANARY not in str(raised.value)


FILES: dict[type[Any], Any] = {
    StartAttachmentUpload: StartAttachmentUploadResponse(http_status=200),
    HttpRequest: HttpResponse(200),
    CompleteAttachmentUpload: CompleteAttachmentUploadResponse(http_status=200),
}


@pytest.mark.parametrize("responses", [FILES, list(FILES.items())], ids=["mapping", "pairs"])
def test_a_request_of_no_operation_is_stubbed_by_its_type(responses: Any) -> None:
    sending = attach_with(Program.from_result(Success(TOKEN)), b"terms", name="terms.txt")
    with stub(responses) as stubbed, new_env(region="us-east-1", transport=stubbed.transport) as env:
        assert to_result(sending(env)).unwrap().size == 5

    async def on_a_loop() -> int:
        transport = stub(responses).async_transport
        async with new_async_env(region="us-east-1", transport=transport) as env:
            return to_result(await env.run(sending)).unwrap().size

    assert asyncio.run(on_a_loop()) == 5


def test_the_error_of_a_request_of_no_operation_tells_how_to_stub_it() -> None:
    with pytest.raises(UnexpectedRequestError, match=r"`HttpRequest: HttpResponse\(200\)` answers it"):
        stub({SendMessage: SENT}).transport(HttpRequest("PUT", "https://h/"), 1.0)
    with pytest.raises(TypeError, match="the response to an HttpRequest must be an HttpResponse or a TransportError"):
        stub({HttpRequest: SENT})


@pytest.mark.parametrize("make", [lambda expected: stub([(expected, SENT)]), lambda _: stub([(SendEvent, SENT_EVENT)])])
def test_no_secret_is_in_the_error_nor_in_its_traceback(make: Callable[[Any], ScriptedTransport]) -> None:
    expected = planted(SendMessage)[0]
    with pytest.raises(UnexpectedRequestError) as raised:
        send_through(make(expected), HELLO.__replace__(connection_token=f"other{CANARY}"))
    rendered = traceback.TracebackException.from_exception(raised.value, capture_locals=True).format()
    assert CANARY not in "".join(rendered)
