"""The same question put to each of the transports, from a test that is not asynchronous."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Protocol, TypeAlias

import uvloop

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.direct import AsyncDirectTransport, DirectTransport
from lensconnect.results import Result

__all__ = ["CALLERS", "Caller", "MakeCaller", "Outcome", "post", "timed"]

Outcome: TypeAlias = Result[HttpResponse, TransportError]


class Caller(Protocol):
    """A transport to ask."""

    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        """Perform the request."""
        ...

    def __enter__(self) -> Caller: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class AsyncCaller:
    """The asynchronous one, on a loop that turns only while it is asked."""

    def __init__(self, runner: asyncio.Runner, **options: Any) -> None:
        self._runner = runner
        self._transport = AsyncDirectTransport(**options)

    def __call__(self, request: HttpRequest, seconds: float, /) -> Outcome:
        """Perform the request."""
        return self._runner.run(self._transport(request, seconds))

    def __enter__(self) -> AsyncCaller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._transport.close())


MakeCaller: TypeAlias = Callable[..., Caller]


@contextmanager
def _sync() -> Iterator[MakeCaller]:
    yield DirectTransport


@contextmanager
def _async() -> Iterator[MakeCaller]:
    with asyncio.Runner() as runner:
        yield partial(AsyncCaller, runner)


@contextmanager
def _uvloop() -> Iterator[MakeCaller]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield partial(AsyncCaller, runner)


CALLERS: dict[str, Callable[[], AbstractContextManager[MakeCaller]]] = {
    "sync": _sync,
    "async": _async,
    "uvloop": _uvloop,
}


def post(url: str, body: bytes = b"{}") -> HttpRequest:
    """A request like those of the service."""
    headers = (("Content-Type", "application/json"), ("X-Amz-Bearer", "a-secret-token"))
    return HttpRequest("POST", url, headers, body)


def timed(caller: Caller, request: HttpRequest, seconds: float) -> tuple[Outcome, float]:
    """The outcome, and how long it took."""
    begun = time.monotonic()
    outcome = caller(request, seconds)
    return outcome, time.monotonic() - begun
