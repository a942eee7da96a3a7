"""The contract suite finds every transport here that breaks a rule, and its report names the risk."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote, urljoin

import anyio
import httpx2
import pytest
import urllib3

from lensconnect.errors import (
    TransportError,
    transport_error_kind,
    transport_error_message,
    transport_error_sent,
)
from lensconnect.http import HttpRequest, HttpResponse, http_request_headers, http_request_url, http_response_headers
from lensconnect.interpreters.contract import AsyncTransport
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.interpreters.httpx2 import Httpx2Transport
from lensconnect.results import Failure, Success, is_err
from lensconnect.testing.contract import CHECKS, RISKS, CheckResult, Report, Risk, drivers
from lensconnect.testing.laws import acheck_transport, assert_transport, check_sockets, check_transport
from lensconnect.testing.trace import TransportOutcome


class BrokenTransport(DirectTransport):
    """A transport that keeps every rule; each subclass breaks one."""

    def perform(self, request: HttpRequest, seconds: float) -> TransportOutcome:
        return super().__call__(request, seconds)


class FollowsRedirects(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        outcome = self.perform(request, seconds)
        location = outcome.value_or(HttpResponse(200)).header("Location")
        return (
            outcome
            if location is None
            else self.perform(request & http_request_url.set(urljoin(request.url, location)), seconds)
        )


class SendsAgainAfter503(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        outcome = self.perform(request, seconds)
        return self.perform(request, seconds) if outcome.value_or(HttpResponse(200)).status == 503 else outcome


class SendsAgainWhenCut(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        outcome = self.perform(request, seconds)
        return self.perform(request, seconds) if is_err(outcome) else outcome


class IgnoresItsTimeLimit(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        return self.perform(request, max(seconds, 1.5))


class Raises(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        outcome = self.perform(request, seconds)
        if is_err(outcome):
            raise ConnectionError
        return outcome


class ReportsEverythingUnsent(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        return self.perform(request, seconds).alt(transport_error_sent.set("no"))


class ShowsTheUrl(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        return self.perform(request, seconds).alt(transport_error_message.modify(lambda text: f"{text} {request.url}"))


class KeepsOneOfEachHeader(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        return self.perform(request, seconds).map(
            http_response_headers.modify(lambda headers: tuple(dict(headers).items()))
        )


class UnescapesUrls(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        return self.perform(request & http_request_url.modify(unquote), seconds)


class AddsAHeader(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        with_header = http_request_headers.modify(lambda headers: (*headers, ("User-Agent", "mine")))
        return self.perform(request & with_header, seconds)


class KeepsCookies(BrokenTransport):
    cookie: str | None = None

    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        cookie = self.cookie
        if cookie is not None:
            request = request & http_request_headers.modify(lambda headers: (*headers, ("Cookie", cookie)))
        outcome = self.perform(request, seconds)
        self.cookie = outcome.value_or(HttpResponse(200)).header("Set-Cookie")
        return outcome


class RepeatsTheFirstReply(BrokenTransport):
    last: TransportOutcome | None = None

    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        self.last = self.last or self.perform(request, seconds)
        return self.last


class HoldsALock(BrokenTransport):
    lock = threading.Lock()

    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        if not self.lock.acquire(timeout=0.1):
            return Failure(TransportError("timeout", "waiting for the lock", "no"))
        try:
            return self.perform(request, seconds)
        finally:
            self.lock.release()


class LosesTheRoomOfFailures(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        self.failed = getattr(self, "failed", 0)
        if self.failed >= 64:
            return Failure(TransportError("timeout", "waiting for a connection", "no"))
        outcome = self.perform(request, seconds)
        self.failed += is_err(outcome)
        return outcome


BROKEN_RULES: dict[Callable[[], DirectTransport], str] = {
    FollowsRedirects: "no redirect is followed",
    SendsAgainAfter503: "sent once: 503",
    SendsAgainWhenCut: "stale: a POST is not sent again",
    IgnoresItsTimeLimit: "time: silent before the reply",
    Raises: "unsent: no listener on the port",
    ReportsEverythingUnsent: "cut: before the body",
    ShowsTheUrl: "unsent: no listener on the port",
    KeepsOneOfEachHeader: "headers as they were received",
    UnescapesUrls: "URL: escapes as they are",
    AddsAHeader: "headers: those given, and three more",
    KeepsCookies: "no cookie is kept",
    HoldsALock: "interrupted: by a call of a signal handler",
    LosesTheRoomOfFailures: "concurrent: a crowd that times out leaves its room",
    RepeatsTheFirstReply: "kept: every request has its own reply",
}


@pytest.mark.parametrize("make", BROKEN_RULES, ids=lambda make: make.__name__)
def test_a_broken_rule_is_found(make: Callable[[], DirectTransport]) -> None:
    with pytest.raises(AssertionError, match="0 of 1 checks passed"):
        assert_transport(make, only=[BROKEN_RULES[make]])


class HangsAfterACancellation:
    """An asynchronous transport that never returns again once one of its calls was cancelled."""

    def __init__(self, transport: AsyncTransport) -> None:
        self.transport = transport
        self.is_stuck = False

    async def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        try:
            outcome = await self.transport(request, seconds)
        except BaseException:
            self.is_stuck = True
            raise
        if self.is_stuck:
            await anyio.sleep_forever()
        return outcome


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_call_that_hangs_is_not_taken_for_a_cancelled_one(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "PATIENCE", 1.0)

    @asynccontextmanager
    async def make() -> AsyncIterator[AsyncTransport]:
        async with httpx2.AsyncClient() as client:
            yield HangsAfterACancellation(Httpx2Transport(client))

    async def check() -> Report:
        return await acheck_transport(make, only=["cancelled: among others"])

    report = anyio.run(check, backend=backend)
    assert [(check.passed, check.risk) for check in report.checks] == [(False, "time")]
    assert "did not return" in report.checks[0].why


class ReportsAnotherKind(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        return self.perform(request, seconds).alt(transport_error_kind.set("tls"))


class AcceptsACutReply(BrokenTransport):
    def __call__(self, request: HttpRequest, seconds: float, /) -> TransportOutcome:
        return self.perform(request, seconds).lash(lambda _: Success(HttpResponse(200)))


@pytest.mark.parametrize(
    ("make", "check", "risk"),
    [
        (ReportsEverythingUnsent, "cut: before the body", "message"),
        (ShowsTheUrl, "unsent: no listener on the port", "message"),
        (Raises, "unsent: no listener on the port", "message"),
        (AcceptsACutReply, "cut: before the body", "reply"),
        (IgnoresItsTimeLimit, "time: silent before the reply", "time"),
        (ReportsAnotherKind, "cut: before the body", "name"),
    ],
)
def test_a_failed_check_names_its_risk(make: Callable[[], DirectTransport], check: str, risk: Risk) -> None:
    report = check_transport(make, only=[check])
    assert [each.risk for each in report.failed] == [risk]
    assert str(report).splitlines()[1:3] == [f"{RISKS[risk]}:", f"  FAIL  {check}: {report.failed[0].why}"]


def test_a_report_lists_the_worst_failures_first() -> None:
    checks = [CheckResult(risk, False, "why", risk) for risk in reversed(RISKS)]
    lines = str(Report((CheckResult("fine", True), *checks), (("left", "out"),))).splitlines()
    assert [line for line in lines if line.startswith("  ")] == [
        *(f"  FAIL  {risk}: why" for risk in RISKS),
        "  ok    fine",
        "  skip  left: out",
    ]


def test_the_beginning_of_a_name_selects_all_checks_that_begin_with_it() -> None:
    cut = [name for name in CHECKS if name.startswith("cut")]
    report = check_transport(DirectTransport, only=["cut", "a chunked reply"], skip={"cut: inside": "not now"})
    inside = [name for name in cut if name.startswith("cut: inside")]
    assert len(inside) > 1
    assert report.skipped == tuple((name, "not now") for name in inside)
    assert [check.name for check in report.checks] == ["a chunked reply", *(name for name in cut if name not in inside)]
    with pytest.raises(ValueError, match=r"no such checks: \['neither', 'none'\]"):
        check_transport(DirectTransport, only=["cut", "none"], skip={"neither": "x"})


@pytest.mark.slow
def test_a_urllib3_transport_fails_the_checks_that_urllib3_cannot_pass() -> None:
    pool = urllib3.PoolManager(retries=False)

    def transport(request: HttpRequest, seconds: float, /) -> TransportOutcome:
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


def test_a_transport_in_the_place_of_its_maker_is_one_error() -> None:
    wrong: Any = DirectTransport()
    text = "^make must be a function without arguments that returns new transport, not .* write lambda: before it$"
    with pytest.raises(TypeError, match=text):
        check_transport(wrong)
    with pytest.raises(TypeError, match=text):
        anyio.run(acheck_transport, wrong)
    with pytest.raises(TypeError, match=r"^make must be a function .* new sockets, not a value of type int$"):
        check_sockets(3)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_an_asynchronous_transport_is_one_error_and_no_coroutine_is_left() -> None:
    wrong: Any = AsyncDirectTransport
    with pytest.raises(TypeError, match=r"^make returns something asynchronous: use acheck_transport"):
        check_transport(wrong)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"only": "cut"}, TypeError, "only must be a collection of names, not a value of type str: put the name into"),
        ({"only": ""}, TypeError, "only must be a collection of names"),
        ({"only": []}, ValueError, "only names no check: leave it out to make all of a tier"),
        ({"only": [""]}, ValueError, r"no such checks: \[''\]"),
        ({"skip": {"": "why"}}, ValueError, r"no such checks: \[''\]"),
        ({"skip": {"unknown": "why"}}, ValueError, r"no such checks: \['unknown'\]"),
        ({"skip": ["cut"]}, TypeError, "skip must be a mapping from names to reasons"),
        ({"skip": dict.fromkeys(CHECKS, "why")}, ValueError, "skip leaves no check to make"),
        ({"only": ["cut: inside"], "skip": {"cut": "why"}}, ValueError, "skip leaves no check to make"),
    ],
)
def test_a_choice_of_checks_names_known_ones_and_leaves_one(options: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        check_transport(DirectTransport, **options)
    with pytest.raises(error, match=words):
        assert_transport(DirectTransport, **options)


def test_a_report_without_checks_has_not_passed() -> None:
    assert not Report(()).passed
    assert Report((CheckResult("fine", True),)).passed
