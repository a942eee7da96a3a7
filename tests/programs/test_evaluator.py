"""The evaluator: `ensure`, `gather` and generators at every end of a program: success, failure, exception, cancellation."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import weakref
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from returns.primitives.tracing import collect_traces

from lensconnect import (
    Env,
    Failure,
    HttpRequest,
    HttpResponse,
    LensconnectError,
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
    or_raise,
    perform,
    program,
    settings_timeout,
    sleep,
    to_result,
)
from lensconnect.programs.evaluator import evaluate, generators_of
from lensconnect.programs.primitives import on_exception
from lensconnect.results import trail_of

AnyProgram = Program[Any, Any]
LOST = TransportError("reset", "gone", "maybe")
GET = perform(HttpRequest("GET", "https://x/"), 1.0)


def test_the_generators_that_wait_are_told_outermost_first() -> None:
    @program
    def inner() -> Steps[None]:
        yield from sleep(1.0)

    @program
    def outer() -> Steps[None]:
        yield from inner()

    steps = evaluate(outer())
    next(steps)
    assert [generator.__qualname__.rpartition(".")[2] for generator in generators_of(steps)] == ["outer", "inner"]
    steps.close()


class EventLog:
    """A list of lines, and programs that append to it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> Program[None, Any]:
        return call(lambda: Success(self.lines.append(line)))

    def in_generator(self, name: str, inner: AnyProgram) -> AnyProgram:
        """Run a program inside a generator that appends a line when it is closed."""

        @program
        def around() -> Steps[Any]:
            try:
                return (yield from inner)
            finally:
                self.lines.append(f"left {name}")

        return around()

    def with_ensure(self, inner: AnyProgram) -> AnyProgram:
        return self.in_generator("outside", ensure(self.in_generator("inside", inner), self.write("last ran")))


@pytest.fixture
def event_log() -> EventLog:
    return EventLog()


LEFT = ["left inside", "last ran", "left outside"]


def raising(error: BaseException) -> AnyProgram:
    def raise_it() -> Result[None, Any]:
        raise error

    return call(raise_it)


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
def test_ensure_runs_its_last_program_after_success_and_failure(env: Env, event_log: EventLog, end: AnyProgram) -> None:
    assert event_log.with_ensure(end)(env) == end(env)
    assert event_log.lines == LEFT


@dataclass(frozen=True)
class FrozenError(Exception):
    """An exception that takes no new attributes, so no notes."""

    item: str


class UntidyError(Exception):
    """An exception that raises another when it gets a note."""

    def add_note(self, note: str, /) -> None:
        raise OSError(note)


def failing_step(error: BaseException) -> AnyProgram:
    def step(_: object) -> AnyProgram:
        raise error

    return Program.from_value(1).bind(step)


def with_notes(notes: object) -> Exception:
    error = LookupError()
    error.__notes__ = notes  # type: ignore[assignment]
    return error


@pytest.mark.parametrize(
    "error",
    [
        *(ZeroDivisionError(), StopIteration(7), KeyboardInterrupt()),
        *(FrozenError("shoes"), UntidyError(), with_notes(None), with_notes(("a",))),
    ],
    ids=repr,
)
@pytest.mark.parametrize("by", ["a call", "the transport", "a step"])
def test_ensure_runs_its_last_program_after_an_exception(event_log: EventLog, error: BaseException, by: str) -> None:
    end = {"a call": raising(error), "the transport": GET, "a step": failing_step(error)}[by]
    with new_env(region="us-east-1", transport=broken(error)) as env, pytest.raises(type(error)) as raised:
        event_log.with_ensure(end)(env)
    assert raised.value is error
    assert raised.value.__context__ is None, "its traceback must show no exception of the library"
    assert event_log.lines == LEFT


@pytest.mark.parametrize("end", [Program.from_value(1), Program.from_failure("no"), GET], ids=["success", "no", "lost"])
def test_on_exception_runs_no_last_program_after_success_and_failure(
    env: Env, event_log: EventLog, end: AnyProgram
) -> None:
    assert on_exception(event_log.in_generator("inside", end), event_log.write("last ran"))(env) == end(env)
    assert event_log.lines == ["left inside"]


