"""The retry budget, and botocore's own beside it."""

from botocore.retries import quota
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import STANDARD, Budget, GetTranscript, retry_policy_budget
from lensconnect.programs.retry_rules import new_budget, refund, spend


@given(st.lists(st.tuples(st.booleans(), st.integers(-50, 700))), st.integers(0, 600))
def test_a_budget_stays_between_empty_and_full(changes: list[tuple[bool, int]], capacity: int) -> None:
    budget = new_budget(STANDARD & retry_policy_budget.set(capacity))
    for spends, amount in changes:
        before = budget
        budget = (spend(budget, amount) or budget) if spends else refund(budget, amount)
        assert 0 <= budget.tokens <= capacity == budget.capacity
        assert budget.tokens <= before.tokens if spends else budget.tokens >= before.tokens


def test_an_amount_of_0_or_less_changes_no_budget() -> None:
    budget = Budget(3)
    for amount in (0, -1, -5):
        assert spend(budget, amount) == refund(budget, amount) == budget
    assert spend(Budget(0), 0) == Budget(0)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([1, 5, 14, 100]))))
def test_botocore_counts_the_budget_the_same(changes: list[tuple[bool, int]]) -> None:
    botocore_value, ours = quota.RetryQuota(), new_budget(STANDARD)
    for spends, amount in changes:
        if spends:
            paid = spend(ours, amount)
            assert botocore_value.acquire(amount) is (paid is not None)
            ours = paid or ours
        else:
            botocore_value.release(amount)
            ours = refund(ours, amount)
        assert ours.tokens == botocore_value.available_capacity


def test_the_budget_limits_the_retries_of_an_outage() -> None:
    budget, retries = new_budget(STANDARD), 0
    for _ in range(1000):
        steps = STANDARD.plan([503] * 3, GetTranscript, budget=budget).steps
        budget, retries = Budget(steps[-1].tokens), retries + len(steps) - 1
    assert (retries, budget) == (500 // 14, Budget(500 % 14))
