"""Receipts: at most one of a kind in five seconds, the newest message's only, a read receipt before a delivered one."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensconnect.live.orders import ReceiptKind, SendReceipt
from lensconnect.live.receipts import Receipts


def place(number: int) -> tuple[str, str]:
    return f"{number:03}", f"m{number}"


def mark(receipts: Receipts, kind: ReceiptKind, number: int, now: float) -> None:
    receipts.mark(kind, f"m{number}", place(number), now)


@pytest.mark.parametrize("now", [100.0, -100.0])
def test_a_read_receipt_is_due_at_once(now: float) -> None:
    receipts = Receipts(5.0)
    mark(receipts, "read", 1, now)
    assert receipts.next(now) == SendReceipt("read", "m1")
    receipts.sent(SendReceipt("read", "m1"), now)
    assert receipts.next(inf) is None


def test_a_delivered_receipt_waits_for_a_read_one() -> None:
    receipts = Receipts(5.0)
    mark(receipts, "delivered", 1, 100.0)
    assert receipts.next(100.2) is None
    assert receipts.next_due() == 100.3
    assert receipts.next(100.3) == SendReceipt("delivered", "m1")
    mark(receipts, "read", 1, 100.2)
    assert receipts.next(inf) == SendReceipt("read", "m1")
    receipts.sent(SendReceipt("read", "m1"), 100.2)
    assert receipts.next(inf) is None, "read implies delivered"


def test_a_delivered_receipt_of_a_later_message_is_sent_beside_a_read_one() -> None:
    receipts = Receipts(5.0)
    mark(receipts, "delivered", 2, 100.0)
    mark(receipts, "read", 1, 100.0)
    assert receipts.next(100.3) == SendReceipt("read", "m1")
    receipts.sent(SendReceipt("read", "m1"), 100.3)
    assert receipts.next(100.3) == SendReceipt("delivered", "m2")


def test_the_newest_message_stands_for_those_before_it() -> None:
    receipts = Receipts(5.0)
    for number in (1, 3, 2):
        mark(receipts, "read", number, 100.0)
    assert receipts.next(100.0) == SendReceipt("read", "m3")
    receipts.sent(SendReceipt("read", "m3"), 100.0)
    mark(receipts, "read", 2, 200.0)
    mark(receipts, "delivered", 3, 200.0)
    assert receipts.next(inf) is None, "an older message was marked by the newer one"


def test_five_seconds_pass_between_two_of_a_kind() -> None:
    receipts = Receipts(5.0)
    mark(receipts, "read", 1, 100.0)
    receipts.sent(SendReceipt("read", "m1"), 100.0)
    mark(receipts, "read", 2, 101.0)
    assert receipts.next(104.9) is None
    assert receipts.next_due() == 105.0
    assert receipts.next(105.0) == SendReceipt("read", "m2")


def test_one_that_is_marked_while_another_is_sent_waits() -> None:
    receipts = Receipts(5.0)
    mark(receipts, "read", 1, 100.0)
    mark(receipts, "read", 2, 100.1)
    receipts.sent(SendReceipt("read", "m1"), 100.2)
    assert receipts.next(105.1) is None
    assert receipts.next(105.2) == SendReceipt("read", "m2")


def test_none_is_sent_once_they_are_disabled() -> None:
    receipts = Receipts(5.0)
    mark(receipts, "read", 1, 100.0)
    receipts.disable()
    mark(receipts, "read", 2, 100.0)
    assert receipts.next(inf) is None
    assert receipts.next_due() == inf


MARKS = st.lists(st.tuples(st.sampled_from(["read", "delivered"]), st.integers(0, 20), st.floats(0, 3)), max_size=30)


@given(MARKS)
def test_policy(marks: list[tuple[ReceiptKind, int, float]]) -> None:
    """Distance, order and completeness: the newest message that was marked is acknowledged in the end."""
    receipts, now, sent = Receipts(5.0), 0.0, list[tuple[float, SendReceipt]]()

    def send(until: float) -> None:
        nonlocal now
        while (due := receipts.next_due()) <= until:
            now = max(now, due)
            report = receipts.next(now)
            assert report is not None
            receipts.sent(report, now)
            sent.append((now, report))
        now = max(now, until)

    for kind, number, wait in marks:
        send(now + wait)
        mark(receipts, kind, number, now)
    send(now + 100)
    for kind in ("read", "delivered"):
        times_of_kind = [(time, int(report.message_id[1:])) for time, report in sent if report.kind == kind]
        assert all(later - time > 4.999 for (time, _), (later, _) in pairwise(times_of_kind))
        numbers = [number for _, number in times_of_kind]
        assert numbers == sorted(set(numbers)), "only newer ones"
    read = max((number for kind, number, _ in marks if kind == "read"), default=-1)
    delivered = max((number for _, number, _ in marks), default=-1)
    assert max((int(r.message_id[1:]) for _, r in sent if r.kind == "read"), default=-1) == read
    assert max((int(r.message_id[1:]) for _, r in sent), default=-1) == delivered
