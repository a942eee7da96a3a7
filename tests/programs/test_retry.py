"""When to send again, how long to wait, what it costs: golden tables, laws, and botocore's own answers."""

import ast
import inspect
import math
import pickle
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, get_args

import botocore.session
import pytest
from botocore.retries import quota, standard
from hypothesis import example, given
from hypothesis import strategies as st

from lensconnect import (
    Error,
    Fault,
    GetAuthenticationUrl,
    GetTranscript,
    InvalidEndpoint,
    InvalidRequest,
    SendMessage,
    SerializeError,
    ServiceError,
    TransportError,
)
from lensconnect.errors import Kind, Sent
from lensconnect.http import Headers
from lensconnect.operations import OPERATIONS, Repeat
from lensconnect.programs import hints, pace, retry
from lensconnect.programs.hints import LONGEST, server_hint
from lensconnect.programs.retry import (
    AMAZONKA,
    NO_RETRY,
    STANDARD,
    Budget,
    Outcome,
    RetryPolicy,
    Verdict,
    afford,
    delay,
    earned,
    judge,
    new_budget,
    refund,
    retry_policy_budget,
    retry_policy_max_attempts,
    retry_policy_throttling_codes,
    retry_policy_throttling_statuses,
    retry_policy_transient_kinds,
    retry_policy_transient_statuses,
    spend,
)

KINDS = get_args(Kind)
SENT = get_args(Sent)
POLICIES = (STANDARD, AMAZONKA, NO_RETRY)
EAGER = STANDARD & retry_policy_max_attempts.set(12)

AWS_THROTTLING = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
]
AWS_TRANSIENT = ["RequestTimeout", "RequestTimeoutException"]

LOCAL: tuple[Error, ...] = (
    InvalidRequest((Fault("content", "1..16384 characters", 0),)),
    InvalidEndpoint("no region"),
    *(TransportError(kind, "x", "no") for kind in ("closed", "tls", "unsupported")),
    *(SerializeError(status, "not JSON") for status in (None, 200, 204)),
)


def service(status: int, code: str = "", *headers: tuple[str, str]) -> ServiceError:
    return ServiceError(status, code, headers=headers)


def first(policy: RetryPolicy, error: Error) -> Verdict:
    """The verdict on a first attempt at a read."""
    return judge(policy, "always", False, 1, error)


# The policies


def test_the_constants_of_the_standard_policy() -> None:
    assert STANDARD.max_attempts == 3
    assert STANDARD.max_transport_attempts is None
    assert (STANDARD.transient_base, STANDARD.throttling_base) == (0.05, 1.0)
    assert (STANDARD.growth, STANDARD.cap, STANDARD.jittered, STANDARD.hint_allowance) == (2, 20, True, 5)
    assert (STANDARD.transient_cost, STANDARD.throttling_cost) == (14, 5)
    assert (STANDARD.budget, STANDARD.success_refund) == (500, 1)
    assert sorted(STANDARD.throttling_codes) == sorted(AWS_THROTTLING)
    assert len(AWS_THROTTLING) == 14


@pytest.mark.parametrize(
    ("policy", "error", "waits"),
    [
        (EAGER, service(503), [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20]),
        (EAGER, service(429), [1, 2, 4, 8, 16, 20, 20, 20, 20, 20, 20]),
        (EAGER, TransportError("reset", "gone", "maybe"), [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20]),
        (STANDARD, service(500), [0.05, 0.1]),
        (STANDARD, service(429, "ThrottlingException"), [1, 2]),
        (STANDARD, TransportError("timeout", "late", "maybe"), [0.05, 0.1]),
        (AMAZONKA, service(503), [0.025, 0.05, 0.1, 0.2, 0.4]),
        (AMAZONKA, service(429), [0.025, 0.05, 0.1, 0.2, 0.4]),
        (AMAZONKA, TransportError("reset", "gone", "maybe"), [0.025, 0.05, 0.1]),
        (NO_RETRY, service(503), []),
        (NO_RETRY, TransportError("connect", "refused", "no"), []),
    ],
)
def test_the_longest_waits(policy: RetryPolicy, error: Error, waits: list[float]) -> None:
    plan = policy.plan([error] * 20)
    assert [step.wait for step in plan.steps] == pytest.approx([*waits, 0])
    verdict = plan.steps[-1].verdict
    assert verdict == Verdict(False, "attempts used up")


