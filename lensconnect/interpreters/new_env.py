"""new_env: from what a user knows to an environment."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final, NoReturn
from urllib.parse import urlsplit

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.http import endpoint_url as endpoint_url_lens
from lensconnect.interpreters.contract import Transport
from lensconnect.interpreters.env import Clock, Env, Handle, SystemClock, fresh_token
from lensconnect.programs.settings import DEFAULT_TIMEOUT, Settings
from lensconnect.results import Failure, Result, Success, is_err
from lensconnect.wire.endpoint import resolve_endpoint
from lensconnect.wire.limits import MODEL, Limits

DEFAULT_MAX_CONNECTIONS: Final = 10
"""Connections to one host at a time, as in botocore."""


def new_env(
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    fips: bool = False,
    dualstack: bool = False,
    transport: str | Transport = "direct",
    timeout: float = DEFAULT_TIMEOUT,
    limits: Limits = MODEL,
    ca_bundle: str | None = None,
    max_connections: int = DEFAULT_MAX_CONNECTIONS,
    user_agent: str | None = None,
    allow_plain: bool = False,
    clock: Clock | None = None,
    tokens: Callable[[], str] = fresh_token,
) -> Env:
    """An environment for one region or endpoint.

    Always gives one: a bad region, URL or CA bundle is the `InvalidEndpoint` of every send, before any
    I/O.  An unknown transport name is a mistake in the program and raises `ValueError`.  No AWS
    credentials are read or needed.  A plain-http endpoint is refused unless it is this machine's own or
    `allow_plain` is given.  `timeout` is in seconds and covers one attempt whole.
    """
    endpoint = _confidential(resolve_endpoint(region, fips=fips, dualstack=dualstack, url=endpoint_url), allow_plain)
    if callable(transport):
        handle = Handle(transport, _nothing)
    elif transport == "direct":
        opened = _direct(ca_bundle, max_connections)
        if is_err(opened):
            endpoint = opened
        handle = opened.value_or(Handle(_never, _nothing))
    else:
        raise ValueError(f"no transport is called {transport!r}: use 'direct' or a callable")
    return Env(Settings(endpoint, limits, timeout, user_agent), handle, clock or SystemClock(), tokens)


def _confidential(endpoint: Result[Endpoint, InvalidEndpoint], allow_plain: bool) -> Result[Endpoint, InvalidEndpoint]:
    parts = urlsplit(endpoint.map(endpoint_url_lens.view).value_or(""))
    if parts.scheme != "http" or allow_plain or _is_loopback(parts.hostname or ""):
        return endpoint
    return Failure(InvalidEndpoint("plain http would show the token to the network: use https or allow_plain=True"))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _direct(ca_bundle: str | None, max_connections: int) -> Result[Handle, InvalidEndpoint]:
    # Imported here, since `import lensconnect` and describing a request need neither sockets nor TLS.
    import ssl

    from lensconnect.interpreters.direct.sync import DirectTransport

    try:
        context = None if ca_bundle is None else ssl.create_default_context(cafile=ca_bundle)
    except OSError as refusal:
        return Failure(InvalidEndpoint(f"the CA bundle cannot be used: {refusal.strerror or 'not a PEM file'}"))
    direct = DirectTransport(ssl_context=context, max_connections=max_connections)
    return Success(Handle(direct, direct.close))


def _nothing() -> None: ...


def _never(*_: object) -> NoReturn:
    raise AssertionError("a send with an invalid endpoint ends before its transport")
