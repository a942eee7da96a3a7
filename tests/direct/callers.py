"""The same question put to each of the transports, from a test that is not asynchronous."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, TypeAlias

from lensconnect.errors import TransportError
from lensconnect.http import HttpRequest, HttpResponse
from lensconnect.interpreters.direct import DirectTransport
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


MakeCaller: TypeAlias = Callable[..., Caller]

CALLERS: dict[str, Any] = {"sync": DirectTransport}


def post(url: str, body: bytes = b"{}") -> HttpRequest:
    """A request like those of the service."""
    headers = (("Content-Type", "application/json"), ("X-Amz-Bearer", "a-secret-token"))
    return HttpRequest("POST", url, headers, body)


def timed(caller: Caller, request: HttpRequest, seconds: float) -> tuple[Outcome, float]:
    """The outcome, and how long it took."""
    begun = time.monotonic()
    outcome = caller(request, seconds)
    return outcome, time.monotonic() - begun
