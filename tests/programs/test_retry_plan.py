"""A plan shows, before any I/O, the steps that a call takes."""

import pickle
from typing import Any

import pytest
from helpers.retry_strategies import LOCAL, any_float, errors, policies, service_error, statuses
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    OPERATIONS,
    STANDARD,
    Budget,
    Outcome,
    RetryPolicy,
    SendMessage,
    SerializeError,
    ServiceError,
    TransportError,
    Verdict,
)
from lensconnect.programs.retry_decision import delay, judge
from lensconnect.programs.retry_rules import refund, spend

MAYBE = TransportError("timeout", "late", "maybe")
outcomes: st.SearchStrategy[list[Outcome]] = st.lists(errors | statuses, max_size=8)


@given(policies, st.sampled_from(OPERATIONS), st.booleans(), outcomes, st.lists(any_float), st.integers(0, 60))
def test_a_plan_is_the_loop_of_verdicts(
    policy: RetryPolicy, row: Any, token: bool, script: list[Outcome], draws: list[float], tokens: int
) -> None:
    budget, last = Budget(tokens), None
    expected: list[tuple[int, Verdict | None, float, int]] = []
    for attempt, outcome in enumerate(script, 1):
        if isinstance(outcome, int) and 200 <= outcome <= 299:
            budget = refund(budget, policy.success_refund if last is None else last.cost)
            expected.append((attempt, None, 0.0, budget.tokens))
            break
        error = service_error(outcome) if isinstance(outcome, int) else outcome
        last = judge(policy, row.repeat, token, attempt, error)
        paid = spend(budget, last.cost) if last.again else budget
        if paid is None:
            expected.append((attempt, Verdict(False, "budget used up", hint=last.hint), 0.0, budget.tokens))
            break
        budget = paid
        draw = draws[attempt - 1] if attempt <= len(draws) else 1.0
        expected.append((attempt, last, delay(policy, last, draw), budget.tokens))
        if not last.again:
            break
    plan = policy.plan(script, row.request, client_token=token, draws=draws, budget=Budget(tokens))
    assert [(step.attempt, step.verdict, step.wait, step.tokens) for step in plan.steps] == expected
    assert str(plan).startswith(f"{policy.name}, {row.name}: {len(expected)} attempt")


def test_a_plan_is_a_value() -> None:
    script: list[Outcome] = [MAYBE, 429, 200]
    plan = STANDARD.plan(script, draws=[0.5, 0.25])
    assert plan == STANDARD.plan(iter(script), SendMessage, draws=iter([0.5, 0.25]))
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert hash(STANDARD) == hash(pickle.loads(pickle.dumps(STANDARD)))
    assert [step.wait for step in plan.steps] == [0.025, 0.5, 0.0]


def test_a_plan_as_text() -> None:
    plan = STANDARD.plan([MAYBE, service_error(429, "ThrottlingException", ("Retry-After", "30")), service_error(403)])
    assert str(plan) == (
        "standard, SendMessage: 3 attempts, 7.05 s of waiting\n"
        "attempt  outcome                  then                 wait    tokens\n"
        "1        timeout (sent: maybe)    again: transient     0.05 s  486\n"
        "2        429 ThrottlingException  again: throttling    7 s     481\n"
        "3        403                      stop: not retryable          481"
    )
    assert str(STANDARD.plan([])).startswith("standard, SendMessage: 0 attempts, 0 s")
    assert str(STANDARD.plan([LOCAL[0]])).splitlines()[-1].split("  ")[4:5] == ["InvalidRequest"]


def test_the_title_counts_attempts_and_a_reply_that_cannot_be_read_is_named() -> None:
    one, two = STANDARD.plan([SerializeError(200, "x")]), STANDARD.plan([503, SerializeError(None, "x")])
    assert str(one).startswith("standard, SendMessage: 1 attempt, 0 s")
    assert str(two).startswith("standard, SendMessage: 2 attempts, 0.05 s")
    assert [one.steps[-1].outcome, two.steps[-1].outcome] == ["unreadable 200", "unreadable"]


@pytest.mark.parametrize(("status", "is_success"), [(199, False), (200, True), (299, True), (300, False)])
def test_a_status_from_200_to_299_is_a_success(status: int, is_success: bool) -> None:
    assert (STANDARD.plan([status]).steps[0].verdict is None) is is_success


def test_a_plan_shows_no_text_of_the_server() -> None:
    errors_with_text = (
        ServiceError(500, "Boom", "sesame"),
        TransportError("reset", "sesame", "no"),
        SerializeError(200, "sesame"),
    )
    assert "sesame" not in "".join(str(STANDARD.plan([error])) for error in errors_with_text)


def test_a_type_that_is_no_request_raises() -> None:
    with pytest.raises(TypeError, match=r"^operation must be a request type"):
        STANDARD.plan([200], Verdict)  # type: ignore[arg-type]
