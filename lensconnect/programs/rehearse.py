"""rehearse: list the effects of a program, with given answers to its HTTP requests and without I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, Final, TypeVar

from lensconnect.errors import TransportError
from lensconnect.http import Endpoint, HttpResponse
from lensconnect.optics import Lens
from lensconnect.programs import effects
from lensconnect.programs.effects import Effect
from lensconnect.programs.evaluator import Raised, evaluate
from lensconnect.programs.program import Program
from lensconnect.programs.settings import Settings
from lensconnect.record import Record
from lensconnect.results import Failure, Result, Success, is_err

T = TypeVar("T")
E = TypeVar("E")

__all__ = ["Rehearsal", "rehearsal_effects", "rehearsal_outcome", "rehearse"]

_DEFAULT_SETTINGS: Final = Settings(Success(Endpoint("https://participant.connect.us-east-1.amazonaws.com")))


class Rehearsal(Record, frozen=True):
    """The effects of a program in order, and its result: `None` where the last effect had no answer."""

    effects: tuple[Effect[Any], ...]
    outcome: Result[object, object] | None

    def __str__(self) -> str:
        end = f"no answer to {self.effects[-1]!r}" if self.outcome is None else self.outcome
        return "\n".join([*map(repr, self.effects), f"=> {end}"])


def rehearse(
    program: Program[T, E],
    answers: Iterable[HttpResponse | TransportError] = (),
    settings: Settings = _DEFAULT_SETTINGS,
) -> Rehearsal:
    """Run a program in memory: its HTTP requests get `answers` in order; nothing is sent, nothing waits.

    Waits move the clock, which starts at 0.  ClientTokens are numbered.  Random numbers are 1, so that waits
    are the longest possible.  The retry budget and the quotas never run out, observers are not called, and
    gathered programs run one after the other.

    It stops at the first effect without an answer: a request after the last answer, or a `call`.  That effect
    is the last in the list.  An exception of the program's own functions is raised.

    >>> from lensconnect import ConnectionToken, EVENT_TYPING, new_send_event, send
    >>> shown = rehearse(send(new_send_event(EVENT_TYPING, ConnectionToken("t"))))
    >>> [type(effect).__name__ for effect in shown.effects]
    ['Ask', 'NewClientToken', 'Perform']
    """
    recorder = _Recorder(iter(answers), settings)
    outcome = recorder(program)
    return Rehearsal(tuple(recorder.effects), outcome)


class _Recorder:
    """Runs programs and records their effects."""

    def __init__(self, replies: Iterator[HttpResponse | TransportError], settings: Settings) -> None:
        numbers = count(1)
        self.effects: list[Effect[Any]] = []
        self.time = 0.0
        self.answers: dict[type[Effect[Any]], Callable[[Any], Result[Any, Any] | None]] = {
            effects.Ask: lambda _: Success(settings),
            effects.Call: lambda _: None,
            effects.RandomFloat: lambda _: Success(1.0),
            effects.Gather: self.gather,
            effects.NewClientToken: lambda _: Success(f"token-{next(numbers)}"),
            effects.Now: lambda _: Success(self.time),
            effects.Observe: lambda _: Success(None),
            effects.Perform: self.perform,
            effects.Refund: lambda _: Success(None),
            effects.Reserve: lambda _: Success(0.0),
            effects.Sleep: self.sleep,
            effects.Spend: lambda _: Success(True),
        }
        self.replies = replies

    def __call__(self, program: Program[Any, Any]) -> Result[Any, Any] | None:
        """The program's result; `None` where an answer is missing."""
        steps = evaluate(program)
        resume: Callable[[Any], Effect[Any]] = steps.send
        answer: Any = None
        try:
            while True:
                effect = resume(answer)
                self.effects.append(effect)
                try:
                    answer, resume = self.answers[type(effect)](effect), steps.send
                except Exception as raised:
                    answer, resume = raised, steps.throw
                if answer is None:
                    return None
        except StopIteration as end:
            if isinstance(end.value, Raised):
                raise end.value.error from None
            outcome: Result[Any, Any] = end.value
            return outcome
        finally:
            steps.close()

    def gather(self, effect: effects.Gather[Any]) -> Result[Any, Any] | None:
        successes: list[Any] = []
        for each in effect.programs:
            result = self(each)
            if result is None or is_err(result):
                return result
            successes.append(result.unwrap())
        return Success(tuple(successes))

    def perform(self, _: effects.Perform) -> Result[Any, Any] | None:
        reply = next(self.replies, None)
        if reply is None:
            return None
        return Failure(reply) if isinstance(reply, TransportError) else Success(reply)

    def sleep(self, effect: effects.Sleep) -> Result[Any, Any]:
        self.time += effect.seconds
        return Success(None)


rehearsal_effects: Lens[Rehearsal, tuple[Effect[Any], ...]] = Lens("effects")
rehearsal_outcome: Lens[Rehearsal, Result[object, object] | None] = Lens("outcome")
