"""Quotas: a token bucket for the operations that share a quota, checked if the option `quotas` is on.

Facts: the default rates and bursts of an instance are documented (Amazon Connect service quotas);
SendEvent and SendMessage share one quota.
"""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.chat.context import OperationContext
from lensconnect.programs.pace import CONNECT_QUOTAS, FULL_BUCKET, Quota, Quotas, reserve

_QUOTAS: Final = Quotas("emulator", (*CONNECT_QUOTAS.rows, Quota("StartChatContact", ("StartChatContact",), 5.0, 8)))
_RESOLUTION: Final = 0.001  # seconds: the emulator counts time in milliseconds


def is_over_quota(context: OperationContext, operation: str) -> bool:
    """Return whether this request exceeds the quota of its operation; count it if it does not."""
    quota = _QUOTAS.of(operation)
    if quota is None:
        return False
    buckets = context.state.buckets
    bucket, wait = reserve(buckets.get(quota.bucket, FULL_BUCKET), quota, context.time / 1000)
    if wait < _RESOLUTION:
        buckets[quota.bucket] = bucket
    return wait >= _RESOLUTION
