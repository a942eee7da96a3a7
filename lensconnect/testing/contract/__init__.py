"""The contract of a transport as a suite of checks, for the transports of this package and for your own.

    print(check_transport(MyTransport))                  a report, one line per check, the worst first
    assert_transport(MyTransport)                        AssertionError with the report if a check fails
    await acheck_transport(my_async_transport)           the same on asyncio or trio
    await aassert_transport(my_async_transport)

The rules are those of `lensconnect.interpreters.contract`.  Each check opens a listening socket on loopback;
a script answers there with raw bytes, most of them wrong in one way.  The suite needs only the standard
library (on trio also anyio).  A full run of about 110 checks takes 20 to 50 seconds, because checks of
time limits wait for them.

Modules, in the order in which to read them:

    report            CheckResult and Report: what a run returns
    scripted_server   a server on loopback that sends raw bytes
    checks            how a check is written: effects and expectations
    scripts           raw replies, and scripts that send them
    reply_rules       which replies are accepted and which are refused
    request_rules     what is sent: exactly the request, once
    deadline_rules    time limits, and the value of `sent` in each phase
    connection_rules  reuse, concurrency, cancellation, and calls by signal handlers
    drivers           runs a check with threads, on asyncio or on trio
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import MappingProxyType
from typing import Final, TypeAlias, TypedDict, Unpack

from lensconnect.interpreters.contract import AsyncTransport, Transport
from lensconnect.testing.contract.checks import BrokenRuleError, Tolerances
from lensconnect.testing.contract.connection_rules import CANCELLATION_RULES, CONNECTION_RULES, INTERRUPT_RULES
from lensconnect.testing.contract.deadline_rules import DEADLINE_RULES
from lensconnect.testing.contract.drivers import drive, drive_async, opened, opened_async
from lensconnect.testing.contract.reply_rules import REPLY_RULES
from lensconnect.testing.contract.report import RISKS, CheckResult, Report, Risk
from lensconnect.testing.contract.request_rules import REQUEST_RULES

__all__ = [
    "ASYNC_CHECKS",
    "CHECKS",
    "RISKS",
    "CheckOptions",
    "CheckResult",
    "MakeAsyncTransport",
    "MakeTransport",
    "Report",
    "Risk",
    "aassert_transport",
    "acheck_transport",
    "assert_transport",
    "check_transport",
]

MakeTransport: TypeAlias = Callable[[], Transport | AbstractContextManager[Transport]]
"""Returns a new transport, or a context manager that gives one and closes it; called once for each check."""
MakeAsyncTransport: TypeAlias = Callable[[], AsyncTransport | AbstractAsyncContextManager[AsyncTransport]]
"""The same for an asynchronous transport."""

_RULES: Final = MappingProxyType({**REPLY_RULES, **REQUEST_RULES, **DEADLINE_RULES, **CONNECTION_RULES})
_SYNC_RULES: Final = MappingProxyType({**_RULES, **INTERRUPT_RULES})
_ASYNC_RULES: Final = MappingProxyType({**_RULES, **CANCELLATION_RULES})

CHECKS: Final[tuple[str, ...]] = tuple(_SYNC_RULES)
"""The names of all checks of a synchronous transport."""
ASYNC_CHECKS: Final[tuple[str, ...]] = tuple(_ASYNC_RULES)
"""The names of all checks of an asynchronous transport: cancellation in place of calls by signal handlers."""


class CheckOptions(TypedDict, total=False):
    """The options of every function of this module.

    A name in `skip` or `only` is the name of a check, or the beginning of several: "cut" means all checks
    whose names begin with it.  An unknown name is a `ValueError`.
    """

    skip: Mapping[str, str]
    """Checks to leave out, each with the reason, which the report repeats."""
    only: Collection[str] | None
    """The checks to make; `None`, the default, means all."""
    seconds: float
    """The time limit of an attempt that has to run out of time; 0.25 by default."""
    slack: float
    """Seconds that such an attempt may end late; 0.5 by default.  Allow more on a busy machine."""
    max_body: int
    """The largest body in bytes that the transport accepts; 32 MiB by default, as the transports here."""


def check_transport(make: MakeTransport, **options: Unpack[CheckOptions]) -> Report:
    """Run the checks on a synchronous transport and return their results.

    >>> from lensconnect.interpreters.direct import DirectTransport
    >>> print(check_transport(DirectTransport, only=["103 before the reply", "no redirect is followed"]))
    2 of 2 checks passed
      ok    103 before the reply
      ok    no redirect is followed
    """
    names, skipped, tolerances = _plan(CHECKS, **options)
    return Report(tuple(_check(name, make, tolerances) for name in names), skipped)


async def acheck_transport(make: MakeAsyncTransport, **options: Unpack[CheckOptions]) -> Report:
    """Run the checks on an asynchronous transport, on the running loop: asyncio or (with anyio) trio."""
    names, skipped, tolerances = _plan(ASYNC_CHECKS, **options)
    return Report(tuple([await _acheck(name, make, tolerances) for name in names]), skipped)


def assert_transport(make: MakeTransport, **options: Unpack[CheckOptions]) -> None:
    """Raise `AssertionError` with the report unless every check of a synchronous transport passes."""
    _assert_passed(check_transport(make, **options))


async def aassert_transport(make: MakeAsyncTransport, **options: Unpack[CheckOptions]) -> None:
    """Raise `AssertionError` with the report unless every check of an asynchronous transport passes."""
    _assert_passed(await acheck_transport(make, **options))


def _assert_passed(report: Report) -> None:
    if not report.passed:
        raise AssertionError(str(report))


def _plan(
    known: tuple[str, ...],
    *,
    skip: Mapping[str, str] = MappingProxyType({}),
    only: Collection[str] | None = None,
    seconds: float = 0.25,
    slack: float = 0.5,
    max_body: int = 32 * 2**20,
) -> tuple[list[str], tuple[tuple[str, str], ...], Tolerances]:
    """Return the names of the checks to make, the skipped ones with their reasons, and the limits."""
    unknown = sorted(prefix for prefix in (*skip, *(only or ())) if not _matching(known, prefix))
    if unknown:
        raise ValueError(f"no such checks: {unknown}")
    skipped = {name: why for prefix, why in skip.items() for name in _matching(known, prefix)}
    wanted = known if only is None else {name for prefix in only for name in _matching(known, prefix)}
    names = [name for name in known if name in wanted and name not in skipped]
    reasons = tuple((name, skipped[name]) for name in known if name in skipped)
    return names, reasons, Tolerances(seconds, slack, max_body)


def _matching(known: tuple[str, ...], prefix: str) -> tuple[str, ...]:
    """Return the check of this name, or else all whose names begin with it."""
    return (prefix,) if prefix in known else tuple(name for name in known if name.startswith(prefix))


def _check(name: str, make: MakeTransport, tolerances: Tolerances) -> CheckResult:
    try:
        with opened(make()) as transport:
            drive(_SYNC_RULES[name](tolerances), transport)
    except Exception as error:
        return _failure(name, error)
    return CheckResult(name, passed=True)


async def _acheck(name: str, make: MakeAsyncTransport, tolerances: Tolerances) -> CheckResult:
    try:
        async with opened_async(make()) as transport:
            await drive_async(_ASYNC_RULES[name](tolerances), transport)
    except Exception as error:
        return _failure(name, error)
    return CheckResult(name, passed=True)


def _failure(name: str, error: Exception) -> CheckResult:
    if isinstance(error, BrokenRuleError):
        return CheckResult(name, passed=False, why=str(error), risk=error.risk)
    return CheckResult(name, passed=False, why=f"raised {type(error).__name__}: {error}")