def test_attempts_without_a_reply_are_limited_by_both_numbers() -> None:
    lost = TransportError("reset", "gone", "no")
    patient = STANDARD & retry.retry_policy_max_transport_attempts.set(9)
    assert (len(STANDARD.plan([lost] * 9).steps), len(patient.plan([lost] * 9).steps)) == (3, 3)


def test_a_policy_without_sense_is_bounded_all_the_same() -> None:
    endless = STANDARD & retry.retry_policy_cap.set(math.inf) & retry.retry_policy_transient_base.set(1e300)
    assert first(endless, service(503)).ceiling == LONGEST
    assert first(STANDARD & retry.retry_policy_transient_cost.set(-3), service(503)).cost == 0


@pytest.mark.parametrize("code", AWS_THROTTLING)
@pytest.mark.parametrize("status", [400, 429, 503])
def test_throttling_is_recognised_by_code(code: str, status: int) -> None:
    assert first(STANDARD, service(status, code)) == Verdict(True, "throttling", 5, 1.0)


@pytest.mark.parametrize("code", ["", "Unknown", "ServiceQuotaExceededException"])
def test_throttling_is_recognised_by_status(code: str) -> None:
    assert first(STANDARD, service(429, code)) == Verdict(True, "throttling", 5, 1.0)
    assert first(AMAZONKA, service(429, code)) == Verdict(True, "throttling", 0, 0.025)


@pytest.mark.parametrize("code", AWS_TRANSIENT)
def test_transient_is_recognised_by_code(code: str) -> None:
    assert first(STANDARD, service(400, code)) == Verdict(True, "transient", 14, 0.05)


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
def test_answers(status: int, code: str, by_standard: bool, by_amazonka: bool) -> None:
    error = service(status, code)
    assert first(STANDARD, error).again is by_standard
    assert first(AMAZONKA, error).again is by_amazonka
    assert not first(NO_RETRY, error).again


@pytest.mark.parametrize("kind", KINDS)
def test_transport_errors(kind: Kind) -> None:
    transient = {"connect", "incomplete", "name", "protocol", "proxy", "reset", "timeout"}
    for policy in (STANDARD, AMAZONKA):
        assert first(policy, TransportError(kind, "x", "no")).again is (kind in transient)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("error", LOCAL, ids=repr)
def test_what_will_not_change_is_never_repeated(policy: RetryPolicy, error: Error) -> None:
    assert first(policy, error) == Verdict(False, "not retryable")
    assert [step.wait for step in policy.plan([error] * 9).steps] == [0]


def test_no_policy_repeats_a_403_or_a_hopeless_kind() -> None:
    anything = (
        EAGER
        & retry_policy_throttling_statuses.set((403,))
        & retry_policy_transient_statuses.set((403,))
        & retry_policy_throttling_codes.set(("AccessDeniedException",))
        & retry_policy_transient_kinds.set(KINDS)
    )
    assert not first(anything, service(403, "AccessDeniedException")).again
    for kind in ("closed", "tls", "unsupported"):
        assert not first(anything, TransportError(kind, "x", "no")).again
    assert first(anything, TransportError("too_large", "x", "yes")).again


# Safety

MAYBE = TransportError("timeout", "late", "maybe")
ANSWERED = TransportError("incomplete", "cut", "yes")
UNSENT = TransportError("connect", "refused", "no")


