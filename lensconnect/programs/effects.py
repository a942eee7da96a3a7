"""The effects a program can ask for: a small, closed set of plain values.

Whoever runs a program answers each with a `Result`; see `interpreters`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.programs.settings import Settings
from lensconnect.record import Record
from lensconnect.results import Result

T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)

__all__ = ["Ask", "Call", "Effect", "Mint", "Now", "Perform", "Sleep"]


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


class Mint(Effect[str], frozen=True):
    """A fresh ClientToken."""


class Call(Effect[T_co], Generic[T_co, E_co], frozen=True):
    """The user's own function, called with its arguments; fails as its `Result` does."""

    function: Callable[..., Result[T_co, E_co]]
    arguments: tuple[object, ...]

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("function", getattr(self.function, "__qualname__", type(self.function).__name__))]
