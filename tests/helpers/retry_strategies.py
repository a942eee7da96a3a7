"""Errors, policies and other values that the tests of retries share, and Hypothesis strategies for them."""

import math
from datetime import datetime
from typing import get_args

from hypothesis import strategies as st

from lensconnect import (
    AMAZONKA,
    STANDARD,
    Error,
    Fault,
    InvalidEndpoint,
    InvalidRequest,
    RetryPolicy,
    SerializeError,
    ServiceError,
    TransportError,
    Verdict,
    retry_policy_max_attempts,
)
from lensconnect.errors import Kind, Sent
from lensconnect.programs.retry_decision import judge

KINDS = get_args(Kind)
SENT = get_args(Sent)
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


def service_error(status: int, code: str = "", *headers: tuple[str, str]) -> ServiceError:
    return ServiceError(status, code, headers=headers)


def first_verdict(policy: RetryPolicy, error: Error) -> Verdict:
    """Return the verdict on the first attempt at a read, which ended in `error`."""
    return judge(policy, "always", False, 1, error)


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def imf_fixdate(moment: datetime) -> str:
    return f"{DAYS[moment.weekday()][:3]}, {moment.day:02} {month_name(moment)} {moment.year:04} {moment:%H:%M:%S} GMT"


def rfc850_date(moment: datetime) -> str:
    return (
        f"{DAYS[moment.weekday()]}, {moment.day:02}-{month_name(moment)}-{moment.year % 100:02} {moment:%H:%M:%S} GMT"
    )


def asctime_date(moment: datetime) -> str:
    return f"{DAYS[moment.weekday()][:3]} {month_name(moment)} {moment.day:2} {moment:%H:%M:%S} {moment.year:04}"


def month_name(moment: datetime) -> str:
    return "JanFebMarAprMayJunJulAugSepOctNovDec"[moment.month * 3 - 3 :][:3]


FORMS = [imf_fixdate, rfc850_date, asctime_date]

names = st.sampled_from(["Retry-After", "x-amz-retry-after", "Date"])
numbers = st.from_regex(r"\A[-+]?[0-9]*\.?[0-9]*(e[0-9]+)?\Z")
dates = st.datetimes().flatmap(lambda moment: st.sampled_from([form(moment) for form in FORMS]))
texts = st.text(st.characters(exclude_categories=())) | numbers | dates
header_lists = st.lists(st.tuples(names | st.text(), texts), max_size=5).map(tuple)

counts = st.integers(-2, 30)
any_float = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0, 1e308])
ordinary_floats = st.floats(0, 100)
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


def policies_from(
    numbers: st.SearchStrategy[float], integers: st.SearchStrategy[int]
) -> st.SearchStrategy[RetryPolicy]:
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


policies = st.sampled_from([STANDARD, AMAZONKA, EAGER]) | policies_from(any_float, st.integers())