@pytest.mark.parametrize(
    ("error", "safe_blind"),
    [
        (UNSENT, True),
        (MAYBE, False),
        (ANSWERED, False),
        (service(429), True),
        (service(400, "ThrottlingException"), False),
        (service(503, "SlowDown"), False),
        (service(500), False),
        (service(502), False),
        (service(503), False),
        (service(504), False),
    ],
    ids=repr,
)
@pytest.mark.parametrize("policy", [STANDARD, AMAZONKA], ids=lambda policy: policy.name)
@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
@pytest.mark.parametrize("has_token", [False, True])
def test_what_may_have_been_acted_on_is_repeated_only_where_that_is_safe(
    error: Error, safe_blind: bool, policy: RetryPolicy, row: Any, has_token: bool
) -> None:
    if not first(policy, error).again:
        return  # not retryable for anybody
    reads = {"GetTranscript", "GetAttachment", "DescribeView"}
    repeatable = {*reads, "CreateParticipantConnection", "CancelParticipantAuthentication"}
    tokened = has_token and row.name not in {*repeatable, "GetAuthenticationUrl"}
    verdict = judge(policy, row.repeat, has_token, 1, error)
    assert verdict.again is (safe_blind or row.name in repeatable or tokened)
    assert verdict.again or verdict.reason == "unsafe to repeat"


@pytest.mark.parametrize("has_token", [False, True])
def test_an_authentication_url_is_asked_for_once(has_token: bool) -> None:
    def again(*outcomes: Outcome) -> list[bool]:
        steps = STANDARD.plan(outcomes, GetAuthenticationUrl, client_token=has_token).steps
        return [step.verdict is not None and step.verdict.again for step in steps]

    assert again(MAYBE, 200) == [False]
    assert again(503, 200) == [False]
    assert again(UNSENT, 429, 200) == [True, True, False]


@given(st.sampled_from(["always", "with_client_token", "never"]), st.booleans(), st.data())
def test_a_verdict_never_makes_an_unsafe_repetition(repeat: Repeat, has_token: bool, data: st.DataObject) -> None:
    policy, error = data.draw(policies), data.draw(errors)
    verdict = judge(policy, repeat, has_token, data.draw(st.integers(-3, 10**9)), error)
    unsent = isinstance(error, TransportError) and error.sent == "no"
    refused = isinstance(error, ServiceError) and error.status == 429
    if verdict.again and not unsent and not refused:
        assert repeat == "always" or (repeat == "with_client_token" and has_token)


# Differential: the SDK whose policy this is

MODEL = botocore.session.get_session().get_service_model("connectparticipant").operation_model("SendMessage")


def botocores(status: int, code: str, attempt: int, headers: dict[str, str]) -> standard.RetryContext:
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
def test_botocore_decides_and_waits_alike(
    status: int, code: str, attempt: int, milliseconds: int | None, draw: float
) -> None:
    headers = {} if milliseconds is None else {"x-amz-retry-after": str(milliseconds)}
    theirs = botocores(status, code, attempt, headers)
    policy = STANDARD & retry_policy_max_attempts.set(20)
    ours = judge(policy, "always", False, attempt, service(status, code, *headers.items()))
    if status == 403:  # where botocore goes by the code, we do not ask again
        assert not ours.again
        return
    # By the status alone: botocore prices it as transient, and does not repeat it under another modelled code.
    if status == 429 and code not in AWS_THROTTLING:
        assert ours.reason == ("throttling" if attempt < 20 else "attempts used up")
        return
    assert ours.again is standard.StandardRetryConditions(20).is_retryable(theirs)
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    throttled = detector.is_throttling_error_from_context(theirs)
    if ours.again:
        backoff = standard.ExponentialBackoff(random=lambda: draw, throttling_detector=detector)
        assert delay(policy, ours, draw) == pytest.approx(backoff.delay_amount(theirs), abs=1e-12)
        assert ours.cost == (5 if throttled else 14)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([1, 5, 14, 100]))))
