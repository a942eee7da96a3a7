"""send: one logical call, from a request to its reply."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, TypeVar, cast

from lensconnect.errors import InvalidEndpoint, InvalidRequest
from lensconnect.http import HttpRequest, http_request_headers
from lensconnect.operations import Reply, Request, operation_of
from lensconnect.optics import Lens
from lensconnect.programs.program import Program, Steps, ask, mint, perform, program
from lensconnect.programs.settings import Settings
from lensconnect.results import Result, is_err
from lensconnect.wire.decode import decode
from lensconnect.wire.describe import describe

R = TypeVar("R", bound=Reply)
Q = TypeVar("Q", bound=Request[Reply])


_CLIENT_TOKEN: Final[Lens[Any, str | None]] = Lens("client_token")


@program
def send(request: Request[R]) -> Steps[R]:
    """Send a request, once, and decode what comes back.

    A ClientToken that is absent is minted first, so that whoever sends the same program again after a
    lost reply can give the same one.  Fails with any `Error`; an invalid request or endpoint before
    any I/O.
    """
    settings = yield from ask()
    if lacks_client_token(request):
        request = with_client_token((yield from mint()), request)
    described = yield from Program.from_result(describe_for(settings, request))
    response = yield from perform(described, settings.timeout)
    return (yield from Program.from_result(decode(type(request), response)))


def lacks_client_token(request: Request[Reply]) -> bool:
    """Whether the request takes a ClientToken and has none."""
    return _takes_client_token(type(request)) and _CLIENT_TOKEN.view(request) is None


def with_client_token(token: str, request: Q) -> Q:
    """The request with this ClientToken."""
    return cast(Q, _CLIENT_TOKEN.put(token, request))


@cache
def _takes_client_token(request_type: type[Request[Reply]]) -> bool:
    return any(field.name == "client_token" for field in operation_of(request_type).members)


def describe_for(settings: Settings, request: Request[Reply]) -> Result[HttpRequest, InvalidRequest | InvalidEndpoint]:
    """The request's HTTP description at the settings' endpoint, under their limits and name."""
    if is_err(settings.endpoint):
        return settings.endpoint
    described = describe(request, settings.endpoint.unwrap(), settings.limits)
    if settings.user_agent is None:
        return described
    own = ("User-Agent", settings.user_agent)
    return described.map(http_request_headers.modify(lambda headers: (*headers, own)))
