"""The options of `new_env` and `new_async_env`: one table of types, defaults and checks.

A wrong option is a mistake in the program and raises.  A value that only looks right, such as a region that does not
exist, is the `InvalidEndpoint` of every send.  No message quotes text, since the URL of a proxy may hold a password.
"""
# The annotations are read at run time: no `from __future__ import annotations` here.

from collections.abc import Callable, Mapping
from os import PathLike
from types import NoneType
from typing import Annotated, Any, Final, NamedTuple, TypedDict, cast

from lensconnect.arguments import wrong_type
from lensconnect.http import is_header_value
from lensconnect.interpreters.environments.base import Clock, fresh_token, random_float
from lensconnect.interpreters.transports.direct.pool import MAX_CONNECTIONS
from lensconnect.programs.observe import Observer
from lensconnect.programs.retry_policy import RetryPolicy
from lensconnect.programs.settings import DEFAULT_TIMEOUT, OnRequest
from lensconnect.wire.limits import MODEL, Limits

__all__ = ["OPTIONS", "EnvOptions", "complete_options"]


class _Option(NamedTuple):
    """One option: a description and types of its values, its default, and for a number the bound it must exceed."""

    words: str
    types: tuple[Any, ...]
    default: Any = None
    above: float | None = None

    def accepts(self, value: object) -> bool:
        """Return whether the value has one of the types; a bool is not a number here."""
        return isinstance(value, self.types) and (not isinstance(value, bool) or bool in self.types)


_TEXT: Final = _Option("text or None", (str, NoneType))
_FLAG: Final = _Option("True, False or None", (bool, NoneType))
_FUNCTION_OR_NONE: Final = _Option("a function or None", (Callable, NoneType))
_SECONDS: Final = "a number of seconds above 0"


class EnvOptions(TypedDict, total=False):
    """The options of `new_env` and `new_async_env`, apart from `transport`.

    region, endpoint_url, fips, dualstack   where the service is
    profile                                 the profile of the AWS config file to read
    timeout, deadline                       seconds for one attempt (60), for one logical call (no limit)
    retry                                   `STANDARD`, `AMAZONKA`, `NO_RETRY` or your own; without it `STANDARD` with
                                            the number of attempts, not the mode, of AWS's configuration
    limits                                  which checks a request must pass (`MODEL`)
    observe, on_request                     called with each event; a pure change of each request
    ca_bundle                               a PEM file of certificates to trust instead of OpenSSL's, or "truststore" for
                                            the operating system's own verification
    proxies                                 {"https": url, "http": url, "no": "host,.domain"}
    max_connections                         open at the same time (64); a request above it waits
    user_agent                              the User-Agent header; none is sent without it
    allow_plain                             allow plain http to other machines
    clock, tokens, jitter                   the sources of time, ClientTokens and random numbers
    """

    region: Annotated[str | None, _TEXT]
    endpoint_url: Annotated[str | None, _TEXT]
    profile: Annotated[str | None, _TEXT]
    fips: Annotated[bool | None, _FLAG]
    dualstack: Annotated[bool | None, _FLAG]
    timeout: Annotated[float, _Option(_SECONDS, (int, float), DEFAULT_TIMEOUT, above=0)]
    deadline: Annotated[float | None, _Option(f"{_SECONDS}, or None", (int, float, NoneType), above=0)]
    retry: Annotated[RetryPolicy | None, _Option("a RetryPolicy or None", (RetryPolicy, NoneType))]
    limits: Annotated[Limits, _Option("a Limits", (Limits,), MODEL)]
    observe: Annotated[Observer | None, _FUNCTION_OR_NONE]
    on_request: Annotated[OnRequest | None, _FUNCTION_OR_NONE]
    ca_bundle: Annotated[str | None, _Option("the path of a file, or None", (str, PathLike, NoneType))]
    proxies: Annotated[Mapping[str, str] | None, _Option("a mapping from scheme to URL, or None", (Mapping, NoneType))]
    max_connections: Annotated[int, _Option("a whole number above 0", (int,), MAX_CONNECTIONS, above=0)]
    user_agent: Annotated[str | None, _TEXT]
    allow_plain: Annotated[bool, _Option("True or False", (bool,), default=False)]
    clock: Annotated[Clock | None, _Option("a Clock or None", (Clock, NoneType))]
    tokens: Annotated[Callable[[], str], _Option("a function", (Callable,), fresh_token)]
    jitter: Annotated[Callable[[], float], _Option("a function", (Callable,), random_float)]


OPTIONS: Final[Mapping[str, _Option]] = {
    name: annotation.__metadata__[0] for name, annotation in EnvOptions.__annotations__.items()
}
_DEFAULTS: Final = {name: option.default for name, option in OPTIONS.items()}


def complete_options(function: str, given: EnvOptions) -> EnvOptions:
    """Return the given options and the defaults of all others.

    Raises `TypeError` or `ValueError`, which names the first option that is wrong, and `function`.
    """
    for name, value in given.items():
        option = OPTIONS.get(name)
        if option is None:
            raise TypeError(f"{function} has no option {name!r}: there are transport, {', '.join(OPTIONS)}")
        if not option.accepts(value):
            raise wrong_type(name, option.words, value)
        if isinstance(value, int | float) and option.above is not None and not value > option.above:
            raise ValueError(f"{name} must be {option.words}, not {value}")
    if not is_header_value(given.get("user_agent") or ""):
        raise ValueError("user_agent must be text without control characters and lone surrogates")
    return cast("EnvOptions", _DEFAULTS | given)
