"""Quotas: a token bucket for each operation that has one.  Off unless an option says otherwise.

Facts: the default rates and bursts per second of an instance; messages and events share one bucket.
"""

from __future__ import annotations

from typing import Final

from lensconnect.emulator.chat.state import State

__all__ = ["RATES", "is_over_quota"]

RATES: Final = {
    "CreateParticipantConnection": (6, 9),
    "DisconnectParticipant": (3, 5),
    "GetTranscript": (8, 12),
    "SendMessage": (10, 15),
    "StartAttachmentUpload": (2, 5),
    "CompleteAttachmentUpload": (2, 5),
    "GetAttachment": (8, 12),
    "StartChatContact": (5, 8),
}
"""Requests per second, and how many at once."""

_SHARED: Final = {"SendEvent": "SendMessage"}


def is_over_quota(state: State, time: int, operation: str) -> bool:
    """Whether this request is one too many; if it is not, it is counted."""
    name = _SHARED.get(operation, operation)
    if not state.options.quotas or name not in RATES:
        return False
    rate, burst = RATES[name]
    held, since = state.buckets.get(name, (float(burst), time))
    held = min(float(burst), held + max(0, time - since) * rate / 1000)
    state.buckets[name] = (max(0.0, held - 1) if held >= 1 else held, time)
    return held < 1