def test_on_exception_runs_its_last_program_after_an_exception(env: Env, event_log: EventLog) -> None:
    inner = event_log.in_generator("inside", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        event_log.in_generator("outside", on_exception(inner, event_log.write("last ran")))(env)
    assert event_log.lines == LEFT


def test_the_outcome_is_that_of_the_source_unless_only_the_last_program_failed(env: Env) -> None:
    good, bad, worse = Program.from_value(1), Program.from_failure("bad"), Program.from_failure("worse")
    assert to_result(ensure(good, bad)(env)) == Failure("bad")
    assert to_result(ensure(bad, worse)(env)) == Failure("bad")
    assert to_result(ensure(good, good.map(str))(env)) == Success(1)


class InterruptingError(Exception):
    def add_note(self, note: str, /) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("error", "raised"), [(GeneratorExit(), GeneratorExit), (InterruptingError(), KeyboardInterrupt)]
)
def test_ensure_runs_its_last_program_after_any_exception_of_a_step(
    env: Env, event_log: EventLog, error: BaseException, raised: type[BaseException]
) -> None:
    with pytest.raises(raised):
        event_log.with_ensure(failing_step(error))(env)
    assert event_log.lines == LEFT


def test_outer_ensures_run_when_an_inner_last_program_raises(env: Env, event_log: EventLog) -> None:
    with pytest.raises(KeyError):
        event_log.with_ensure(ensure(raising(ZeroDivisionError()), raising(KeyError())))(env)
    assert event_log.lines == LEFT


@program
def raising_in_finally(inner: AnyProgram) -> Steps[Any]:
    try:
        return (yield from inner)
    finally:
        raise OSError("from a finally")


@pytest.mark.parametrize("end", [Program.from_failure("no"), raising(ZeroDivisionError())], ids=["failure", "raised"])
def test_ensures_run_when_a_generator_raises_while_closing(env: Env, event_log: EventLog, end: AnyProgram) -> None:
    with pytest.raises(OSError, match="from a finally"):
        event_log.with_ensure(raising_in_finally(end))(env)
    assert event_log.lines == LEFT


def test_settings_are_restored_after_a_local_program_ends(env: Env) -> None:
    quick = local(settings_timeout.set(1.0), raising(ZeroDivisionError()))
    seen: list[float] = []
    note_timeout = ask().bind(lambda settings: call(lambda: Success(seen.append(settings.timeout))))
    with pytest.raises(ZeroDivisionError):
        ensure(quick, note_timeout)(env)
    failing = local(settings_timeout.set(1.0), Program.from_failure("no"))
    assert to_result(failing.lash(lambda _: note_timeout)(env)) == Success(None)
    assert seen == [60.0, 60.0]


# gather


def test_a_synchronous_gather_runs_in_order_up_to_the_first_failure(env: Env, event_log: EventLog) -> None:
    programs: list[AnyProgram] = [event_log.write(name).map(lambda _, name=name: name) for name in "abc"]
    assert to_result(gather(programs, limit=2)(env)) == Success(("a", "b", "c"))
    assert to_result(gather([])(env)) == Success(())
    programs.insert(1, Program.from_failure("no"))
    assert to_result(gather(programs)(env)) == Failure("no")
    assert event_log.lines == ["a", "b", "c", "a"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_1_raises(limit: int) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        gather([GET], limit=limit)


def test_gathered_programs_run_under_the_settings_around_them(env: Env) -> None:
    timeouts = gather([ask().map(lambda settings: settings.timeout)] * 2)
    assert to_result(local(settings_timeout.set(1.0), timeouts)(env)) == Success((1.0, 1.0))


class ConcurrencyCounter:
    """Counts the calls that run at the same time; each stays for some turns of the loop, so that all can start."""

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


def counted(counter: ConcurrencyCounter, number: int) -> AnyProgram:
    return call(counter.visit, number)  # type: ignore[arg-type]


def on_asyncio(made: AnyProgram) -> Result[Any, Any]:
    async def run() -> Result[Any, Any]:
        async with new_async_env(region="us-east-1", transport=answer) as env:
            return to_result(await made(env))

    return asyncio.run(run())


async def answer(request: HttpRequest, seconds: float) -> Result[HttpResponse, TransportError]:
    return Failure(LOST)


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (4, 4), (20, 20), (50, 20), (None, 20)])
def test_gather_runs_as_many_programs_at_once_as_the_limit_allows(limit: int | None, most: int) -> None:
    counter = ConcurrencyCounter()
    gathered = gather([counted(counter, number) for number in range(20)], limit=limit)
    assert on_asyncio(gathered) == Success(tuple(range(20)))
    assert (counter.most, counter.left, counter.inside) == (most, 20, 0)
    assert on_asyncio(gather([], limit=limit)) == Success(())