def test_botocore_keeps_the_budget_alike(moves: list[tuple[bool, int]]) -> None:
    theirs, ours = quota.RetryQuota(), new_budget(STANDARD)
    for spends, amount in moves:
        if spends:
            paid = spend(ours, amount)
            assert theirs.acquire(amount) is (paid is not None)
            ours = paid or ours
        else:
            theirs.release(amount)
            ours = refund(ours, amount)
        assert ours.tokens == theirs.available_capacity


# Hints

NOW = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("x-amz-retry-after", "1500")], 1.5),
        ([("X-Amz-Retry-After", " 0 ")], 0.0),
        ([("Retry-After", "120")], 120.0),
        ([("retry-after", "0.25")], 0.25),
        ([("Retry-After", "0")], 0.0),
        ([("x-amz-retry-after", "250"), ("Retry-After", "60")], 0.25),
        ([("x-amz-retry-after", "soon"), ("Retry-After", "60")], 60.0),
        ([("Date", NOW), ("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT")], 60.0),
        ([("Date", NOW), ("Retry-After", "Sunday, 06-Nov-94 08:49:40 GMT")], 3.0),
        ([("Date", NOW), ("Retry-After", "Sun Nov  6 08:49:38 1994")], 1.0),
        ([("Date", "Sun Nov 06 08:49:37 1994"), ("Retry-After", NOW)], 0.0),
        ([("Date", "Sunday, 06-Nov-94 08:49:37 GMT"), ("Retry-After", "Sun, 06 Nov 1994 09:49:37 GMT")], 3600.0),
        ([("Date", "Fri, 31 Dec 1999 23:59:59 GMT"), ("Retry-After", "Saturday, 01-Jan-00 00:00:00 GMT")], 1.0),
        ([("Date", "Fri, 31 Dec 2099 23:59:59 GMT"), ("Retry-After", "Friday, 01-Jan-00 00:00:04 GMT")], 5.0),
        ([("Date", "Wed, 28 Feb 2024 23:59:59 GMT"), ("Retry-After", "Thu, 29 Feb 2024 00:00:00 GMT")], 1.0),
        ([("Date", "Sat, 31 Dec 2016 23:59:59 GMT"), ("Retry-After", "Sat, 31 Dec 2016 23:59:60 GMT")], 1.0),
        ([("Date", NOW), ("Retry-After", "Sun, 06 Nov 2094 08:49:37 GMT")], LONGEST),
        ([("Retry-After", "9" * 5000)], LONGEST),
        ([("x-amz-retry-after", "9" * 5000)], LONGEST),
    ],
)
def test_hints(headers: list[tuple[str, str]], seconds: float) -> None:
    assert server_hint(tuple(headers)) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "-1", "+1", "-0.5", "1e999", "1e3", "NaN", "nan", "inf", "Infinity", "0x10", "1_000", "1,5"),
        *(
            "1, 2",
            "[1]",
            "1;2",
            "1 2",
            "5s",
            ".5",
            "5.",
            "5\n",
            "5\x00",
            "\u0663",
            "\uff15",
            "\xb2",
            "\ud800",
            "1" + "\u0660",
        ),
        *("None", "true", "Sun, 06 Nov 1994 08:49:36 GMT"),  # the last is past
        *("Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1995 08:49:37 GMT"),
        *("Sun, 06 Foo 1995 08:49:37 GMT", "Sun, 06 Nov 1995 08:49:37 PST", "Sun, 06 Nov 1995 08:49:37 +0100"),
        *("Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Wed, 29 Feb 2023 00:00:00 GMT"),
        *("Mon, 06 Nov 1995 08:49:37 GMT, 5", "Mon Nov  6 08:49:37 19955"),
        *("1995-11-06T08:49:37Z", "Sun, \u0660\u0666 Nov 1995 08:49:37 GMT", "Sun Nov 6 08:49:37 1995"),
    ],
)
def test_what_is_no_hint(value: str) -> None:
    for name in ("Retry-After", "x-amz-retry-after"):
        assert server_hint((("Date", NOW), (name, value))) is None


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("x-amz-retry-after", "1.5"),),
        (("Retry-After", "1"), ("retry-after", "1")),
        (("x-amz-retry-after", "1"), ("X-AMZ-RETRY-AFTER", "2")),
        (("Retry-After", NOW),),
        (("Date", "yesterday"), ("Retry-After", NOW)),
        (("Date", NOW), ("Date", NOW), ("Retry-After", NOW)),
        (("X-Retry-After", "1"),),
    ],
)
def test_headers_that_give_no_hint(headers: Headers) -> None:
    assert server_hint(headers) is None


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def as_imf(moment: datetime) -> str:
    return f"{DAYS[moment.weekday()][:3]}, {moment.day:02} {month_of(moment)} {moment.year:04} {moment:%H:%M:%S} GMT"


