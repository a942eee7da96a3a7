"""The contract of a transport: green on those shipped, red on each of these that breaks one rule."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urljoin

import pytest
import urllib3

from lensconnect.errors import (
    TransportError,
    transport_error_kind,
    transport_error_message,
    transport_error_sent,
)
from lensconnect.http import HttpRequest, HttpResponse, http_request_headers, http_request_url, http_response_headers
from lensconnect.interpreters.direct import DirectTransport
from lensconnect.results import Failure, Result, Success, is_err
from lensconnect.testing.contract import CHECKS, RISKS, CheckResult, Report, Risk
from lensconnect.testing.laws import assert_transport, check_transport

Outcome = Result[HttpResponse, TransportError]


class Broken(DirectTransport):
    """One that does its own thing on top of what it inherits."""

    def once(self, request: HttpRequest, seconds: float) -> Outcome:
        """As it should be."""
        return super().__call__(request, seconds)


class FollowsRedirects(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        outcome = self.once(request, seconds)
        where = outcome.value_or(HttpResponse(200)).header("Location")
        return (
            outcome
            if where is None
            else self.once(request & http_request_url.set(urljoin(request.url, where)), seconds)
        )


class SendsAgainAfter503(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        outcome = self.once(request, seconds)
        return self.once(request, seconds) if outcome.value_or(HttpResponse(200)).status == 503 else outcome


class SendsAgainWhenCut(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        outcome = self.once(request, seconds)
        return self.once(request, seconds) if is_err(outcome) else outcome


class HasItsOwnIdeaOfTime(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        return self.once(request, max(seconds, 1.5))


class Raises(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        outcome = self.once(request, seconds)
        if is_err(outcome):
            raise ConnectionError
        return outcome


class NeverSent(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        return self.once(request, seconds).alt(transport_error_sent.set("no"))


class TellsTheUrl(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        return self.once(request, seconds).alt(transport_error_message.modify(lambda text: f"{text} {request.url}"))


class KeepsOneOfEachHeader(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        return self.once(request, seconds).map(
            http_response_headers.modify(lambda headers: tuple(dict(headers).items()))
        )


class UnescapesUrls(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        return self.once(request & http_request_url.modify(unquote), seconds)


class AddsAHeader(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        named = http_request_headers.modify(lambda headers: (*headers, ("User-Agent", "mine")))
        return self.once(request & named, seconds)


class KeepsCookies(Broken):
    cookie: str | None = None

    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        cookie = self.cookie
        if cookie is not None:
            request = request & http_request_headers.modify(lambda headers: (*headers, ("Cookie", cookie)))
        outcome = self.once(request, seconds)
        self.cookie = outcome.value_or(HttpResponse(200)).header("Set-Cookie")
        return outcome


class AnswersFromMemory(Broken):
    last: Outcome | None = None

    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        self.last = self.last or self.once(request, seconds)
        return self.last


BROKEN: dict[Callable[[], DirectTransport], str] = {
    FollowsRedirects: "no redirect is followed",
    SendsAgainAfter503: "sent once: 503",
    SendsAgainWhenCut: "stale: a POST is not sent again",
    HasItsOwnIdeaOfTime: "time: silent before the reply",
    Raises: "unsent: nobody listens",
    NeverSent: "cut: before the body",
    TellsTheUrl: "unsent: nobody listens",
    KeepsOneOfEachHeader: "headers as they were received",
    UnescapesUrls: "URL: escapes as they are",
    AddsAHeader: "headers: those given, and three more",
    KeepsCookies: "no cookie is kept",
    AnswersFromMemory: "kept: every request has its own reply",
}


@pytest.mark.parametrize("make", BROKEN, ids=lambda make: make.__name__)
def test_a_broken_rule_is_found(make: Callable[[], DirectTransport]) -> None:
    with pytest.raises(AssertionError, match="0 of 1 checks passed"):
        assert_transport(make, only=[BROKEN[make]])


class NamesItOtherwise(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        return self.once(request, seconds).alt(transport_error_kind.set("tls"))


class TakesACutForAReply(Broken):
    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        return self.once(request, seconds).lash(lambda _: Success(HttpResponse(200)))


@pytest.mark.parametrize(
    ("make", "check", "risk"),
    [
        (NeverSent, "cut: before the body", "message"),
        (TellsTheUrl, "unsent: nobody listens", "message"),
        (Raises, "unsent: nobody listens", "message"),
        (TakesACutForAReply, "cut: before the body", "reply"),
        (HasItsOwnIdeaOfTime, "time: silent before the reply", "time"),
        (NamesItOtherwise, "cut: before the body", "name"),
    ],
)
def test_a_broken_rule_says_what_it_puts_at_stake(make: Callable[[], DirectTransport], check: str, risk: Risk) -> None:
    report = check_transport(make, only=[check])
    assert [each.risk for each in report.failed] == [risk]
    assert str(report).splitlines()[1:3] == [f"{RISKS[risk]}:", f"  FAIL  {check}: {report.failed[0].why}"]


def test_the_worst_comes_first() -> None:
    checks = [CheckResult(risk, False, "why", risk) for risk in reversed(RISKS)]
    lines = str(Report((CheckResult("fine", True), *checks), (("left", "out"),))).splitlines()
    assert [line for line in lines if line.startswith("  ")] == [
        *(f"  FAIL  {risk}: why" for risk in RISKS),
        "  ok    fine",
        "  skip  left: out",
    ]


def test_the_beginning_of_names_stands_for_them_all() -> None:
    cut = [name for name in CHECKS if name.startswith("cut")]
    report = check_transport(DirectTransport, only=["cut", "a chunked reply"], skip={"cut: inside": "not now"})
    inside = [name for name in cut if name.startswith("cut: inside")]
    assert len(inside) > 1
    assert report.skipped == tuple((name, "not now") for name in inside)
    assert [check.name for check in report.checks] == ["a chunked reply", *(name for name in cut if name not in inside)]
    with pytest.raises(ValueError, match=r"no such checks: \['neither', 'none'\]"):
        check_transport(DirectTransport, only=["cut", "none"], skip={"neither": "x"})


def test_a_plain_urllib3_transport_fails_what_urllib3_cannot_do() -> None:
    pool = urllib3.PoolManager(retries=False)

    def transport(request: HttpRequest, seconds: float, /) -> Outcome:
        try:
            reply = pool.request(
                request.method, request.url, body=request.body, headers=dict(request.headers), timeout=seconds
            )
        except urllib3.exceptions.HTTPError as error:
            return Failure(TransportError("timeout" if "timed out" in str(error) else "incomplete", "failed", "maybe"))
        return Success(HttpResponse(reply.status, tuple(reply.headers.items()), reply.data))

    names = ["a reply with a length", "103 before the reply", "cut: inside a header", "time: dripping head"]
    report = check_transport(lambda: transport, only=names)
    pool.clear()
    assert [check.name for check in report.checks if not check.passed] == names[1:]
