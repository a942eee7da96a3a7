"""The table of quotas, and `reserve` compared with an exact token bucket."""

import math
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lensconnect import Lens
from lensconnect.operations import OPERATIONS
from lensconnect.programs.pace import (
    CONNECT_QUOTAS,
    FULL_BUCKET,
    Bucket,
    Quota,
    bucket_full_at,
    quota_rate,
    quotas_rows,
    reserve,
)

gaps = st.integers(0, 80).map(lambda eighths: eighths / 8)
rates = st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0, 8.0])
bursts = st.integers(1, 8)


def start_times(quota: Quota, arrivals: list[float]) -> list[float]:
    """The times at which calls that arrive at these times may start."""
    bucket, found = FULL_BUCKET, []
    for now in arrivals:
        bucket, wait = reserve(bucket, quota, now)
        found.append(now + wait)
    return found


def arrival_times(pauses: list[float], begin: float) -> list[float]:
    now, found = begin, []
    for pause in pauses:
        now += pause
        found.append(now)
    return found


@pytest.mark.parametrize(
    ("operation", "rate", "burst"),
    [
        ("CreateParticipantConnection", 6, 9),
        ("DisconnectParticipant", 3, 5),
        ("GetTranscript", 8, 12),
        ("SendEvent", 10, 15),
        ("SendMessage", 10, 15),
        ("StartAttachmentUpload", 2, 5),
        ("CompleteAttachmentUpload", 2, 5),
        ("GetAttachment", 8, 12),
    ],
)
def test_the_quotas_of_an_instance(operation: str, rate: float, burst: int) -> None:
    quota = CONNECT_QUOTAS.of(operation)
    assert quota is not None
    assert (quota.rate, quota.burst) == (rate, burst)


def test_only_events_and_messages_share_a_bucket() -> None:
    shared = [row.operations for row in CONNECT_QUOTAS.rows if len(row.operations) > 1]
    assert shared == [("SendEvent", "SendMessage")]
    assert len({row.bucket for row in CONNECT_QUOTAS.rows}) == len(CONNECT_QUOTAS.rows) == 7


def test_every_quota_names_operations_and_each_operation_once() -> None:
    limited = [name for row in CONNECT_QUOTAS.rows for name in row.operations]
    assert len(limited) == len(set(limited)) == 8
    assert set(limited) <= {row.name for row in OPERATIONS}
    assert {row.name for row in OPERATIONS if CONNECT_QUOTAS.of(row.name)} == set(limited)


def test_every_rate_at_once_through_one_optic() -> None:
    tenth = CONNECT_QUOTAS & (quotas_rows.Each() & quota_rate).modify(lambda rate: rate / 10)
    assert [row.rate for row in tenth.rows] == [row.rate / 10 for row in CONNECT_QUOTAS.rows]


def test_calls_start_at_once_up_to_the_burst_and_then_at_the_rate() -> None:
    quota = Quota("q", (), rate=2.0, burst=3)
    assert start_times(quota, [0.0] * 6) == [0.0, 0.0, 0.0, 0.5, 1.0, 1.5]
    assert start_times(quota, [0.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0]) == [0.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.5]
    assert start_times(Quota("q", (), rate=1.0, burst=0), [0.0, 0.0]) == [0.0, 1.0]


@given(rates, bursts, st.lists(gaps | st.just(0.0), max_size=40))
def test_waits_equal_those_of_an_exact_token_bucket(rate: float, burst: int, pauses: list[float]) -> None:
    tokens, filled, expected = Fraction(burst), Fraction(0), []
    arrivals = arrival_times(pauses, 64.0)
    for now in map(Fraction, arrivals):
        tokens = min(Fraction(burst), tokens + (now - filled) * Fraction(rate)) - 1
        filled = now
        expected.append(now + max(Fraction(0), -tokens / Fraction(rate)))
    assert list(map(Fraction, start_times(Quota("q", (), rate, burst), arrivals))) == expected


@given(st.floats(0.1, 1000), st.integers(-2, 50), st.lists(st.floats(0, 5), max_size=60), st.floats(0, 1e6))
def test_no_span_of_time_holds_more_calls_than_rate_and_burst_allow(
    rate: float, burst: int, pauses: list[float], begin: float
) -> None:
    started = start_times(Quota("q", (), rate, burst), arrival_times(pauses, begin))
    assert started == sorted(started)
    for first, begin in enumerate(started):
        for last in range(first, len(started)):
            assert last - first + 1 <= rate * (started[last] - begin) + max(1, burst) + 1e-3


@given(st.floats(), st.integers(), st.floats(), st.floats(allow_nan=False))
@example(math.nan, 1, 0.0, 0.0)
@example(-1.0, 1, 0.0, 0.0)
@example(0.0, 1, 0.0, 0.0)
def test_a_wait_is_a_number_of_at_least_0(rate: float, burst: int, now: float, full_at: float) -> None:
    bucket, wait = reserve(Bucket(full_at), Quota("q", (), rate, burst), now)
    assert wait >= 0
    assert rate > 0 or (bucket, wait) == (Bucket(full_at), 0.0)


def test_a_clock_that_goes_back_never_shortens_a_wait() -> None:
    quota = Quota("q", (), rate=1.0, burst=1)
    bucket, _ = reserve(FULL_BUCKET, quota, 10.0)
    bucket, wait = reserve(bucket, quota, 4.0)
    assert (wait, bucket & bucket_full_at.get()) == (7.0, 12.0)


def test_reserve_is_pure() -> None:
    bucket = Bucket(5.0)
    assert reserve(bucket, Quota("q", (), 1.0, 1), 5.0) == reserve(bucket, Quota("q", (), 1.0, 1), 5.0)
    assert bucket == Bucket(5.0)
    assert isinstance(bucket_full_at, Lens)
