"""The service's request rates as a value, and the arithmetic that keeps to them; pure.

    wait = reserve(bucket, quota, now)     a place in the queue: the bucket after it, seconds until then

Facts: the rates and bursts below are AWS's default quotas of an *instance*, so every client of that
instance draws on them; SendEvent and SendMessage share one.  For the other operations AWS lists none.
Theory of operation: the generic cell rate algorithm (ATM Forum TM 4.0), a token bucket that keeps one
number, the time at which it will be full again.
"""

from __future__ import annotations

from typing import Final

from lensconnect.optics import Lens
from lensconnect.record import Record

__all__ = [
    "Bucket",
    "bucket_full_at",
    "CONNECT_QUOTAS",
    "FULL_BUCKET",
    "Quota",
    "quota_bucket",
    "quota_burst",
    "quota_operations",
    "quota_rate",
    "Quotas",
    "quotas_name",
    "quotas_rows",
]


class Quota(Record, frozen=True):
    """How often the operations that share one bucket may be called.

    `rate` is in calls per second, `burst` how many may start at once after a quiet time,
    at least 1.
    """

    bucket: str
    operations: tuple[str, ...]
    rate: float
    burst: int


class Quotas(Record, frozen=True):
    """A named set of quotas, by AWS's names of the operations.

    >>> CONNECT_QUOTAS.of("SendEvent") == CONNECT_QUOTAS.of("SendMessage")
    True
    >>> half = CONNECT_QUOTAS & (quotas_rows.Each() & quota_rate).modify(lambda rate: rate / 2)
    >>> half.of("GetTranscript")
    Quota(bucket='GetTranscript', operations=('GetTranscript',), rate=4.0, burst=12)
    """

    name: str
    rows: tuple[Quota, ...]

    def of(self, operation: str) -> Quota | None:
        """The quota of an operation, the first row that names it; `None` for one without."""
        return next((row for row in self.rows if operation in row.operations), None)


class Bucket(Record, frozen=True):
    """What is left of a quota, as the time (of the clock used) at which nothing will be missing."""

    full_at: float


FULL_BUCKET: Final = Bucket(float("-inf"))
"""Where every bucket starts, whatever its quota."""

CONNECT_QUOTAS: Final = Quotas(
    "connect",
    (
        Quota("CreateParticipantConnection", ("CreateParticipantConnection",), 6.0, 9),
        Quota("DisconnectParticipant", ("DisconnectParticipant",), 3.0, 5),
        Quota("GetTranscript", ("GetTranscript",), 8.0, 12),
        Quota("SendEvent and SendMessage", ("SendEvent", "SendMessage"), 10.0, 15),
        Quota("StartAttachmentUpload", ("StartAttachmentUpload",), 2.0, 5),
        Quota("CompleteAttachmentUpload", ("CompleteAttachmentUpload",), 2.0, 5),
        Quota("GetAttachment", ("GetAttachment",), 8.0, 12),
    ),
)
"""AWS's default quotas of an instance."""


def reserve(bucket: Bucket, quota: Quota, now: float) -> tuple[Bucket, float]:
    """Take the next place in the queue: the bucket afterwards, and the seconds to wait for the place.

    Who waits that long and then starts keeps, with all the others, to `rate * seconds + burst` calls in
    any span of time.  A place that is taken is not given back.  A clock that goes back only makes the
    wait longer.  A quota whose rate is not above 0 cannot be kept by waiting, and limits nothing.

    >>> quota = Quota("example", (), rate=2.0, burst=1)
    >>> once, wait = reserve(FULL_BUCKET, quota, 100.0)
    >>> wait, reserve(once, quota, 100.0)[1]
    (0.0, 0.5)
    """
    if not quota.rate > 0:
        return bucket, 0.0
    full_at = max(bucket.full_at, now) + 1 / quota.rate
    return Bucket(full_at), max(0.0, full_at - now - max(1, quota.burst) / quota.rate)


quota_bucket: Lens[Quota, str] = Lens("bucket")
quota_operations: Lens[Quota, tuple[str, ...]] = Lens("operations")
quota_rate: Lens[Quota, float] = Lens("rate")
quota_burst: Lens[Quota, int] = Lens("burst")
quotas_name: Lens[Quotas, str] = Lens("name")
quotas_rows: Lens[Quotas, tuple[Quota, ...]] = Lens("rows")
bucket_full_at: Lens[Bucket, float] = Lens("full_at")