def as_rfc850(moment: datetime) -> str:
    return f"{DAYS[moment.weekday()]}, {moment.day:02}-{month_of(moment)}-{moment.year % 100:02} {moment:%H:%M:%S} GMT"


def as_asctime(moment: datetime) -> str:
    return f"{DAYS[moment.weekday()][:3]} {month_of(moment)} {moment.day:2} {moment:%H:%M:%S} {moment.year:04}"


def month_of(moment: datetime) -> str:
    return "JanFebMarAprMayJunJulAugSepOctNovDec"[moment.month * 3 - 3 :][:3]


FORMS = [as_imf, as_rfc850, as_asctime]


@given(
    st.datetimes(datetime(1972, 1, 1), datetime(2069, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 86_400),
    st.sampled_from(FORMS),
    st.sampled_from(FORMS),
)
def test_every_form_of_a_date_is_read_relative_to_the_response_s_own(
    moment: datetime, seconds: int, form: Any, own: Any
) -> None:
    later = moment + timedelta(seconds=seconds)
    assert server_hint((("Date", own(moment)), ("Retry-After", form(later)))) == float(seconds)


names = st.sampled_from(["Retry-After", "x-amz-retry-after", "Date"])
numbers = st.from_regex(r"\A[-+]?[0-9]*\.?[0-9]*(e[0-9]+)?\Z")
dates = st.datetimes().flatmap(lambda moment: st.sampled_from([form(moment) for form in FORMS]))
texts = st.text(st.characters(exclude_categories=())) | numbers | dates
header_lists = st.lists(st.tuples(names | st.text(), texts), max_size=5).map(tuple)


@given(header_lists)
@example((("Retry-After", "9" * 100_000),))
def test_no_header_raises_or_asks_for_more_than_a_day(headers: Headers) -> None:
    hint = server_hint(headers)
    assert hint is None or 0 <= hint <= LONGEST


# Waits

counts = st.integers(-2, 30)
any_float = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0, 1e308])
sane = st.floats(0, 100)
statuses = st.integers(100, 599) | st.sampled_from([400, 403, 429, 500, 502, 503, 504, 509])
codes = st.sampled_from([*AWS_THROTTLING, *AWS_TRANSIENT, "", "AccessDeniedException"]) | st.text(max_size=5)
errors: st.SearchStrategy[Error] = st.one_of(
    st.builds(ServiceError, statuses, codes, headers=header_lists),
    st.builds(TransportError, st.sampled_from(KINDS), st.just("x"), st.sampled_from(SENT)),
    st.sampled_from(LOCAL),
)
verdicts = st.builds(
    Verdict, st.booleans(), st.sampled_from(["transient"]), st.integers(), any_float, st.none() | any_float
)


def policies_of(numbers: st.SearchStrategy[float], integers: st.SearchStrategy[int]) -> st.SearchStrategy[RetryPolicy]:
    return st.builds(
        RetryPolicy,
        name=st.just("any"),
        max_attempts=integers,
        max_transport_attempts=st.none() | integers,
        transient_base=numbers,
        throttling_base=numbers,
        growth=numbers,
        cap=numbers,
        jittered=st.booleans(),
        hint_allowance=numbers,
        transient_cost=integers,
        throttling_cost=integers,
        budget=integers,
        success_refund=integers,
    )


