"""new_env and new_async_env: make an environment from options and from AWS's configuration.

An option that is not given is read from where AWS users keep it (`configuration`), here and nowhere else.
"""

# `complete_options` gives every key a value, which a TypedDict cannot say.
# pyright: reportTypedDictNotRequiredAccess=false
from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeAlias, Unpack
from urllib.parse import urlsplit

from lensconnect.arguments import wrong_type
from lensconnect.errors import InvalidEndpoint
from lensconnect.http import Endpoint
from lensconnect.interpreters.environments.asynchronous import AsyncEnv
from lensconnect.interpreters.environments.base import SystemClock
from lensconnect.interpreters.environments.handle import Handle
from lensconnect.interpreters.environments.live import LiveTables
from lensconnect.interpreters.environments.options import EnvOptions as EnvOptions
from lensconnect.interpreters.environments.options import complete_options
from lensconnect.interpreters.environments.sync import Env
from lensconnect.interpreters.extras import needs_extra
from lensconnect.interpreters.sockets.protocol import AsyncSocketDriver, SocketDriver
from lensconnect.interpreters.transports.event_loops import LoopClock
from lensconnect.interpreters.transports.protocol import AsyncTransport, Transport
from lensconnect.programs.retry_policy import STANDARD, RetryPolicy, retry_policy_max_attempts
from lensconnect.programs.settings import Settings, settings_endpoint
from lensconnect.results import Failure, Result, Success, is_err
from lensconnect.wire.endpoint import is_loopback, resolve_endpoint

if TYPE_CHECKING:
    from lensconnect.interpreters.configuration.environment import Configuration

__all__ = ["EnvOptions", "new_async_env", "new_env"]


def new_env(
    *, transport: str | Transport = "direct", sockets: SocketDriver | None = None, **options: Unpack[EnvOptions]
) -> Env:
    """Return a synchronous environment for one region or endpoint; `EnvOptions` lists the options.

    A bad region, URL, profile or CA bundle raises nothing: it is the `InvalidEndpoint` of every send, before any I/O, and
    so is "truststore" without the package of this name.  An unknown transport or option, or an option of the wrong type or range, such as a timeout of 0, is a
    mistake in the program: it raises `TypeError` or `ValueError`.

    An option that is not given is read from the environment and the AWS config file as botocore reads them, but
    `AWS_REGION` goes before `AWS_DEFAULT_REGION`.  A setting that an option replaces is neither read nor checked.  A proxy
    of the environment gets no request to this machine.  No AWS credentials are read or needed.  A plain-http endpoint is
    refused unless it is on this machine or `allow_plain` is given.

    `sockets` opens the WebSockets of live chats in place of the package's own driver, which trusts the same `ca_bundle`
    and uses the same `proxies` as the HTTP requests.
    """
    chosen = complete_options("new_env", options)
    _expect_transport(transport, _TRANSPORTS, "transport")
    _expect_driver(sockets, "sockets")
    if transport in _ASYNC_ONLY:
        raise ValueError(f"the transport {transport!r} runs on an event loop: use new_async_env")
    settings, opened = _open(chosen, transport, _TRANSPORTS, _load_sockets)
    live = LiveTables(lambda: sockets) if sockets else LiveTables(opened.sockets, hint=_hint(transport))
    handle = Handle(opened.transport, opened.close, settings.retry, live)
    return Env(settings, handle, chosen["clock"] or SystemClock(), chosen["tokens"], chosen["jitter"])


def new_async_env(
    *,
    transport: str | AsyncTransport = "direct",
    sockets: AsyncSocketDriver | None = None,
    **options: Unpack[EnvOptions],
) -> AsyncEnv:
    """Return an environment for an event loop; options and errors are those of `new_env`.

    It opens connections at the first request; each event loop has its own, closed when it ends.  "direct" and
    "aiohttp" run on asyncio, "httpx2" on asyncio and trio; the last two need the extra of their name.  A client that you hold already
    is passed as `AiohttpTransport(session)` of `lensconnect.interpreters.aiohttp`, or as `Httpx2Transport(client)` of
    `lensconnect.interpreters.httpx2`.  WebSockets run on asyncio and trio with any transport.
    """
    chosen = complete_options("new_async_env", options)
    _expect_transport(transport, _ASYNC_TRANSPORTS, "async_transport")
    _expect_driver(sockets, "async_sockets")
    settings, opened = _open(chosen, transport, _ASYNC_TRANSPORTS, _load_async_sockets)
    live = (
        LiveTables(lambda: sockets) if sockets else LiveTables(opened.sockets, methodcaller("close"), _hint(transport))
    )
    handle = Handle(opened.transport, opened.close, settings.retry, live)
    return AsyncEnv(settings, handle, chosen["clock"] or LoopClock(), chosen["tokens"], chosen["jitter"])


