"""A stream is an unfold: what it gives, in which order, and that nothing is left behind, on every loop."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from lensconnect import (
    AsyncEnv,
    Env,
    Failure,
    Program,
    Result,
    Steps,
    Stream,
    Success,
    call,
    ensure,
    local,
    new_async_env,
    new_env,
    program,
    rehearse,
    settings_timeout,
    sleep,
    to_result,
    unfold,
)
from lensconnect.errors import TransportError
from lensconnect.programs.primitives import ask

ENV: Env = new_env(region="us-east-1")
ERROR = TransportError("network", "gone", "no")


def async_env() -> AsyncEnv:
    """Return a new environment whose transport is never used, for either loop."""

    async def transport(*_: Any) -> Any:
        raise AssertionError

    return new_async_env(region="us-east-1", transport=transport)


LOOPS: dict[str, Callable[[Callable[[], Awaitable[Any]]], Any]] = {
    "asyncio": lambda main: asyncio.run(main()),  # type: ignore[arg-type]
    "trio": trio.run,
}
on_each_loop = pytest.mark.parametrize("loop", LOOPS)


def numbers(*values: int, fails: bool = False) -> Stream[int, TransportError]:
    """Return the stream of these values, which fails at its end if it is to."""

    def step(index: int) -> Program[tuple[int, int] | None, TransportError]:
        if index < len(values):
            return Program.from_value((values[index], index + 1))
        return Program.from_failure(ERROR) if fails else Program.from_value(None)

    return unfold(0, step)


def results_of(stream: Stream[Any, Any]) -> list[Any]:
    """Return the results of a stream: the same from `for` and from `async for`."""
    found = list(stream(ENV))

    async def iterate() -> list[Any]:
        return [result async for result in stream(async_env())]

    assert asyncio.run(iterate()) == trio.run(iterate) == found
    return found


# -- iteration --------------------------------------------------------------------------------------------------------


def test_the_values_come_in_order_and_a_failure_is_the_last_result() -> None:
    assert results_of(numbers(1, 2)) == [Success(1), Success(2)]
    assert results_of(numbers(1, fails=True)) == [Success(1), Failure(ERROR)]
    assert results_of(numbers()) == []


def test_a_stream_is_a_value_each_run_of_which_starts_at_the_seed() -> None:
    stream = numbers(1, 2)
    first, second = stream(ENV), stream(ENV)
    assert [next(first), next(second), next(first)] == [Success(1), Success(1), Success(2)]
    assert list(first) == []
    assert list(first) == []
    assert list(second) == [Success(2)]
    assert repr(stream) == "<Stream>"


def test_nothing_runs_before_it_is_asked_for() -> None:
    asked: list[int] = []

    def step(state: int) -> Program[tuple[int, int] | None, Any]:
        return call(lambda: (asked.append(state), Success((state, state + 1)))[1])

    run = unfold(0, step)(ENV)
    assert not asked
    assert next(run) == Success(0)
    assert asked == [0]


def test_no_step_is_taken_after_the_end() -> None:
    asked: list[int] = []

    def step(state: int) -> Program[tuple[int, int] | None, Any]:
        return call(lambda: (asked.append(state), Success((state, state + 1) if state < 1 else None))[1])

    run = unfold(0, step)(ENV)
    assert [list(run), list(run)] == [[Success(0)], []]
    assert asked == [0, 1]


def test_a_step_that_raises_is_taken_again() -> None:
    tries: list[int] = []

    def step(state: int) -> Program[tuple[int, int] | None, Any]:
        def once() -> Result[tuple[int, int], Any]:
            tries.append(state)
            if len(tries) == 2:
                raise KeyError(state)
            return Success((state, state + 1))

        return call(once)

    run = unfold(0, step)(ENV)
    assert next(run) == Success(0)
    with pytest.raises(KeyError):
        next(run)
    assert next(run) == Success(1)
    assert tries == [0, 1, 1]


def test_for_and_async_for_are_not_mixed_up() -> None:
    run: Any = numbers(1)(async_env())
    with pytest.raises(TypeError, match="by `async for`"):
        next(run)
    gc.collect()  # no coroutine is left that was never awaited

    async def wrong() -> None:
        mixed: Any = numbers(1)(ENV)
        await anext(mixed)

    with pytest.raises(TypeError, match="by `for`"):
        asyncio.run(wrong())
    with pytest.raises(TypeError, match="env must be an Env or an AsyncEnv, not None"):
        numbers(1)(None)  # type: ignore[call-overload]


def test_the_kind_of_iterator() -> None:
    assert isinstance(numbers()(ENV), Iterator)
    assert isinstance(numbers()(async_env()), AsyncIterator)


# -- laws -------------------------------------------------------------------------------------------------------------

ints = st.lists(st.integers(), max_size=6)


@given(ints, st.booleans(), st.integers(0, 7))
def test_the_methods_are_those_of_lists(values: list[int], fails: bool, count: int) -> None:
    stream, end = numbers(*values, fails=fails), [Failure(ERROR)] if fails else []

    def run(stream: Stream[Any, Any]) -> list[Any]:
        return list(stream(ENV))

    assert run(stream.map(str)) == [*(Success(str(value)) for value in values), *end]
    assert run(stream.take(count)) == [*map(Success, values[:count]), *(end if count > len(values) else [])]
    index = next((index for index, value in enumerate(values, 1) if value > 0), None)
    expected = [*map(Success, values), *end] if index is None else [*map(Success, values[:index])]
    assert run(stream.until(lambda value: value > 0)) == expected
    total = to_result(stream.fold(lambda total, value: [*total, value], [0])(ENV))
    assert total == (Failure(ERROR) if fails else Success([0, *values]))
    assert run(stream.map(str).map(int)) == run(stream)
    assert run(stream.take(count).take(3)) == run(stream.take(min(count, 3)))


def test_take_asks_for_no_further_value() -> None:
    assert results_of(numbers(1, fails=True).take(1)) == [Success(1)]
    assert results_of(numbers(fails=True).take(0)) == []
    assert results_of(numbers(1, 2, fails=True).until(lambda value: value == 2)) == [Success(1), Success(2)]


def test_mistakes_are_named() -> None:
    stream: Any = numbers(1)
    for mistake, error, message in (
        (lambda: unfold(1, None), TypeError, "unfold: step must be a function"),  # type: ignore[arg-type]
        (lambda: stream.each(3), TypeError, "each: function must be a function"),
        (lambda: stream.each(sleep, limit=0), ValueError, "each: limit must be"),
        (lambda: stream.each(sleep, limit=None), TypeError, "each: limit must be"),
        (lambda: stream.each(sleep, limit=1.5), TypeError, "each: limit must be"),
        (lambda: stream.take(1.5), TypeError, "take: count must be"),
        (lambda: stream.take(-1), ValueError, "take: count must be"),
        (lambda: stream.take(True), TypeError, "take: count must be"),
        (lambda: stream.map(1), TypeError, "map: function must be a function"),
        (lambda: stream.until(1), TypeError, "until: last must be a function"),
        (lambda: stream.fold(1, 1), TypeError, "fold: function must be a function"),
        (lambda: stream.each(lambda _: 1)(ENV), TypeError, "expected a Program, not a value of type int"),
    ):
        with pytest.raises(error, match=message):
            mistake()


# -- each -------------------------------------------------------------------------------------------------------------


def recorded(into: list[object], value: object, *, fails: bool = False) -> Program[None, Any]:
    def record() -> Result[None, Any]:
        into.append(value)
        return Failure(value) if fails else Success(None)

    return call(record)


@pytest.mark.parametrize("limit", [1, 3])
def test_each_runs_a_program_for_each_value(limit: int) -> None:
    runs: list[Callable[[Program[Any, Any]], Any]] = [
        lambda work: to_result(work(ENV)),
        lambda work: asyncio.run(run_it(work)),
        lambda work: trio.run(run_it, work),
    ]
    seen: list[object] = []
    for run in runs:
        seen.clear()
        assert run(numbers(1, 2, 3).each(lambda value: recorded(seen, value), limit=limit)) == Success(None)
        assert seen == [1, 2, 3]
        seen.clear()
        failing = numbers(1, 2).each(lambda value: recorded(seen, value, fails=value == 1), limit=limit)
        assert run(failing) == Failure(1)
        assert 1 in seen
        seen.clear()
        assert run(numbers(4, fails=True).each(lambda value: recorded(seen, value), limit=limit)) == Failure(ERROR)
        assert seen == [4]


def test_each_one_after_the_other_is_rehearsed() -> None:
    rehearsal = rehearse(numbers(1, 2).each(lambda value: sleep(value), limit=5), [])
    assert rehearsal.outcome == Success(None)
    assert [type(effect).__name__ for effect in rehearsal.effects] == ["ForEach", "Sleep", "Sleep"]
    assert repr(rehearsal.effects[0]).endswith("limit=5)")
    for work in (numbers(1, 2).each(sleep), numbers(1, 2).each(sleep, limit=1)):
        assert [type(effect).__name__ for effect in rehearse(work, []).effects] == ["Sleep", "Sleep"]


def test_many_values_take_no_recursion() -> None:
    stream: Stream[int, Any] = unfold(
        0, lambda state: Program.from_value((state, state + 1) if state < 20_000 else None)
    )
    assert to_result(stream.fold(lambda total, _: total + 1, 0)(ENV)) == Success(20_000)
    assert to_result(stream.each(lambda _: Program.from_value(None))(ENV)) == Success(None)


@pytest.mark.parametrize("limit", [1, 2])
@on_each_loop
def test_settings_hold_inside(limit: int, loop: str) -> None:
    seen: list[object] = []

    def see(_: int) -> Program[object, Any]:
        return ask().bind(lambda settings: recorded(seen, settings.timeout))

    def step(index: int) -> Program[tuple[int, int] | None, Any]:
        return see(0).map(lambda _: (index, index + 1) if index < 1 else None)

    work = local(settings_timeout.set(7.5), unfold(0, step).each(see, limit=limit))

    async def main() -> None:
        assert to_result(await work(async_env())) == Success(None)

    LOOPS[loop](main)
    assert to_result(work(ENV)) == Success(None)
    assert seen == [7.5] * 6


class Beside:
    """Handlers that wait for events on whichever loop runs, and a record of what began and ended."""

    def __init__(self, loop: str) -> None:
        self.event: Callable[[], Any] = asyncio.Event if loop == "asyncio" else trio.Event
        self.log: list[str] = []
        self.running = self.most = 0

    def handler(self, name: str, wait_for: Any, done: Any = None, *, fails: bool = False) -> Program[None, str]:
        """Return the program that waits for an event and then sets one."""

        @program
        def handle() -> Steps[None]:
            self.log.append(f"begin {name}")
            self.running += 1
            self.most = max(self.most, self.running)
            yield from ensure(call(wait), call(leave))

        async def wait() -> Result[None, Any]:
            if wait_for is not None:
                await wait_for.wait()
            self.log.append(f"end {name}")
            if done is not None:
                done.set()
            return Failure(name) if fails else Success(None)

        def leave() -> Result[None, Any]:
            self.running -= 1
            self.log.append(f"leave {name}")
            return Success(None)

        return handle()  # type: ignore[return-value]


@on_each_loop
def test_handlers_run_beside_the_stream_up_to_the_limit(loop: str) -> None:
    async def main() -> None:
        beside = Beside(loop)
        received = beside.event()
        plan = {1: received, 2: None, 3: None, 4: None}  # 1 ends only once the stream has given 4

        def step(index: int) -> Program[tuple[int, int] | None, Any]:
            def give() -> Result[Any, Any]:
                beside.log.append(f"give {index}")
                if index == 4:
                    received.set()
                return Success((index, index + 1) if index <= 4 else None)

            return call(give)

        work = unfold(1, step).each(lambda value: beside.handler(str(value), plan[value]), limit=2)
        assert to_result(await work(async_env())) == Success(None)
        assert beside.log.index("give 4") < beside.log.index("end 1")
        assert beside.most <= 2
        assert beside.running == 0
        assert [line for line in beside.log if line.startswith("begin")] == [f"begin {n}" for n in (1, 2, 3, 4)]

    LOOPS[loop](main)


@on_each_loop
def test_a_handler_that_fails_cancels_the_stream_and_the_others(loop: str) -> None:
    async def main() -> None:
        beside = Beside(loop)
        never, started = beside.event(), beside.event()

        def step(index: int) -> Program[tuple[int, int] | None, Any]:
            if index < 2:
                return Program.from_value((index, index + 1))
            return beside.handler("stream", never).map(lambda _: None)

        def function(index: int) -> Program[None, Any]:
            return beside.handler("waits", never, started) if index == 0 else beside.handler("fails", None, fails=True)

        assert to_result(await unfold(0, step).each(function, limit=9)(async_env())) == Failure("fails")
        assert {"leave stream", "leave waits", "leave fails"} <= set(beside.log)
        assert "end waits" not in beside.log
        assert beside.running == 0
        if loop == "asyncio":
            assert asyncio.all_tasks() == {asyncio.current_task()}

    LOOPS[loop](main)


@on_each_loop
def test_a_stream_that_fails_waits_for_its_handlers(loop: str) -> None:
    async def main() -> None:
        beside = Beside(loop)
        failing = beside.event()

        def step(index: int) -> Program[tuple[int, int] | None, Any]:
            if index == 0:
                return Program.from_value((0, 1))
            return beside.handler("stream", None, failing, fails=True).map(lambda _: None)

        work = unfold(0, step).each(lambda _: beside.handler("handler", failing), limit=2)
        assert to_result(await work(async_env())) == Failure("stream")
        assert beside.log.index("end stream") < beside.log.index("end handler")
        assert beside.running == 0

    LOOPS[loop](main)


@pytest.mark.parametrize("part", ["handler", "stream"])
@on_each_loop
def test_an_exception_is_raised_as_it_is(loop: str, part: str) -> None:
    async def main() -> None:
        beside = Beside(loop)
        never = beside.event()

        def raises() -> Result[Any, Any]:
            raise KeyError(part)

        def step(index: int) -> Program[tuple[int, int] | None, Any]:
            if index < 2:
                return Program.from_value((index, index + 1))
            return call(raises) if part == "stream" else beside.handler("stream", never).map(lambda _: None)

        def function(index: int) -> Program[None, Any]:
            return call(raises) if index == 1 and part == "handler" else beside.handler("waits", never)

        with pytest.raises(KeyError, match=part):
            await unfold(0, step).each(function, limit=3)(async_env())
        assert beside.running == 0

    LOOPS[loop](main)


async def run_it(work: Program[Any, Any]) -> Any:
    return to_result(await work(async_env()))


@pytest.mark.parametrize("at", ["receiving", "full"])
def test_a_cancellation_on_asyncio_leaves_no_task(at: str) -> None:
    async def main() -> None:
        beside = Beside("asyncio")
        never, ready = asyncio.Event(), asyncio.Event()

        def step(index: int) -> Program[tuple[int, int] | None, Any]:
            if at == "full" or index == 0:
                return Program.from_value((index, index + 1))
            return beside.handler("stream", never).map(lambda _: None)

        def function(index: int) -> Program[None, Any]:
            ready.set()
            return beside.handler(str(index), never)

        task = asyncio.ensure_future(run_it(unfold(0, step).each(function, limit=2)))
        await ready.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert beside.most == 2
        assert beside.running == 0

    asyncio.run(main())


@pytest.mark.parametrize("at", ["receiving", "full"])
def test_a_cancellation_on_trio_leaves_no_task(at: str) -> None:
    async def main() -> None:
        beside = Beside("trio")
        never = trio.Event()

        def step(index: int) -> Program[tuple[int, int] | None, Any]:
            if at == "full" or index == 0:
                return Program.from_value((index, index + 1))
            return beside.handler("stream", never).map(lambda _: None)

        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:

                async def run() -> None:
                    await unfold(0, step).each(lambda index: beside.handler(str(index), never), limit=2)(async_env())

                nursery.start_soon(run)
                await trio.testing.wait_all_tasks_blocked()
                scope.cancel()
        assert scope.cancelled_caught
        assert beside.most == 2
        assert beside.running == 0

    trio.run(main)
