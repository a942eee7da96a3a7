"""evaluate: walk a program, without recursion, and yield each effect to a driver.

A driver is a loop that takes an effect, lets an environment answer it, and sends the `Result` back in: `drive`
in the calling thread, the one of `AsyncEnv` on an event loop.

Theory of operation: `frames` holds the programs and generators that wait for an outcome, innermost last, so
a chain of a hundred thousand steps needs no recursion.  Each turn has two halves.

1. Enter the current program:

    Do                the result of the effect is its outcome
    Done              its result is its outcome
    FromGenerator     start the generator and make it a frame; the outcome is the success None
    another           make it a frame and enter its source

2. Give the outcome to the innermost frame, and leave each frame that does not go on from it:

    frame           after a success                        after a failure
    generator       send it in: the next program,          close it
                    or its return value, a new success
    Attempt         the success is a Success               the success is a Failure
    Bind            ok gives the next program, if any      err gives the next program, if any
    Alt             pass the outcome on                    the failure is another
    Ensure          run its last program                   run its last program
    OnException     pass the outcome on                    pass the outcome on
    LocalFrame      end the change of settings             end the change of settings
    RaiseAtEnd      raise its exception                    raise its exception

Generators and Attempt, which every send passes, are handled in the loop; to call a method `resume` of theirs
made a send 6 % slower.  The other frames have it: it returns the next program, or UNCHANGED.

With no frame left, the outcome is the program's.  An exception, be it thrown in for an effect or raised by
a step, leaves all frames, innermost first: it closes generators and runs the last programs of `Ensure`.  A generator
is not on the stack while its effect is answered, so no traceback shows it: a note on the exception names each.  A
failure leaves a `Trail` instead: `trail` belongs to `value` where `succeeded` is false.

A GeneratorExit for an effect closes the run, and only the generators: nobody answers the effects of a last program.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from inspect import getgeneratorlocals
from traceback import walk_tb
from types import CodeType, GeneratorType, MappingProxyType
from typing import Any, Final, NoReturn, TypeAlias, TypeVar, cast

from lensconnect.programs.effects import Ask, Effect, ForEach, Gather, gather_programs
from lensconnect.programs.program import (
    UNCHANGED,
    Attempt,
    Bind,
    Do,
    Done,
    Ensure,
    FromGenerator,
    Local,
    Program,
)
from lensconnect.programs.settings import Settings
from lensconnect.programs.usage_errors import failure_of, not_run, refuse_non_program
from lensconnect.results import Result, Success, Trail, failure, is_err, success, trail_of

T = TypeVar("T")
E = TypeVar("E")

_Change: TypeAlias = Callable[[Settings], Settings]


class Raised:
    """The outcome of a program that an exception ended; the driver raises the exception."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def raise_again(self, _: object) -> NoReturn:
        """Raise the exception that ended the source."""
        raise self.error


ImmediateAnswers: TypeAlias = Mapping[type[Effect[Any]], Callable[[Any, Any], object]]
"""Functions by type of effect: each takes the environment and the effect, and returns the success without waiting."""


_NONE: Final[ImmediateAnswers] = MappingProxyType({})


def evaluate(
    start: Program[T, E], immediate: ImmediateAnswers = _NONE, env: object = None
) -> Generator[Effect[object], Result[Any, Any], Result[T, E] | Raised]:
    """Walk a program: yield each effect, take its `Result`, return the program's own result.

    Effects in `immediate` are answered from it and not yielded.  An exception of an effect is thrown in; it
    is returned as `Raised` after every generator is closed and the last program of every `ensure` has run.
    """
    frames: list[Any] = []
    changes: list[_Change] = []
    current: Any = start
    succeeded: bool
    value: Any
    trail: Trail | None = None
    while True:
        try:
            kind = current.__class__
            if kind is FromGenerator:
                frames.append(current.start(*current.arguments, **current.keywords))
                succeeded, value = True, None
            elif kind is Do:
                effect = _under(changes, current.effect) if changes else current.effect
                answer = immediate.get(effect.__class__)
                if answer is not None:
                    succeeded, value = True, answer(env, effect)
                else:
                    try:
                        result: Any = yield effect
                    except GeneratorExit:  # the run is closed: no driver is left to run the last program of an `ensure`
                        frames[:] = [frame for frame in frames if not isinstance(frame, Ensure)]
                        raise
                    succeeded = result.__class__ is Success
                    if succeeded:
                        value = result._inner_value
                    else:
                        value, trail = failure_of(result, effect), trail_of(result)
                if changes and effect.__class__ is Ask:
                    value = _changed(value, changes)
            elif kind is Done:
                result = current.result
                succeeded = result.__class__ is Success
                if succeeded:
                    value = result._inner_value
                else:
                    value, trail = failure_of(result), trail_of(result)
            else:
                if not hasattr(current, "source"):
                    refuse_non_program(current, frames)
                frames.append(LocalFrame(changes, current.change) if kind is Local else current)
                current = current.source
                continue
            while frames:
                frame = frames[-1]
                kind = frame.__class__
                if kind is GeneratorType and succeeded:
                    try:
                        current = frame.send(value)
                        break
                    except StopIteration as end:
                        value = end.value
                        frames.pop()
                        continue
                frames.pop()
                if kind is GeneratorType:
                    trail = _trail_through(frame, trail)
                    frame.close()
                elif kind is Attempt:
                    value = success(value) if succeeded else failure(value, trail)
                    succeeded = True
                else:
                    current = frame.resume(succeeded, value, trail)
                    if current is not UNCHANGED:
                        break
            else:
                return success(value) if succeeded else failure(value, trail)
        except BaseException as error:
            raised = Raised(error)
            current = _unwind(frames, raised)
            if current is None:
                return raised