def _expect_transport(transport: object, loaders: Mapping[object, _Load], attribute: str) -> None:
    """Raise `TypeError` for a value that is neither a name nor a function; an object may have one as `attribute`."""
    if isinstance(transport, type) or not (isinstance(transport, str) or callable(transport)):
        hint = (
            f": give its attribute {attribute}"
            if hasattr(transport, attribute) and not isinstance(transport, type)
            else ""
        )
        raise wrong_type("transport", f"one of the names {_names(loaders)} or a function", transport, hint)


def _expect_driver(driver: object, attribute: str) -> None:
    """Raise `TypeError` for a value that is no socket driver; an object may have one as `attribute`."""
    if driver is not None and (isinstance(driver, type) or not callable(driver)):
        hint = f": give its attribute {attribute}" if hasattr(driver, attribute) else ""
        raise wrong_type("sockets", "a socket driver, which is a function, or None", driver, hint)


def _hint(transport: object) -> str:
    """Return what to try where the package's own driver reaches no server, beside a transport of the user's."""
    return (
        "; beside the transport of a stub or an emulator, give its sockets as `sockets`" if callable(transport) else ""
    )


def _names(loaders: Mapping[object, _Load]) -> str:
    return ", ".join(map(repr, loaders))


class _Opened(NamedTuple):
    """A transport, the function that closes it, and one that makes a socket driver, at the first WebSocket."""

    transport: Any
    close: Callable[[], Any]
    sockets: Callable[[], Any]


_Load: TypeAlias = Callable[[], Callable[..., Any]]
"""Imports the class of a transport."""


def _open(
    options: EnvOptions, transport: Any, loaders: Mapping[object, _Load], load_sockets: _Load
) -> tuple[Settings, _Opened]:
    # Imported here, as much else below: `import lensconnect` and describing a request need none of it.
    from lensconnect.interpreters.configuration.environment import Configuration, read_configuration

    read = read_configuration(profile=options["profile"], given=_given(options))
    configured = read.value_or(Configuration())
    settings = _settings(options, configured)
    if is_err(read):
        settings &= settings_endpoint.set(read)
    if callable(transport):
        return settings, _Opened(transport, _nothing, lambda: _new_sockets(options, configured, loaders, load_sockets))
    if transport not in loaders:
        raise ValueError(f"no transport is called {transport!r}: use {_names(loaders)} or a function")
    context = _tls_context(options["ca_bundle"] or configured.ca_bundle, shared=transport != "httpx2")  # it sets ALPN
    if is_err(context) and not options["ca_bundle"] and _is_plain(settings.endpoint):
        context = Success(None)  # the configured bundle is needed by no request to a plain endpoint
    if is_err(context):
        settings &= settings_endpoint.set(context)
        return settings, _Opened(
            _never, _nothing, lambda: _new_sockets(options, configured, loaders, load_sockets, context)
        )
    opened = loaders[transport]()(
        ssl_context=context.unwrap(),
        max_connections=options["max_connections"],
        proxies=_proxies(options, configured),
    )
    if transport == "direct":
        return settings, _Opened(opened, opened.close, lambda: load_sockets()(opened))
    return settings, _Opened(
        opened, opened.close, lambda: _new_sockets(options, configured, loaders, load_sockets, context)
    )


def _new_sockets(
    options: EnvOptions,
    configured: Configuration,
    loaders: Mapping[object, _Load],
    load_sockets: _Load,
    context: Result[Any, InvalidEndpoint] | None = None,
) -> Any:
    """Return the package's own socket driver, beside a transport of another kind; a bad CA bundle fails its openings."""
    usable = context or _tls_context(options["ca_bundle"] or configured.ca_bundle)
    direct = loaders["direct"]()(ssl_context=usable.value_or(None), proxies=_proxies(options, configured))
    return load_sockets()(direct, usable.failure().message if is_err(usable) else None)


def _proxies(options: EnvOptions, configured: Configuration) -> Mapping[str, str]:
    from lensconnect.interpreters.transports.direct.proxies import environment_proxies

    given = options["proxies"]
    return environment_proxies(configured.proxies) if given is None else given