policies = st.sampled_from([STANDARD, AMAZONKA, EAGER]) | policies_of(any_float, st.integers())


@given(policies, verdicts, any_float)
def test_a_wait_is_a_number_within_its_bounds(policy: RetryPolicy, verdict: Verdict, draw: float) -> None:
    wait = delay(policy, verdict, draw)
    assert 0 <= wait <= 2 * LONGEST
    if verdict.hint is None:
        assert wait <= LONGEST
    assert verdict.again or wait == 0


@given(policies, errors, st.integers())
@example(STANDARD & retry_policy_max_attempts.set(10**500), service(429), 10**400)
def test_a_judgement_is_total_and_its_ceiling_bounded(policy: RetryPolicy, error: Error, attempt: int) -> None:
    verdict = judge(policy, "always", True, attempt, error)
    assert 0 <= verdict.ceiling <= LONGEST
    assert verdict.cost >= 0
    assert verdict.hint is None or 0 <= verdict.hint <= LONGEST
    assert verdict.again or (verdict.cost, verdict.ceiling) == (0, 0)
    assert not verdict.again or attempt < policy.max_attempts


@given(policies_of(sane, counts), errors, st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_own_wait_within_the_cap_and_a_hint_adds_at_most_its_allowance(
    policy: RetryPolicy, error: Error, attempt: int, draw: float
) -> None:
    verdict = judge(policy, "always", True, attempt, error)
    own, wait = delay(policy, verdict & retry.verdict_hint.set(None), draw), delay(policy, verdict, draw)
    assert own <= verdict.ceiling <= policy.cap
    assert own <= wait <= own + policy.hint_allowance
    if verdict.again and verdict.hint is not None:
        assert wait >= min(verdict.hint, own + policy.hint_allowance)


@pytest.mark.parametrize(
    ("draw", "hint", "wait"),
    [(0.5, None, 0.5), (0.0, None, 0.0), (0.5, 0.25, 0.5), (0.5, 3.0, 3.0), (0.5, 5.5, 5.5), (0.5, 60.0, 5.5)],
)
def test_the_hint_raises_the_wait_but_not_far(draw: float, hint: float | None, wait: float) -> None:
    assert delay(STANDARD, Verdict(True, "throttling", 5, 1.0, hint), draw) == wait
    assert delay(AMAZONKA, Verdict(True, "throttling", 0, 1.0, hint), draw) == 1.0


# The budget


@given(st.lists(st.tuples(st.booleans(), st.integers(-50, 700))), st.integers(0, 600))
def test_a_budget_stays_between_nothing_and_full(moves: list[tuple[bool, int]], capacity: int) -> None:
    budget = new_budget(STANDARD & retry_policy_budget.set(capacity))
    for spends, amount in moves:
        before = budget
        budget = (spend(budget, amount) or budget) if spends else refund(budget, amount)
        assert 0 <= budget.tokens <= capacity == budget.capacity
        assert budget.tokens <= before.tokens if spends else budget.tokens >= before.tokens


def test_what_comes_back() -> None:
    assert earned(STANDARD, None) == 1
    assert earned(STANDARD, first(STANDARD, service(503))) == 14
    assert earned(STANDARD, first(STANDARD, service(429))) == 5
    assert earned(AMAZONKA, None) == earned(AMAZONKA, first(AMAZONKA, service(503))) == 0


def test_an_empty_budget_ends_it() -> None:
    verdict = first(STANDARD, service(503, "", ("Retry-After", "2")))
    assert afford(verdict, Budget(14)) == (verdict, Budget(0))
    assert afford(verdict, Budget(13)) == (Verdict(False, "budget used up", hint=2.0), Budget(13))
    stopped = Verdict(False, "not retryable")
    assert afford(stopped, Budget(13)) == (stopped, Budget(13))


def test_an_outage_costs_only_so_many_retries() -> None:
    budget, retries = new_budget(STANDARD), 0
    for _ in range(1000):
        steps = STANDARD.plan([503] * 3, GetTranscript, budget=budget).steps
        budget, retries = Budget(steps[-1].tokens), retries + len(steps) - 1
    assert (retries, budget) == (500 // 14, Budget(500 % 14))


# The plan

outcomes: st.SearchStrategy[list[Outcome]] = st.lists(errors | statuses, max_size=8)


@given(policies, st.sampled_from(OPERATIONS), st.booleans(), outcomes, st.lists(any_float), st.integers(0, 60))
def test_a_plan_is_the_loop_of_judgements(
    policy: RetryPolicy, row: Any, token: bool, script: list[Outcome], draws: list[float], tokens: int
) -> None:
    budget, last = Budget(tokens), None
    expected: list[tuple[int, Verdict | None, float, int]] = []
    for attempt, outcome in enumerate(script, 1):
        if isinstance(outcome, int) and 200 <= outcome <= 299:
            budget = refund(budget, policy.success_refund if last is None else last.cost)
            expected.append((attempt, None, 0.0, budget.tokens))
            break
        error = service(outcome) if isinstance(outcome, int) else outcome
        last = judge(policy, row.repeat, token, attempt, error)
        paid = spend(budget, last.cost) if last.again else budget
        if paid is None:
            expected.append((attempt, Verdict(False, "budget used up", hint=last.hint), 0.0, budget.tokens))
            break
        budget = paid
        draw = draws[attempt - 1] if attempt <= len(draws) else 1.0
        expected.append((attempt, last, delay(policy, last, draw), budget.tokens))
        if not last.again:
            break
    plan = policy.plan(script, row.request, client_token=token, draws=draws, budget=Budget(tokens))
    assert [(step.attempt, step.verdict, step.wait, step.tokens) for step in plan.steps] == expected
    assert str(plan).startswith(f"{policy.name}, {row.name}: {len(expected)} attempt")


def test_a_plan_is_a_value() -> None:
    script: list[Outcome] = [MAYBE, 429, 200]
    plan = STANDARD.plan(script, draws=[0.5, 0.25])
    assert plan == STANDARD.plan(iter(script), SendMessage, draws=iter([0.5, 0.25]))
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert hash(STANDARD) == hash(pickle.loads(pickle.dumps(STANDARD)))
    assert [step.wait for step in plan.steps] == [0.025, 0.5, 0.0]


def test_a_plan_in_print() -> None:
    plan = STANDARD.plan([MAYBE, service(429, "ThrottlingException", ("Retry-After", "30")), service(403)])
    assert str(plan) == (
        "standard, SendMessage: 3 attempts, 7.05 s of waiting\n"
        "attempt  outcome                  then                 wait    tokens\n"
        "1        timeout (sent: maybe)    again: transient     0.05 s  486\n"
        "2        429 ThrottlingException  again: throttling    7 s     481\n"
        "3        403                      stop: not retryable          481"
    )
    assert str(STANDARD.plan([])).startswith("standard, SendMessage: 0 attempts, 0 s")
    assert str(STANDARD.plan([LOCAL[0]])).splitlines()[-1].split("  ")[4:5] == ["InvalidRequest"]


def test_a_plan_shows_no_message_of_a_peer() -> None:
    told = ServiceError(500, "Boom", "sesame"), TransportError("reset", "sesame", "no"), SerializeError(200, "sesame")
    assert "sesame" not in "".join(str(STANDARD.plan([error])) for error in told)


def test_a_request_type_that_is_none_is_a_mistake_in_the_program() -> None:
    with pytest.raises(TypeError, match="not a request"):
        STANDARD.plan([200], Verdict)  # type: ignore[arg-type]


# Purity


@pytest.mark.parametrize("module", [retry, hints, pace])
def test_nothing_here_can_reach_the_world(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = {f"lensconnect.{name}" for name in ("errors", "http", "operations", "optics", "programs.hints", "record")}
    assert imported <= {*ours, "__future__", "calendar", "collections.abc", "math", "re", "typing"}
