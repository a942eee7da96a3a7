"""stub: a transport that returns the responses given to it, for tests of a program without a service.

    stub({SendMessage: SendMessageResponse(http_status=200)})            by operation, any number of times
    stub([(hello, SendMessageResponse(http_status=200)), (SendEvent, TransportError(...))])    in this order
    stub({SendMessage: ...}, sockets=connection(pushes(message("Welcome!"))))                  and a live chat

`HttpRequest` in the place of an operation stands for a request of none, such as the upload of a file.

A reply record without any member stands for the service's usual one: the members that every reply of the service
has are filled with samples.

The script of a WebSocket is a `connection` with steps (`pushes`, `expects`, `waits`, `closes`), or `refused`; `message`
and `event` make the items that it pushes.

A request that is not the next one expected is an `UnexpectedRequestError`, an `AssertionError` that names
each field that differs by the path of its lens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar, cast

from lensconnect.arguments import expect, wrong_type
from lensconnect.emulator.options import Options
from lensconnect.emulator.wire.responses import of_error, of_reply
from lensconnect.errors import ServiceError, TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.operations import (
    CreateParticipantConnection,
    CreateParticipantConnectionResponse,
    GetTranscript,
    GetTranscriptResponse,
    Reply,
    Request,
    operation_of,
)
from lensconnect.record import Field, Record, fields, to_members
from lensconnect.results import Failure, Success
from lensconnect.testing.frames import HEARTBEAT, PING, SUBSCRIBE, event, message
from lensconnect.testing.scripted import (
    Expectations,
    ExpectedRequest,
    MissingRequestError,
    ReceivedRequest,
    ScriptedTransport,
    UnexpectedRequestError,
    parse_request,
    request_name,
)
from lensconnect.testing.scripted_sockets import UnexpectedConnectionError, UnexpectedFrameError
from lensconnect.testing.socket_steps import (
    Connection,
    RefusedConnection,
    SocketScript,
    closes,
    connection,
    expects,
    pushes,
    refused,
    waits,
)
from lensconnect.testing.stubbed_sockets import StubbedSockets
from lensconnect.testing.timeline import EndlessWaitError
from lensconnect.testing.trace import TransportOutcome
from lensconnect.types.connection import CONNECTION_TYPE_WEBSOCKET

__all__ = [
    "HEARTBEAT",
    "PING",
    "SUBSCRIBE",
    "EndlessWaitError",
    "MissingRequestError",
    "ScriptedTransport",
    "SocketScript",
    "StubResponse",
    "UnexpectedConnectionError",
    "UnexpectedFrameError",
    "UnexpectedRequestError",
    "closes",
    "connection",
    "event",
    "expects",
    "message",
    "pushes",
    "refused",
    "stub",
    "waits",
]

T = TypeVar("T")

_TIME: Final = "2026-01-01T00:00:00.000Z"

StubResponse: TypeAlias = Reply | ServiceError | TransportError | HttpResponse
"""A response that a stub can give: a reply or an error as a record, or any HTTP response."""


def stub(
    responses: Mapping[type[ReceivedRequest], StubResponse] | Sequence[tuple[ExpectedRequest, StubResponse]],
    *,
    sockets: SocketScript | Sequence[SocketScript] = (),
) -> ScriptedTransport:
    """Return a transport that gives these responses: by operation, or for each pair of request and response once.

    Pairs are expected in order.  A type in a pair matches any request of that type; a request without a
    ClientToken matches one with any.  `HttpRequest` is the type of a request that belongs to no operation, such as the
    upload or the download of a file.  A reply in which every member is `None` gets samples of the members that the
    service always sends, for CreateParticipantConnection those that `type` of the request asks for (all, where a pair
    holds only the type of the request); any other reply is sent as it is.  Raises `TypeError` for another value, and
    if a reply belongs to another operation.

    `sockets` are the WebSockets that the client opens: one script for each in order, or one script for any number of
    them.  A mapping then also responds to CreateParticipantConnection and GetTranscript, which a live chat sends by
    itself, as the service does for a new chat.

    >>> from lensconnect import SendEvent, SendEventResponse, ConnectionToken, new_env, new_send_event, send
    >>> stubbed = stub({SendEvent: SendEventResponse(http_status=200, id="e-1")})
    >>> with new_env(region="us-east-1", transport=stubbed.transport) as env:
    ...     send(new_send_event("text/plain", ConnectionToken("t")))(env)
    <IOResult: <Success: SendEventResponse(http_status=200, id='e-1')>>
    """
    expect("stub: responses", responses, (Mapping, Sequence), "a mapping or a sequence of pairs")
    scripts = (sockets,) if isinstance(sockets, Connection | RefusedConnection) else sockets
    expect("stub: sockets", scripts, Sequence, "a connection, or a sequence of them")
    for script in scripts:
        expect("stub: sockets", script, (Connection, RefusedConnection), "made by connection(...) or refused(...)")
    new_sockets = partial(StubbedSockets, sockets)
    if isinstance(responses, Mapping):
        given = {**_OF_LIVE_CHATS, **responses} if scripts else responses
        outcomes = {request_type: _outcome(request_type, response) for request_type, response in given.items()}
        return ScriptedTransport(partial(_by_operation, outcomes), sockets=new_sockets)
    pairs = ((expected, _outcome(expected, response)) for expected, response in map(_pair, responses))
    expectations = Expectations(pairs, per_operation=False)
    return ScriptedTransport(
        lambda http_request: expectations.meet(parse_request(http_request)), expectations, new_sockets
    )


_OF_LIVE_CHATS: Final[Mapping[type[ReceivedRequest], StubResponse]] = {
    CreateParticipantConnection: CreateParticipantConnectionResponse(http_status=200),
    GetTranscript: GetTranscriptResponse(http_status=200),
}


def _pair(entry: tuple[T, StubResponse]) -> tuple[T, StubResponse]:
    if not isinstance(entry, tuple) or len(entry) != 2:  # pyright: ignore[reportUnnecessaryIsInstance, reportUnnecessaryComparison]
        raise wrong_type("stub: an entry", "a pair of a request and its response", entry)
    return entry


def _by_operation(
    outcomes: Mapping[type[ReceivedRequest], TransportOutcome], http_request: HttpRequest
) -> TransportOutcome:
    received = parse_request(http_request)
    outcome = outcomes.get(type(received))
    if outcome is None:
        expected = ", ".join(request_type.__name__ for request_type in outcomes)
        name = type(received).__name__
        entry = f"{name}: {name}Response(...)" if isinstance(received, Request) else "HttpRequest: HttpResponse(200)"
        expectation = f"expected are: {expected}" if expected else "the stub has no entry"
        opens_socket = isinstance(received, CreateParticipantConnection) and CONNECTION_TYPE_WEBSOCKET in (
            received.type or ()
        )
        chat = "; a live chat needs `stub(..., sockets=connection(...))`" if opens_socket else ""
        raise UnexpectedRequestError(
            f"{request_name(received)} is not expected; {expectation}; `{entry}` answers it{chat}"
        )
    return outcome


def _outcome(expected: ExpectedRequest, response: StubResponse) -> TransportOutcome:
    if isinstance(response, TransportError):
        return Failure(response)
    if isinstance(response, HttpResponse):
        return Success(response)
    kind = type(expected) if isinstance(expected, Request | HttpRequest) else expected
    if kind is HttpRequest:
        raise wrong_type("the response to an HttpRequest", "an HttpResponse or a TransportError", response)
    row = operation_of(cast("type[Request[Reply]]", kind))
    if isinstance(response, ServiceError):
        return Success(of_error(response, Options(), response.request_id or "stub"))
    if type(response) is not row.reply:
        raise wrong_type(f"the reply to {row.name}", f"a {row.reply.__name__} or an error", response)
    if not to_members(response):
        any_part = tuple(name for _, name in row.parts)
        usual = row.expected(expected) if isinstance(expected, Request) else (*row.always, *any_part)
        response = row.reply(http_status=response.http_status, **_samples(row.reply, usual))
    return Success(of_reply(response, Options(), "stub"))


def _samples(record_type: type[Record], names: Collection[str]) -> dict[str, Any]:
    return {field.name: _sample(field) for field in fields(record_type) if field.name in names}


def _sample(field: Field) -> Any:
    """Return a value of the field's type: a time, a URL or a text by its name, 1, an empty list or map, or a record."""
    python_type: type[Any] = field.type.python_type
    if issubclass(python_type, Record):
        return python_type(**_samples(python_type, [inner.name for inner in fields(python_type)]))
    if python_type is not str:
        samples: dict[type[Any], Any] = {int: 1, tuple: ()}
        return samples.get(python_type, dict[str, str]())
    kind = field.name.rpartition("_")[2]
    return {"url": "https://stub.invalid/", "expiry": _TIME, "time": _TIME}.get(kind, "stub")