_DECIDED_BY: Final[Mapping[str, str]] = {
    "ca_bundle": "ca_bundle",
    "endpoint_url": "endpoint_url",
    "max_attempts": "retry",
    "region": "region",
    "retry_mode": "retry",
    "use_dualstack_endpoint": "dualstack",
    "use_fips_endpoint": "fips",
}
"""The configured settings, and the option that replaces each."""


def _given(options: EnvOptions) -> frozenset[str]:
    """Return the settings that an option replaces: the configured ones are then neither read nor checked."""
    values: Mapping[str, object] = {**options}
    return frozenset(name for name, option in _DECIDED_BY.items() if values[option] not in (None, ""))


def _is_plain(endpoint: Result[Endpoint, InvalidEndpoint]) -> bool:
    return urlsplit(endpoint.map(lambda resolved: resolved.url).value_or("")).scheme == "http"


def _settings(options: EnvOptions, configured: Configuration) -> Settings:
    endpoint = resolve_endpoint(
        options["region"] or configured.region,
        fips=configured.fips if options["fips"] is None else options["fips"],
        dualstack=configured.dualstack if options["dualstack"] is None else options["dualstack"],
        url=options["endpoint_url"] or configured.endpoint_url,
    )
    return Settings(
        _confidential(endpoint, allow_plain=options["allow_plain"]),
        options["limits"],
        options["timeout"],
        options["deadline"],
        retry=options["retry"] or _configured_retry(configured),
        on_request=() if options["on_request"] is None else (options["on_request"],),
        observers=() if options["observe"] is None else (options["observe"],),
        user_agent=options["user_agent"],
    )


def _configured_retry(configured: Configuration) -> RetryPolicy:
    attempts = configured.max_attempts
    return STANDARD if attempts is None else STANDARD & retry_policy_max_attempts.set(attempts)


def _confidential(
    endpoint: Result[Endpoint, InvalidEndpoint], *, allow_plain: bool
) -> Result[Endpoint, InvalidEndpoint]:
    host = urlsplit(endpoint.map(lambda resolved: resolved.url).value_or("")).hostname
    if not _is_plain(endpoint) or allow_plain or is_loopback(host or ""):
        return endpoint
    return Failure(InvalidEndpoint("plain http would show the token to the network: use https or allow_plain=True"))


def _tls_context(ca_bundle: str | None, *, shared: bool = True) -> Result[Any, InvalidEndpoint]:
    if ca_bundle is None:
        return Success(None)
    from lensconnect.interpreters.transports.tls_context import new_tls_context, shared_tls_context

    try:
        return Success((shared_tls_context if shared else new_tls_context)(ca_bundle))
    except OSError as error:
        return Failure(InvalidEndpoint(f"the CA bundle cannot be used: {error.strerror or 'not a PEM file'}"))
    except ModuleNotFoundError as missing:
        return Failure(InvalidEndpoint(missing.msg))


def _load_direct() -> Callable[..., Any]:
    from lensconnect.interpreters.transports.direct.sync.transport import DirectTransport  # `direct` loads asyncio

    return DirectTransport


def _load_async_direct() -> Callable[..., Any]:
    from lensconnect.interpreters.transports.direct.aio.transport import AsyncDirectTransport

    return AsyncDirectTransport


def _load_sockets() -> Callable[..., Any]:
    from lensconnect.interpreters.sockets.sync_socket import DirectSockets

    return DirectSockets


def _load_async_sockets() -> Callable[..., Any]:
    from lensconnect.interpreters.sockets.async_sockets import AsyncDirectSockets

    return AsyncDirectSockets


def _load_aiohttp() -> Callable[..., Any]:
    with needs_extra("the aiohttp transport", "aiohttp"):
        from lensconnect.interpreters.aiohttp import AiohttpTransport

    return AiohttpTransport


def _load_httpx2() -> Callable[..., Any]:
    with needs_extra("the httpx2 transport", "httpx2"):
        from lensconnect.interpreters.httpx2 import Httpx2Transport

    return Httpx2Transport


_TRANSPORTS: Final[dict[object, _Load]] = {"direct": _load_direct}
_ASYNC_TRANSPORTS: Final[dict[object, _Load]] = {
    "direct": _load_async_direct,
    "aiohttp": _load_aiohttp,
    "httpx2": _load_httpx2,
}
_ASYNC_ONLY: Final = tuple(name for name in _ASYNC_TRANSPORTS if name not in _TRANSPORTS)


def _nothing() -> None: ...


def _never(*_: object) -> NoReturn:
    raise AssertionError("a send with an invalid endpoint ends before its transport")
