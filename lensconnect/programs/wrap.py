"""Wrappers: functions `Program -> Program` that change how every send inside a program is made.

    within(5.0)(retrying(NO_RETRY)(program))

A wrapper raises `TypeError` for an argument of a wrong type.  It changes the settings of the program inside, and not those around it.  Of two policies, or two sets
of quotas, the inner one applies; of two deadlines, the earlier one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from lensconnect.arguments import expect
from lensconnect.programs import settings
from lensconnect.programs.observe import Observer
from lensconnect.programs.pace import CONNECT_QUOTAS, Quotas
from lensconnect.programs.primitives import local, now
from lensconnect.programs.program import Program, expect_program
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.programs.settings import OnRequest, Settings

T = TypeVar("T")
E = TypeVar("E")

__all__ = ["Wrapper", "observed", "on_request", "paced", "retrying", "within"]


class Wrapper(Protocol):
    """A function from a program to a program with the same types of success and failure."""

    def __call__(self, program: Program[T, E], /) -> Program[T, E]:
        """Return the wrapped program."""
        ...


class _WithSettings:
    """A wrapper that changes the settings."""

    def __init__(self, change: Callable[[Settings], Settings]) -> None:
        self.change = change

    def __call__(self, program: Program[T, E], /) -> Program[T, E]:
        return local(self.change, program)


def retrying(policy: RetryPolicy) -> Wrapper:
    """Return the wrapper that retries every send inside by this policy."""
    expect("retrying: policy", policy, RetryPolicy, "a RetryPolicy such as STANDARD")
    return _WithSettings(settings.settings_retry.set(policy))


def paced(quotas: Quotas = CONNECT_QUOTAS) -> Wrapper:
    """Return the wrapper that keeps every send inside to these quotas: it waits before an attempt where necessary.

    Reservations are counted by the environment, over all its programs that use the same quotas.
    """
    expect("paced: quotas", quotas, Quotas, "a Quotas such as CONNECT_QUOTAS")
    return _WithSettings(settings.settings_quotas.set(quotas))


def observed(observer: Observer) -> Wrapper:
    """Return the wrapper that passes the events of every send inside to an observer, after the observers around it."""
    expect("observed: observer", observer, Callable, "a function")
    return _WithSettings(settings.settings_observers.modify(lambda observers: (*observers, observer)))


def on_request(change: OnRequest) -> Wrapper:
    """Return the wrapper that changes every request inside by a pure function; the innermost changes it first."""
    expect("on_request: change", change, Callable, "a function")
    return _WithSettings(settings.settings_on_request.modify(lambda changes: (change, *changes)))


class _Within:
    """A wrapper that sets a deadline when its program starts."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self, program: Program[T, E], /) -> Program[T, E]:
        expect_program(program)
        return now().bind(
            lambda time: local(settings.settings_until.modify(partial(min, time + self.seconds)), program)
        )


def within(seconds: float) -> Wrapper:
    """Return the wrapper that limits all sends inside, with their attempts and waits, to `seconds` in total.

    The time runs from the start of the program.  An attempt that is under way at the end fails with a
    `TransportError` of kind "timeout"; a wait that would last longer is not begun, and the last error is returned.
    Nothing but sends is limited: `sleep` and `call` are not.
    """
    expect("within: seconds", seconds, (int, float), "a number")
    return _Within(seconds)