def test_the_first_failure_cancels_the_others_and_runs_their_ensures(event_log: EventLog) -> None:
    counter = ConcurrencyCounter(turns=10**6)
    waiting = [event_log.with_ensure(counted(counter, number)) for number in range(3)]
    late = call(answer, HttpRequest("GET", "https://x/"), 1.0)  # type: ignore[arg-type]
    assert on_asyncio(gather([*waiting, late, *waiting], limit=5)) == Failure(LOST)
    assert sorted(event_log.lines) == sorted(LEFT * 4)
    assert (counter.left, counter.inside) == (4, 0)


def test_an_exception_in_a_gathered_program_cancels_the_others_and_propagates(event_log: EventLog) -> None:
    counter = ConcurrencyCounter(turns=10**6)
    with pytest.raises(ZeroDivisionError):
        on_asyncio(gather([event_log.with_ensure(counted(counter, 0)), raising(ZeroDivisionError())]))
    assert event_log.lines == LEFT


# Cancellation


@pytest.mark.parametrize("where", ["call", "transport", "sleep", "gather"])
def test_a_cancelled_program_runs_its_ensures_and_stays_cancelled(event_log: EventLog, where: str) -> None:
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
            running = asyncio.ensure_future(event_log.with_ensure(ends[where])(env).awaitable())
            await started.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            return running.cancelled()

    assert asyncio.run(run())
    assert event_log.lines == LEFT


def test_closing_a_run_closes_its_generators_and_yields_no_more_effects(event_log: EventLog) -> None:
    """A loop that ends closes its coroutines; then no driver is left to run the effects of an `ensure`."""

    async def forever() -> Any:
        await asyncio.sleep(0)
        raise AssertionError("resumed")

    running = event_log.with_ensure(call(forever))(new_async_env(region="us-east-1", transport=answer)).awaitable()  # type: ignore[arg-type]
    running.send(None)
    running.close()
    assert event_log.lines == ["left inside", "left outside"]


def test_closing_a_run_closes_all_its_generators_though_one_raises(event_log: EventLog) -> None:
    inner = raising_in_finally(event_log.in_generator("inside", sleep(1.0)))
    steps = evaluate(event_log.in_generator("outside", inner))
    next(steps)
    steps.close()
    assert event_log.lines == ["left inside", "left outside"]


def test_a_program_that_is_not_run_has_no_effect(event_log: EventLog) -> None:
    _ = event_log.with_ensure(GET)
    assert event_log.lines == []


def lines_of(*functions: Callable[..., object]) -> list[int]:
    """Return for each `@program` function the line of its last `yield from`."""
    found: list[int] = []
    for function in functions:
        lines, first = inspect.getsourcelines(inspect.unwrap(function))
        found.append(first + max(number for number, line in enumerate(lines) if "yield from" in line))
    return found


@program
def inner(source: AnyProgram) -> Steps[None]:
    _ = yield from source


@program
def outer(source: AnyProgram) -> Steps[None]:
    yield from Program.from_value(None)
    yield from ensure(inner(source), Program.from_value(None))


