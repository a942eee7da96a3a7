"""stub: a transport that answers what it was told to, for tests of a program without any service.

    stub({SendMessage: SendMessageResponse(http_status=200)})              each operation, any time
    stub([(hello, SendMessageResponse(http_status=200)), (SendEvent, TransportError(...))])      in this order

A request that is not what comes next is an `UnexpectedRequestError` with both values at each lens path
where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeAlias

from lensconnect.emulator.options import Options
from lensconnect.emulator.wire.responses import of_error, of_reply
from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.operations import Reply, Request, operation_of
from lensconnect.results import Failure, Success
from lensconnect.testing.scripted import (
    Expectation,
    Expectations,
    MissingRequestError,
    ScriptedTransport,
    UnexpectedRequestError,
    read,
)
from lensconnect.testing.trace import Outcome

__all__ = ["StubResponse", "MissingRequestError", "ScriptedTransport", "UnexpectedRequestError", "stub"]

StubResponse: TypeAlias = Reply | ServiceError | TransportError | HttpResponse
"""What a stub may be told to answer: a reply or an error as a record, or any HTTP."""


def stub(
    answers: Mapping[type[Request[Reply]], StubResponse]
    | Sequence[tuple[Request[Reply] | type[Request[Reply]], StubResponse]],
) -> ScriptedTransport:
    """Answers by operation, as often as they are asked for; or pairs of request and answer, each once, in order.

    In a pair a type stands for any request of it, and a request without a ClientToken for one with any.
    A reply of another operation is a `TypeError` at once.

    >>> from lensconnect import SendEvent, SendEventResponse, ConnectionToken, new_env, new_send_event, send
    >>> stubbed = stub({SendEvent: SendEventResponse(http_status=200, id="e-1")})
    >>> with new_env(region="us-east-1", transport=stubbed.transport) as env:
    ...     send(new_send_event("text/plain", ConnectionToken("t")))(env)
    <IOResult: <Success: SendEventResponse(http_status=200, id='e-1')>>
    """
    if isinstance(answers, Mapping):
        outcomes = {request_type: _outcome(request_type, answer) for request_type, answer in answers.items()}
        return ScriptedTransport(partial(_any_time, outcomes))
    steps = [
        Expectation(number, expected, _outcome(expected if isinstance(expected, type) else type(expected), answer))
        for number, (expected, answer) in enumerate(answers, 1)
    ]
    script = Expectations(steps, in_each_operation=False)
    return ScriptedTransport(lambda http_request: script.play(read(http_request)), script)


def _any_time(outcomes: Mapping[type[Request[Reply]], Outcome], http_request: HttpRequest) -> Outcome:
    asked = read(http_request)
    outcome = outcomes.get(type(asked)) if isinstance(asked, Request) else None
    if outcome is None:
        known = ", ".join(request_type.__name__ for request_type in outcomes)
        raise UnexpectedRequestError(f"{type(asked).__name__} is not expected; expected are: {known}")
    return outcome


def _outcome(request_type: type[Request[Reply]], answer: StubResponse) -> Outcome:
    if isinstance(answer, TransportError):
        return Failure(answer)
    if isinstance(answer, ServiceError):
        return Success(of_error(answer, Options(), answer.request_id or "stub"))
    if isinstance(answer, HttpResponse):
        return Success(answer)
    reply_type = operation_of(request_type).reply
    if type(answer) is not reply_type:
        raise TypeError(f"{request_type.__name__} is answered by {reply_type.__name__}, not {type(answer).__name__}")
    return Success(of_reply(answer, Options(), "stub"))