def drive(
    program: Program[T, E], answer: Callable[[Any, Any], Any], env: Any, immediate: ImmediateAnswers = _NONE
) -> Result[T, E]:
    """Run a program to its end in the calling thread; `answer(env, effect)` must return the `Result` of the effect.

    An exception of `answer` is thrown into the program, so that it closes its generators and runs the last
    programs of `ensure`; then it is raised again.
    """
    steps = evaluate(program, immediate, env)
    resume: Callable[[Any], Effect[Any]] = steps.send
    result: Any = None
    try:
        while True:
            try:
                effect = resume(result)
            except StopIteration as end:
                outcome = end.value
                break
            try:
                result, resume = answer(env, effect), steps.send
            except BaseException as raised:  # a StopIteration too, which is not the end of the program
                result, resume = raised, steps.throw
    finally:
        steps.close()
    return outcome if outcome.__class__ is not Raised else conclude(outcome)


def conclude(outcome: Result[T, E] | Raised) -> Result[T, E]:
    """Return the result of a program, or raise the exception that ended it."""
    if isinstance(outcome, Raised):
        raise outcome.error
    return outcome


def gather_in_order(programs: Iterable[Any], run: Callable[[Any], Result[Any, Any]]) -> Result[Any, Any]:
    """Run programs one after the other, up to the first failure; return all successes, or that failure."""
    successes: list[Any] = []
    for program in programs:
        result = run(program)
        if is_err(result):
            return result
        successes.append(result.unwrap())
    return Success(tuple(successes))


def generators_of(steps: Generator[Any, Any, Any]) -> list[GeneratorType[Any, Any, Any]]:
    """Return the generators of a run that waits for the result of an effect, outermost first.

    `steps` is what `evaluate` returned.
    """
    return [frame for frame in getgeneratorlocals(steps)["frames"] if isinstance(frame, GeneratorType)]


class LocalFrame:
    """A change of settings that is in force."""

    def __init__(self, changes: list[_Change], change: _Change) -> None:
        self.changes = changes
        changes.append(change)

    def resume(self, _succeeded: bool, _value: Any, _trail: Trail | None) -> object:
        """End the change and pass the outcome on."""
        self.changes.pop()
        return UNCHANGED


class RaiseAtEnd:
    """An exception to raise where the generator above it ends.

    `interpreters.unrun` finds the list `frames` of a run and inserts it.
    """

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def resume(self, _succeeded: bool, _value: Any, _trail: Trail | None) -> NoReturn:
        """Raise the exception."""
        raise self.error


def _unwind(frames: list[Any], raised: Raised) -> Program[Any, Any] | None:
    """Drop the frames that an exception leaves, up to the next `Ensure`; return the last program of that.

    An exception of a `finally:`, or an interruption, is the new one: the other frames are left all the same.
    """
    while frames:
        frame = frames.pop()
        try:
            if isinstance(frame, GeneratorType):
                try:
                    for note in _trail_through(frame, None) or _where_raised(frame, raised.error):
                        add_note(raised.error, str(note))
                finally:
                    frame.close()
            elif isinstance(frame, LocalFrame):
                frame.resume(False, None, None)
            elif isinstance(frame, RaiseAtEnd):
                add_note(raised.error, str(frame.error))
            elif isinstance(frame, Ensure):
                return Bind(frame.last, raised.raise_again, raised.raise_again)
        except BaseException as error:
            raised.error = error
    return None


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception, unless it takes none, as a frozen dataclass."""
    with suppress(Exception):
        error.add_note(note)


def _trail_through(generator: Any, trail: Trail | None) -> Trail | None:
    """Return a trail that goes on where a generator waits, first through those of plain functions inside it.

    A generator that is over adds nothing.
    """
    waiting: list[Any] = []
    inner = generator
    while inner.__class__ is GeneratorType and inner.gi_code not in _OF_PROGRAMS:
        waiting.append(inner)
        inner = inner.gi_yieldfrom
    for each in reversed(waiting):
        if each.gi_frame is not None:
            trail = Trail(trail, each.gi_code, each.gi_frame.f_lineno)
    return trail


_OF_PROGRAMS: Final = tuple(cast("Any", kind).__iter__.__code__ for kind in (Program, Done))


def _where_raised(generator: Any, error: BaseException) -> Iterator[object]:
    """Yield the line where a generator has raised an exception, and before it what is wrong if that is known."""
    if isinstance(error, AttributeError) and isinstance(error.obj, Program):
        yield not_run(cast("object", error.obj))  # pyright: ignore[reportUnknownMemberType]
    code: CodeType = generator.gi_code
    # The first line in the traceback is that of this generator; those behind it are of an earlier `raise` of the error.
    lines = (line for frame, line in walk_tb(error.__traceback__) if frame.f_code is code)
    yield Trail(None, code, next(lines, code.co_firstlineno))


def _changed(settings: Settings, changes: Iterable[_Change]) -> Settings:
    for change in changes:
        settings = change(settings)
    return settings


def _under(changes: list[_Change], effect: Effect[Any]) -> Effect[Any]:
    """Return the effect to yield while changes of settings are in force: they apply to the programs in it too."""
    change = partial(_changed, changes=tuple(changes))
    if isinstance(effect, ForEach):
        step, function = effect.step, effect.function
        return ForEach(
            effect.seed,
            lambda state: Local(step(state), change),
            lambda value: Local(function(value), change),
            Local(effect.in_order, change),
            effect.limit,
        )
    if effect.__class__ is not Gather:
        return effect
    under_change = gather_programs.modify(lambda programs: tuple(Local(each, change) for each in programs))
    return under_change(cast("Gather[object]", effect))
