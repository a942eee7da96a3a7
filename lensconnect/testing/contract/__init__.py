"""The contracts of a transport and of a socket driver as suites of checks, for those of this package and for your own.

    print(check_transport(MyTransport))                  a report, one line per check, the worst first
    assert_transport(MyTransport, tier="safe")           AssertionError with the report if a check fails
    await acheck_transport(my_async_transport)           the same on asyncio or trio
    await aassert_transport(my_async_transport)

    check_sockets  assert_sockets  acheck_sockets  aassert_sockets      the same for a socket driver

The rules are those of `lensconnect.interpreters.contract` and `lensconnect.interpreters.sockets.protocol`.  Each check
opens a listening socket on loopback; a script answers there with raw bytes, most of them wrong in one way.  The suite
needs only the standard library (on trio also anyio).  `TIERS` describes the three sets of checks.

Modules, in the order in which to read them:

    report            CheckResult and Report: what a run returns
    scripted_server   a server on loopback that sends raw bytes
    checks            how a check is written: effects and expectations
    scripts           raw replies, and scripts that send them
    reply_rules       which replies are accepted and which are refused
    request_rules     what is sent: exactly the request, once
    deadline_rules    time limits, and the value of `sent` in each phase
    connection_rules  reuse, concurrency, cancellation, and calls by signal handlers
    websocket_peer    the server's side of a WebSocket
    socket_checks     calls of a socket driver, and what is expected of them
    socket_rules      frames, losses, handshakes, time limits, closing, cancellation
    plan              tiers, and the choice of checks
    drivers           runs a check with threads, on asyncio or on trio
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, suppress
from inspect import signature
from types import MappingProxyType
from typing import Any, Final, TypeAlias, Unpack

from lensconnect.arguments import expect
from lensconnect.interpreters.contract import AsyncTransport, Transport
from lensconnect.interpreters.sockets.protocol import AsyncSocketDriver, SocketDriver
from lensconnect.programs.usage_errors import positional_counts
from lensconnect.testing.contract.checks import BrokenRuleError, CheckTable, Tolerances
from lensconnect.testing.contract.connection_rules import CANCELLATION_RULES, CONNECTION_RULES, INTERRUPT_RULES
from lensconnect.testing.contract.deadline_rules import DEADLINE_RULES
from lensconnect.testing.contract.drivers import drive, drive_async, opened, opened_async
from lensconnect.testing.contract.plan import TIERS, CheckOptions, Plan, SocketCheckOptions, Tier, plan
from lensconnect.testing.contract.reply_rules import REPLY_RULES
from lensconnect.testing.contract.report import RISKS, CheckResult, Report, Risk
from lensconnect.testing.contract.request_rules import REQUEST_RULES
from lensconnect.testing.contract.socket_rules import SOCKET_CANCELLATION_RULES, SOCKET_RULES
from lensconnect.testing.socket_wrappers import is_asynchronous

__all__ = [
    "ASYNC_CHECKS",
    "ASYNC_SOCKET_CHECKS",
    "CHECKS",
    "RISKS",
    "SOCKET_CHECKS",
    "TIERS",
    "CheckOptions",
    "CheckResult",
    "MakeAsyncSockets",
    "MakeAsyncTransport",
    "MakeSockets",
    "MakeTransport",
    "Report",
    "Risk",
    "SocketCheckOptions",
    "Tier",
    "aassert_sockets",
    "aassert_transport",
    "acheck_sockets",
    "acheck_transport",
    "assert_sockets",
    "assert_transport",
    "check_sockets",
    "check_transport",
]

MakeTransport: TypeAlias = Callable[[], Transport | AbstractContextManager[Transport]]
"""Returns a new transport, or a context manager that gives one and closes it; called once for each check."""
MakeAsyncTransport: TypeAlias = Callable[[], AsyncTransport | AbstractAsyncContextManager[AsyncTransport]]
"""The same for an asynchronous transport."""

MakeSockets: TypeAlias = Callable[[], SocketDriver | AbstractContextManager[SocketDriver]]
"""Returns a new socket driver, or a context manager that gives one and closes it; called once for each check."""
MakeAsyncSockets: TypeAlias = Callable[[], AsyncSocketDriver | AbstractAsyncContextManager[AsyncSocketDriver]]
"""The same for an asynchronous socket driver."""

_RULES: Final = MappingProxyType({**REPLY_RULES, **REQUEST_RULES, **DEADLINE_RULES, **CONNECTION_RULES})
_SYNC_RULES: Final = MappingProxyType({**_RULES, **INTERRUPT_RULES})
_ASYNC_RULES: Final = MappingProxyType({**_RULES, **CANCELLATION_RULES})
_ASYNC_SOCKET_RULES: Final = MappingProxyType({**SOCKET_RULES, **SOCKET_CANCELLATION_RULES})

CHECKS: Final[tuple[str, ...]] = tuple(_SYNC_RULES)
"""The names of all checks of a synchronous transport."""
ASYNC_CHECKS: Final[tuple[str, ...]] = tuple(_ASYNC_RULES)
"""The names of all checks of an asynchronous transport: cancellation in place of calls by signal handlers."""


SOCKET_CHECKS: Final[tuple[str, ...]] = tuple(SOCKET_RULES)
"""The names of all checks of a synchronous socket driver."""
ASYNC_SOCKET_CHECKS: Final[tuple[str, ...]] = (*SOCKET_RULES, *SOCKET_CANCELLATION_RULES)
"""The names of all checks of an asynchronous socket driver: those, and cancellation."""


def check_transport(make: MakeTransport, **options: Unpack[CheckOptions]) -> Report:
    """Run the checks on a synchronous transport and return their results.

    `TypeError` for a transport in the place of the function that makes it, and for an asynchronous one.

    >>> from lensconnect.interpreters.direct import DirectTransport
    >>> print(check_transport(DirectTransport, only=["103 before the reply", "no redirect is followed"]))
    2 of 2 checks passed
      ok    103 before the reply
      ok    no redirect is followed
    """
    return _check_all("transport", _SYNC_RULES, make, plan(CHECKS, **options))


async def acheck_transport(make: MakeAsyncTransport, **options: Unpack[CheckOptions]) -> Report:
    """Run the checks on an asynchronous transport, on the running loop: asyncio or (with anyio) trio."""
    return await _acheck_all("transport", _ASYNC_RULES, make, plan(ASYNC_CHECKS, **options))


def assert_transport(make: MakeTransport, **options: Unpack[CheckOptions]) -> None:
    """Raise `AssertionError` with the report unless every check of a synchronous transport passes."""
    _assert_passed(check_transport(make, **options))


async def aassert_transport(make: MakeAsyncTransport, **options: Unpack[CheckOptions]) -> None:
    """Raise `AssertionError` with the report unless every check of an asynchronous transport passes."""
    _assert_passed(await acheck_transport(make, **options))


def check_sockets(make: MakeSockets, **options: Unpack[SocketCheckOptions]) -> Report:
    """Run the checks on a synchronous socket driver and return their results.

    >>> from lensconnect.interpreters.direct import DirectTransport
    >>> from lensconnect.interpreters.sockets.sync_socket import DirectSockets
    >>> print(check_sockets(lambda: DirectSockets(DirectTransport()), only=["frame: text", "loss: close 1001"]))
    2 of 2 checks passed
      ok    frame: text
      ok    loss: close 1001
    """
    return _check_all("sockets", SOCKET_RULES, make, plan(SOCKET_CHECKS, **options))


async def acheck_sockets(make: MakeAsyncSockets, **options: Unpack[SocketCheckOptions]) -> Report:
    """Run the checks on an asynchronous socket driver, on the running loop: asyncio or (with anyio) trio."""
    return await _acheck_all("sockets", _ASYNC_SOCKET_RULES, make, plan(ASYNC_SOCKET_CHECKS, **options))


def assert_sockets(make: MakeSockets, **options: Unpack[SocketCheckOptions]) -> None:
    """Raise `AssertionError` with the report unless every check of a synchronous socket driver passes."""
    _assert_passed(check_sockets(make, **options))


async def aassert_sockets(make: MakeAsyncSockets, **options: Unpack[SocketCheckOptions]) -> None:
    """Raise `AssertionError` with the report unless every check of an asynchronous socket driver passes."""
    _assert_passed(await acheck_sockets(make, **options))


def _assert_passed(report: Report) -> None:
    if not report.passed:
        raise AssertionError(str(report))


def _check_all(kind: str, rules: CheckTable, make: Callable[[], Any], planned: Plan) -> Report:
    _expect_maker(kind, make)
    return Report(tuple(_check(name, rules, make, planned.tolerances) for name in planned.names), planned.skipped)


async def _acheck_all(kind: str, rules: CheckTable, make: Callable[[], Any], planned: Plan) -> Report:
    _expect_maker(kind, make)
    checks = [await _acheck(name, rules, make, planned.tolerances) for name in planned.names]
    return Report(tuple(checks), planned.skipped)


def _expect_maker(kind: str, make: Callable[[], Any]) -> None:
    """Raise `TypeError` for what is to be checked itself, in the place of the function that makes it."""
    words = f"a function without arguments that returns new {kind}"
    expect("make", make, Callable, words)
    with suppress(ValueError):  # a signature that Python does not know
        if positional_counts(signature(make))[0]:
            raise TypeError(f"make must be {words}, not a function with arguments: write lambda: before it")


class _WrongKindError(TypeError):
    """A mistake in the call of the suite, which is no result of a check."""


def _expect_synchronous(subject: Any) -> None:
    if is_asynchronous(subject):
        raise _WrongKindError("make returns something asynchronous: use acheck_transport or acheck_sockets")


def _check(name: str, rules: CheckTable, make: Callable[[], Any], tolerances: Tolerances) -> CheckResult:
    try:
        with opened(make()) as subject:
            _expect_synchronous(subject)
            drive(rules[name](tolerances), subject)
    except _WrongKindError:
        raise
    except Exception as error:
        return _failure(name, error)
    return CheckResult(name, passed=True)


async def _acheck(name: str, rules: CheckTable, make: Callable[[], Any], tolerances: Tolerances) -> CheckResult:
    try:
        async with opened_async(make()) as subject:
            await drive_async(rules[name](tolerances), subject)
    except Exception as error:
        return _failure(name, error)
    return CheckResult(name, passed=True)


def _failure(name: str, error: Exception) -> CheckResult:
    if isinstance(error, BrokenRuleError):
        return CheckResult(name, passed=False, why=str(error), risk=error.risk)
    return CheckResult(name, passed=False, why=f"raised {type(error).__name__}: {error}")
