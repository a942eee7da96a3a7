"""Programs keep the laws of `returns`, checked by its own suite, take its functions, and run without recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from returns.contrib.hypothesis.laws import check_all_laws
from returns.iterables import Fold
from returns.pipeline import flow
from returns.pointfree import alt, bimap, bind, bind_result, lash, map_
from returns.primitives.hkt import SupportsKind2

from lensconnect import (
    Env,
    Failure,
    HttpRequest,
    HttpResponse,
    Program,
    Result,
    Steps,
    Success,
    TransportError,
    ask,
    ensure,
    local,
    mint,
    new_env,
    now,
    perform,
    program,
    rehearse,
    settings_timeout,
    sleep,
    to_result,
)

T = TypeVar("T")
E = TypeVar("E")
AnyProgram = Program[Any, Any]
GET = HttpRequest("GET", "https://x/")


@program
def stepping(within: AnyProgram) -> Steps[Any]:
    yield from now()
    found = yield from within
    yield from mint()
    return found


VARIANTS: list[Callable[[AnyProgram], AnyProgram]] = [
    lambda plain: plain,
    lambda plain: mint().bind(lambda _: plain),
    lambda plain: perform(GET, 1.0).bind(lambda _: plain),
    lambda plain: ensure(plain, sleep(2.0)),
    lambda plain: local(settings_timeout.set(1.0), ask().bind(lambda _: plain)),
    lambda plain: plain.attempt().bind(Program.from_result),
    stepping,
]
"""Functions to programs with the same outcome and other effects."""


def programs(type_: Any) -> st.SearchStrategy[AnyProgram]:
    value, error = getattr(type_, "__args__", (int, str))[:2]
    plain: st.SearchStrategy[AnyProgram] = st.one_of(
        st.builds(Program.from_value, st.from_type(value)), st.builds(Program.from_failure, st.from_type(error))
    )
    return st.builds(lambda variant, inner: variant(inner), st.sampled_from(VARIANTS), plain)


@pytest.fixture(scope="module", autouse=True)
def equality_by_effects_and_outcome() -> Iterator[None]:
    """The suite compares with `==`: make programs equal that have the same effects and the same outcome."""

    def same(one: AnyProgram, other: object) -> bool:
        return isinstance(other, Program) and rehearse(one, ANSWERS) == rehearse(other, ANSWERS)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Program, "__eq__", same)
        yield


ANSWERS = [HttpResponse(200)] * 9


class Container:
    """A base that is not generic; with a generic one, Hypothesis takes the class for a subclass of any `KindN`."""


class Kinded(Container, Program[T, E], SupportsKind2["Kinded", T, E]):
    """The type by which the suite finds the strategy `programs` for a function that returns a container."""


check_all_laws(Kinded, container_strategy=programs, settings_kwargs={"max_examples": 20})


def lose(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
    return Failure(TransportError("reset", "gone", "maybe"))


@pytest.fixture(scope="module")
def env() -> Iterator[Env]:
    with new_env(region="us-east-1", transport=lose) as made:
        yield made


def halve(number: int) -> Result[int, str]:
    return Failure(f"{number} is odd") if number % 2 else Success(number // 2)


def test_the_functions_of_returns_take_programs(env: Env) -> None:
    flowed: AnyProgram = flow(
        Program.from_value(6),
        bind(lambda number: Program.from_value(number + 2)),
        bind_result(halve),
        map_(lambda number: number + 1),
        bind_result(halve),
        lash(lambda error: Program.from_failure(error + "!")),
        alt(len),
        bimap(str, str),
    )
    assert to_result(flowed(env)) == Failure("9")
    pages = [mint().map(lambda _, number=number: number) for number in range(3)]
    assert to_result(Fold.collect(pages, Program.from_value(()))(env)) == Success((0, 1, 2))
    failing = [*pages, Program.from_failure("no"), Program.from_failure("nor this")]
    assert to_result(Fold.collect(failing, Program.from_value(()))(env)) == Failure("no")


def test_apply_runs_left_to_right_and_ends_at_the_first_failure() -> None:
    shown = rehearse(sleep(1.0).apply(sleep(2.0).map(lambda _: str)))
    assert ([effect.seconds for effect in shown.effects], shown.outcome) == ([1.0, 2.0], Success("None"))  # type: ignore[attr-defined]
    shown = rehearse(Program.from_failure("first").apply(sleep(2.0).bind(lambda _: Program.from_failure("second"))))
    assert (shown.effects, shown.outcome) == ((), Failure("first"))


DEEP = 100_000
STEPS: dict[str, Callable[[AnyProgram], AnyProgram]] = {
    "map": lambda inner: inner.map(lambda number: number + 1),
    "bind": lambda inner: inner.bind(lambda number: Program.from_value(number + 1)),
    "bind inside": lambda inner: Program.from_value(1).bind(lambda one: inner.map(lambda number: number + one)),
    "lash": lambda inner: inner.swap().lash(lambda number: Program.from_value(number + 1)),
    "attempt": lambda inner: inner.attempt().map(lambda result: result.unwrap() + 1),
    "ensure": lambda inner: ensure(inner, Program.from_value(None)).map(lambda number: number + 1),
    "local": lambda inner: local(settings_timeout.set(1.0), inner).map(lambda number: number + 1),
    "@program": lambda inner: counting(inner),
}


@program
def counting(inner: AnyProgram) -> Steps[Any]:
    return 1 + (yield from inner)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_a_hundred_thousand_nested_programs_need_no_recursion(
    env: Env, step: Callable[[AnyProgram], AnyProgram]
) -> None:
    deep = reduce(lambda inner, _: step(inner), range(DEEP), Program.from_value(0))
    assert to_result(deep(env)) == Success(DEEP)


def test_a_hundred_thousand_binds_one_after_another_need_no_recursion(env: Env) -> None:
    def countdown(number: int) -> AnyProgram:
        return Program.from_value(0) if number == 0 else mint().bind(lambda _: countdown(number - 1))

    assert to_result(countdown(DEEP)(env)) == Success(0)
