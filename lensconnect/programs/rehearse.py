"""rehearse: what a program would ask for, against canned answers, before any I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, Final, TypeVar

from lensconnect.errors import TransportError
from lensconnect.http import Endpoint, HttpResponse
from lensconnect.optics import Lens
from lensconnect.programs.effects import Ask, Draw, Effect, Mint, Now, Observe, Perform, Refund, Reserve, Sleep, Spend
from lensconnect.programs.program import Program, Raised, evaluate
from lensconnect.programs.settings import Settings
from lensconnect.record import Record
from lensconnect.results import Failure, Result, Success

T = TypeVar("T")
E = TypeVar("E")

__all__ = ["Rehearsal", "rehearsal_effects", "rehearsal_outcome", "rehearse"]

_SOMEWHERE: Final = Settings(Success(Endpoint("https://participant.connect.us-east-1.amazonaws.com")))


class Rehearsal(Record, frozen=True):
    """The effects a program asked for, in order, and its result; `None` where an answer was missing."""

    effects: tuple[Effect[Any], ...]
    outcome: Result[object, object] | None

    def __str__(self) -> str:
        return "\n".join([*map(repr, self.effects), f"=> {self.outcome}"])


def rehearse(
    program: Program[T, E], answers: Iterable[HttpResponse | TransportError] = (), settings: Settings = _SOMEWHERE
) -> Rehearsal:
    """Walk a program with these answers to its HTTP requests, a clock that only waits move, counted tokens.

    Chance gives the longest waits, the retry budget is without end, quotas have room, observers are not
    told.  It stops at the first effect that has no canned answer: a request past the answers, a `call`,
    a `gather`.  That effect is the last one listed.  What the program's own functions raise is raised.

    >>> from lensconnect import ConnectionToken, EVENT_TYPING, new_send_event, send
    >>> shown = rehearse(send(new_send_event(EVENT_TYPING, ConnectionToken("t"))))
    >>> [type(effect).__name__ for effect in shown.effects]
    ['Ask', 'Mint', 'Perform']
    """
    steps = evaluate(program)
    canned = _Canned(iter(answers), settings)
    asked: list[Effect[Any]] = []
    answer: Any = None
    try:
        while True:
            effect = steps.send(answer)
            asked.append(effect)
            answer = canned(effect)
            if answer is None:
                return Rehearsal(tuple(asked), None)
    except StopIteration as end:
        if isinstance(end.value, Raised):
            raise end.value.error from None
        return Rehearsal(tuple(asked), end.value)
    finally:
        steps.close()


class _Canned:
    """Answers to effects that need no environment."""

    def __init__(self, answers: Iterator[HttpResponse | TransportError], settings: Settings) -> None:
        numbers = count(1)
        self.time = 0.0
        self.known: dict[type[Effect[Any]], Callable[[Any], Any]] = {
            Ask: lambda _: settings,
            Draw: lambda _: 1.0,
            Mint: lambda _: f"token-{next(numbers)}",
            Now: lambda _: self.time,
            Observe: lambda _: None,
            Refund: lambda _: None,
            Reserve: lambda _: 0.0,
            Sleep: self.sleep,
            Spend: lambda _: True,
        }
        self.answers = answers

    def __call__(self, effect: Effect[Any]) -> Result[Any, Any] | None:
        if isinstance(effect, Perform):
            given = next(self.answers, None)
            if given is None:
                return None
            return Failure(given) if isinstance(given, TransportError) else Success(given)
        answer = self.known.get(type(effect))
        return None if answer is None else Success(answer(effect))

    def sleep(self, effect: Sleep) -> None:
        self.time += effect.seconds


rehearsal_effects: Lens[Rehearsal, tuple[Effect[Any], ...]] = Lens("effects")
rehearsal_outcome: Lens[Rehearsal, Result[object, object] | None] = Lens("outcome")
