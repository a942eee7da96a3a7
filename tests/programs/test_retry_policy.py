"""The policies that come with the library."""

import ast
import inspect
from types import ModuleType

import pytest
from helpers.retry_strategies import AWS_THROTTLING, EAGER, service_error

from lensconnect import AMAZONKA, NO_RETRY, STANDARD, Error, RetryPolicy, TransportError, Verdict
from lensconnect.programs import pace, retry_after, retry_decision, retry_plan, retry_policy, retry_rules


def test_the_constants_of_the_standard_policy() -> None:
    assert STANDARD.max_attempts == 3
    assert STANDARD.max_transport_attempts is None
    assert (STANDARD.transient_base, STANDARD.throttling_base) == (0.05, 1.0)
    assert (STANDARD.growth, STANDARD.cap, STANDARD.jittered, STANDARD.hint_allowance) == (2, 20, True, 5)
    assert (STANDARD.transient_cost, STANDARD.throttling_cost) == (14, 5)
    assert (STANDARD.budget, STANDARD.success_refund) == (500, 1)
    assert sorted(STANDARD.throttling_codes) == sorted(AWS_THROTTLING)
    assert len(AWS_THROTTLING) == 14


def test_the_constants_of_the_policy_of_amazonka_and_of_that_without_retry() -> None:
    assert (AMAZONKA.max_attempts, AMAZONKA.max_transport_attempts) == (6, 4)
    assert (AMAZONKA.transient_base, AMAZONKA.throttling_base) == (0.025, 0.025)
    assert (AMAZONKA.growth, AMAZONKA.cap, AMAZONKA.jittered, AMAZONKA.hint_allowance) == (2, 20, False, 0)
    assert (AMAZONKA.transient_cost, AMAZONKA.throttling_cost) == (0, 0)
    assert (AMAZONKA.budget, AMAZONKA.success_refund) == (0, 0)
    assert AMAZONKA.transient_statuses == (*STANDARD.transient_statuses, 509)
    assert (NO_RETRY.max_attempts, NO_RETRY.transient_base, NO_RETRY.throttling_base) == (1, 0, 0)


@pytest.mark.parametrize(
    ("policy", "error", "waits"),
    [
        (EAGER, service_error(503), [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20]),
        (EAGER, service_error(429), [1, 2, 4, 8, 16, 20, 20, 20, 20, 20, 20]),
        (EAGER, TransportError("reset", "gone", "maybe"), [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20]),
        (STANDARD, service_error(500), [0.05, 0.1]),
        (STANDARD, service_error(429, "ThrottlingException"), [1, 2]),
        (STANDARD, TransportError("timeout", "late", "maybe"), [0.05, 0.1]),
        (AMAZONKA, service_error(503), [0.025, 0.05, 0.1, 0.2, 0.4]),
        (AMAZONKA, service_error(429), [0.025, 0.05, 0.1, 0.2, 0.4]),
        (AMAZONKA, TransportError("reset", "gone", "maybe"), [0.025, 0.05, 0.1]),
        (NO_RETRY, service_error(503), []),
        (NO_RETRY, TransportError("connect", "refused", "no"), []),
    ],
)
def test_waits_without_randomness(policy: RetryPolicy, error: Error, waits: list[float]) -> None:
    plan = policy.plan([error] * 20)
    assert [step.wait for step in plan.steps] == pytest.approx([*waits, 0])
    verdict = plan.steps[-1].verdict
    assert verdict == Verdict(False, "attempts used up")


PURE = (pace, retry_after, retry_decision, retry_plan, retry_policy, retry_rules)


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_import_nothing_impure(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = {f"lensconnect.{name}" for name in ("errors", "http", "operations", "optics", "record")}
    pure = {module.__name__ for module in PURE}
    assert imported <= {*ours, *pure, "__future__", "calendar", "collections.abc", "math", "re", "typing"}
