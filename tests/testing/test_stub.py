"""Stubs: answers as records, strict about order and leftovers, and a difference said by lens path."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from helpers.secret_samples import CANARY, HOME, planted
from hypothesis import given
from hypothesis import strategies as st

import lensconnect
from lensconnect import (
    CONTENT_TEXT_PLAIN,
    EVENT_TYPING,
    ConnectionToken,
    Failure,
    HttpRequest,
    HttpResponse,
    Lens,
    Request,
    SendEvent,
    SendEventResponse,
    SendMessage,
    SendMessageResponse,
    ServiceError,
    StartPosition,
    Success,
    TransportError,
    decode,
    described_at,
    get_transcript_start_position,
    new_async_env,
    new_env,
    new_get_transcript,
    new_send_event,
    new_send_message,
    or_raise,
    send,
    send_message_client_token,
    service_error_headers,
    to_result,
)
from lensconnect.operations import OPERATIONS
from lensconnect.testing.scripted import differences
from lensconnect.testing.strategies import replies_of, requests, requests_of
from lensconnect.testing.stub import MissingRequestError, ScriptedTransport, StubResponse, UnexpectedRequestError, stub

TOKEN = ConnectionToken("t")
HELLO = new_send_message(CONTENT_TEXT_PLAIN, "Hello!", TOKEN)
TYPING = new_send_event(EVENT_TYPING, TOKEN)
SAID = SendMessageResponse(http_status=200, id="m-1")
SHOWN = SendEventResponse(http_status=200, id="e-1")

each_row = pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)


def ask(stubbed: ScriptedTransport, request: Request[Any]) -> Any:
    with new_env(region="us-east-1", transport=stubbed.transport) as env:
        return to_result(send(request)(env))


def refused(stubbed: ScriptedTransport, request: Request[Any]) -> str:
    with pytest.raises(UnexpectedRequestError) as raised:
        ask(stubbed, request)
    return str(raised.value)


@each_row
@given(data=st.data())
def test_a_reply_is_decoded_as_it_was_given(row: Any, data: st.DataObject) -> None:
    request, reply = data.draw(requests_of(row.request)), data.draw(replies_of(row.request))
    http_request = described_at(HOME).construct(request)
    for stubbed in (stub({row.request: reply}), stub([(row.request, reply)]), stub([(request, reply)])):
        assert stubbed.transport(http_request, 1.0).bind(lambda response: decode(row.request, response)) == Success(
            reply
        )


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
def test_a_refusal_is_decoded_as_it_was_given(error: ServiceError) -> None:
    heard = stub({SendMessage: error}).transport(described_at(HOME).construct(HELLO), 1.0)
    refusal = decode(SendMessage, heard.unwrap()).failure()
    assert refusal & service_error_headers.set(()) == error & service_error_headers.set(())
    assert set(error.headers) <= set(refusal.headers)


def test_other_answers_are_what_they_are() -> None:
    reset, html = TransportError("reset", "gone", "maybe"), HttpResponse(502, (), b"<html>")
    stubbed = stub([(HELLO, reset), (HELLO, html)])
    http_request = described_at(HOME).construct(HELLO)
    assert [stubbed.transport(http_request, 1.0) for _ in range(2)] == [Failure(reset), Success(html)]


def test_by_operation_every_request_is_answered_as_often_as_it_is_asked() -> None:
    stubbed = stub({SendMessage: SAID, SendEvent: SHOWN})
    assert [ask(stubbed, request) for request in (TYPING, HELLO, HELLO)] == [
        Success(SHOWN),
        Success(SAID),
        Success(SAID),
    ]
    assert refused(stubbed, new_get_transcript(TOKEN)) == (
        "GetTranscript is not expected; expected are: SendMessage, SendEvent"
    )


def test_pairs_are_answered_in_their_order() -> None:
    with stub([(HELLO, SAID), (SendEvent, SHOWN)]) as stubbed:
        assert stubbed.remaining == ("number 1, SendMessage", "number 2, SendEvent")
        assert ask(stubbed, HELLO) == Success(SAID)
        assert ask(stubbed, TYPING) == Success(SHOWN)
    assert stubbed.remaining == ()
    assert refused(stubbed, HELLO) == "SendMessage is not expected, or not once more"
    assert refused(stub([(HELLO, SAID), (SendEvent, SHOWN)]), TYPING) == (
        "SendEvent is asked too early: it is number 2, SendEvent, and number 1, SendMessage comes first"
    )


def test_on_an_event_loop() -> None:
    async def run() -> Any:
        with stub([(HELLO, SAID)]) as stubbed:
            async with new_async_env(region="us-east-1", transport=stubbed.async_transport) as env:
                return await send(HELLO)(env)

    assert or_raise(asyncio.run(run())) == SAID


def test_what_is_left_is_said_unless_something_else_went_wrong() -> None:
    with (
        pytest.raises(MissingRequestError, match="not asked for: number 1, SendMessage; number 2, SendEvent"),
        stub([(HELLO, SAID), (SendEvent, SHOWN)]),
    ):
        pass
    with pytest.raises(LookupError), stub([(HELLO, SAID)]):
        raise LookupError


def test_a_client_token_counts_where_one_is_expected() -> None:
    once = HELLO & send_message_client_token.set("once")
    assert ask(stub([(HELLO, SAID)]), once) == ask(stub([(once, SAID)]), once) == Success(SAID)
    assert "send_message_client_token: 'twice' != 'once'" in refused(
        stub([(once, SAID)]), HELLO & send_message_client_token.set("twice")
    )


def test_a_difference_is_said_by_lens_path() -> None:
    asked = new_get_transcript(TOKEN) & get_transcript_start_position.set(StartPosition(most_recent=3))
    expected = new_get_transcript(ConnectionToken(CANARY)) & get_transcript_start_position.set(
        StartPosition(most_recent=5)
    )
    assert refused(stub([(expected, HttpResponse(200))]), asked) == (
        "GetTranscript is not what comes next; the nearest is number 1, GetTranscript, where\n"
        "  get_transcript_connection_token: *** != ***\n"
        "  get_transcript_start_position.Some() & start_position_most_recent: 3 != 5"
    )


@given(requests(), st.data())
def test_a_path_that_is_said_is_an_optic_to_what_differs(one: Request[Any], data: st.DataObject) -> None:
    other = data.draw(requests_of(type(one)))
    told = list(differences(one, other))
    assert bool(told) == (one != other)
    for line in told:
        optic = eval(line.partition(": ")[0], vars(lensconnect))
        assert isinstance(optic, Lens) or ".Some()" in line
        assert optic.collect()(one) != optic.collect()(other)


@each_row
def test_a_reply_of_another_operation_is_a_mistake_at_once(row: Any) -> None:
    answer: StubResponse = SAID if row.request is not SendMessage else SHOWN
    for make in (lambda: stub({row.request: answer}), lambda: stub([(row.request, answer)])):
        with pytest.raises(
            TypeError, match=f"{row.name} is answered by {row.reply.__name__}, not {type(answer).__name__}"
        ):
            make()


def test_what_no_operation_asks_is_not_expected() -> None:
    for stubbed in (stub({SendMessage: SAID}), stub([(HELLO, SAID)])):
        with pytest.raises(UnexpectedRequestError, match="HttpRequest is not"):
            stubbed.transport(HttpRequest("GET", f"https://h/{CANARY}"), 1.0)


@pytest.mark.parametrize("make", [lambda it: stub([(it, SAID)]), lambda it: stub([(SendEvent, SHOWN)])])
def test_no_secret_is_in_the_error_nor_in_its_traceback(make: Callable[[Any], ScriptedTransport]) -> None:
    expected = planted(SendMessage)[0]
    with pytest.raises(UnexpectedRequestError) as raised:
        ask(make(expected), HELLO.__replace__(connection_token=f"other{CANARY}"))
    shown = traceback.TracebackException.from_exception(raised.value, capture_locals=True).format()
    assert CANARY not in "".join(shown)
