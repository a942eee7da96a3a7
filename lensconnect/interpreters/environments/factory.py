"""new_env and new_async_env: from what a user knows to an environment.

What is not given comes from where AWS users keep it (`config`), read here and nowhere else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeAlias, TypedDict, Unpack
from urllib.parse import urlsplit

from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.interpreters.environments.asynchronous import AsyncEnv
from lensconnect.interpreters.environments.base import Clock, SystemClock, fresh_token
from lensconnect.interpreters.environments.handle import Handle
from lensconnect.interpreters.environments.options import check_options
from lensconnect.interpreters.environments.sync import Env
from lensconnect.interpreters.transports.event_loops import LoopClock
from lensconnect.interpreters.transports.protocol import AsyncTransport, Transport
from lensconnect.programs.observe import Observer
from lensconnect.programs.retry_policy import STANDARD, RetryPolicy, retry_policy_max_attempts
from lensconnect.programs.settings import DEFAULT_TIMEOUT, OnRequest, Settings, settings_endpoint
from lensconnect.results import Failure, Result, Success, is_err
from lensconnect.wire.endpoint import resolve_endpoint
from lensconnect.wire.limits import MODEL, Limits

if TYPE_CHECKING:
    from lensconnect.interpreters.configuration.environment import Configuration

__all__ = ["EnvOptions", "new_async_env", "new_env"]

DEFAULT_MAX_CONNECTIONS: Final = 64


class EnvOptions(TypedDict, total=False):
    """What both kinds of environment may be told.

    region, endpoint_url, fips, dualstack   where the service is
    profile                                 the profile of the AWS config file to read
    timeout, deadline                       seconds for one attempt (60), for one logical call (no limit)
    retry                                   `STANDARD` unless given; `AMAZONKA`, `NO_RETRY` or your own; of AWS's
                                            configuration the number of attempts counts, not the mode
    limits                                  `MODEL` unless given
    observe, on_request                     told of every attempt; a pure change of every request
    ca_bundle                               a file of the certificates to trust instead of the system's
    proxies                                 {"https": url, "http": url, "no": "host,.domain"}
    max_connections                         at a time (64); a request past them waits for its turn
    user_agent                              sent where given
    allow_plain                             plain http to other machines too
    clock, tokens, jitter                   where time, fresh ClientTokens and chance come from
    """

    region: str | None
    endpoint_url: str | None
    profile: str | None
    fips: bool | None
    dualstack: bool | None
    timeout: float
    deadline: float | None
    retry: RetryPolicy | None
    limits: Limits
    observe: Observer | None
    on_request: OnRequest | None
    ca_bundle: str | None
    proxies: Mapping[str, str] | None
    max_connections: int
    user_agent: str | None
    allow_plain: bool
    clock: Clock | None
    tokens: Callable[[], str]
    jitter: Callable[[], float]


def new_env(*, transport: str | Transport = "direct", **options: Unpack[EnvOptions]) -> Env:
    """A synchronous environment for one region or endpoint; `EnvOptions` lists what it may be told.

    Always gives one: a bad region, URL, profile or CA bundle is the `InvalidEndpoint` of every send,
    before any I/O.  An unknown transport or option, or one that cannot be what is meant, such as a
    timeout of 0, is a mistake in the program: it raises `TypeError` or `ValueError`.

    What is not given is read from the environment and the AWS config file as botocore reads them, and
    `AWS_REGION` before `AWS_DEFAULT_REGION`, which botocore does not.  No AWS credentials are read or
    needed.  A plain-http endpoint is refused unless it is this machine's own or `allow_plain` is given.
    """
    check_options("new_env", options)
    if transport in _ON_A_LOOP_ONLY:
        raise ValueError(f"the transport {transport!r} runs on an event loop: use new_async_env")
    plan = _plan(**options)
    settings, opened = _opened(plan, transport, _TRANSPORTS)
    handle = Handle(opened.transport, opened.close, settings.retry)
    return Env(settings, handle, plan.clock or SystemClock(), plan.tokens, plan.jitter)


def new_async_env(*, transport: str | AsyncTransport = "direct", **options: Unpack[EnvOptions]) -> AsyncEnv:
    """The same for an event loop.

    It opens connections lazily and belongs to the loop it is first used on.  "direct" and "aiohttp" run on
    asyncio, "httpx2" on asyncio and trio; the last two need the extra of their name.  A client you hold
    already comes as `AiohttpTransport(session)` of `lensconnect.interpreters.aiohttp`, or as
    `Httpx2Transport(client)` of `lensconnect.interpreters.httpx2`.
    """
    check_options("new_async_env", options)
    plan = _plan(**options)
    settings, opened = _opened(plan, transport, _ASYNC_TRANSPORTS)
    handle = Handle(opened.transport, opened.close, settings.retry)
    return AsyncEnv(settings, handle, plan.clock or LoopClock(), plan.tokens, plan.jitter)


class _Plan(NamedTuple):
    """What arguments and configuration come to."""

    settings: Settings
    ca_bundle: str | None
    proxies: Mapping[str, str]
    max_connections: int
    clock: Clock | None
    tokens: Callable[[], str]
    jitter: Callable[[], float]


def _plan(
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    profile: str | None = None,
    fips: bool | None = None,
    dualstack: bool | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    deadline: float | None = None,
    retry: RetryPolicy | None = None,
    limits: Limits = MODEL,
    observe: Observer | None = None,
    on_request: OnRequest | None = None,
    ca_bundle: str | None = None,
    proxies: Mapping[str, str] | None = None,
    max_connections: int = DEFAULT_MAX_CONNECTIONS,
    user_agent: str | None = None,
    allow_plain: bool = False,
    clock: Clock | None = None,
    tokens: Callable[[], str] = fresh_token,
    jitter: Callable[[], float] = random.random,
) -> _Plan:
    # Imported here, as much else below: `import lensconnect` and describing a request need none of it.
    from lensconnect.interpreters.configuration.environment import Configuration, read_configuration

    read = read_configuration(profile=profile)
    found = read.value_or(Configuration())
    resolved = resolve_endpoint(
        region or found.region,
        fips=found.fips if fips is None else fips,
        dualstack=found.dualstack if dualstack is None else dualstack,
        url=endpoint_url or found.endpoint_url,
    )
    settings = Settings(
        read if is_err(read) else _confidential(resolved, allow_plain),
        limits,
        timeout,
        deadline,
        retry=retry or _configured_retry(found),
        on_request=() if on_request is None else (on_request,),
        observers=() if observe is None else (observe,),
        user_agent=user_agent,
    )
    trusted = ca_bundle or found.ca_bundle
    through = dict(found.proxies) if proxies is None else proxies
    return _Plan(settings, trusted, through, max_connections, clock, tokens, jitter)


def _configured_retry(found: Configuration) -> RetryPolicy:
    return STANDARD if found.max_attempts is None else STANDARD & retry_policy_max_attempts.set(found.max_attempts)


def _confidential(endpoint: Result[Endpoint, InvalidEndpoint], allow_plain: bool) -> Result[Endpoint, InvalidEndpoint]:
    parts = urlsplit(endpoint.map(lambda found: found.url).value_or(""))
    if parts.scheme != "http" or allow_plain or _is_loopback(parts.hostname or ""):
        return endpoint
    return Failure(InvalidEndpoint("plain http would show the token to the network: use https or allow_plain=True"))


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Opened(NamedTuple):
    """A transport and how to close it."""

    transport: Any
    close: Callable[[], Any]


Open: TypeAlias = Callable[[_Plan, Any], _Opened]


def _opened(plan: _Plan, transport: Any, shipped: Mapping[object, Open]) -> tuple[Settings, _Opened]:
    """The settings and the transport; a CA bundle that cannot be used makes the endpoint invalid."""
    if callable(transport):
        return plan.settings, _Opened(transport, _nothing)
    if transport not in shipped:
        names = ", ".join(map(repr, shipped))
        raise ValueError(f"no transport is called {transport!r}: use {names} or a callable")
    context = _ssl_context(plan.ca_bundle)
    if is_err(context):
        return plan.settings & settings_endpoint.set(context), _Opened(_never, _nothing)
    return plan.settings, shipped[transport](plan, context.unwrap())


def _ssl_context(ca_bundle: str | None) -> Result[Any, InvalidEndpoint]:
    if ca_bundle is None:
        return Success(None)
    # Imported here, since `import lensconnect` and describing a request need neither sockets nor TLS.
    import ssl

    try:
        context = ssl.create_default_context(cafile=ca_bundle)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return Success(context)
    except OSError as refusal:
        return Failure(InvalidEndpoint(f"the CA bundle cannot be used: {refusal.strerror or 'not a PEM file'}"))


def _direct(plan: _Plan, context: Any) -> _Opened:
    from lensconnect.interpreters.transports.direct.sync.transport import DirectTransport

    direct = DirectTransport(ssl_context=context, max_connections=plan.max_connections, proxies=plan.proxies)
    return _Opened(direct, direct.close)


def _async_direct(plan: _Plan, context: Any) -> _Opened:
    from lensconnect.interpreters.transports.direct.aio.transport import AsyncDirectTransport

    direct = AsyncDirectTransport(ssl_context=context, max_connections=plan.max_connections, proxies=plan.proxies)
    return _Opened(direct, direct.close)


def _aiohttp(plan: _Plan, context: Any) -> _Opened:
    with _extra("aiohttp"):
        from lensconnect.interpreters.transports.adapters.aiohttp import AiohttpTransport

    adapter = AiohttpTransport(ssl_context=context, max_connections=plan.max_connections, proxies=plan.proxies)
    return _Opened(adapter, adapter.close)


def _httpx2(plan: _Plan, context: Any) -> _Opened:
    with _extra("httpx2"):
        from lensconnect.interpreters.transports.adapters.httpx2 import Httpx2Transport

    adapter = Httpx2Transport(ssl_context=context, max_connections=plan.max_connections, proxies=plan.proxies)
    return _Opened(adapter, adapter.close)


@contextmanager
def _extra(name: str) -> Generator[None]:
    """An import that needs an extra says which."""
    try:
        yield
    except ModuleNotFoundError as missing:
        help_ = f"the {name} transport needs {missing.name}: pip install 'lensconnect[{name}]'"
        raise ModuleNotFoundError(help_, name=missing.name) from None


_TRANSPORTS: Final[dict[object, Open]] = {"direct": _direct}
_ASYNC_TRANSPORTS: Final[dict[object, Open]] = {"direct": _async_direct, "aiohttp": _aiohttp, "httpx2": _httpx2}
_ON_A_LOOP_ONLY: Final = tuple(name for name in _ASYNC_TRANSPORTS if name not in _TRANSPORTS)


def _nothing() -> None: ...


def _never(*_: object) -> NoReturn:
    raise AssertionError("a send with an invalid endpoint ends before its transport")
