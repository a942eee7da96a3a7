"""What a program was promised is kept however it ends: by success, failure, exception or cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

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
    call,
    ensure,
    gather,
    local,
    new_async_env,
    new_env,
    perform,
    program,
    settings_timeout,
    sleep,
    to_result,
)

AnyProgram = Program[Any, Any]
LOST = TransportError("reset", "gone", "maybe")
GET = perform(HttpRequest("GET", "https://x/"), 1.0)


class Diary:
    """What happened, in order; and programs that write in it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> Program[None, Any]:
        return call(lambda: Success(self.lines.append(line)))

    def entered(self, name: str, inner: AnyProgram) -> AnyProgram:
        """A generator around a program, which writes when it is left."""

        @program
        def around() -> Steps[Any]:
            try:
                return (yield from inner)
            finally:
                self.lines.append(f"left {name}")

        return around()

    def promised(self, inner: AnyProgram) -> AnyProgram:
        return self.entered("outside", ensure(self.entered("inside", inner), self.write("kept")))


@pytest.fixture
def diary() -> Diary:
    return Diary()


KEPT = ["left inside", "kept", "left outside"]


def raising(error: BaseException) -> AnyProgram:
    def fall() -> Result[None, Any]:
        raise error

    return call(fall)


def broken(error: BaseException) -> Callable[[HttpRequest, float], Result[HttpResponse, TransportError]]:
    def perform(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
        raise error

    return perform


@pytest.fixture
def env() -> Iterator[Env]:
    with new_env(region="us-east-1", transport=lambda request, seconds: Failure(LOST)) as made:
        yield made


# ensure


@pytest.mark.parametrize("end", [Program.from_value(1), Program.from_failure("no"), GET], ids=["success", "no", "lost"])
def test_a_promise_is_kept_after_success_and_failure(env: Env, diary: Diary, end: AnyProgram) -> None:
    assert diary.promised(end)(env) == end(env)
    assert diary.lines == KEPT


@pytest.mark.parametrize("error", [ZeroDivisionError(), StopIteration(7), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("by", ["a call", "the transport", "a step"])
def test_a_promise_is_kept_after_an_exception(diary: Diary, error: BaseException, by: str) -> None:
    def step(_: object) -> AnyProgram:
        raise error

    end = {"a call": raising(error), "the transport": GET, "a step": Program.from_value(1).bind(step)}[by]
    with new_env(region="us-east-1", transport=broken(error)) as env, pytest.raises(type(error)) as raised:
        diary.promised(end)(env)
    assert raised.value is error
    assert raised.value.__context__ is None, "nothing of ours shows in its traceback"
    assert diary.lines == KEPT


def test_the_outcome_is_the_program_s_unless_only_the_promise_failed(env: Env) -> None:
    good, bad, worse = Program.from_value(1), Program.from_failure("bad"), Program.from_failure("worse")
    assert to_result(ensure(good, bad)(env)) == Failure("bad")
    assert to_result(ensure(bad, worse)(env)) == Failure("bad")
    assert to_result(ensure(good, good.map(str))(env)) == Success(1)


def test_a_promise_that_raises_keeps_those_around_it(env: Env, diary: Diary) -> None:
    with pytest.raises(KeyError):
        diary.promised(ensure(raising(ZeroDivisionError()), raising(KeyError())))(env)
    assert diary.lines == KEPT


@program
def stubborn(inner: AnyProgram) -> Steps[Any]:
    try:
        return (yield from inner)
    finally:
        raise OSError("from a finally")


@pytest.mark.parametrize("end", [Program.from_failure("no"), raising(ZeroDivisionError())], ids=["failure", "raised"])
def test_a_generator_that_raises_as_it_closes_keeps_those_around_it(env: Env, diary: Diary, end: AnyProgram) -> None:
    with pytest.raises(OSError, match="from a finally"):
        diary.promised(stubborn(end))(env)
    assert diary.lines == KEPT


def test_settings_are_what_they_were_after_a_local_program_was_left(env: Env) -> None:
    quick = local(settings_timeout.set(1.0), raising(ZeroDivisionError()))
    seen: list[float] = []
    told = ask().bind(lambda settings: call(lambda: Success(seen.append(settings.timeout))))
    with pytest.raises(ZeroDivisionError):
        ensure(quick, told)(env)
    failing = local(settings_timeout.set(1.0), Program.from_failure("no"))
    assert to_result(failing.lash(lambda _: told)(env)) == Success(None)
    assert seen == [60.0, 60.0]


# gather


def test_a_synchronous_gather_is_in_order_and_ends_at_the_first_failure(env: Env, diary: Diary) -> None:
    programs: list[AnyProgram] = [diary.write(name).map(lambda _, name=name: name) for name in "abc"]
    assert to_result(gather(programs, limit=2)(env)) == Success(("a", "b", "c"))
    assert to_result(gather([])(env)) == Success(())
    programs.insert(1, Program.from_failure("no"))
    assert to_result(gather(programs)(env)) == Failure("no")
    assert diary.lines == ["a", "b", "c", "a"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_lets_nothing_run_is_a_mistake_in_the_program(limit: int) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        gather([GET], limit=limit)


def test_programs_side_by_side_run_under_the_settings_around_them(env: Env) -> None:
    timeouts = gather([ask().map(lambda settings: settings.timeout)] * 2)
    assert to_result(local(settings_timeout.set(1.0), timeouts)(env)) == Success((1.0, 1.0))


class Crowd:
    """How many are inside at once: each goes in, waits until all that can are in, and leaves."""

    def __init__(self, turns: int = 3) -> None:
        self.inside = self.most = self.left = 0
        self.turns = turns

    async def visit(self, number: int) -> Result[int, str]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            for _ in range(self.turns):
                await asyncio.sleep(0)
            return Success(number)
        finally:
            self.inside -= 1
            self.left += 1


def visiting(crowd: Crowd, number: int) -> AnyProgram:
    return call(crowd.visit, number)  # type: ignore[arg-type]


def on_asyncio(made: AnyProgram) -> Result[Any, Any]:
    async def run() -> Result[Any, Any]:
        async with new_async_env(region="us-east-1", transport=answer) as env:
            return to_result(await made(env))

    return asyncio.run(run())


async def answer(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
    return Failure(LOST)


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (4, 4), (20, 20), (50, 20), (None, 20)])
def test_no_more_than_the_limit_run_side_by_side_and_as_many(limit: int | None, most: int) -> None:
    crowd = Crowd()
    gathered = gather([visiting(crowd, number) for number in range(20)], limit=limit)
    assert on_asyncio(gathered) == Success(tuple(range(20)))
    assert (crowd.most, crowd.left, crowd.inside) == (most, 20, 0)
    assert on_asyncio(gather([], limit=limit)) == Success(())


def test_the_first_failure_cancels_the_others_and_keeps_their_promises(diary: Diary) -> None:
    crowd = Crowd(turns=10**6)
    waiting = [diary.promised(visiting(crowd, number)) for number in range(3)]
    late = call(answer, HttpRequest("GET", "https://x/"), 1.0)  # type: ignore[arg-type]
    assert on_asyncio(gather([*waiting, late, *waiting], limit=5)) == Failure(LOST)
    assert sorted(diary.lines) == sorted(KEPT * 4)
    assert (crowd.left, crowd.inside) == (4, 0)


def test_an_exception_of_one_cancels_the_others_and_goes_on(diary: Diary) -> None:
    crowd = Crowd(turns=10**6)
    with pytest.raises(ZeroDivisionError):
        on_asyncio(gather([diary.promised(visiting(crowd, 0)), raising(ZeroDivisionError())]))
    assert diary.lines == KEPT


# Cancellation


@pytest.mark.parametrize("where", ["call", "transport", "sleep", "gather"])
def test_a_cancelled_program_keeps_its_promises_and_its_cancellation(diary: Diary, where: str) -> None:
    started = asyncio.Event()

    async def forever(*_: object) -> Any:
        started.set()
        await asyncio.Event().wait()

    class Clock:
        def now(self) -> float:
            return 0.0

        def sleep(self, seconds: float, /) -> Awaitable[None]:
            return forever()

    ends: dict[str, AnyProgram] = {
        "call": call(forever),  # type: ignore[arg-type]
        "transport": GET,
        "sleep": sleep(5.0),
        "gather": gather([call(forever)]),  # type: ignore[arg-type]
    }

    async def run() -> bool:
        async with new_async_env(region="us-east-1", transport=forever, clock=Clock()) as env:
            running = asyncio.ensure_future(diary.promised(ends[where])(env).awaitable())
            await started.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            return running.cancelled()

    assert asyncio.run(run())
    assert diary.lines == KEPT


def test_a_program_that_is_dropped_closes_its_generators_and_asks_for_nothing_more(diary: Diary) -> None:
    """As by a loop that ends: there is nobody left to run a promise."""

    async def forever() -> Any:
        await asyncio.sleep(0)
        raise AssertionError("gone on with")

    running = diary.promised(call(forever))(new_async_env(region="us-east-1", transport=answer)).awaitable()  # type: ignore[arg-type]
    running.send(None)
    running.close()
    assert diary.lines == ["left inside", "left outside"]


def test_a_program_that_nobody_ran_is_nothing(diary: Diary) -> None:
    diary.promised(GET)
    assert diary.lines == []
