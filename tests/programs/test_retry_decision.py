"""Decisions after a failed attempt: tables, laws, and botocore's own decisions beside ours."""

import math
from typing import Any

import botocore.session
import pytest
from botocore.retries import standard
from helpers.retry_strategies import (
    AWS_THROTTLING,
    AWS_TRANSIENT,
    EAGER,
    KINDS,
    LOCAL,
    any_float,
    counts,
    errors,
    first_verdict,
    ordinary_floats,
    policies,
    policies_from,
    service_error,
    verdicts,
)
from hypothesis import example, given
from hypothesis import strategies as st

from lensconnect import (
    AMAZONKA,
    NO_RETRY,
    OPERATIONS,
    STANDARD,
    Budget,
    Error,
    GetAuthenticationUrl,
    Outcome,
    RetryPolicy,
    ServiceError,
    TransportError,
    Verdict,
    retry_policy_cap,
    retry_policy_max_attempts,
    retry_policy_max_transport_attempts,
    retry_policy_throttling_codes,
    retry_policy_throttling_statuses,
    retry_policy_transient_base,
    retry_policy_transient_cost,
    retry_policy_transient_kinds,
    retry_policy_transient_statuses,
    verdict_hint,
)
from lensconnect.errors import Kind
from lensconnect.operations import Repeat
from lensconnect.programs.retry_after import MAX_WAIT
from lensconnect.programs.retry_decision import (
    FailedAttempt,
    after_payment,
    delay,
    error_to_report,
    judge,
    refund_after,
)

POLICIES = (STANDARD, AMAZONKA, NO_RETRY)


def test_attempts_without_a_reply_are_limited_by_the_smaller_number() -> None:
    lost = TransportError("reset", "gone", "no")
    patient = STANDARD & retry_policy_max_transport_attempts.set(9)
    assert (len(STANDARD.plan([lost] * 9).steps), len(patient.plan([lost] * 9).steps)) == (3, 3)


def test_absurd_rules_give_bounded_waits_and_costs() -> None:
    endless = STANDARD & retry_policy_cap.set(math.inf) & retry_policy_transient_base.set(1e300)
    assert first_verdict(endless, service_error(503)).ceiling == MAX_WAIT
    assert first_verdict(STANDARD & retry_policy_transient_cost.set(-3), service_error(503)).cost == 0


@pytest.mark.parametrize("code", AWS_THROTTLING)
@pytest.mark.parametrize("status", [400, 429, 503])
def test_throttling_is_recognized_by_code(code: str, status: int) -> None:
    assert first_verdict(STANDARD, service_error(status, code)) == Verdict(True, "throttling", 5, 1.0)


@pytest.mark.parametrize("code", ["", "Unknown", "ServiceQuotaExceededException"])
def test_throttling_is_recognized_by_status(code: str) -> None:
    assert first_verdict(STANDARD, service_error(429, code)) == Verdict(True, "throttling", 5, 1.0)
    assert first_verdict(AMAZONKA, service_error(429, code)) == Verdict(True, "throttling", 0, 0.025)


@pytest.mark.parametrize("code", AWS_TRANSIENT)
def test_transient_errors_are_recognized_by_code(code: str) -> None:
    assert first_verdict(STANDARD, service_error(400, code)) == Verdict(True, "transient", 14, 0.05)


@pytest.mark.parametrize(
    ("status", "code", "by_standard", "by_amazonka"),
    [
        (301, "", False, False),
        (400, "ValidationException", False, False),
        (400, "ThrottlingException", True, True),
        (400, "SlowDown", True, False),
        (400, "RequestTimeout", True, False),
        (402, "ServiceQuotaExceededException", False, False),
        (403, "AccessDeniedException", False, False),
        (403, "ThrottlingException", False, False),
        (404, "ResourceNotFoundException", False, False),
        (408, "", False, False),
        (409, "ConflictException", False, False),
        (429, "ThrottlingException", True, True),
        (500, "InternalServerException", True, True),
        (501, "", False, False),
        (502, "", True, True),
        (503, "", True, True),
        (504, "", True, True),
        (505, "", False, False),
        (509, "", False, True),
    ],
)
def test_retry_by_status_and_code(status: int, code: str, by_standard: bool, by_amazonka: bool) -> None:
    error = service_error(status, code)
    assert first_verdict(STANDARD, error).again is by_standard
    assert first_verdict(AMAZONKA, error).again is by_amazonka
    assert not first_verdict(NO_RETRY, error).again


