"""rehearse: list the effects of a program, with given answers to its HTTP requests and without I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, Final, NoReturn, TypeVar

from lensconnect.errors import TransportError
from lensconnect.http import Endpoint, HttpResponse
from lensconnect.optics import Lens
from lensconnect.programs import effects
from lensconnect.programs.effects import Effect
from lensconnect.programs.evaluator import drive, gather_in_order
from lensconnect.programs.program import Program
from lensconnect.programs.settings import Settings
from lensconnect.record import Record
from lensconnect.results import Failure, Result, Success

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

    It stops at the first effect without an answer: a request after the last answer, a `call`, the use of a file of
    this machine, or an effect of a live chat, since its state and its WebSocket are the environment's.  That effect
    is the last in the list.  An exception of the program's own functions is raised.

    >>> from lensconnect import ConnectionToken, EVENT_TYPING, new_send_event, send
    >>> shown = rehearse(send(new_send_event(EVENT_TYPING, ConnectionToken("t"))))
    >>> [type(effect).__name__ for effect in shown.effects]
    ['Ask', 'NewClientToken', 'Perform']
    """
    recorder = _Recorder(iter(answers), settings)
    try:
        outcome = recorder.run(program)
    except _NoAnswer:
        outcome = None
    return Rehearsal(tuple(recorder.effects), outcome)


class _NoAnswer(GeneratorExit):
    """Ends a program at an effect without an answer: generators close, and the last programs of `ensure` do not run."""


class _Recorder:
    """Runs programs and records their effects."""

    def __init__(self, replies: Iterator[HttpResponse | TransportError], settings: Settings) -> None:
        self.effects: list[Effect[Any]] = []
        self.replies = replies
        self.settings = settings
        self.time = 0.0
        self.numbers = count(1)

    def run(self, program: Program[Any, Any]) -> Result[Any, Any]:
        return drive(program, _Recorder.answer, self)

    def answer(self, effect: Effect[Any]) -> Result[Any, Any]:
        self.effects.append(effect)
        return _ANSWERS[type(effect)](self, effect)

    def perform(self, _: effects.Perform | effects.UploadFile) -> Result[Any, Any]:
        reply = next(self.replies, None)
        if reply is None:
            raise _NoAnswer
        return Failure(reply) if isinstance(reply, TransportError) else Success(reply)

    def sleep(self, effect: effects.Sleep) -> Result[Any, Any]:
        self.time += effect.seconds
        return Success(None)

    def stop(self, _: Effect[Any]) -> NoReturn:
        raise _NoAnswer


_ANSWERS: Final[dict[type[Effect[Any]], Callable[[_Recorder, Any], Result[Any, Any]]]] = {
    effects.Ask: lambda recorder, _: Success(recorder.settings),
    effects.Call: _Recorder.stop,
    effects.CloseSocket: _Recorder.stop,
    effects.DownloadFile: _Recorder.stop,
    effects.ForEach: lambda recorder, effect: recorder.run(effect.in_order),
    effects.Gather: lambda recorder, effect: gather_in_order(effect.programs, recorder.run),
    effects.NewClientToken: lambda recorder, _: Success(f"token-{next(recorder.numbers)}"),
    effects.Now: lambda recorder, _: Success(recorder.time),
    effects.Observe: lambda _, effect: Success(None),
    effects.OpenSocket: _Recorder.stop,
    effects.Perform: _Recorder.perform,
    effects.RandomFloat: lambda _, effect: Success(1.0),
    effects.ReceiveFrame: _Recorder.stop,
    effects.Refund: lambda _, effect: Success(None),
    effects.Reserve: lambda _, effect: Success(0.0),
    effects.SendFrame: _Recorder.stop,
    effects.Sleep: _Recorder.sleep,
    effects.Spend: lambda _, effect: Success(True),
    effects.StatFile: _Recorder.stop,
    effects.UpdateChat: _Recorder.stop,
    effects.UploadFile: _Recorder.perform,
}

rehearsal_effects: Lens[Rehearsal, tuple[Effect[Any], ...]] = Lens(Rehearsal, "effects")
rehearsal_outcome: Lens[Rehearsal, Result[object, object] | None] = Lens(Rehearsal, "outcome")
