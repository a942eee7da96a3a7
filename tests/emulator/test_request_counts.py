"""One SendMessage is routed once: one split of its URL, one token look-up, one acquisition of the lock."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers.request_counts import RequestTrace, trace_in_process, trace_through_server

TRACES = pytest.mark.parametrize("trace", [trace_through_server, trace_in_process])


@TRACES
def test_a_request_is_split_routed_authorised_and_locked_once(trace: Callable[[], RequestTrace]) -> None:
    found = trace()
    assert found.calls["urlsplit"] == found.calls["route_of"] == 1
    assert found.tokens.count == 1
    assert found.lock.count == 1
    assert found.calls["undescribe"] == found.calls["_route"] == 0


@TRACES
def test_a_405_is_built_only_for_another_method(trace: Callable[[], RequestTrace]) -> None:
    assert trace().calls["wrong_method"] == 0


@TRACES
def test_a_request_passes_few_files(trace: Callable[[], RequestTrace]) -> None:
    assert len(trace().files) <= 32