@pytest.mark.parametrize("kind", KINDS)
def test_retry_by_kind_of_transport_error(kind: Kind) -> None:
    transient = {"connect", "incomplete", "name", "protocol", "proxy", "reset", "timeout"}
    for policy in (STANDARD, AMAZONKA):
        assert first_verdict(policy, TransportError(kind, "x", "no")).again is (kind in transient)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("error", LOCAL, ids=repr)
def test_errors_that_waiting_does_not_change_are_never_retried(policy: RetryPolicy, error: Error) -> None:
    assert first_verdict(policy, error) == Verdict(False, "not retryable")
    assert [step.wait for step in policy.plan([error] * 9).steps] == [0]


def test_no_policy_retries_a_403_or_a_kind_of_never_retried() -> None:
    anything = (
        EAGER
        & retry_policy_throttling_statuses.set((403,))
        & retry_policy_transient_statuses.set((403,))
        & retry_policy_throttling_codes.set(("AccessDeniedException",))
        & retry_policy_transient_kinds.set(KINDS)
    )
    assert not first_verdict(anything, service_error(403, "AccessDeniedException")).again
    for kind in ("closed", "tls", "unsupported"):
        assert not first_verdict(anything, TransportError(kind, "x", "no")).again
    assert first_verdict(anything, TransportError("too_large", "x", "yes")).again


# Safety

MAYBE = TransportError("timeout", "late", "maybe")
ANSWERED = TransportError("incomplete", "cut", "yes")
UNSENT = TransportError("connect", "refused", "no")


@pytest.mark.parametrize(
    ("error", "safe_without_token"),
    [
        (UNSENT, True),
        (MAYBE, False),
        (ANSWERED, False),
        (service_error(429), True),
        (service_error(400, "ThrottlingException"), False),
        (service_error(503, "SlowDown"), False),
        (service_error(500), False),
        (service_error(502), False),
        (service_error(503), False),
        (service_error(504), False),
    ],
    ids=repr,
)
@pytest.mark.parametrize("policy", [STANDARD, AMAZONKA], ids=lambda policy: policy.name)
@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
@pytest.mark.parametrize("has_token", [False, True])
def test_a_request_that_may_have_been_acted_on_is_retried_only_where_that_is_safe(
    error: Error, safe_without_token: bool, policy: RetryPolicy, row: Any, has_token: bool
) -> None:
    if not first_verdict(policy, error).again:
        return  # not retryable for anybody
    safe_to_repeat = row.repeat == "always" or (row.repeat == "with_client_token" and has_token)
    verdict = judge(policy, row.repeat, has_token, 1, error)
    assert verdict.again is (safe_without_token or safe_to_repeat)
    assert verdict.again or verdict.reason == "unsafe to repeat"


@pytest.mark.parametrize(
    ("repeat", "names"),
    [
        ("always", {"CancelParticipantAuthentication", "CreateParticipantConnection"}),
        ("always", {"DescribeView", "GetAttachment", "GetTranscript"}),
        ("never", {"GetAuthenticationUrl"}),
        ("with_client_token", {"CompleteAttachmentUpload", "DisconnectParticipant", "SendEvent", "SendMessage"}),
        ("with_client_token", {"StartAttachmentUpload"}),
    ],
)
def test_when_each_operation_is_safe_to_repeat(repeat: Repeat, names: set[str]) -> None:
    assert {row.repeat for row in OPERATIONS if row.name in names} == {repeat}


