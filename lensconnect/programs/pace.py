"""Quotas: the service's request rates as a value, and the arithmetic that keeps to them; pure.

    bucket, wait = reserve(bucket, quota, now)     reserve a call; wait so many seconds before it

Facts: the rates and bursts of `CONNECT_QUOTAS` are AWS's defaults (documented: "Amazon Connect service
quotas", API throttling quotas).  They apply to an instance, so all its clients share them; SendEvent and
SendMessage share one.  AWS lists no quota for the other operations.

Theory of operation: the generic cell rate algorithm (ATM Forum TM 4.0) is a token bucket that stores one
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
    """A limit on calls of the operations that share one bucket.

    `rate` is in calls per second, `burst` the number of calls, at least 1, that may start at once after a pause.
    """

    bucket: str
    operations: tuple[str, ...]
    rate: float
    burst: int


class Quotas(Record, frozen=True):
    """A named set of quotas; the operations have AWS's names.

    >>> CONNECT_QUOTAS.of("SendEvent") == CONNECT_QUOTAS.of("SendMessage")
    True
    >>> half = CONNECT_QUOTAS & (quotas_rows.Each() & quota_rate).modify(lambda rate: rate / 2)
    >>> half.of("GetTranscript")
    Quota(bucket='GetTranscript', operations=('GetTranscript',), rate=4.0, burst=12)
    """

    name: str
    rows: tuple[Quota, ...]

    def of(self, operation: str) -> Quota | None:
        """Return the quota of an operation, the first row that names it; `None` where there is none."""
        return next((row for row in self.rows if operation in row.operations), None)


class Bucket(Record, frozen=True):
    """The use of a quota, as the time at which it will be unused again, in seconds by the clock of `reserve`."""

    full_at: float


FULL_BUCKET: Final = Bucket(float("-inf"))
"""An unused bucket, for any quota."""

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
"""AWS's default quotas of an Amazon Connect instance."""


def reserve(bucket: Bucket, quota: Quota, now: float) -> tuple[Bucket, float]:
    """Reserve a call at time `now`: return the bucket afterwards, and the seconds to wait before the call.

    If all callers wait that long, at most `rate * seconds + burst` calls start in any span of time.
    A reservation cannot be returned.  A clock that goes back makes the wait longer, never shorter.
    A quota with a rate of 0 or less limits nothing, since no wait could keep to it.

    >>> quota = Quota("example", (), rate=2.0, burst=1)
    >>> used, wait = reserve(FULL_BUCKET, quota, 100.0)
    >>> wait, reserve(used, quota, 100.0)[1]
    (0.0, 0.5)
    """
    if not quota.rate > 0:
        return bucket, 0.0
    full_at = max(bucket.full_at, now) + 1 / quota.rate
    return Bucket(full_at), max(0.0, full_at - now - max(1, quota.burst) / quota.rate)


quota_bucket: Lens[Quota, str] = Lens(Quota, "bucket")
quota_operations: Lens[Quota, tuple[str, ...]] = Lens(Quota, "operations")
quota_rate: Lens[Quota, float] = Lens(Quota, "rate")
quota_burst: Lens[Quota, int] = Lens(Quota, "burst")
quotas_name: Lens[Quotas, str] = Lens(Quotas, "name")
quotas_rows: Lens[Quotas, tuple[Quota, ...]] = Lens(Quotas, "rows")
bucket_full_at: Lens[Bucket, float] = Lens(Bucket, "full_at")
