"""The functions that build programs: one for each effect, and those that put programs together.

Each raises `TypeError` for an argument of a wrong type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import NoneType
from typing import Final, Never, TypeVar

from lensconnect.arguments import expect
from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.programs import effects
from lensconnect.programs.observe import Event, Observer
from lensconnect.programs.pace import Quotas
from lensconnect.programs.program import Do, Ensure, Local, OnException, Program, expect_program
from lensconnect.programs.settings import Settings
from lensconnect.results import Result

T = TypeVar("T")
E = TypeVar("E")
F = TypeVar("F")

__all__ = ["ask", "call", "ensure", "gather", "local", "mint", "now", "perform", "sleep"]

_ASK: Final[Program[Settings, Never]] = Do(effects.Ask())
_NEW_CLIENT_TOKEN: Final[Program[str, Never]] = Do(effects.NewClientToken())
_NOW: Final[Program[float, Never]] = Do(effects.Now())
_RANDOM_FLOAT: Final[Program[float, Never]] = Do(effects.RandomFloat())


def ask() -> Program[Settings, Never]:
    """Return the environment's settings."""
    return _ASK


def perform(request: HttpRequest, seconds: float) -> Program[HttpResponse, TransportError]:
    """Perform an HTTP request once, within `seconds`; fails with a `TransportError` if no complete response arrives."""
    return Do(effects.Perform(request, seconds))


def mint() -> Program[str, Never]:
    """Return a new ClientToken, different each time."""
    return _NEW_CLIENT_TOKEN


def now() -> Program[float, Never]:
    """Return the time in seconds, by a clock that never goes back and has an arbitrary zero."""
    return _NOW


def sleep(seconds: float) -> Program[None, Never]:
    """Wait for `seconds`."""
    expect("sleep: seconds", seconds, (int, float), "a number")
    return Do(effects.Sleep(seconds))


def random_float() -> Program[float, Never]:
    """Return a random number x, 0 <= x < 1."""
    return _RANDOM_FLOAT


def spend(cost: int) -> Program[bool, Never]:
    """Take `cost` tokens from the retry budget; false, and nothing is taken, where it holds fewer."""
    return Do(effects.Spend(cost))


def refund(amount: int) -> Program[None, Never]:
    """Put `amount` tokens back into the retry budget, up to its capacity."""
    return Do(effects.Refund(amount))


def reserve(operation: str, quotas: Quotas) -> Program[float, Never]:
    """Reserve a call of an operation within these quotas; return the seconds to wait before it."""
    return Do(effects.Reserve(operation, quotas))


def observe(observer: Observer, event: Event) -> Program[None, Never]:
    """Pass an event to an observer."""
    return Do(effects.Observe(observer, event))


def call(function: Callable[..., Result[T, E]], /, *arguments: object) -> Program[T, E]:
    """Call a function of yours that returns a `Result`, and end with that; the function may have effects of any kind.

    In an `AsyncEnv` the function may be asynchronous.
    """
    expect("call: function", function, Callable, "a function")
    effect: effects.Call[T] = effects.Call(function, arguments)
    return Do(effect)


def ensure(source: Program[T, E], last: Program[object, F]) -> Program[T, E | F]:
    """Run `source`, then `last`, whether `source` ended in success, failure, exception or cancellation.

    The outcome is that of `source`, unless `source` succeeded and `last` failed.
    """
    expect_program(source)
    expect_program(last)
    return Ensure(source, last)


def on_exception(source: Program[T, E], last: Program[object, F]) -> Program[T, E]:
    """Run `source`, then `last` if an exception or a cancellation ended it.  It is `onException` of Haskell."""
    return OnException(source, last)


def local(change: Callable[[Settings], Settings], source: Program[T, E]) -> Program[T, E]:
    """Run `source` under changed settings; the settings around it stay as they are.

    It is `local` of Haskell's Reader.

    >>> from lensconnect import settings_timeout
    >>> quick = local(settings_timeout.set(1.0), ask())
    """
    expect("local: change", change, Callable, "a function")
    expect_program(source)
    return Local(source, change)


def gather(programs: Iterable[Program[T, E]], *, limit: int | None = None) -> Program[tuple[T, ...], E]:
    """Run many programs: succeed with all successes in order, or fail with the failure that came first.

    In an `AsyncEnv` the programs run side by side, at most `limit` at a time (`None`: all), and a failure
    cancels the others.  An `Env` runs one after the other and stops at the first failure.

    Raises `ValueError` for a limit below 1.
    """
    expect("gather: limit", limit, (int, NoneType), "a whole number or None")
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    gathered = tuple(programs)
    for each in gathered:
        expect_program(each)
    effect: effects.Gather[T] = effects.Gather(gathered, limit)
    return Do(effect)
