"""One SendMessage is routed once: one split of its URL, one token look-up, one acquisition of the lock."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers.request_counts import RequestCounts, count_in_process, count_through_server

COUNTS = pytest.mark.parametrize("count", [count_through_server, count_in_process])


@COUNTS
def test_a_request_is_split_routed_authorised_and_locked_once(count: Callable[[], RequestCounts]) -> None:
    counts = count()
    assert counts.calls["urlsplit"] == counts.calls["route_of"] == 1
    assert counts.tokens.count == 1
    assert counts.lock.count == 1
    assert counts.calls["undescribe"] == counts.calls["_route"] == 0


@COUNTS
def test_a_405_is_built_only_for_another_method(count: Callable[[], RequestCounts]) -> None:
    assert count().calls["wrong_method"] == 0
