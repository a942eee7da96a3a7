"""Receipts: when to tell the service that messages were delivered and read.

Facts: AWS's chatjs sends at most one receipt of each kind in 5 s, holds a delivered receipt back for 0.3 s so that a
read receipt can replace it, and sends the newest message's only, which stands for those before it (observed in the
source of chatjs 5.0.0).  With more than two participants the service answers 409 (API_SendEvent).
"""

from __future__ import annotations

from math import inf
from typing import Final

from lensconnect.live.orders import ReceiptKind, SendReceipt
from lensconnect.live.transcript import Place

_HOLD_BACK: Final = 0.3
"""Seconds that a delivered receipt waits for a read receipt."""
_KINDS: Final[tuple[ReceiptKind, ...]] = ("read", "delivered")


class Receipts:
    """The receipts that are still to be sent, at most one of each kind; changed in place."""

    __slots__ = ("_due", "_marked", "_not_before", "_seconds", "_wanted", "enabled")

    def __init__(self, seconds: float) -> None:
        self.enabled: bool = True
        self._seconds = seconds
        self._wanted: dict[ReceiptKind, str] = {}
        self._due: dict[ReceiptKind, float] = {}
        self._not_before: dict[ReceiptKind, float] = {}
        self._marked: dict[ReceiptKind, Place] = {}

    def mark(self, kind: ReceiptKind, message_id: str, place: Place, now: float) -> None:
        """Want a receipt, unless this message or a later one was marked before; a read message is delivered too."""
        stronger = _KINDS[: _KINDS.index(kind) + 1]
        if not self.enabled or any(self._marked[each] >= place for each in stronger if each in self._marked):
            return
        self._marked[kind] = place
        self._wanted[kind] = message_id
        earliest = now if kind == "read" else now + _HOLD_BACK
        self._due.setdefault(kind, max(earliest, self._not_before.get(kind, -inf)))
        if kind == "read" and self._marked.get("delivered", place) <= place:
            self._drop("delivered")

    def next(self, now: float) -> SendReceipt | None:
        """Return a receipt that is due."""
        for kind in _KINDS:
            if kind in self._due and self._due[kind] <= now:
                return SendReceipt(kind, self._wanted[kind])
        return None

    def next_due(self) -> float:
        """Return the time at which a receipt is due."""
        return min(self._due.values(), default=inf)

    def sent(self, report: SendReceipt, now: float) -> None:
        """Note that a receipt was sent, or that sending it failed: it is not sent again."""
        self._not_before[report.kind] = now + self._seconds
        if self._wanted.get(report.kind) == report.message_id:
            self._drop(report.kind)
        elif report.kind in self._due:
            self._due[report.kind] = max(self._due[report.kind], now + self._seconds)

    def disable(self) -> None:
        """Send no receipt any more."""
        self.enabled = False
        self._wanted.clear()
        self._due.clear()

    def _drop(self, kind: ReceiptKind) -> None:
        self._wanted.pop(kind, None)
        self._due.pop(kind, None)