@pytest.mark.parametrize("has_token", [False, True])
def test_get_authentication_url_is_retried_only_if_not_sent_or_throttled(has_token: bool) -> None:
    def again(*outcomes: Outcome) -> list[bool]:
        steps = STANDARD.plan(outcomes, GetAuthenticationUrl, client_token=has_token).steps
        return [step.verdict is not None and step.verdict.again for step in steps]

    assert again(MAYBE, 200) == [False]
    assert again(503, 200) == [False]
    assert again(UNSENT, 429, 200) == [True, True, False]


@given(st.sampled_from(["always", "with_client_token", "never"]), st.booleans(), st.data())
def test_a_verdict_never_allows_an_unsafe_repetition(repeat: Repeat, has_token: bool, data: st.DataObject) -> None:
    policy, error = data.draw(policies), data.draw(errors)
    verdict = judge(policy, repeat, has_token, data.draw(st.integers(1, 10**9)), error)
    unsent = isinstance(error, TransportError) and error.sent == "no"
    refused = isinstance(error, ServiceError) and error.status == 429
    if verdict.again and not unsent and not refused:
        assert repeat == "always" or (repeat == "with_client_token" and has_token)


# Differential: botocore, whose policy STANDARD is

MODEL = botocore.session.get_session().get_service_model("connectparticipant").operation_model("SendMessage")


def botocore_context(status: int, code: str, attempt: int, headers: dict[str, str]) -> standard.RetryContext:
    class Answer:
        status_code = status

    answer: Any = Answer()
    answer.headers = headers
    return standard.RetryContext(attempt, MODEL, parsed_response={"Error": {"Code": code}}, http_response=answer)


@given(
    st.sampled_from([*range(300, 600, 1), 400, 429, 500, 502, 503, 504]),
    st.sampled_from([*AWS_THROTTLING, *AWS_TRANSIENT, "ValidationException", "ConflictException", "Other"]),
    st.integers(1, 30),
    st.none() | st.integers(0, 100_000),
    st.floats(0, 1, exclude_max=True),
)
def test_botocore_decides_and_waits_the_same(
    status: int, code: str, attempt: int, milliseconds: int | None, draw: float
) -> None:
    headers = {} if milliseconds is None else {"x-amz-retry-after": str(milliseconds)}
    botocore_value = botocore_context(status, code, attempt, headers)
    policy = STANDARD & retry_policy_max_attempts.set(20)
    ours = judge(policy, "always", False, attempt, service_error(status, code, *headers.items()))
    if status == 403:  # where botocore goes by the code, we do not ask again
        assert not ours.again
        return
    # By the status alone: botocore prices it as transient, and does not repeat it under another modelled code.
    if status == 429 and code not in AWS_THROTTLING:
        assert ours.reason == ("throttling" if attempt < 20 else "attempts used up")
        return
    assert ours.again is standard.StandardRetryConditions(20).is_retryable(botocore_value)
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    throttled = detector.is_throttling_error_from_context(botocore_value)
    if ours.again:
        backoff = standard.ExponentialBackoff(random=lambda: draw, throttling_detector=detector)
        assert delay(policy, ours, draw) == pytest.approx(backoff.delay_amount(botocore_value), abs=1e-12)
        assert ours.cost == (5 if throttled else 14)


# Waits


@given(policies, verdicts, any_float)
def test_a_delay_is_a_number_within_its_bounds(policy: RetryPolicy, verdict: Verdict, draw: float) -> None:
    wait = delay(policy, verdict, draw)
    assert 0 <= wait <= 2 * MAX_WAIT
    if verdict.hint is None:
        assert wait <= MAX_WAIT
    assert verdict.again or wait == 0


@given(policies, errors, st.integers(min_value=1))
@example(STANDARD & retry_policy_max_attempts.set(10**500), service_error(429), 10**400)
def test_judge_is_total_and_its_ceiling_bounded(policy: RetryPolicy, error: Error, attempt: int) -> None:
    verdict = judge(policy, "always", True, attempt, error)
    assert 0 <= verdict.ceiling <= MAX_WAIT
    assert verdict.cost >= 0
    assert verdict.hint is None or 0 <= verdict.hint <= MAX_WAIT
    assert verdict.again or (verdict.cost, verdict.ceiling) == (0, 0)
    assert not verdict.again or attempt < policy.max_attempts


