"""The contract of a transport as a suite of checks, for the transports shipped and for your own.

    print(check_transport(MyTransport))                  a report, a line per check, the worst first
    assert_transport(MyTransport)                        the same as an assertion
    await acheck_transport(my_async_transport)           on asyncio or trio
    await aassert_transport(my_async_transport)

`make` is called once for every check and gives a fresh transport, or a context manager around one.
Each check talks to a real socket on loopback that this package opens and that answers with scripted
raw bytes, most of them wrong in one way.  What is checked is the contract of
`lensconnect.interpreters.contract`, which is a page long.

Needs nothing but the standard library, no pytest, and takes some ten seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import MappingProxyType
from typing import Final, TypeAlias

from lensconnect.interpreters.contract import AsyncTransport, Transport
from lensconnect.testing.contract.checks import BrokenRuleError, Tolerances
from lensconnect.testing.contract.connection_rules import CANCELLING, CONNECTIONS
from lensconnect.testing.contract.deadline_rules import TIMING
from lensconnect.testing.contract.drivers import drive, drive_async, opened, opened_async
from lensconnect.testing.contract.reply_rules import REPLIES
from lensconnect.testing.contract.report import RISKS, Check, Report, Risk
from lensconnect.testing.contract.request_rules import REQUESTS

__all__ = [
    "ASYNC_CHECKS",
    "CHECKS",
    "RISKS",
    "Check",
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
MakeAsyncTransport: TypeAlias = Callable[[], AsyncTransport | AbstractAsyncContextManager[AsyncTransport]]

_TABLE: Final = MappingProxyType({**REPLIES, **REQUESTS, **TIMING, **CONNECTIONS})
_ASYNC_TABLE: Final = MappingProxyType({**_TABLE, **CANCELLING})

CHECKS: Final[tuple[str, ...]] = tuple(_TABLE)
"""The names of all checks of a synchronous transport."""
ASYNC_CHECKS: Final[tuple[str, ...]] = tuple(_ASYNC_TABLE)
"""The names of all checks of an asynchronous one: the same, and cancelling."""

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_MAX_BODY: Final = 32 * 2**20


def check_transport(
    make: MakeTransport,
    *,
    skip: Mapping[str, str] = _NONE,
    only: Collection[str] | None = None,
    seconds: float = 0.25,
    slack: float = 0.5,
    max_body: int = _MAX_BODY,
) -> Report:
    """Check a synchronous transport.

    `skip` maps names of checks to the reason for leaving them out, `only` picks some; the beginning of
    names, such as "cut", stands for them all.  `seconds` is how long a hanging attempt may take and `slack`
    how late it may be; `max_body` is the bound on a reply's body that the transport was made with.

    >>> from lensconnect.interpreters.direct import DirectTransport
    >>> print(check_transport(DirectTransport, only=["103 before the reply", "no redirect is followed"]))
    2 of 2 checks passed
      ok    103 before the reply
      ok    no redirect is followed
    """
    tolerances = Tolerances(seconds, slack, max_body)
    names, skipped = _chosen(CHECKS, skip, only)
    return Report(tuple(_check(name, make, tolerances) for name in names), skipped)


async def acheck_transport(
    make: MakeAsyncTransport,
    *,
    skip: Mapping[str, str] = _NONE,
    only: Collection[str] | None = None,
    seconds: float = 0.25,
    slack: float = 0.5,
    max_body: int = _MAX_BODY,
) -> Report:
    """Check an asynchronous transport on the loop that is running, asyncio or (with anyio installed) trio."""
    tolerances = Tolerances(seconds, slack, max_body)
    names, skipped = _chosen(ASYNC_CHECKS, skip, only)
    return Report(tuple([await _acheck(name, make, tolerances) for name in names]), skipped)


def assert_transport(
    make: MakeTransport,
    *,
    skip: Mapping[str, str] = _NONE,
    only: Collection[str] | None = None,
    seconds: float = 0.25,
    slack: float = 0.5,
    max_body: int = _MAX_BODY,
) -> None:
    """Raise `AssertionError` with the whole table unless every check passes."""
    _demand(check_transport(make, skip=skip, only=only, seconds=seconds, slack=slack, max_body=max_body))


async def aassert_transport(
    make: MakeAsyncTransport,
    *,
    skip: Mapping[str, str] = _NONE,
    only: Collection[str] | None = None,
    seconds: float = 0.25,
    slack: float = 0.5,
    max_body: int = _MAX_BODY,
) -> None:
    """The same of an asynchronous transport."""
    _demand(await acheck_transport(make, skip=skip, only=only, seconds=seconds, slack=slack, max_body=max_body))


def _demand(report: Report) -> None:
    if not report.passed:
        raise AssertionError(str(report))


def _chosen(
    known: tuple[str, ...], skip: Mapping[str, str], only: Collection[str] | None
) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    left_out = {name: why for words, why in skip.items() for name in _meant(known, words)}
    picked = known if only is None else {name for words in only for name in _meant(known, words)}
    unknown = sorted(words for words in (*skip, *(only or ())) if not _meant(known, words))
    if unknown:
        raise ValueError(f"no such checks: {unknown}")
    names = [name for name in known if name in picked and name not in left_out]
    return names, tuple((name, left_out[name]) for name in known if name in left_out)


def _meant(known: tuple[str, ...], words: str) -> tuple[str, ...]:
    """The check of this name, or those whose names begin so."""
    return (words,) if words in known else tuple(name for name in known if name.startswith(words))


def _check(name: str, make: MakeTransport, tolerances: Tolerances) -> Check:
    try:
        with opened(make()) as transport:
            drive(_TABLE[name](tolerances), transport)
    except Exception as error:
        return _broken(name, error)
    return Check(name, passed=True)


async def _acheck(name: str, make: MakeAsyncTransport, tolerances: Tolerances) -> Check:
    try:
        async with opened_async(make()) as transport:
            await drive_async(_ASYNC_TABLE[name](tolerances), transport)
    except Exception as error:
        return _broken(name, error)
    return Check(name, passed=True)


def _broken(name: str, error: Exception) -> Check:
    if isinstance(error, BrokenRuleError):
        return Check(name, passed=False, why=str(error), risk=error.risk)
    return Check(name, passed=False, why=f"raised {type(error).__name__}: {error}")
