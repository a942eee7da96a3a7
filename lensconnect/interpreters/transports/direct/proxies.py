"""Proxies: find the proxy that a request goes through.  Pure: `configuration` reads the environment variables.

    proxy_for(url, {"https": "http://user:password@proxy:3128", "no": "localhost,.internal,10.0.0.0/8"})

Facts: no standard defines NO_PROXY; these are the rules that curl, Go and Python share (curl(1) NO_PROXY, Go's
`httpproxy.Config`, Python's `urllib.request.proxy_bypass_environment`).  Commas or blanks separate the entries.
`*` matches every host; a name, with or without a leading dot, matches that host and its subdomains; an address
or a network is compared as a number; a port narrows an entry.  The URL of a proxy may lack its scheme.
https to a proxy (TLS in TLS) and SOCKS are not supported.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Final, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from lensconnect.errors import TransportError
from lensconnect.interpreters.transports.direct.origin import Origin, is_ipv6
from lensconnect.marks import SECRET
from lensconnect.record import Record
from lensconnect.results import Failure, Result, Success

_PROXY: Final = (
    r"(?ai:http://)?(?:(?P<user>[^/?#@]*)@)?(?P<host>[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?/?"
)
_ENTRY: Final = r"\[?(?P<host>[^\[\]]*?)\]?(?::(?P<port>[0-9]{1,5}))?"
_BAD_PROXY: Final = TransportError("proxy", "the proxy is not an http URL with host and port", "no")


class Proxy(Record, frozen=True):
    """An HTTP proxy; `authorization` is the value of its Proxy-Authorization header, if it needs one."""

    host: str
    port: int
    authorization: Annotated[str | None, SECRET] = None

    @property
    def origin(self) -> Origin:
        """The origin to connect to."""
        return Origin(tls=False, host=self.host, port=self.port)

    @property
    def headers(self) -> dict[str, str]:
        """The headers for the proxy alone (RFC 9110, 11.7.2)."""
        return {} if self.authorization is None else {"Proxy-Authorization": self.authorization}

    @property
    def authorization_line(self) -> str:
        """The header line for the proxy, or nothing."""
        return "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())


_Rule: TypeAlias = Callable[[Origin], bool]
"""One entry of NO_PROXY: does it match this origin?"""


class Proxies:
    """A proxy for each scheme, and the hosts that are connected to directly.

    The mapping has the keys "http", "https" and "no", each optional, with the text of the variables.
    """

    __slots__ = ("_by_scheme", "_known", "_rules")

    def __init__(self, given: Mapping[str, str]) -> None:
        self._by_scheme = {True: _proxy(given, "https"), False: _proxy(given, "http")}
        exceptions = given.get("no", "") if any(self._by_scheme.values()) else ""
        self._rules = tuple(map(_rule, exceptions.replace(",", " ").split()))
        self._known: dict[Origin, Proxy | TransportError | None] = {}

    def of(self, origin: Origin) -> Proxy | TransportError | None:
        """Return the proxy for an origin, None for a direct connection, or the error of a proxy's bad URL."""
        try:
            return self._known[origin]
        except KeyError:
            direct = any(rule(origin) for rule in self._rules)
            self._known[origin] = found = None if direct else self._by_scheme[origin.tls]
            return found

    def __repr__(self) -> str:
        return "<Proxies>"


def proxy_for(url: str, proxies: Mapping[str, str]) -> Result[Proxy | None, TransportError]:
    """Return the proxy that requests to a URL go through, None for a direct connection.

    Fails with `TransportError` of kind "proxy" if the proxy is not an http URL with host and port.

    >>> proxy_for("https://example.com/", {"https": "http://u:p@proxy:3128"})
    <Success: Proxy(host='proxy', port=3128, authorization='***')>
    >>> proxy_for("https://a.internal/", {"https": "proxy:3128", "no": "localhost,.internal"})
    <Success: None>
    """
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host, _, port = parts.netloc.rpartition("@")[2].rpartition(":")
    if not port.isdecimal():
        host, port = parts.netloc.rpartition("@")[2], "443" if tls else "80"
    found = Proxies(proxies).of(Origin(tls, host.strip("[]").lower(), int(port)))
    return Failure(found) if isinstance(found, TransportError) else Success(found)


def _proxy(given: Mapping[str, str], scheme: str) -> Proxy | TransportError | None:
    if not given.get(scheme):
        return None
    parts = re.fullmatch(_PROXY, given[scheme].strip())
    if parts is None:
        return _BAD_PROXY
    host, port = parts["host"].strip("[]").lower(), int(parts["port"] or 80)
    if not 0 < port < 65536 or ("[" in parts["host"] and not is_ipv6(host)):
        return _BAD_PROXY
    return Proxy(host, port, None if parts["user"] is None else _basic(parts["user"]))


def _basic(userinfo: str) -> str:
    user, _, password = userinfo.partition(":")
    return "Basic " + b64encode(unquote_to_bytes(user) + b":" + unquote_to_bytes(password)).decode()


def _rule(entry: str) -> _Rule:
    """Return the rule of one entry of NO_PROXY."""
    if entry == "*":
        return lambda _: True
    try:
        return partial(_is_in_network, ip_network(entry.strip("[]"), strict=False), None)
    except ValueError:
        pass
    parts = re.fullmatch(_ENTRY, entry.lower())
    host, port = (parts["host"], parts["port"]) if parts is not None else (entry.lower(), None)
    only_port = None if port is None else int(port)
    try:
        return partial(_is_in_network, ip_network(host, strict=False), only_port)
    except ValueError:
        return partial(_is_in_domain, host.removeprefix("*").strip("."), only_port)


def _is_in_network(network: IPv4Network | IPv6Network, port: int | None, origin: Origin) -> bool:
    try:
        return port in (None, origin.port) and ip_address(origin.host) in network
    except ValueError:
        return False


def _is_in_domain(name: str, port: int | None, origin: Origin) -> bool:
    host = origin.host.rstrip(".")
    return port in (None, origin.port) and bool(name) and (host == name or host.endswith(f".{name}"))


NO_PROXIES: Final = Proxies({})
_LOOPBACK: Final = "localhost 127.0.0.0/8 ::1 ::ffff:127.0.0.0/104"
"""Entries of NO_PROXY for this machine (RFC 6761, 6.3; RFC 6890), IPv4 addresses inside IPv6 included (RFC 4291)."""


@cache
def _loopback_rules() -> tuple[_Rule, ...]:
    return tuple(map(_rule, _LOOPBACK.split()))


def is_loopback(origin: Origin) -> bool:
    """Return whether an origin is on this machine, where a proxy of the environment is never asked."""
    return any(rule(origin) for rule in _loopback_rules())


def environment_proxies(configured: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return proxies that were not given in code: those of the variables, and none for this machine.

    >>> environment_proxies([("http", "http://proxy:3128"), ("no", ".internal")])["no"]
    '.internal localhost 127.0.0.0/8 ::1 ::ffff:127.0.0.0/104'
    """
    given = dict(configured)
    return {**given, "no": f"{given.get('no', '')} {_LOOPBACK}".strip()}