@program
def failing(source: AnyProgram) -> Steps[None]:
    _ = [(yield from source), 1 // 0]


@pytest.mark.parametrize("on_loop", [False, True])
@pytest.mark.parametrize("raised_by_generator", [False, True])
def test_an_exception_names_the_programs_that_it_leaves(on_loop: bool, raised_by_generator: bool) -> None:
    raising: AnyProgram = failing(Program.from_value(1)) if raised_by_generator else call(lambda: 1 // 0)  # type: ignore[arg-type, return-value]

    async def run() -> object:
        return await outer(raising)(new_async_env(region="us-east-1"))

    with pytest.raises(ZeroDivisionError) as raised:
        _ = asyncio.run(run()) if on_loop else outer(raising)(new_env(region="us-east-1"))
    functions = [failing, inner, outer] if raised_by_generator else [inner, outer]
    assert raised.value.__notes__ == [
        f'in the program {function.__name__}, File "{__file__}", line {line}'
        for function, line in zip(functions, lines_of(*functions), strict=True)
    ]


def plain(source: AnyProgram) -> Steps[None]:
    """Run a program inside a generator that is no program of its own."""
    _ = yield from source


@program
def over_a_plain_function(source: AnyProgram) -> Steps[None]:
    yield from plain(source)


FAILING: AnyProgram = call(lambda: Failure("no"))
FAILS = {
    "an effect": (outer(FAILING), [inner, outer]),
    "a pure step": (outer(Program.from_failure("no")), [inner, outer]),
    "a plain generator": (over_a_plain_function(FAILING), [plain, over_a_plain_function]),
    "a result that is taken apart and put together": (
        outer(inner(FAILING).attempt().bind(Program.from_result)),
        [inner, inner, outer],
    ),
    "an error that a pure function changes": (outer(inner(FAILING).alt(str)).bimap(str, str), [inner, inner, outer]),
    "one of many": (outer(gather([inner(FAILING)])), [inner, inner, outer]),
    "under changed settings": (local(settings_timeout.set(1.0), inner(FAILING)), [inner]),
    "an error that comes after another": (outer(inner(FAILING).lash(lambda _: FAILING)), [inner, outer]),
    "no program at all": (FAILING, []),
}


@pytest.mark.parametrize("on_loop", [False, True])
@pytest.mark.parametrize("name", FAILS)
def test_a_failure_names_the_programs_that_it_leaves(name: str, on_loop: bool) -> None:
    source, functions = FAILS[name]

    async def run() -> Any:
        return await source(new_async_env(region="us-east-1"))

    outcome = asyncio.run(run()) if on_loop else source(new_env(region="us-east-1"))
    assert to_result(outcome) == Failure("no")
    assert not any(step.is_of_package for step in trail_of(to_result(outcome)) or ())
    with pytest.raises(LensconnectError) as raised:
        or_raise(outcome)
    assert getattr(raised.value, "__notes__", []) == [
        f'in the program {function.__name__}, File "{__file__}", line {line}'
        for function, line in zip(functions, lines_of(*functions), strict=True)
    ]


def test_the_lines_of_a_failure_keep_nothing_alive_and_take_no_part_in_its_value() -> None:
    class Held:
        pass

    @program
    def holder() -> Steps[None]:
        held = Held()
        alive.append(weakref.ref(held))
        yield from FAILING

    alive: list[weakref.ref[Held]] = []
    failed = to_result(holder()(new_env(region="us-east-1")))
    assert alive[0]() is None
    same = Failure("no")
    assert (failed, repr(failed), hash(failed)) == (same, repr(same), hash(same))
    assert pickle.dumps(failed) == pickle.dumps(same)
    with pytest.raises(LensconnectError) as raised:
        or_raise(pickle.loads(pickle.dumps(failed)))
    assert not hasattr(raised.value, "__notes__")


def test_a_trace_of_returns_is_not_read_as_lines_of_programs() -> None:
    with collect_traces():
        outcome = inner(call(lambda: Failure("no")))(new_env(region="us-east-1"))
        traced = Failure("no")
    for each, count in ((outcome, 1), (traced, 0)):
        with pytest.raises(LensconnectError) as raised:
            or_raise(each)
        assert len(getattr(raised.value, "__notes__", [])) == count


def test_a_failure_leaves_ten_thousand_programs() -> None:
    @program
    def nested(depth: int) -> Steps[None]:
        yield from nested(depth - 1) if depth else FAILING

    with pytest.raises(LensconnectError) as raised:
        or_raise(nested(10_000)(new_env(region="us-east-1")))
    assert len(raised.value.__notes__) == 10_001


@program
def raising_what_is_kept(kept: ValueError, *, at_once: bool) -> Steps[None]:
    if at_once:
        raise kept
    yield from Program.from_value(None)
    raise kept


def test_an_exception_that_is_raised_again_names_the_line_of_the_last_time() -> None:
    kept = ValueError("kept")
    lines, first = inspect.getsourcelines(inspect.unwrap(raising_what_is_kept))
    raised_at = [first + number for number, line in enumerate(lines) if "raise kept" in line]
    for at_once in (True, False):
        with pytest.raises(ValueError, match="kept"):
            _ = raising_what_is_kept(kept, at_once=at_once)(new_env(region="us-east-1"))
    named = [int(note.rpartition(" ")[2]) for note in kept.__notes__]
    assert named == raised_at
