"""Results: the ways out of them, and runs that nobody awaits."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from lensconnect import (
    Failure,
    FutureResult,
    InvalidRequest,
    IOFailure,
    IOSuccess,
    LensconnectError,
    Success,
    ask,
    is_err,
    is_ok,
    or_raise,
    to_result,
)
from lensconnect.results import Trail, abandoned, failure, trail_of


class Waiting:
    """An awaitable that is no coroutine, so it has no `close`."""

    def __await__(self) -> Generator[None, None, Success[int]]:
        yield
        return Success(1)


def test_only_a_run_on_an_event_loop_is_abandoned() -> None:
    assert abandoned(FutureResult.from_value(1))
    assert abandoned(FutureResult(Waiting()))  # type: ignore[arg-type]
    assert not abandoned(Failure("no run"))


def test_a_success_is_returned_and_a_failure_raised() -> None:
    error = InvalidRequest(())
    assert or_raise(Success(1)) == or_raise(IOSuccess(1)) == 1
    for outcome in (Failure(error), IOFailure(error)):
        with pytest.raises(LensconnectError) as raised:
            or_raise(outcome)
        assert raised.value.error is error
        assert str(raised.value) == str(error)


def test_the_outcome_of_a_run_is_asked_as_its_result_is() -> None:
    for good, bad in ((Success(1), Failure("no")), (IOSuccess(1), IOFailure("no"))):
        assert (is_ok(good), is_err(good)) == (True, False)
        assert (is_ok(bad), is_err(bad)) == (False, True)


WRONG = {
    "None": (None, "None"),
    "a value": (1, "a value of type int"),
    "a program": (print, "a value of type builtin_function_or_method: run it first"),
    "a program that is not run": (ask(), "a value of type Program: run it first"),
    "a run that is not awaited": (Waiting(), "a value of type Waiting: await it first"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_is_no_outcome_is_named(name: str) -> None:
    wrong: Any = WRONG[name][0]
    either = "a Result or an IOResult"
    for function, takes in ((or_raise, either), (is_ok, either), (is_err, either), (to_result, "an IOResult")):
        with pytest.raises(TypeError) as raised:
            function(wrong)
        assert str(raised.value) == f"{function.__name__} takes {takes}, not {WRONG[name][1]}"


def test_a_failure_keeps_where_it_left_each_program() -> None:
    code = test_a_failure_keeps_where_it_left_each_program.__code__
    inner = Trail(None, code, 1)
    outer = Trail(inner, code, 2)
    assert [step.line for step in outer] == [1, 2]
    left = failure("no", outer)
    assert left == Failure("no")
    assert trail_of(left) is outer
    with pytest.raises(LensconnectError) as raised:
        or_raise(left)
    assert raised.value.__notes__ == [str(inner), str(outer)]


def test_a_failure_that_left_no_program_has_no_trail() -> None:
    traced: Any = failure("no", None)
    assert trail_of(traced) is None
    object.__setattr__(traced, "_trace", ["a trace of `returns`"])
    assert trail_of(traced) is None
    assert trail_of("no result") is None
    with pytest.raises(LensconnectError) as raised:
        or_raise(traced)
    assert not hasattr(raised.value, "__notes__")
