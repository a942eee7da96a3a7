"""Timeline: the order of waits, and planned actions that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lensconnect.testing.timeline import SimulatedClock, Timeline


class Mistake(Exception):
    """The exception of a planned action."""


def ends_waits_and_fails(wakes: list[Callable[[], None]]) -> None:
    """End each wait early, then fail."""
    for wake in wakes:
        wake()
    raise Mistake


@pytest.mark.parametrize("ended", [0, 1, 2])
def test_an_action_that_fails_reaches_the_first_wait_that_it_has_not_ended(ended: int) -> None:
    async def main() -> list[object]:
        timeline, wakes = Timeline(SimulatedClock()), list[Callable[[], None]]()
        timeline.at(1.0, lambda: ends_waits_and_fails(wakes[:ended]))
        waits = [timeline.wait(until, wakes.append) for until in (2.0, 3.0)]
        asyncio.get_running_loop().set_exception_handler(lambda _, context: handled.append(context["exception"]))
        async with asyncio.timeout(5):
            return await asyncio.gather(*waits, return_exceptions=True)

    handled: list[object] = []
    outcomes = asyncio.run(main())
    assert [isinstance(outcome, Mistake) for outcome in outcomes] == [index == ended for index in range(2)]
    assert [type(error) for error in handled] == [Mistake] * (ended == 2)


def test_waits_go_on_after_an_action_that_fails() -> None:
    async def main() -> float:
        timeline = Timeline(SimulatedClock())
        timeline.at(1.0, lambda: ends_waits_and_fails([]))
        with pytest.raises(Mistake):
            await timeline.wait(2.0)
        await timeline.wait(3.0)
        return timeline.clock.time

    assert asyncio.run(main()) == 3.0


@pytest.mark.parametrize("choice", [0, 1])
def test_waits_that_end_at_one_time_end_one_by_one_in_the_order_chosen(choice: int) -> None:
    chosen: list[int] = []
    steps: list[str] = []

    def choose(most: int) -> int:
        chosen.append(most)
        return min(choice, most)

    async def main() -> None:
        timeline = Timeline(SimulatedClock(), choose)

        async def step_twice(name: str) -> None:
            await timeline.wait(1.0)
            steps.append(name)
            await asyncio.sleep(0)
            steps.append(name)

        await asyncio.gather(*map(step_twice, "abc"))

    asyncio.run(main())
    assert "".join(steps) == ["aabbcc", "bbccaa"][choice]
    assert chosen == [2, 1]


def test_an_action_that_raises_stop_iteration_is_a_runtime_error() -> None:
    async def main() -> None:
        timeline = Timeline(SimulatedClock())
        timeline.at(1.0, lambda: next(iter(())))
        async with asyncio.timeout(5):
            await timeline.wait(2.0)

    with pytest.raises(RuntimeError, match="a planned action raised StopIteration") as caught:
        asyncio.run(main())
    assert isinstance(caught.value.__cause__, StopIteration)


def raises(error: BaseException) -> Callable[[], None]:
    def action() -> None:
        raise error

    return action


@pytest.mark.parametrize(
    "error", [pytest.fail.Exception("a mistake"), pytest.skip.Exception("not today"), SystemExit(3)], ids=repr
)
def test_any_exception_of_an_action_ends_the_wait(error: BaseException) -> None:
    timeline = Timeline(SimulatedClock())
    timeline.at(1.0, raises(error))

    async def main() -> None:
        async with asyncio.timeout(5):
            await timeline.wait(2.0)

    with pytest.raises(type(error)) as caught:
        asyncio.run(main())
    assert caught.value is error


def test_a_cancelled_error_of_an_action_does_not_cancel_the_run() -> None:
    timeline = Timeline(SimulatedClock())
    timeline.at(1.0, raises(asyncio.CancelledError()))
    with pytest.raises(RuntimeError, match="a planned action raised CancelledError"):
        asyncio.run(timeline.wait(2.0))


def test_an_action_that_has_ended_the_wait_before_it_fails_ends_the_next_one(caplog: pytest.LogCaptureFixture) -> None:
    timeline = Timeline(SimulatedClock())

    async def main() -> None:
        ends: list[Callable[[], None]] = []
        timeline.at(1.0, lambda: (ends[0](), pytest.fail("a mistake")))
        await timeline.wait(2.0, ends.append)
        async with asyncio.timeout(5):
            await timeline.wait(3.0)

    with pytest.raises(pytest.fail.Exception, match="a mistake"):
        asyncio.run(main())
    assert timeline.clock.now() == 1.0
