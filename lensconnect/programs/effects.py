"""The effects a program can ask for: a small, closed set of plain values.

Whoever runs a program answers each, with a `Result` where it may fail; see `interpreters`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.optics import Lens
from lensconnect.programs.observe import Event, Observer
from lensconnect.programs.pace import Quotas
from lensconnect.programs.settings import Settings
from lensconnect.record import Record
from lensconnect.results import Result

T_co = TypeVar("T_co", covariant=True)

__all__ = [
    "Ask",
    "Call",
    "RandomFloat",
    "Effect",
    "Gather",
    "NewClientToken",
    "Now",
    "Observe",
    "Perform",
    "Refund",
    "Reserve",
    "Sleep",
    "Spend",
    "call_arguments",
    "call_function",
    "gather_limit",
    "gather_programs",
    "observe_event",
    "observe_observer",
    "perform_request",
    "perform_seconds",
    "refund_amount",
    "reserve_operation",
    "reserve_quotas",
    "sleep_seconds",
    "spend_cost",
]


class Effect(Record, Generic[T_co], frozen=True):
    """Something only an environment can do; `T_co` is what its success holds."""


class Ask(Effect[Settings], frozen=True):
    """The environment's settings."""


class Perform(Effect[HttpResponse], frozen=True):
    """One attempt at an HTTP request, within so many seconds; fails with a `TransportError`."""

    request: HttpRequest
    seconds: float


class Now(Effect[float], frozen=True):
    """The time in seconds, of a clock that never goes back."""


class Sleep(Effect[None], frozen=True):
    """Wait so many seconds."""

    seconds: float


class NewClientToken(Effect[str], frozen=True):
    """A fresh ClientToken."""


class RandomFloat(Effect[float], frozen=True):
    """A random number, 0 <= x < 1."""


class Spend(Effect[bool], frozen=True):
    """So much of the retry budget; `False` where it does not hold it."""

    cost: int


class Refund(Effect[None], frozen=True):
    """So much back into the retry budget."""

    amount: int


class Reserve(Effect[float], frozen=True):
    """A place within the service's quotas; the seconds to wait for it."""

    operation: str
    quotas: Quotas


class Observe(Effect[None], frozen=True):
    """Tell an observer."""

    observer: Observer
    event: Event


class Gather(Effect[tuple[T_co, ...]], Generic[T_co], frozen=True):
    """Run programs, at most `limit` at a time; the first failure is the whole's."""

    programs: tuple[Any, ...]
    limit: int | None = None


class Call(Effect[T_co], Generic[T_co], frozen=True):
    """The user's own function, called with its arguments; fails as its `Result` does."""

    function: Callable[..., Result[object, object]]
    arguments: tuple[object, ...]

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("function", name_of_function(self.function))]


def name_of_function(function: Callable[..., object]) -> str:
    """What to call it in text; arguments it is bound to are not shown."""
    return str(getattr(function, "__qualname__", type(function).__name__))


perform_request: Lens[Perform, HttpRequest] = Lens("request")
perform_seconds: Lens[Perform, float] = Lens("seconds")
sleep_seconds: Lens[Sleep, float] = Lens("seconds")
spend_cost: Lens[Spend, int] = Lens("cost")
refund_amount: Lens[Refund, int] = Lens("amount")
reserve_operation: Lens[Reserve, str] = Lens("operation")
reserve_quotas: Lens[Reserve, Quotas] = Lens("quotas")
observe_observer: Lens[Observe, Observer] = Lens("observer")
observe_event: Lens[Observe, Event] = Lens("event")
gather_programs: Lens[Gather[object], tuple[Any, ...]] = Lens("programs")
gather_limit: Lens[Gather[object], int | None] = Lens("limit")
call_function: Lens[Call[object], Callable[..., Result[object, object]]] = Lens("function")
call_arguments: Lens[Call[object], tuple[object, ...]] = Lens("arguments")
