"""Watching a transport: transparent, in order, masked, and the same for both kinds."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
from helpers.law_strategies import http_requests, values_of
from helpers.secret_samples import CANARY, SECRET_HEADERS
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import AsyncTransport, Failure, HttpRequest, HttpResponse, Success, Transport, TransportError
from lensconnect.testing.faults import delivered_twice, healthy, lost_reply
from lensconnect.testing.trace import Outcome, Trace, TransportWrapper, traced

OUTCOMES: st.SearchStrategy[Outcome] = values_of(HttpResponse).map(Success) | values_of(TransportError).map(Failure)
REQUEST = HttpRequest("GET", f"https://h.example/participant/views/{CANARY}", SECRET_HEADERS, CANARY.encode())
RESPONSE = HttpResponse(200, SECRET_HEADERS, CANARY.encode())


def of_both_kinds(wrap: TransportWrapper, request: HttpRequest, seconds: float, outcome: Outcome) -> list[Outcome]:
    """What a wrapped transport gives, called and awaited."""

    def transport(given: HttpRequest, budget: float) -> Outcome:
        assert (given, budget) == (request, seconds)
        return outcome

    async def twin(given: HttpRequest, budget: float) -> Outcome:
        return transport(given, budget)

    async def run(wrapped: AsyncTransport) -> Outcome:
        return await wrapped(request, seconds)

    return [wrap(transport)(request, seconds), asyncio.run(run(wrap(twin)))]


@given(http_requests(), OUTCOMES, st.floats(0, 60))
def test_it_changes_nothing_and_tells_all(request: HttpRequest, outcome: Outcome, seconds: float) -> None:
    told: list[Trace] = []
    heard = of_both_kinds(traced(told.append, clock=map(float, count()).__next__), request, seconds, outcome)
    assert all(each is outcome for each in heard)
    assert told == [Trace(request, outcome, seconds, at, 1.0) for at in (0.0, 2.0)]


def test_wrappers_compose_as_functions_do() -> None:
    outer: list[Trace] = []
    inner: list[Trace] = []
    clock = iter(range(100)).__next__

    def service(request: HttpRequest, seconds: float) -> Outcome:
        return Success(RESPONSE)

    def both(transport: Transport) -> Transport:
        return traced(outer.append, clock)(delivered_twice(traced(inner.append, clock)(transport)))

    both(healthy(service))(REQUEST, 1.0)
    assert (len(outer), len(inner)) == (1, 2)
    assert outer[0].at < inner[0].at < inner[1].at
    lossy = traced(outer.append, clock)(lost_reply(traced(inner.append, clock)(service)))
    assert lossy(REQUEST, 1.0) == outer[1].outcome != inner[2].outcome == Success(RESPONSE)


def test_one_that_raises_has_no_trace() -> None:
    told: list[Trace] = []

    def broken(request: HttpRequest, seconds: float) -> Outcome:
        raise LookupError

    with pytest.raises(LookupError):
        traced(told.append)(broken)(REQUEST, 1.0)
    assert told == []


def test_no_text_of_it_shows_a_secret() -> None:
    told: list[Trace] = []
    of_both_kinds(traced(told.append), REQUEST, 1.0, Success(RESPONSE))
    assert len(told) == 2
    assert CANARY not in f"{told} {told[0]} {told[1]!r}"
    assert str(told[0]).startswith("HttpRequest(method='GET', url='https://h.example/participant/views/***'")
