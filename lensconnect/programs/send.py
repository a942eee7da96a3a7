"""send: one logical call, from a request to its reply."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from lensconnect.http import HttpRequest, http_request_headers
from lensconnect.operations import Reply, Request, operation_of
from lensconnect.optics import Lens
from lensconnect.programs.program import Program, Steps, ask, mint, perform, program
from lensconnect.wire.decode import decode
from lensconnect.wire.describe import describe

R = TypeVar("R", bound=Reply)
Q = TypeVar("Q", bound=Request[Reply])


@program
def send(request: Request[R]) -> Steps[R]:
    """Send a request, once, and decode what comes back.

    A ClientToken that is absent is minted first, so that whoever sends the same program again after a
    lost reply can give the same one.  Fails with any `Error`; an invalid request or endpoint before
    any I/O.
    """
    settings = yield from ask()
    endpoint = yield from Program.from_result(settings.endpoint)
    with_token = yield from tokened(request)
    described = yield from Program.from_result(describe(with_token, endpoint, settings.limits))
    response = yield from perform(_signed(described, settings.user_agent), settings.timeout)
    return (yield from Program.from_result(decode(type(request), response)))


@program
def tokened(request: Q) -> Steps[Q]:
    """The request with a ClientToken, a fresh one where it takes one and has none."""
    client_token: Lens[Q, str | None] | None = _client_token_of(type(request))
    if client_token is None or client_token.view(request) is not None:
        return request
    return client_token.put((yield from mint()), request)


@cache
def _client_token_of(request_type: type[Q]) -> Lens[Q, str | None] | None:
    takes_one = any(field.name == "client_token" for field in operation_of(request_type).members)
    return Lens("client_token") if takes_one else None


def _signed(request: HttpRequest, user_agent: str | None) -> HttpRequest:
    if user_agent is None:
        return request
    return request & http_request_headers.modify(lambda headers: (*headers, ("User-Agent", user_agent)))
