"""Traces change nothing, come in order, are masked, and serve synchronous and asynchronous transports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

import pytest
from helpers.law_strategies import http_requests, values_of
from helpers.secret_samples import CANARY, SECRET_HEADERS
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    AsyncTransport,
    Failure,
    HttpRequest,
    HttpResponse,
    ParticipantToken,
    Success,
    Transport,
    TransportError,
    converse,
    new_async_env,
    new_env,
    or_raise,
    replies,
)
from lensconnect.testing.faults import delivered_twice, healthy, lost_reply
from lensconnect.testing.stub import ScriptedTransport, closes, connection, message, pushes, refused, stub
from lensconnect.testing.trace import (
    SocketTrace,
    Trace,
    TransportOutcome,
    TransportWrapper,
    socket_trace_content,
    traced,
    traced_sockets,
)

OUTCOMES: st.SearchStrategy[TransportOutcome] = values_of(HttpResponse).map(Success) | values_of(TransportError).map(
    Failure
)
REQUEST = HttpRequest("GET", f"https://h.example/participant/views/{CANARY}", SECRET_HEADERS, CANARY.encode())
RESPONSE = HttpResponse(200, SECRET_HEADERS, CANARY.encode())


def call_both_kinds(
    wrap: TransportWrapper, request: HttpRequest, seconds: float, outcome: TransportOutcome
) -> list[TransportOutcome]:
    """Return the outcomes of a wrapped synchronous and a wrapped asynchronous transport."""

    def transport(received: HttpRequest, budget: float) -> TransportOutcome:
        assert (received, budget) == (request, seconds)
        return outcome

    async def async_transport(received: HttpRequest, budget: float) -> TransportOutcome:
        return transport(received, budget)

    async def run(wrapped: AsyncTransport) -> TransportOutcome:
        return await wrapped(request, seconds)

    return [wrap(transport)(request, seconds), asyncio.run(run(wrap(async_transport)))]


@given(http_requests(), OUTCOMES, st.floats(0, 60))
def test_tracing_changes_no_outcome_and_traces_every_exchange(
    request: HttpRequest, outcome: TransportOutcome, seconds: float
) -> None:
    traces: list[Trace] = []
    outcomes = call_both_kinds(traced(traces.append, clock=map(float, count()).__next__), request, seconds, outcome)
    assert all(each is outcome for each in outcomes)
    assert traces == [Trace(request, outcome, seconds, at, 1.0) for at in (0.0, 2.0)]


def test_wrappers_compose_as_functions_do() -> None:
    outer: list[Trace] = []
    inner: list[Trace] = []
    clock = iter(range(100)).__next__

    def service(request: HttpRequest, seconds: float) -> TransportOutcome:
        return Success(RESPONSE)

    def both(transport: Transport) -> Transport:
        return traced(outer.append, clock)(delivered_twice(traced(inner.append, clock)(transport)))

    both(healthy(service))(REQUEST, 1.0)
    assert (len(outer), len(inner)) == (1, 2)
    assert outer[0].at < inner[0].at < inner[1].at
    lossy = traced(outer.append, clock)(lost_reply(traced(inner.append, clock)(service)))
    assert lossy(REQUEST, 1.0) == outer[1].outcome != inner[2].outcome == Success(RESPONSE)


def test_a_transport_that_raises_has_no_trace() -> None:
    traces: list[Trace] = []

    def broken(request: HttpRequest, seconds: float) -> TransportOutcome:
        raise LookupError

    with pytest.raises(LookupError):
        traced(traces.append)(broken)(REQUEST, 1.0)
    assert traces == []


def test_no_rendering_of_a_trace_shows_a_secret() -> None:
    traces: list[Trace] = []
    call_both_kinds(traced(traces.append), REQUEST, 1.0, Success(RESPONSE))
    assert len(traces) == 2
    assert CANARY not in f"{traces} {traces[0]} {traces[1]!r}"
    assert str(traces[0]).startswith("HttpRequest(method='GET', url='https://h.example/participant/views/***'")


def test_a_bearer_that_the_peer_repeats_is_masked() -> None:
    bearer = "token" * 20
    request = HttpRequest("GET", "https://h.example/", (("x-amz-bearer", bearer),))
    for outcome in (
        Success(HttpResponse(403, (("Server", f"a {bearer}"), (bearer.upper(), "x")))),
        Failure(TransportError("protocol", f"no header: {bearer}", "maybe")),
    ):
        trace = Trace(request, outcome, 5.0, 0.0, 0.1)
        assert "tokentoken" not in f"{trace} {trace!r}".lower()
        assert trace.outcome is outcome


HEARD = converse(ParticipantToken("t"), replies)


def run_both_kinds(observer: Callable[[SocketTrace], object], new_stub: Callable[[], ScriptedTransport]) -> None:
    """Run a chat over a traced driver of each kind, on the clock of its stub."""
    stubbed = new_stub()
    sockets = traced_sockets(observer, stubbed.clock.now)(stubbed.sockets)
    with new_env(region="us-east-1", transport=stubbed.transport, sockets=sockets, clock=stubbed.clock) as env:
        or_raise(HEARD(env))

    async def run() -> None:
        other = new_stub()
        sockets = traced_sockets(observer, other.clock.now)(other.async_sockets)
        async with new_async_env(
            region="us-east-1", transport=other.async_transport, sockets=sockets, clock=other.clock
        ) as env:
            or_raise(await env.run(HEARD))

    asyncio.run(run())


def test_the_frames_of_websockets_are_traced() -> None:
    lines: list[str] = []
    last = connection(pushes(message(CANARY, item_id="i-1"), b"\0\0"), closes(1001))
    run_both_kinds(lambda trace: lines.append(str(trace)), lambda: stub({}, sockets=[refused(500), last, connection()]))
    expected = [
        "WebSocket 1, service: 500: no message",
        "WebSocket 2, service: opened",
        "WebSocket 2, client: a subscription",
        "WebSocket 2, service: a frame {'topic': 'aws/subscribe', 'content': ***}",
        "WebSocket 2, service: MESSAGE i-1",
        "WebSocket 2, service: 2 bytes",
    ]
    half = len(lines) // 2
    assert lines[:6] == lines[half : half + 6] == expected
    assert lines[6].startswith("WebSocket 2, service: incomplete: the peer closed the WebSocket with code 1001")


def test_no_rendering_of_a_socket_trace_shows_a_frame() -> None:
    trace = SocketTrace(1, "service", f'{{"topic": "other", "token": "{CANARY}"}}', 0.0)
    assert CANARY not in f"{trace} {trace!r}"
    assert CANARY in str(trace & socket_trace_content.get())
