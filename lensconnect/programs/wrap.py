"""Wrappers of programs: `Program -> Program`, written once for every environment.

Each says what is different inside it; the settings around it stay as they are.  So wrapping composes
as functions do, the innermost wins where two speak of the same thing, and a deadline only ever gets
shorter.

    within(5.0)(retrying(NO_RETRY)(program))
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from lensconnect.programs.observe import Observer
from lensconnect.programs.pace import CONNECT_QUOTAS, Quotas
from lensconnect.programs.primitives import local, now
from lensconnect.programs.program import Program
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.programs.settings import (
    OnRequest,
    Settings,
    settings_observers,
    settings_on_request,
    settings_quotas,
    settings_retry,
    settings_until,
)

T = TypeVar("T")
E = TypeVar("E")

__all__ = ["Wrapper", "observed", "on_request", "paced", "retrying", "within"]


class Wrapper(Protocol):
    """From a program to one that gives the same, in another manner."""

    def __call__(self, program: Program[T, E], /) -> Program[T, E]: ...


class _WithSettings:
    """The wrapper that runs a program under changed settings."""

    def __init__(self, change: Callable[[Settings], Settings]) -> None:
        self.change = change

    def __call__(self, program: Program[T, E], /) -> Program[T, E]:
        return local(self.change, program)


def retrying(policy: RetryPolicy) -> Wrapper:
    """Every send inside retries by this policy."""
    return _WithSettings(settings_retry.set(policy))


def paced(quotas: Quotas = CONNECT_QUOTAS) -> Wrapper:
    """Every send inside waits for its place within these quotas of the service."""
    return _WithSettings(settings_quotas.set(quotas))


def observed(observer: Observer) -> Wrapper:
    """The observer is told of every send inside, after those around it."""
    return _WithSettings(settings_observers.modify(lambda observers: (*observers, observer)))


def on_request(change: OnRequest) -> Wrapper:
    """Every request inside is changed by this pure function before it is described; the innermost first."""
    return _WithSettings(settings_on_request.modify(lambda changes: (change, *changes)))


class _Within:
    """The wrapper that ends a program's sends at a deadline."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self, program: Program[T, E], /) -> Program[T, E]:
        return now().bind(lambda time: local(settings_until.modify(partial(min, time + self.seconds)), program))


def within(seconds: float) -> Wrapper:
    """All sends inside, their attempts and waits, share so many seconds from when the program starts.

    What is running then ends with a `TransportError` of kind "timeout".
    """
    return _Within(seconds)