@given(policies_from(ordinary_floats, counts), errors, st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_a_delay_is_at_most_the_cap_and_a_hint_adds_at_most_its_allowance(
    policy: RetryPolicy, error: Error, attempt: int, draw: float
) -> None:
    verdict = judge(policy, "always", True, attempt, error)
    own, wait = delay(policy, verdict & verdict_hint.set(None), draw), delay(policy, verdict, draw)
    assert own <= verdict.ceiling <= policy.cap
    assert own <= wait <= own + policy.hint_allowance
    if verdict.again and verdict.hint is not None:
        assert wait >= min(verdict.hint, own + policy.hint_allowance)


@pytest.mark.parametrize(
    ("draw", "hint", "wait"),
    [(0.5, None, 0.5), (0.0, None, 0.0), (0.5, 0.25, 0.5), (0.5, 3.0, 3.0), (0.5, 5.5, 5.5), (0.5, 60.0, 5.5)],
)
def test_a_hint_raises_the_wait_by_at_most_its_allowance(draw: float, hint: float | None, wait: float) -> None:
    assert delay(STANDARD, Verdict(True, "throttling", 5, 1.0, hint), draw) == wait
    assert delay(AMAZONKA, Verdict(True, "throttling", 0, 1.0, hint), draw) == 1.0


@pytest.mark.parametrize(("draw", "wait"), [(-0.5, 0.0), (0.0, 0.0), (1.0, 2.0), (1.5, 2.0), (math.nan, 0.0)])
def test_a_random_number_out_of_its_range_gives_a_wait_up_to_the_ceiling(draw: float, wait: float) -> None:
    assert delay(STANDARD, Verdict(True, "throttling", 5, 2.0), draw) == wait


# The error to report


@pytest.mark.parametrize(
    ("repeat", "earlier", "last", "reported"),
    [
        ("always", MAYBE, UNSENT, UNSENT),
        ("always", MAYBE, service_error(429), service_error(429)),
        ("with_client_token", MAYBE, UNSENT, MAYBE),
        ("with_client_token", service_error(503), service_error(429), service_error(503)),
        ("with_client_token", MAYBE, ANSWERED, ANSWERED),
        ("with_client_token", UNSENT, service_error(429), service_error(429)),
        ("never", service_error(429), UNSENT, UNSENT),
        ("never", UNSENT, MAYBE, MAYBE),
    ],
)
def test_the_last_error_is_reported_unless_it_hides_that_a_write_may_have_been_acted_on(
    repeat: Repeat, earlier: Error, last: Error, reported: Error
) -> None:
    assert error_to_report(repeat, earlier, last) == reported


# Payment


def after(policy: RetryPolicy, error: Error) -> FailedAttempt:
    return FailedAttempt(1, first_verdict(policy, error), error)


def test_refund_after_a_success() -> None:
    assert refund_after(STANDARD, None) == 1
    assert refund_after(STANDARD, after(STANDARD, service_error(503))) == 14
    assert refund_after(STANDARD, after(STANDARD, service_error(429))) == 5
    assert refund_after(AMAZONKA, None) == refund_after(AMAZONKA, after(AMAZONKA, service_error(503))) == 0


def test_a_retry_that_cannot_be_paid_stops_the_call() -> None:
    verdict = first_verdict(STANDARD, service_error(503, "", ("Retry-After", "2")))
    assert after_payment(verdict, paid=True) == verdict
    assert after_payment(verdict, paid=False) == Verdict(False, "budget used up", hint=2.0)
    steps = [STANDARD.plan([service_error(503)], budget=Budget(tokens)).steps[0] for tokens in (14, 13)]
    assert [step.tokens for step in steps] == [0, 13]
    assert [str(step.verdict) for step in steps] == ["again: transient", "stop: budget used up"]
    stopped = STANDARD.plan([service_error(400)], budget=Budget(13)).steps[0]
    assert (stopped.tokens, str(stopped.verdict)) == (13, "stop: not retryable")
